/** The stream, spoken by a real WebSocket to a server before an embedded API server. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import {
  BATCH_MILLIS,
  BEAT_MILLIS,
  FLIGHT_TASKS,
  MISSION_STAGES,
  MISSIONS,
  type MissionRow,
  type SummaryRow,
  WEAPONS,
} from '@sortie/api'
import {
  EVENTS,
  type KubeObject,
  NAMESPACES,
  NODES,
  PODS,
  type ResourceType,
  statusError,
  TransportError,
} from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import { LINGER_MILLIS } from '../source/pool.ts'
import { Held } from '../testing/browser.ts'
import { event, mission, pod, stage, task, weapon } from '../testing/objects.ts'
import { type Site, type SiteOptions, startSite, until } from '../testing/site.ts'

const NODE_METRICS = {
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  plural: 'nodes',
  kind: 'NodeMetrics',
  namespaced: false,
}

let site: Site
beforeEach(async () => {
  site = await startSite()
})
afterEach(() => site.stop())

async function restart(options: SiteOptions): Promise<void> {
  await site.stop()
  site = await startSite(options)
}

const flush = (): Promise<void> => site.clock.advance(BATCH_MILLIS)
const watchesOf = (who: string, plural: string) =>
  (site.requests.get(who) ?? []).filter(
    ({ method, path }) => method === 'WATCH' && path.endsWith(`/${plural}`),
  )

test('the first message says protocol, epoch, time and mode', async () => {
  const stream = await (await site.launch()).stream()
  await until(() => stream.messages.length > 0)
  const [hello] = stream.messages
  assert.equal(hello?.type, 'hello')
  assert.partialDeepStrictEqual(hello, { protocol: 1, mode: 'embedded', time: site.clock.now() })
})

test('a subscription gets all rows, then the state, then what changes, in batches', async () => {
  await site.create(MISSIONS, mission('alpha'))
  const stream = await (await site.launch()).stream()
  const held = await stream.show('missions')
  assert.deepEqual([held.names(), held.state, held.snapshots], [['alpha'], 'live', 1])
  await site.create(MISSIONS, mission('bravo'))
  await site.cluster.client.resource(MISSIONS).delete({ namespace: 'default', name: 'alpha' })
  await flush()
  await until(() => held.batches > 0)
  assert.deepEqual(held.names(), ['bravo'])
  assert.equal(held.batches, 1, 'both changes came in one batch')
})

test('an object that changes in a way that no row shows sends nothing', async () => {
  await site.create(MISSIONS, mission('alpha'))
  const held = await (await (await site.launch()).stream()).show('missions')
  const ref = { namespace: 'default', name: 'alpha' }
  const note = (value: string) => ({ metadata: { annotations: { note: value } } })
  await site.cluster.client.resource(MISSIONS).patch(ref, { type: 'merge', body: note('x') })
  await flush()
  await site.create(MISSIONS, mission('bravo'))
  await flush()
  await until(() => held.rows.size === 2)
  assert.equal(held.batches, 1)
})

test('many changes of one object within a batch are sent once, as it is in the end', async () => {
  await site.create(MISSIONS, mission('alpha'))
  const held = await (await (await site.launch()).stream()).show('missions')
  const ref = { namespace: 'default', name: 'alpha' }
  for (const missionName of ['one', 'two', 'three']) {
    const body = { spec: { missionName } }
    await site.cluster.client.resource(MISSIONS).patch(ref, { type: 'merge', body })
  }
  await flush()
  await until(() => held.batches > 0)
  assert.equal(held.batches, 1)
  assert.equal(([...held.rows.values()][0] as MissionRow).title, 'three')
})

test('a scope holds what belongs to it', async () => {
  await site.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'east' } })
  await site.create(MISSION_STAGES, stage('s1', 'alpha'))
  await site.create(MISSION_STAGES, stage('s2', 'bravo'))
  await site.create(MISSION_STAGES, stage('s3', 'alpha', 'east'))
  await site.create(
    FLIGHT_TASKS,
    task('t1', { missionRef: { name: 'alpha' }, stageRef: { name: 's1' } }),
  )
  await site.create(
    FLIGHT_TASKS,
    task('t2', { missionRef: { name: 'bravo' }, stageRef: { name: 's2' } }),
  )
  const stream = await (await site.launch()).stream()
  const namesOf = async (...wanted: Parameters<typeof stream.show>) =>
    (await stream.show(...wanted)).names()
  assert.deepEqual(await namesOf('stages'), ['s1', 's2', 's3'])
  assert.deepEqual(await namesOf('stages', { namespace: 'east' }), ['s3'])
  assert.deepEqual(await namesOf('stages', { namespace: 'default', mission: 'alpha' }), ['s1'])
  assert.deepEqual(await namesOf('tasks', { namespace: 'default', mission: 'bravo' }), ['t2'])
  assert.deepEqual(await namesOf('tasks', { namespace: 'default', of: 's1' }), ['t1'])
  assert.deepEqual(await namesOf('tasks', { namespace: 'default', of: 'name/t2' }), ['t2'])
  assert.deepEqual(await namesOf('stages', { namespace: 'east', of: 'name/s1' }), [])
})

test('pods are those of Sortie; of a node, all that are on it', async () => {
  await site.create(NODES, makeAircraft('viper-1'))
  await site.create(
    PODS,
    pod('ours', { node: 'viper-1', labels: { flighttask: 't1', mission: 'm' } }),
  )
  await site.create(PODS, pod('theirs', { node: 'viper-1', managed: false }))
  await site.create(PODS, pod('elsewhere'))
  const stream = await (await site.launch()).stream()
  assert.deepEqual((await stream.show('pods')).names(), ['elsewhere', 'ours'])
  assert.deepEqual((await stream.show('pods', { of: 'node/viper-1' })).names(), ['ours', 'theirs'])
  assert.deepEqual((await stream.show('pods', { namespace: 'default', of: 't1' })).names(), [
    'ours',
  ])
  assert.deepEqual((await stream.show('pods', { namespace: 'default', mission: 'm' })).names(), [
    'ours',
  ])
})

test('events are grouped by what they are about and why, with their count', async () => {
  for (const [name, count] of [
    ['e1', 2],
    ['e2', 3],
  ] as const) {
    await site.create(
      EVENTS,
      event(name, { count, about: { uid: 'u-1', kind: 'FlightTask', name: 't1' } }),
    )
  }
  await site.create(EVENTS, event('e3', { reason: 'Failed' }))
  const stream = await (await site.launch()).stream()
  const all = await stream.show('events')
  const counts = [...all.rows.values()].map((row) => ('count' in row ? row.count : 0))
  assert.deepEqual(counts.sort(), [1, 5])
  const one = await stream.show('events', { namespace: 'default', of: 'FlightTask/t1' })
  assert.equal(one.rows.size, 1)
})

test('warnings alone are sent to who asks for these, and what is no warning any more is taken back', async () => {
  await site.create(EVENTS, event('calm'))
  const stream = await (await site.launch()).stream()
  const held = await stream.show('events', { of: 'warnings' })
  assert.equal(held.rows.size, 0)
  await site.create(EVENTS, event('worse', { reason: 'Failed', type: 'Warning' }))
  await site.clock.advance(BATCH_MILLIS)
  await until(() => held.rows.size === 1)
  await site.cluster.client.resource(EVENTS).delete({ namespace: 'default', name: 'worse' })
  await site.clock.advance(BATCH_MILLIS)
  await until(() => held.rows.size === 0)
})

test('events of a mission are those about what it made, whatever others are called', async () => {
  const names = { a: 'a', 'a-b': 'a-b' }
  for (const [name] of Object.entries(names)) {
    await site.create(MISSIONS, mission(name))
    await site.create(MISSION_STAGES, stage(`${name}-s`, name))
  }
  const uidOf = async (type: ResourceType, name: string): Promise<string> =>
    (await site.cluster.client.resource(type).get({ namespace: 'default', name })).metadata.uid
  const tell = async (type: ResourceType, name: string, told = name): Promise<void> => {
    const uid = await uidOf(type, name)
    await site.create(EVENTS, event(`e-${told}`, { about: { kind: type.kind, name, uid } }))
  }
  await tell(MISSIONS, 'a')
  await tell(MISSION_STAGES, 'a-s')
  await tell(MISSIONS, 'a-b')
  await tell(MISSION_STAGES, 'a-b-s')
  const stream = await (await site.launch()).stream()
  const held = await stream.show('events', { namespace: 'default', mission: 'a' })
  await site.clock.advance(BATCH_MILLIS)
  await until(() => held.rows.size === 2)
  assert.deepEqual(held.names().toSorted(), ['e-a', 'e-a-s'])

  // The event comes before its object is known here, and stays when the object has gone.
  await site.create(EVENTS, event('e-pod', { about: { kind: 'Pod', name: 'p', uid: 'u-p' } }))
  await flush()
  assert.equal(held.rows.size, 2)
  await site.create(PODS, pod('a-p', { labels: { mission: 'a' } }))
  await tell(PODS, 'a-p')
  await flush()
  await until(() => held.rows.size === 3)
  await site.cluster.client.resource(PODS).delete({ namespace: 'default', name: 'a-p' })
  await site.create(EVENTS, event('e-gone', { about: { kind: 'Mission', name: 'a', uid: 'old' } }))
  await flush()
  assert.deepEqual(held.names().toSorted(), ['e-a', 'e-a-p', 'e-a-s'])
})

test('events of a task are those about its pods too, of a stage those about its tasks', async () => {
  await site.create(FLIGHT_TASKS, task('t', { stageRef: { name: 's' } }))
  await site.create(FLIGHT_TASKS, task('t-2', { stageRef: { name: 's-2' } }))
  await site.create(PODS, pod('t-pod', { labels: { flighttask: 't' } }))
  await site.create(PODS, pod('t-2-pod', { labels: { flighttask: 't-2' } }))
  for (const [type, name] of [
    [FLIGHT_TASKS, 't'],
    [FLIGHT_TASKS, 't-2'],
    [PODS, 't-pod'],
    [PODS, 't-2-pod'],
  ] as const) {
    const { metadata } = await site.cluster.client
      .resource<KubeObject>(type)
      .get({ namespace: 'default', name })
    await site.create(
      EVENTS,
      event(`e-${name}`, { about: { kind: type.kind, name, uid: metadata.uid } }),
    )
  }
  const stream = await (await site.launch()).stream()
  for (const [of, expected] of [
    ['FlightTask/t', ['e-t', 'e-t-pod']],
    ['MissionStage/s', ['e-t']],
    ['FlightTask/t/another', ['e-t-pod']],
  ] as const) {
    const held = await stream.show('events', { namespace: 'default', of })
    await flush()
    await until(() => held.rows.size === expected.length, of)
    assert.deepEqual(held.names().toSorted(), expected)
  }
})

test('events about an object are not those about another of the same name', async () => {
  for (const uid of ['old', 'new']) {
    const about = { kind: 'Mission', name: 'm', uid }
    await site.create(EVENTS, event(`e-${uid}`, { about }))
  }
  await site.create(EVENTS, event('e-any', { about: { kind: 'Mission', name: 'm' } }))
  const stream = await (await site.launch()).stream()
  const about = async (of: string) => (await stream.show('events', { of })).names().toSorted()
  assert.deepEqual(await about('Mission/m/new'), ['e-any', 'e-new'])
  assert.deepEqual(await about('mission/m'), ['e-any', 'e-new', 'e-old'])
})

test('counts of a namespace follow what is there', async () => {
  await site.create(FLIGHT_TASKS, task('t1'))
  await site.create(FLIGHT_TASKS, task('t2'))
  await site.create(MISSIONS, mission('alpha'))
  const held = await (await (await site.launch()).stream()).show('summary')
  const counted = (): unknown => {
    const { missions, tasks } = [...held.rows.values()][0] as SummaryRow
    return { missions, tasks }
  }
  assert.deepEqual(counted(), { missions: { Pending: 1 }, tasks: { Pending: 2 } })
  const body = { status: { phase: 'Running' } }
  const ref = { namespace: 'default', name: 't1' }
  const tasks = site.cluster.client.resource(FLIGHT_TASKS)
  await tasks.patch(ref, { type: 'merge', body }, { subresource: 'status' })
  await flush()
  await until(() => held.batches > 0)
  assert.deepEqual(counted(), { missions: { Pending: 1 }, tasks: { Pending: 1, Running: 1 } })
})

test('metrics are asked for once for everybody while somebody looks; where there are none that is said', async () => {
  const metrics = { apiVersion: 'metrics.k8s.io/v1beta1', kind: 'NodeMetrics' }
  const usage = { cpu: '1500m', memory: '2Gi' }
  const asked = () => (site.requests.get('hub') ?? []).filter(({ path }) => /metrics/.test(path))
  await site.create(NODE_METRICS, {
    ...metrics,
    metadata: { name: 'viper-1' },
    usage,
  } as KubeObject)
  const browser = await site.launch()
  const [first, second] = [await browser.stream(), await browser.stream()]
  const held = await first.show('usage')
  await second.show('usage')
  assert.partialDeepStrictEqual(
    [...held.rows.values()],
    [{ name: 'viper-1', cpu: 1.5, memory: 2 ** 31 }],
  )
  await site.clock.advance(30_000)
  assert.equal(asked().length, 3)
  const gone = statusError('NotFound', {
    message: 'the server could not find the requested resource',
  })
  site.fault = (path) => (path.includes('metrics') ? gone : undefined)
  await site.clock.advance(15_000)
  await until(() => held.state === 'missing' && held.rows.size === 0)
})

test('a beat comes every five seconds', async () => {
  const stream = await (await site.launch()).stream()
  await until(() => stream.messages.length > 0)
  await site.clock.advance(BEAT_MILLIS * 2)
  await until(() => stream.messages.filter(({ type }) => type === 'beat').length === 2)
})

test('what is unsubscribed sends no more, and an id can be used again', async () => {
  const stream = await (await site.launch()).stream()
  const held = await stream.show('missions')
  stream.say({ type: 'unsubscribe', id: 1 })
  const weapons = await stream.show('weapons')
  await site.create(MISSIONS, mission('alpha'))
  await site.create(WEAPONS, weapon('w'))
  await flush()
  await until(() => weapons.rows.size === 1)
  assert.equal(held.rows.size, 0)
})

test('a hundred tabs of one person and of many cost one watch per resource', async () => {
  const browser = await site.launch()
  const streams = await Promise.all(Array.from({ length: 100 }, () => browser.stream()))
  await Promise.all(
    streams.flatMap((stream) => [
      stream.show('missions'),
      stream.show('tasks'),
      stream.show('summary'),
    ]),
  )
  for (const plural of ['missions', 'flighttasks', 'missionstages']) {
    assert.equal(watchesOf('hub', plural).length, 1, plural)
  }
})

test('in the strict mode each token has its own watch, shared by its tabs, and tokens share none', async () => {
  await restart({ mode: 'strict' })
  const admin = await site.signIn('token-admin')
  const again = await site.signIn('token-admin')
  for (const browser of [admin, admin, again]) await (await browser.stream()).show('missions')
  assert.equal(watchesOf('token-admin', 'missions').length, 1)
  const ada = await (await site.signIn('token-ada')).stream()
  assert.equal((await ada.show('missions')).state, 'forbidden')
  assert.equal(watchesOf('token-ada', 'missions').length, 0)
})

test('in the strict mode who signs out is watched for no more, and may come back at once', async () => {
  await restart({ mode: 'strict' })
  const admin = await site.signIn('token-admin')
  await (await admin.stream()).show('missions')
  await admin.ask('/api/session', { method: 'DELETE' })
  const again = await (await site.signIn('token-admin')).stream()
  const held = await again.show('missions')
  assert.equal(watchesOf('token-admin', 'missions').length, 2)
  await site.create(MISSIONS, mission('alpha'))
  await flush()
  await until(() => held.rows.size === 1)
})

test('a watch ends half a minute after the last who needed it, and not before', async () => {
  const browser = await site.launch()
  const first = await browser.stream()
  await first.show('missions')
  first.close()
  await until(() => first.closed !== undefined)
  await site.clock.advance(LINGER_MILLIS - 1_000)
  // Nobody could begin anew: what is shown is what was kept.
  site.fault = () => new TransportError('connection refused')
  await (await browser.stream()).show('missions')
  site.fault = undefined
  const third = await browser.stream()
  await third.show('weapons')
  third.close()
  await until(() => third.closed !== undefined)
  await site.clock.advance(LINGER_MILLIS + 1_000)
  site.fault = () => new TransportError('connection refused')
  const late = (await browser.stream()).subscribe('weapons')
  await until(() => late.state === 'error', 'a new watch')
})

test('while the API server is away rows stay and are said to be stale; then they are what it has', async () => {
  await site.create(MISSIONS, mission('alpha'))
  const held = await (await (await site.launch()).stream()).show('missions')
  const lost = site.clock.now()
  site.fault = () => new TransportError('connection refused')
  site.cutWatches(new TransportError('connection reset'))
  await site.clock.advance(2_000)
  await until(() => held.state === 'stale')
  const state = held.states.at(-1)
  assert.ok(state?.state === 'stale' && state.since === lost, 'rows are as of when the watch broke')
  assert.deepEqual(held.names(), ['alpha'])
  await site.create(MISSIONS, mission('bravo'))
  await site.cluster.client.resource(MISSIONS).delete({ namespace: 'default', name: 'alpha' })
  site.fault = undefined
  await site.clock.advance(30_000)
  await until(() => held.state === 'live' && held.rows.size === 1)
  assert.deepEqual(held.names(), ['bravo'])
})

test('a line to the API server that dies without a word is said to be stale within 16 s, and heals', async () => {
  await site.create(MISSIONS, mission('alpha'))
  const stream = await (await site.launch()).stream()
  const held = await stream.show('missions')
  const usage = stream.subscribe('usage')
  // A quiet hour is no silence.
  await site.clock.advance(3_600_000)
  assert.deepEqual(new Set(held.states.map(({ state }) => state)), new Set(['live']))
  const died = site.clock.now()
  site.isMute = true
  await site.clock.advance(16_000)
  await until(() => held.state === 'stale')
  const state = held.states.at(-1)
  assert.ok(state?.state === 'stale' && state.since <= died, 'rows are as of the last sign')
  assert.deepEqual(held.names(), ['alpha'])
  await site.clock.advance(30_000)
  assert.notEqual(usage.state, 'live')
  assert.ok(held.states.at(-1)?.state === 'stale')
  await site.create(MISSIONS, mission('bravo'))
  site.isMute = false
  await site.clock.advance(90_000)
  await until(() => held.state === 'live')
  assert.deepEqual(held.names().toSorted(), ['alpha', 'bravo'])
})

test('a resource that the server does not have is missing, whoever asks', async () => {
  await restart({ mode: 'embedded' })
  await site.cluster.client.raw({
    method: 'DELETE',
    path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/weapons.airforce.airforce.mil',
  })
  const stream = await (await site.launch()).stream()
  const held = stream.subscribe('weapons')
  await until(() => held.state === 'missing')
  assert.equal(held.rows.size, 0)
})

test('hostile text passes as it is', async () => {
  const hostile = '<img src=x onerror=alert(1)>\u2028"]}\\u0000</script>'
  await site.create(MISSIONS, mission('alpha', 'default', { missionName: hostile }))
  const held = await (await (await site.launch()).stream()).show('missions')
  assert.equal(([...held.rows.values()][0] as MissionRow).title, hostile)
})

test('a large view comes in parts, and what changes meanwhile is not lost', async () => {
  const client = site.cluster.client.resource(WEAPONS)
  for (let n = 0; n < 1_300; n++) await client.create(weapon(`w${n}`))
  const stream = await (await site.launch()).stream()
  const held = stream.subscribe('weapons')
  await until(() => held.rows.size > 0)
  await client.delete({ namespace: 'default', name: 'w0' })
  await site.create(WEAPONS, weapon('late'))
  await flush()
  await until(
    () => held.snapshots === 1 && held.rows.size === 1_300 && held.names().includes('late'),
  )
  const parts = stream.messages.filter(({ type }) => type === 'snapshot')
  assert.equal(parts.length, 3)
  await flush()
  await until(() => !held.names().includes('w0'))
})

test('a snapshot that is under way ends when its subscription does', async () => {
  const client = site.cluster.client.resource(WEAPONS)
  for (let n = 0; n < 1_100; n++) await client.create(weapon(`w${n}`))
  await site.create(MISSIONS, mission('alpha'))
  const browser = await site.launch()
  await (await browser.stream()).show('weapons')
  const stream = await browser.stream()
  stream.subscribe('weapons')
  const second = new Held()
  stream.held.set(1, second)
  stream.say({ type: 'subscribe', id: 1, kind: 'missions', scope: {} })
  await until(() => second.state !== undefined)
  await stream.show('missions')
  const parts = stream.messages.filter((message) => message.type === 'snapshot')
  assert.ok(parts.length < 5, 'not all parts of the first were sent')
  assert.deepEqual(second.names(), ['alpha'])
})

test('what is no message of the protocol ends the stream with 4002', async () => {
  const browser = await site.launch()
  const wrong = [
    'no json',
    '{}',
    '{"type":"subscribe","id":1,"kind":"secrets","scope":{}}',
    '{"type":"subscribe","id":1,"kind":"__proto__","scope":{}}',
    '{"type":"subscribe","id":1,"kind":"pods","scope":{"of":7}}',
    '{"type":"logs","id":1,"source":{"namespace":"a/../b","pod":"p","container":"c","follow":false}}',
    '{"type":"unsubscribe","id":"1"}',
  ]
  for (const text of wrong) {
    const stream = await browser.stream()
    stream.say(text)
    await until(() => stream.closed !== undefined, text)
    assert.equal(stream.closed?.code, 4002, text)
  }
})

test('a stream ends with its session, with 4001', async () => {
  const browser = await site.launch()
  const stream = await browser.stream()
  await browser.ask('/api/session', { method: 'DELETE' })
  await until(() => stream.closed !== undefined)
  assert.equal(stream.closed?.code, 4001)
  await assert.rejects(browser.stream(), /401/)
})
