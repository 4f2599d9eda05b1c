import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createInformer, type Informer } from '@sortie/client'
import { CONFIG_MAPS, type KubeObject, NODES, SortieError, statusError } from '@sortie/machinery'
import { makeAircraft, settle, startTestCluster, type TestCluster } from '@sortie/testing'
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
  await settle()
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
