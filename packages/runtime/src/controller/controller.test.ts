import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createInformer, type Informer } from '@sortie/client'
import {
  CONFIG_MAPS,
  type KubeObject,
  type LogFields,
  type Logger,
  NODES,
  SortieError,
  statusError,
} from '@sortie/machinery'
import { makeAircraft, settle, startTestCluster, type TestCluster } from '@sortie/testing'
import type { ControllerMetrics } from '../observability/metrics.ts'
import { createWriteBarrier } from '../plan/barrier.ts'
import {
  type Controller,
  type ControllerOptions,
  createController,
  ownerKeys,
  sourceOf,
} from './controller.ts'

let cluster: TestCluster
let nodes: Informer<KubeObject>
let maps: Informer<KubeObject>
let stop: AbortController
let running: Promise<void>[]

beforeEach(async () => {
  cluster = await startTestCluster()
  stop = new AbortController()
  running = []
  nodes = createInformer({ ...cluster, type: NODES })
  maps = createInformer({ ...cluster, type: CONFIG_MAPS })
  nodes.start()
  maps.start()
})
afterEach(async () => {
  stop.abort()
  await cluster.clock.advance(10_000)
  await Promise.all(running)
  await nodes.stop()
  await maps.stop()
  await cluster.stop()
})

async function start(
  options: Partial<ControllerOptions<KubeObject>> &
    Pick<ControllerOptions<KubeObject>, 'reconcile'>,
): Promise<Controller> {
  const controller = createController({
    name: 'test',
    ...cluster,
    primary: nodes,
    barrier: createWriteBarrier([]),
    ...options,
  })
  running.push(controller.start(stop.signal))
  await cluster.clock.advance(10)
  return controller
}
const addNode = async (name: string) => {
  await cluster.client.resource(NODES).create(makeAircraft(name))
  await cluster.clock.advance(1)
}

test('a change of an object wakes its key, and nothing else does', async () => {
  const seen: string[] = []
  await start({ reconcile: async (key) => void seen.push(key) })
  await addNode('a')
  await addNode('b')
  await cluster.clock.advance(3_600_000)
  assert.deepEqual(seen, ['a', 'b'])
})

test('many keys that need no answer let everybody else have a turn', async () => {
  let milliseconds = 0
  const seen: string[] = []
  const controller = await start({
    clock: { ...cluster.clock, monotonic: () => milliseconds },
    async reconcile(key) {
      milliseconds++
      seen.push(key)
      return undefined
    },
  })
  for (let key = 0; key < 1000; key++) controller.enqueue(String(key))
  await settle()
  const atOnce = seen.length
  assert.ok(atOnce >= 64 && atOnce < 100, `${atOnce} in one turn`)
  await cluster.clock.advance(1)
  assert.equal(seen.length, 1000)
})

test('few keys are never put off, however long they take', async () => {
  let milliseconds = 0
  const seen: string[] = []
  const controller = await start({
    clock: { ...cluster.clock, monotonic: () => milliseconds },
    async reconcile(key) {
      milliseconds += 1000
      seen.push(key)
      return undefined
    },
  })
  for (let key = 0; key < 40; key++) controller.enqueue(String(key))
  await settle()
  assert.equal(seen.length, 40)
})

test('what is new goes before what was there at the start', async () => {
  for (const name of ['a', 'b', 'c']) await addNode(name)
  const seen: string[] = []
  const controller = createController({
    name: 'test',
    ...cluster,
    primary: nodes,
    barrier: createWriteBarrier([]),
    workers: 1,
    async reconcile(key) {
      if (seen.push(key) === 1) controller.enqueue('new')
      return undefined
    },
  })
  running.push(controller.start(stop.signal))
  await cluster.clock.advance(10)
  assert.deepEqual(seen, ['a', 'new', 'b', 'c'])
})

test('objects of other kinds wake their owner’s key', async () => {
  const seen: string[] = []
  await start({
    sources: [sourceOf(maps, ownerKeys('Node'))],
    reconcile: async (key) => void seen.push(key),
  })
  const reference = { apiVersion: 'v1', kind: 'Node', name: 'a', uid: 'x', controller: true }
  await cluster.client.resource(CONFIG_MAPS).create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'm', namespace: 'default', ownerReferences: [reference] },
  })
  await cluster.clock.advance(1)
  assert.deepEqual(seen, ['default/a'])
})

