import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createVirtualClock,
  type KubeObject,
  type Logger,
  PODS,
  type Stored,
  seededRandom,
  silentLogger,
  type Transport,
  type WatchEvent,
  type WatchSink,
} from '@sortie/machinery'
import fc from 'fast-check'
import { createClient } from '../client/client.ts'
import { createCache } from './cache.ts'
import { createIndexes, OWNER_UID_INDEX } from './indexes.ts'
import { createInformer, type InformerOptions } from './informer.ts'
import { createProgress } from './progress.ts'
import { compareVersions } from './version.ts'

type PodLike = Stored<KubeObject>

function pod(name: string, version: number, rest: Partial<PodLike['metadata']> = {}): PodLike {
  const base = { name, namespace: 'ns', uid: name, creationTimestamp: '' }
  const metadata = { ...base, resourceVersion: String(version), ...rest }
  return Object.freeze({ apiVersion: 'v1', kind: 'Pod', metadata: Object.freeze(metadata) })
}

const labelled = (name: string, version: number, colours: readonly string[]): PodLike =>
  pod(name, version, { labels: { colours: colours.join(',') } })
const coloursOf = (object: PodLike): readonly string[] =>
  (object.metadata.labels?.['colours'] ?? '').split(',').filter(Boolean)

test('indexes equal what a scan finds, after any changes', () => {
  const colours = fc.subarray(['red', 'blue', 'green'])
  const change = fc.record({ name: fc.constantFrom('a', 'b', 'c'), gone: fc.boolean(), colours })
  fc.assert(
    fc.property(fc.array(change), fc.nat(), (changes, replaceAt) => {
      const indexes = createIndexes<KubeObject>(() => assert.fail())
      indexes.add('colour', coloursOf)
      const cache = createCache(indexes)
      for (const [at, { name, gone, colours: wanted }] of changes.entries()) {
        const object = labelled(name, at + 1, wanted)
        if (at === replaceAt % 10) cache.replace([object])
        else if (gone) cache.remove(object)
        else cache.put(object)
        for (const colour of ['red', 'blue', 'green']) {
          const scan = [...cache.objects.values()].filter((each) =>
            coloursOf(each).includes(colour),
          )
          const byName = (a: PodLike, b: PodLike) => a.metadata.name.localeCompare(b.metadata.name)
          assert.deepEqual([...indexes.find('colour', colour)].sort(byName), scan.sort(byName))
        }
      }
    }),
  )
})

test('the changes told, one after the other, make of what was held what is held now', () => {
  const object = fc
    .tuple(
      fc.constantFrom('a', 'b', 'c'),
      fc.constantFrom('u', 'v'),
      fc.integer({ min: 1, max: 4 }),
    )
    .map(([name, uid, version]) => pod(name, version, { uid: `${name}-${uid}` }))
  const step = fc.oneof(
    fc.record({ kind: fc.constantFrom('put' as const, 'remove' as const), object }),
    fc.record({
      kind: fc.constant('replace' as const),
      objects: fc.array(object, { maxLength: 4 }),
    }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const cache = createCache(createIndexes<KubeObject>(() => assert.fail()))
      const mirror = new Map<string, PodLike>()
      for (const each of steps) {
        const changes =
          each.kind === 'replace' ? cache.replace(each.objects) : cache[each.kind](each.object)
        for (const change of changes) {
          const { name, uid, resourceVersion } = change.object.metadata
          const held = mirror.get(name)
          if (change.kind === 'add') assert.equal(held, undefined)
          else assert.equal(held?.metadata.uid, uid)
          if (change.kind === 'update') {
            assert.equal(change.old, held)
            assert.notEqual(held?.metadata.resourceVersion, resourceVersion)
          }
          if (change.kind === 'delete') mirror.delete(name)
          else mirror.set(name, change.object)
        }
        const byName = (objects: Iterable<PodLike>) =>
          [...objects].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
        assert.deepEqual(byName(mirror.values()), byName(cache.objects.values()))
      }
    }),
  )
})

test('an index that does not exist is said so, and a value that nothing has gives nothing', () => {
  const indexes = createIndexes<KubeObject>(() => {})
  indexes.add('colour', coloursOf)
  assert.throws(() => indexes.find('color', 'red'), RangeError)
  assert.deepEqual(indexes.find('colour', 'red'), [])
})

