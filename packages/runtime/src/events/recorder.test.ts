import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import {
  CONFIG_MAPS,
  EVENTS,
  type EventObject,
  formatTime,
  type KubeObject,
  type LogFields,
  NODES,
  type Stored,
  silentLogger,
} from '@sortie/machinery'
import { makeAircraft, startTestCluster, type TestCluster } from '@sortie/testing'
import { createEventRecorder, type EventRecorder } from './recorder.ts'

const MINUTE = 60_000
const took = { type: 'Normal', reason: 'Took', message: 'off' } as const

let cluster: TestCluster
let recorder: EventRecorder
let map: Stored<KubeObject>
let logged: LogFields[]

const newMap = (name: string): Promise<Stored<KubeObject>> =>
  cluster.client.resource(CONFIG_MAPS).create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'ns' },
  })

beforeEach(async () => {
  cluster = await startTestCluster()
  logged = []
  const log = {
    ...silentLogger,
    debug: (_: string, fields: LogFields = {}) => void logged.push(fields),
  }
  recorder = createEventRecorder({ ...cluster, log, component: 'sortie-test' })
  await cluster.client
    .resource({
      group: '',
      version: 'v1',
      plural: 'namespaces',
      kind: 'Namespace',
      namespaced: false,
    })
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ns' } })
  map = await newMap('m')
})
afterEach(() => cluster.stop())

async function eventsIn(namespace: string): Promise<readonly Stored<EventObject>[]> {
  await recorder.flush()
  return (await cluster.client.resource<EventObject>(EVENTS).list({ namespace })).items
}
const countsIn = async (namespace: string): Promise<readonly (number | undefined)[]> =>
  (await eventsIn(namespace)).map(({ count }) => count)

test('an event stands beside its object, names it, and says who reports', async () => {
  recorder.record(map, took)
  const [event, ...more] = await eventsIn('ns')
  assert.deepEqual(more, [])
  assert.match(event?.metadata.name ?? '', /^m\./)
  const now = formatTime(cluster.clock.now())
  assert.partialDeepStrictEqual(event, {
    apiVersion: 'v1',
    kind: 'Event',
    involvedObject: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'm',
      namespace: 'ns',
      uid: map.metadata.uid,
      resourceVersion: map.metadata.resourceVersion,
    },
    ...took,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component: 'sortie-test' },
    reportingComponent: 'sortie-test',
    reportingInstance: '',
  })
})

test('an event about an object without namespace stands in the default one', async () => {
  const node = await cluster.client.resource(NODES).create(makeAircraft('a'))
  recorder.record(node, took)
  recorder.record(node, took)
  const [event] = await eventsIn('default')
  assert.equal(event?.count, 2)
  const { name, uid, resourceVersion } = node.metadata
  const reference = { apiVersion: 'v1', kind: 'Node', name, uid, resourceVersion }
  assert.deepEqual(event?.involvedObject, reference)
})

test('what an object lacks is not in the reference to it', async () => {
  const { apiVersion, kind } = map
  recorder.record({ apiVersion, kind, metadata: { name: 'plan', namespace: 'ns' } }, took)
  const [event] = await eventsIn('ns')
  assert.deepEqual(event?.involvedObject, { apiVersion, kind, name: 'plan', namespace: 'ns' })
})

test('the same said again within ten minutes counts up, with the time of the last', async () => {
  const first = formatTime(cluster.clock.now())
  for (let round = 0; round < 3; round++) {
    recorder.record(map, took)
    await recorder.flush()
    await cluster.clock.advance(4.9 * MINUTE)
  }
  const [event, ...more] = await eventsIn('ns')
  assert.deepEqual(more, [])
  assert.equal(event?.count, 3)
  assert.equal(event?.firstTimestamp, first)
  assert.equal(event?.lastTimestamp, formatTime(cluster.clock.now() - 4.9 * MINUTE))
})

test('after ten minutes it is an event of its own, and that one counts up', async () => {
  for (const pause of [10 * MINUTE, 9 * MINUTE, 0]) {
    recorder.record(map, took)
    await recorder.flush()
    await cluster.clock.advance(pause)
  }
  assert.deepEqual((await countsIn('ns')).toSorted(), [1, 2])
})

test('another type, reason, message or object is another event', async () => {
  const other = await newMap('n')
  recorder.record(map, took)
  recorder.record(map, { ...took, type: 'Warning' })
  recorder.record(map, { ...took, reason: 'Flew' })
  recorder.record(map, { ...took, message: 'away' })
  recorder.record(other, took)
  assert.deepEqual(await countsIn('ns'), [1, 1, 1, 1, 1])
})

test('an event that has expired meanwhile is written anew', async () => {
  recorder.record(map, took)
  const [event] = await eventsIn('ns')
  await cluster.client
    .resource(EVENTS)
    .delete({ namespace: 'ns', name: event?.metadata.name ?? '' })
  recorder.record(map, took)
  assert.deepEqual(await countsIn('ns'), [1])
})

test('an event that cannot be written holds up none after it', async () => {
  const nowhere = { ...map, metadata: { ...map.metadata, namespace: 'missing', uid: 'u' } }
  recorder.record(nowhere, took)
  recorder.record(map, took)
  assert.deepEqual(await countsIn('ns'), [1])
  assert.deepEqual(
    logged.map(({ reason }) => reason),
    ['Took'],
  )
  assert.match(String(logged[0]?.['error']), /missing/)
})

test('an object may say 25 things at once, and one more every five minutes', async () => {
  const say = (count: number): void => {
    for (let index = 0; index < count; index++) {
      recorder.record(map, { ...took, message: `${cluster.clock.now()} ${index}` })
    }
  }
  say(30)
  assert.equal((await eventsIn('ns')).length, 25)
  await cluster.clock.advance(5 * MINUTE - 1)
  say(1)
  assert.equal((await eventsIn('ns')).length, 25)
  await cluster.clock.advance(1)
  say(2)
  assert.equal((await eventsIn('ns')).length, 26)
  await cluster.clock.advance(24 * 60 * MINUTE)
  say(30)
  assert.equal((await eventsIn('ns')).length, 25, 'the others have expired, none is saved up')
})

test('one object that says too much does not silence another', async () => {
  for (let index = 0; index < 40; index++) recorder.record(map, { ...took, message: `${index}` })
  recorder.record(await newMap('n'), took)
  const about = (await eventsIn('ns')).map(({ involvedObject }) => involvedObject.name)
  assert.equal(about.filter((name) => name === 'n').length, 1)
})

test('a message is cut after 1,024 characters, and a long name where the event’s own has room', async () => {
  const name = `${'a'.repeat(199)}-${'b'.repeat(50)}`
  const long = { ...map, metadata: { ...map.metadata, name } }
  recorder.record(long, { ...took, message: 'x'.repeat(2000) })
  const [event] = await eventsIn('ns')
  assert.equal(event?.message, 'x'.repeat(1024))
  assert.equal(event?.involvedObject.name, name)
  assert.ok((event?.metadata.name.length ?? 0) <= 253)
  assert.match(event?.metadata.name ?? '', /^a{199}/)
})