test('a key is looked at again at the time that it asked for', async () => {
  const times: number[] = []
  const began = cluster.clock.now()
  await start({
    async reconcile() {
      times.push(cluster.clock.now() - began)
      return times.length < 3 ? { requeueAt: cluster.clock.now() + 60_000 } : undefined
    },
  })
  await addNode('a')
  await cluster.clock.advance(600_000)
  assert.equal(times.length, 3)
  assert.equal((times[1] ?? 0) - (times[0] ?? 0), 60_000)
})

test('a key that asks for a time that is over takes a turn a millisecond, and leaves the others theirs', async () => {
  let turns = 0
  await start({
    async reconcile() {
      turns++
      return { requeueAt: cluster.clock.now() - 60_000 }
    },
  })
  await addNode('a')
  const before = turns
  await cluster.clock.advance(100)
  assert.equal(turns - before, 100)
})

test('what fails is tried again with growing delays until it works', async () => {
  let tries = 0
  await start({
    async reconcile() {
      if (++tries < 5) throw statusError('InternalError', { message: 'etcd is away' })
      return undefined
    },
  })
  await addNode('a')
  await cluster.clock.advance(10_000)
  assert.equal(tries, 5)
})

test('what fails for good is not tried again', async () => {
  let tries = 0
  await start({
    async reconcile() {
      tries++
      throw new SortieError('terminal', 'never', { code: 'Never' })
    },
  })
  await addNode('a')
  await cluster.clock.advance(3_600_000)
  assert.equal(tries, 1)
})

test('one bad key never holds up another', async () => {
  const done: string[] = []
  await start({
    async reconcile(key) {
      if (key === 'bad') throw new Error('bad')
      done.push(key)
      return undefined
    },
  })
  await addNode('bad')
  for (const name of ['x', 'y', 'z']) await addNode(name)
  assert.deepEqual(done, ['x', 'y', 'z'])
})

test('a key is never worked on twice at once, and keys run side by side up to the workers', async () => {
  const working = new Set<string>()
  let most = 0
  const controller = await start({
    workers: 4,
    async reconcile(key) {
      assert.ok(!working.has(key))
      working.add(key)
      most = Math.max(most, working.size)
      await new Promise<void>((resolve) => cluster.clock.setTimer(50, resolve))
      working.delete(key)
      return undefined
    },
  })
  for (let i = 0; i < 12; i++) controller.enqueue(`key-${i % 6}`)
  await cluster.clock.advance(5)
  for (let i = 0; i < 12; i++) controller.enqueue(`key-${i % 6}`)
  await cluster.clock.advance(1000)
  assert.equal(most, 4)
})

test('after a write the key is not acted on again until the cache has seen it', async () => {
  const barrier = createWriteBarrier([maps])
  const seen: (string | undefined)[] = []
  const controller = await start({
    barrier,
    async reconcile(key) {
      seen.push(maps.get('default/made')?.metadata.uid)
      if (seen.length > 1) return undefined
      const made = await cluster.client.resource(CONFIG_MAPS).create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'made', namespace: 'default' },
      })
      barrier.wrote(key, CONFIG_MAPS, made.metadata.resourceVersion)
      controller.enqueue(key)
      return undefined
    },
  })
  controller.enqueue('a')
  await cluster.clock.advance(100)
  assert.equal(seen.length, 2)
  assert.equal(seen[0], undefined)
  assert.notEqual(seen[1], undefined)
})

test('a write wakes its key when the cache has caught up, though no source speaks of what was written', async () => {
  const barrier = createWriteBarrier([maps])
  const seen: boolean[] = []
  const controller = await start({
    barrier,
    async reconcile(key) {
      seen.push(maps.get('default/made') !== undefined)
      if (seen.length > 1) return undefined
      const made = await cluster.client.resource(CONFIG_MAPS).create({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'made', namespace: 'default' },
      })
      barrier.wrote(key, CONFIG_MAPS, made.metadata.resourceVersion)
      return undefined
    },
  })
  controller.enqueue('a')
  await cluster.clock.advance(100)
  assert.deepEqual(seen, [false, true])
})