test('a delete that was seen carries the last state from the server, one that was not the last one known', () => {
  const cache = createCache(createIndexes<KubeObject>(() => {}))
  cache.replace([pod('a', 1), pod('b', 2), pod('c', 3)])
  assert.deepEqual(cache.remove(pod('a', 9)), [{ kind: 'delete', object: pod('a', 9) }])
  assert.deepEqual(cache.remove(pod('a', 10)), [])
  const stranger = pod('b', 9, { uid: 'other' })
  assert.deepEqual(cache.remove(stranger), [{ kind: 'delete', object: pod('b', 2) }])
  assert.deepEqual(cache.replace([]), [{ kind: 'delete', object: pod('c', 3) }])
})

test('versions of any length are in order', () => {
  const versions = [
    '',
    '0',
    '9',
    '10',
    '99999999999999999998',
    '99999999999999999999',
    '100000000000000000000',
  ]
  for (const [at, version] of versions.entries()) {
    for (const [other, next] of versions.entries()) {
      assert.equal(
        Math.sign(compareVersions(version, next)),
        Math.sign(at - other),
        `${version} ${next}`,
      )
    }
  }
})

test('who waits for a version is called once when it or a later one is seen, in order of versions', () => {
  const version = fc.integer({ min: 1, max: 60 })
  fc.assert(
    fc.property(
      fc.array(fc.record({ wait: version, cancelled: fc.boolean() })),
      fc.array(version),
      (waits, steps) => {
        const called: number[] = []
        const progress = createProgress((callback) => callback())
        progress.advance('5')
        const cancels = waits.map(({ wait }) =>
          progress.whenSeen(String(wait), () => called.push(wait)),
        )
        for (const [at, cancel] of cancels.entries()) if (waits[at]?.cancelled === true) cancel()
        let seen = 5
        for (const step of steps) {
          progress.advance(String(step))
          seen = Math.max(seen, step)
          assert.ok(progress.hasSeen(String(seen)))
          assert.ok(!progress.hasSeen(String(seen + 1)))
        }
        const due = waits.filter(({ wait, cancelled }) => wait <= 5 || (wait <= seen && !cancelled))
        const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)
        assert.deepEqual(sorted(called), sorted(due.map(({ wait }) => wait)))
      },
    ),
  )
})

test('a callback that waits for the next version while it is called is not lost', () => {
  const called: string[] = []
  const progress = createProgress((callback) => callback())
  progress.whenSeen('1', () => {
    called.push('1')
    progress.whenSeen('1', () => called.push('1 again'))
    progress.whenSeen('2', () => called.push('2'))
  })
  progress.advance('1')
  progress.advance('2')
  assert.deepEqual(called, ['1', '1 again', '2'])
})

async function setUp(
  options: Partial<InformerOptions<KubeObject>> = {},
  parses: Pick<Transport, 'parses'> = {},
) {
  const clock = createVirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)))
  const random = seededRandom(1)
  let sink: WatchSink | undefined
  const transport: Transport = {
    ...parses,
    request: () => assert.fail(),
    stream: () => assert.fail(),
    close: () => Promise.resolve(),
    async watch(_request, given) {
      sink = given
      return { close() {} }
    },
  }
  const client = createClient(transport, { clock, random })
  const base = { client, type: PODS, clock, random, log: silentLogger }
  const informer = createInformer<KubeObject>({ ...base, ...options })
  informer.start()
  await clock.advance(0)
  const send = (...events: WatchEvent[]): void => {
    for (const event of events) sink?.onEvent(event)
  }
  return { informer, send }
}