test('a stopped controller has ended its work and leaves no timer', async () => {
  const controller = await start({
    reconcile: async () => ({ requeueAt: cluster.clock.now() + 60_000 }),
  })
  await addNode('a')
  const before = cluster.clock.pendingTimers()
  stop.abort()
  await Promise.all(running)
  assert.equal(controller.active, 0)
  assert.ok(cluster.clock.pendingTimers() < before)
})

const mapOf = (name: string, ...owners: readonly KubeObject[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name,
    namespace: 'default',
    ownerReferences: owners.map(({ apiVersion, kind, metadata }, index) => {
      const { name: owner = '', uid = '' } = metadata
      return { apiVersion, kind, name: owner, uid, controller: index === 0 }
    }),
  },
})

test('a child wakes its owner when it is made, changed and gone, and both owners when it changes hands', async () => {
  const seen: string[] = []
  await start({
    sources: [sourceOf(maps, ownerKeys('Node'))],
    reconcile: async (key) => void seen.push(key),
  })
  const resource = cluster.client.resource(CONFIG_MAPS)
  const ref = { namespace: 'default', name: 'm' }
  const patch = (body: object): Promise<unknown> => resource.patch(ref, { type: 'merge', body })
  const woken = async (doing: Promise<unknown>): Promise<readonly string[]> => {
    seen.length = 0
    await doing
    await cluster.clock.advance(1)
    return seen.toSorted()
  }
  for (const name of ['a', 'b']) await addNode(name)
  const [a, b] = [nodes.get('a') ?? assert.fail(), nodes.get('b') ?? assert.fail()]
  assert.deepEqual(await woken(resource.create(mapOf('m', a))), ['default/a'])
  assert.deepEqual(await woken(patch({ data: { x: 'y' } })), ['default/a'])
  const owners = mapOf('m', b).metadata.ownerReferences
  const changed = await woken(patch({ metadata: { ownerReferences: owners } }))
  assert.deepEqual(changed, ['default/a', 'default/b'])
  assert.deepEqual(await woken(resource.delete(ref)), ['default/b'])
})

test('a child’s key is its controlling owner’s, in its namespace, where that is of the kind', () => {
  const keys = (object: KubeObject, kind = 'Node'): string[] => [...ownerKeys(kind)(object)]
  const [a, b] = [makeAircraft('a'), makeAircraft('b')]
  assert.deepEqual(keys(mapOf('m', a, b)), ['default/a'])
  assert.deepEqual(keys(mapOf('m')), [])
  assert.deepEqual(keys(mapOf('m', a), 'Pod'), [])
  const { ownerReferences = [] } = mapOf('m', a).metadata
  const anywhere = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', ownerReferences } }
  assert.deepEqual(keys(anywhere), ['a'])
})

test('an object’s own changes and its end wake its key', async () => {
  const seen: string[] = []
  await start({ reconcile: async (key) => void seen.push(key) })
  await addNode('a')
  const resource = cluster.client.resource(NODES)
  const body = { metadata: { labels: { changed: 'yes' } } }
  await resource.patch({ name: 'a' }, { type: 'merge', body })
  await cluster.clock.advance(1)
  await resource.delete({ name: 'a' })
  await cluster.clock.advance(1)
  assert.deepEqual(seen, ['a', 'a', 'a'])
})

for (const missing of ['its own objects', 'a source'] as const) {
  test(`nothing is done before the cache of ${missing} is full`, async () => {
    const late = createInformer({ ...cluster, type: missing === 'a source' ? CONFIG_MAPS : NODES })
    const seen: string[] = []
    const controller = await start({
      ...(missing === 'a source'
        ? { sources: [sourceOf(late, ownerKeys('Node'))] }
        : { primary: late }),
      reconcile: async (key) => void seen.push(key),
    })
    controller.enqueue('a')
    await cluster.clock.advance(1000)
    assert.deepEqual(seen, [])
    late.start()
    await cluster.clock.advance(10)
    assert.deepEqual(seen, ['a'])
    await late.stop()
  })
}