function initialEnd(version: number): WatchEvent {
  const annotations = { 'k8s.io/initial-events-end': 'true' }
  const metadata = { resourceVersion: String(version), annotations }
  return { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Pod', metadata } }
}

test('initial events show at once and whole, and handlers see the whole cache from the first', async () => {
  const { informer, send } = await setUp()
  const sizes: number[] = []
  informer.addHandler({ onAdd: () => sizes.push(informer.size) })
  send({ type: 'ADDED', object: pod('a', 1) }, { type: 'ADDED', object: pod('b', 2) })
  assert.deepEqual([informer.size, informer.hasSynced(), informer.hasSeen('1')], [0, false, false])
  send(initialEnd(5))
  assert.deepEqual([informer.size, informer.hasSynced(), informer.hasSeen('5')], [2, true, true])
  assert.deepEqual(sizes, [2, 2])
  await informer.stop()
})

test('initial events are changed by those that come before their end, and told of as they are then', async () => {
  const { informer, send } = await setUp()
  const told: string[] = []
  informer.addHandler({
    onAdd: ({ metadata }) => told.push(`add ${metadata.name}@${metadata.resourceVersion}`),
    onUpdate: () => told.push('update'),
    onDelete: () => told.push('delete'),
  })
  send(
    { type: 'ADDED', object: pod('a', 1) },
    { type: 'ADDED', object: pod('b', 2) },
    { type: 'DELETED', object: pod('a', 3) },
    { type: 'MODIFIED', object: pod('b', 4) },
    initialEnd(5),
  )
  assert.deepEqual(told, ['add b@4'])
  await informer.stop()
})

test('what was seen before is told of once, and not again', async () => {
  const { informer, send } = await setUp()
  const told: string[] = []
  const note = (kind: string) => (object: PodLike) => told.push(`${kind} ${object.metadata.name}`)
  informer.addHandler({ onAdd: note('add'), onDelete: note('delete') })
  const events: readonly WatchEvent[] = [
    { type: 'ADDED', object: pod('a', 6) },
    { type: 'DELETED', object: pod('a', 7) },
  ]
  send(initialEnd(5), { type: 'ADDED', object: pod('old', 5) }, ...events, ...events)
  assert.deepEqual(told, ['add a', 'delete a'])
  assert.ok(informer.hasSeen('7') && !informer.hasSeen('8'))
  await informer.stop()
})

test('a handler is told of what is held when it comes, of each change once, and of nothing after it went', async () => {
  const { informer, send } = await setUp()
  const told: string[] = []
  const late = (): void => {
    informer.addHandler({ onAdd: ({ metadata }) => told.push(`late ${metadata.name}`) })
  }
  let once = true
  const remove = informer.addHandler({
    onAdd({ metadata }) {
      told.push(metadata.name)
      if (once) late()
      once = false
    },
  })
  send(
    { type: 'ADDED', object: pod('a', 1) },
    { type: 'ADDED', object: pod('b', 2) },
    initialEnd(5),
  )
  assert.deepEqual(told, ['a', 'late a', 'late b', 'b'])
  remove()
  send({ type: 'ADDED', object: pod('c', 6) })
  assert.deepEqual(told.slice(4), ['late c'])
  await informer.stop()
})

test('objects are found by the uid of their controlling owner', async () => {
  const { informer, send } = await setUp()
  const owner = { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u1' }
  const owned = pod('a', 1, { ownerReferences: [{ ...owner, controller: true }] })
  const friend = pod('b', 2, { ownerReferences: [owner] })
  send({ type: 'ADDED', object: owned }, { type: 'ADDED', object: friend }, initialEnd(5))
  assert.deepEqual(informer.byIndex(OWNER_UID_INDEX, 'u1'), [owned])
  assert.throws(() => informer.addIndexer('late', () => []), { code: 'InformerStarted' })
  await informer.stop()
})

test('equal parts of parsed objects are held once, and objects of a store as they are', async () => {
  const pods = (): readonly PodLike[] =>
    ['a', 'b'].map((name, at) => JSON.parse(JSON.stringify(labelled(name, at + 1, ['red']))))
  for (const parses of [true, false]) {
    const { informer, send } = await setUp({}, { parses })
    for (const object of pods()) send({ type: 'ADDED', object })
    send(initialEnd(5))
    const [one, other] = [...informer.list()]
    assert.deepEqual([one, other], pods())
    assert.equal(one?.metadata.labels === other?.metadata.labels, parses)
    const changed = labelled('a', 6, ['blue'])
    send({ type: 'MODIFIED', object: JSON.parse(JSON.stringify(changed)) })
    assert.deepEqual(informer.get('ns/a'), changed)
    await informer.stop()
  }
})

test('a transform decides what is kept, and an index function that throws hurts only its index', async () => {
  const logged: string[] = []
  const log: Logger = {
    ...silentLogger,
    error: (message, fields) => logged.push(`${message}: ${Object(fields).index}`),
    with: () => log,
  }
  const { informer, send } = await setUp({
    log,
    transform: (object) => ({
      ...object,
      metadata: { ...object.metadata, labels: { kept: 'no' } },
    }),
    indexers: { broken: () => assert.fail('by design'), name: ({ metadata }) => [metadata.name] },
  })
  send({ type: 'ADDED', object: pod('a', 1) }, initialEnd(5))
  assert.deepEqual(informer.get('ns/a')?.metadata.labels, { kept: 'no' })
  assert.deepEqual(informer.byIndex('broken', 'a'), [])
  assert.deepEqual(logged, ['index function failed: broken'])
  assert.equal(informer.byIndex('name', 'a').length, 1)
  await informer.stop()
})