test('a key whose writes the cache has not seen is not acted on, whoever wakes it', async () => {
  const blind = createInformer({ ...cluster, type: CONFIG_MAPS })
  const barrier = createWriteBarrier([blind])
  const seen: string[] = []
  const controller = await start({ barrier, reconcile: async (key) => void seen.push(key) })
  barrier.wrote('a', CONFIG_MAPS, '999999')
  for (const key of ['a', 'b', 'a']) controller.enqueue(key)
  await cluster.clock.advance(60_000)
  assert.deepEqual(seen, ['b'])
  barrier.forget('a')
  controller.enqueue('a')
  await cluster.clock.advance(1)
  assert.deepEqual(seen, ['b', 'a'])
})

test('higher priority goes first, as the object says, unless it was there at the start', async () => {
  await addNode('old')
  const seen: string[] = []
  const levels: Record<string, number> = { old: 50, low: -1, high: 2, middle: 1 }
  const controller = await start({
    workers: 1,
    priorityOf: ({ metadata }) => levels[metadata.name] ?? 0,
    async reconcile(key) {
      seen.push(key)
      await new Promise<void>((resolve) => cluster.clock.setTimer(50, resolve))
      return undefined
    },
  })
  await cluster.clock.advance(100)
  seen.length = 0
  controller.enqueue('busy')
  await settle()
  for (const name of ['low', 'middle', 'high'])
    await cluster.client.resource(NODES).create(makeAircraft(name))
  controller.enqueue('urgent', { priority: 9 })
  await cluster.clock.advance(1000)
  assert.deepEqual(seen, ['busy', 'urgent', 'high', 'middle', 'low'])
})

test('a key can be woken at a time', async () => {
  const began = cluster.clock.now()
  const times: number[] = []
  const controller = await start({
    reconcile: async () => void times.push(cluster.clock.now() - began),
  })
  controller.enqueue('a', { at: began + 5000 })
  await cluster.clock.advance(10_000)
  assert.deepEqual(times, [5000])
})

test('delays after failures grow as asked for, and start over after a success and a final failure', async () => {
  const times: number[] = []
  const outcomes = ['fail', 'fail', 'fail', 'work', 'fail', 'fail', 'end', 'fail', 'work']
  const controller = await start({
    backoff: { baseMs: 1000, maxMs: 8000 },
    async reconcile() {
      times.push(cluster.clock.now())
      const outcome = outcomes[times.length - 1]
      if (outcome === 'fail') throw new SortieError('retryable', 'later', { code: 'Later' })
      if (outcome === 'end') throw new SortieError('terminal', 'never', { code: 'Never' })
      return undefined
    },
  })
  for (let round = 0; round < 3; round++) {
    controller.enqueue('a')
    await cluster.clock.advance(60_000)
  }
  const delays = times.slice(1).map((at, index) => at - (times[index] ?? 0))
  // A fifth of each delay is chance.
  const expected: Readonly<Record<number, number>> = {
    0: 1000,
    1: 2000,
    2: 4000,
    4: 1000,
    5: 2000,
    7: 1000,
  }
  for (const [index, base] of Object.entries(expected)) {
    const delay = delays[Number(index)] ?? 0
    assert.ok(delay >= base && delay <= base * 1.2 + 1, `${index}: ${delay}`)
  }
})

test('what came of a reconcile is counted by its kind, with the time that it took and the key had waited', async () => {
  const told: unknown[] = []
  const metrics: ControllerMetrics = {
    queueDepth: (_, depth) => void told.push(['depth', depth]),
    taken: (_, seconds) => void told.push(['taken', seconds]),
    retried: () => void told.push(['retried']),
    reconciled: (name, outcome, seconds) => void told.push([name, outcome, seconds]),
    async around(name, key, run) {
      told.push([name, key, 'begins'])
      return run()
    },
  }
  const conflict = statusError('Conflict', { message: 'changed' })
  const causes: readonly unknown[] = [
    undefined,
    new Error('broken'),
    conflict,
    new Error('wrapped', { cause: conflict }),
    new SortieError('terminal', 'never', { code: 'Never' }),
    new SortieError('retryable', 'later', { code: 'Later' }),
  ]
  const controller = await start({
    workers: 1,
    metrics,
    backoff: { baseMs: 3_600_000, maxMs: 3_600_000 },
    async reconcile(key) {
      await new Promise<void>((resolve) => cluster.clock.setTimer(250, resolve))
      const cause = causes[Number(key)]
      if (cause !== undefined) throw cause
      return undefined
    },
  })
  const outcomes = ['success', 'error', 'conflict', 'conflict', 'terminal', 'error']
  for (const [index, outcome] of outcomes.entries()) {
    told.length = 0
    controller.enqueue(String(index))
    await cluster.clock.advance(1000)
    const retried = ['success', 'terminal'].includes(outcome) ? [] : [['retried']]
    assert.deepEqual(told, [
      ['taken', 0],
      ['test', String(index), 'begins'],
      ['depth', 0],
      ...retried,
      ['test', outcome, 0.25],
      ['depth', 0],
    ])
  }
  told.length = 0
  for (const key of ['0', '6', '7']) controller.enqueue(key)
  await cluster.clock.advance(400)
  const waited = told.filter((one) => Array.isArray(one) && ['taken', 'depth'].includes(one[0]))
  assert.deepEqual(waited, [
    ['taken', 0],
    ['depth', 2],
    ['taken', 0.25],
    ['depth', 1],
  ])
})

test('a failure is logged with its key: for good as an error, a conflict quietly, else as a warning', async () => {
  const lines: [string, string, LogFields][] = []
  const levelled = (bound: LogFields): Logger => {
    const line =
      (level: string) =>
      (message: string, fields: LogFields = {}) =>
        void lines.push([level, message, { ...bound, ...fields }])
    const [debug, info, warn, error] = ['debug', 'info', 'warn', 'error'].map(line)
    assert.ok(debug && info && warn && error)
    return { debug, info, warn, error, with: (fields) => levelled({ ...bound, ...fields }) }
  }
  const errors: Readonly<Record<string, unknown>> = {
    bad: new Error('broken'),
    busy: statusError('Conflict', { message: 'changed' }),
    never: new SortieError('terminal', 'no way', { code: 'Never' }),
  }
  const controller = await start({
    log: levelled({}),
    random: { ...cluster.random, next: () => 0 },
    backoff: { baseMs: 3_600_000, maxMs: 3_600_000 },
    async reconcile(key, { log }) {
      log.info('trying', { key })
      throw errors[key]
    },
  })
  for (const key of Object.keys(errors)) controller.enqueue(key)
  await cluster.clock.advance(10)
  const whose = { controller: 'test' }
  const later = { retryInMs: 3_600_000 }
  assert.deepEqual(lines, [
    ['info', 'trying', { ...whose, key: 'bad' }],
    ['info', 'trying', { ...whose, key: 'busy' }],
    ['info', 'trying', { ...whose, key: 'never' }],
    ['warn', 'reconcile failed', { ...whose, key: 'bad', error: 'Error: broken', ...later }],
    ['debug', 'object changed meanwhile', { ...whose, key: 'busy', ...later }],
    [
      'error',
      'reconcile failed for good',
      { ...whose, key: 'never', error: 'no way', code: 'Never' },
    ],
  ])
})

test('a controller that is stopped tells what runs, waits for it, and wakes for nothing any more', async () => {
  const seen: string[] = []
  let ended = false
  let told = false
  const controller = await start({
    sources: [sourceOf(maps, ownerKeys('Node'))],
    async reconcile(key, { signal }) {
      seen.push(key)
      signal.addEventListener('abort', () => {
        told = true
      })
      await new Promise<void>((resolve) => cluster.clock.setTimer(5000, resolve))
      throw new Error('too late')
    },
  })
  controller.enqueue('a')
  await cluster.clock.advance(1)
  stop.abort()
  const done = Promise.all(running).then(() => {
    ended = true
  })
  await cluster.clock.advance(4000)
  assert.deepEqual([told, ended, controller.active], [true, false, 1])
  await cluster.clock.advance(2000)
  await done
  await addNode('b')
  await cluster.client.resource(CONFIG_MAPS).create(mapOf('m', nodes.get('b') ?? assert.fail()))
  await cluster.clock.advance(3_600_000)
  assert.deepEqual([controller.active, controller.queue.depth, seen], [0, 0, ['a']])
})
