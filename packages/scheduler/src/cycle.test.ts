import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { API_VERSION, FLIGHT_TASKS, MISSION_STAGES } from '@sortie/api'
import { createClient } from '@sortie/client'
import {
  type ApiRequest,
  type ApiResponse,
  type KubeObject,
  NODES,
  type OpenStream,
  PODS,
  type Pod,
  type ResourceType,
  type Stored,
  sleep,
  statusError,
  TransportError,
  type WatchSink,
} from '@sortie/machinery'
import { makeAircraft, startTestCluster, type TestCluster } from '@sortie/testing'
import { createScheduler, type SchedulerConfig } from './scheduler.ts'

type Send = () => Promise<ApiResponse>

const namespace = 'default'
const PATIENCE_MS = 10_000
let cluster: TestCluster
/** What the network does with a binding; changed by a test. */
let onBinding: (send: Send, request: ApiRequest) => Promise<ApiResponse>
let bindings: string[]
/** By how much a resource's watch is behind, ms. */
let late: Record<string, number>
/** The scheduler cannot reach the API server. */
let isAway: boolean
let stopScheduler: () => Promise<void>

beforeEach(async () => {
  cluster = await startTestCluster()
  onBinding = (send) => send()
  bindings = []
  late = {}
  isAway = false
  await startScheduler()
})
afterEach(async () => {
  onBinding = (send) => send()
  isAway = false
  await advance(60_000)
  await stopScheduler()
  await cluster.stop()
})

async function startScheduler(config: SchedulerConfig = {}): Promise<void> {
  const { clock, random, log, server } = cluster
  const inner = server.transport()
  const transport = {
    ...inner,
    request(request: ApiRequest): Promise<ApiResponse> {
      const send: Send = () => inner.request(request)
      if (isAway) return Promise.reject(new TransportError('connection refused'))
      if (!request.path.endsWith('/binding')) return send()
      bindings.push(request.path.split('/').at(-2) ?? '')
      return onBinding(send, request)
    },
    watch(request: ApiRequest, sink: WatchSink): Promise<OpenStream> {
      const resource = request.path.split('/').at(-1) ?? ''
      return inner.watch(request, {
        onEvent(event) {
          const delay = late[resource] ?? 0
          if (delay === 0) sink.onEvent(event)
          else clock.setTimer(delay, () => sink.onEvent(event))
        },
        onEnd: (error) => sink.onEnd(error),
      })
    },
  }
  const client = createClient(transport, { clock, random })
  const abort = new AbortController()
  const done = createScheduler({ client, clock, random, log, config }).start(abort.signal)
  stopScheduler = async () => {
    abort.abort()
    await advance(0)
    await done
  }
  await advance(10)
}

const advance = (ms: number): Promise<void> => cluster.clock.advance(ms)
const pods = () => cluster.client.resource<Pod>(PODS)

async function create<T extends KubeObject>(type: ResourceType, object: object) {
  return (await cluster.client.resource<T>(type).create(object as T)) as Stored<T>
}

async function addAircraft(...names: readonly string[]): Promise<void> {
  for (const name of names) await create(NODES, makeAircraft(name))
}

const ownedBy = ({ apiVersion, kind, metadata }: Stored<KubeObject>) => [
  { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true },
]

function addPod(name: string, metadata: object = {}, spec: object = {}): Promise<Stored<Pod>> {
  const resources = { 'aircraft.mil/slot': '1' }
  return create<Pod>(PODS, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, ...metadata },
    spec: {
      schedulerName: 'sortie-scheduler',
      restartPolicy: 'Never',
      containers: [
        { name: 't', image: 'i', resources: { requests: resources, limits: resources } },
      ],
      ...spec,
    },
  })
}

const addTask = (
  name: string,
  metadata: object = {},
  spec: object = {},
): Promise<Stored<KubeObject>> =>
  create(FLIGHT_TASKS, {
    apiVersion: API_VERSION,
    kind: 'FlightTask',
    metadata: { namespace, name, ...metadata },
    spec: { aircraftRequirement: { type: 'j20' }, ...spec },
  })

/** A stage whose tasks wait for each other, with a pod for each unless told otherwise. */
async function addGang(name: string, size: number, withPods = size): Promise<void> {
  const config = { synchronization: { waitForAll: true } }
  const spec = { stageName: name, stageIndex: 1, stageType: 'parallel', config, flightTasks: [] }
  const stage = await create(MISSION_STAGES, {
    apiVersion: API_VERSION,
    kind: 'MissionStage',
    metadata: { namespace, name },
    spec,
  })
  for (let number = 1; number <= size; number++) {
    const meta = { ownerReferences: ownedBy(stage) }
    const task = await addTask(`${name}-${number}`, meta, { gang: { name } })
    if (number > withPods) continue
    await addPod(`${name}-${number}`, { ownerReferences: ownedBy(task) })
  }
}

const nodeOf = async (name: string): Promise<string | undefined> =>
  (await pods().get({ namespace, name })).spec.nodeName
const remove = (name: string): Promise<unknown> =>
  pods().delete({ namespace, name }, { gracePeriodSeconds: 0 })
async function land(name: string): Promise<void> {
  const patch = { type: 'merge', body: { status: { phase: 'Succeeded' } } } as const
  await pods().patch({ namespace, name }, patch, { subresource: 'status' })
}
async function bindTo(name: string, node: string): Promise<void> {
  await pods().createSubresource({ namespace, name }, 'binding', {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name },
    target: { kind: 'Node', name: node },
  })
}
const refusal: ApiResponse = {
  status: 403,
  headers: {},
  body: { ...statusError('Forbidden', { message: 'no', code: 403 }).status },
}
const on = (node: string) => ({ nodeSelector: { 'kubernetes.io/hostname': node } })

const relabel = (type: ResourceType, name: string, labels: object): Promise<unknown> =>
  cluster.client.resource(type).patch(type === NODES ? { name } : { namespace, name }, {
    type: 'merge',
    body: { metadata: { labels } },
  })
const priority = (level: string) => ({
  annotations: { 'airforce.airforce.mil/priority': level },
})
const inZone = (app: string) => ({ topologyKey: 'zone', labelSelector: { matchLabels: { app } } })
const keepsAway = (app: string) => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [inZone(app)],
    },
  },
})

describe('aircraft that were kept for a gang', () => {
  test('go to all that waited for them, also to those who came before any was kept', async () => {
    await addAircraft('a', 'b', 'c')
    for (const name of ['a', 'b', 'c']) await addPod(`busy-${name}`, {}, on(name))
    await addGang('g', 3)
    for (const name of ['x', 'y']) {
      await advance(1000)
      await addPod(name)
    }
    await advance(PATIENCE_MS)
    for (const name of ['busy-a', 'busy-b']) {
      await land(name)
      await advance(100)
    }
    assert.deepEqual([await nodeOf('x'), await nodeOf('y')], [undefined, undefined])
    for (const name of ['g-1', 'g-2', 'g-3']) await remove(name)
    await advance(100)
    assert.deepEqual([await nodeOf('x'), await nodeOf('y')].sort(), ['a', 'b'])
  })

  test('are kept no longer once one that it needs has left the fleet', async () => {
    await addAircraft('a', 'b')
    for (const name of ['a', 'b']) await addPod(`busy-${name}`, {}, on(name))
    await addGang('g', 2)
    await addPod('x')
    await advance(PATIENCE_MS + 100)
    await land('busy-a')
    await advance(100)
    assert.equal(await nodeOf('x'), undefined)
    await cluster.client.resource(NODES).delete({ name: 'b' })
    await advance(100)
    assert.equal(await nodeOf('x'), 'a')
  })
})

describe('aircraft are kept', () => {
  test('no longer for a gang of which a task has lost its pod', async () => {
    await addAircraft('a', 'b')
    for (const name of ['a', 'b']) await addPod(`busy-${name}`, {}, on(name))
    await addGang('g', 2)
    await addPod('x')
    await advance(PATIENCE_MS + 100)
    await land('busy-a')
    await advance(100)
    assert.equal(await nodeOf('x'), undefined)
    await remove('g-2')
    await advance(100)
    assert.equal(await nodeOf('x'), 'a')
  })

  test('for the one that goes first of two gangs, and then for the other', async () => {
    await addAircraft('a', 'b')
    for (const name of ['a', 'b']) await addPod(`busy-${name}`, {}, on(name))
    for (const name of ['late', 'first']) {
      await addGang(name, 2, 0)
      for (const number of [1, 2]) {
        const task = await cluster.client
          .resource(FLIGHT_TASKS)
          .get({ namespace, name: `${name}-${number}` })
        const annotations = {
          'airforce.airforce.mil/priority': name === 'first' ? 'critical' : 'low',
        }
        await addPod(`${name}-${number}`, { annotations, ownerReferences: ownedBy(task) })
      }
    }
    await advance(PATIENCE_MS + 100)
    await land('busy-a')
    await advance(100)
    await land('busy-b')
    await advance(100)
    assert.deepEqual([await nodeOf('first-1'), await nodeOf('first-2')].sort(), ['a', 'b'])
    for (const number of [1, 2]) {
      await land(`first-${number}`)
      await advance(100)
    }
    assert.deepEqual([await nodeOf('late-1'), await nodeOf('late-2')].sort(), ['a', 'b'])
  })
})

describe('the aircraft of a binding that came to nothing', () => {
  const shy = (node: string): object => ({
    ...on(node),
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            topologyKey: 'aircraft.mil/location.zone',
            labelSelector: { matchLabels: { app: 'shy' } },
          },
        ],
      },
    },
  })
  const labels = { app: 'shy' }

  test('keeps nobody away any longer', async () => {
    await addAircraft('a', 'b')
    onBinding = async () => {
      await sleep(cluster.clock, 500)
      return refusal
    }
    await addPod('first', { labels }, shy('a'))
    await advance(10)
    await addPod('second', { labels }, shy('b'))
    await advance(400)
    assert.deepEqual(bindings, ['first'])
    onBinding = (send) => send()
    await advance(200)
    assert.equal(await nodeOf('second'), 'b')
  })

  test('is free again where another scheduler has bound the pod elsewhere', async () => {
    await addAircraft('a', 'b')
    onBinding = async (send, { path }) => {
      if (!path.includes('first')) return send()
      await sleep(cluster.clock, 500)
      return send()
    }
    await addPod('first', {}, { nodeSelector: { 'kubernetes.io/hostname': 'a' } })
    await addPod('busy', {}, on('b'))
    await advance(10)
    await addPod('waiting')
    await advance(10)
    await bindTo('first', 'b')
    await advance(1000)
    assert.equal(await nodeOf('waiting'), 'a')
  })

  test('goes to the other pod of its task that is on record meanwhile', async () => {
    await addAircraft('a')
    const task = await addTask('t')
    const meta = { ownerReferences: ownedBy(task) }
    onBinding = async () => {
      await sleep(cluster.clock, 500)
      return refusal
    }
    await addPod('first', meta)
    await advance(10)
    const { metadata } = await addPod('recorded', meta)
    const podRef = { apiVersion: 'v1', kind: 'Pod', namespace, name: 'recorded', uid: metadata.uid }
    const patch = { type: 'merge', body: { status: { phase: 'Pending', podRef } } } as const
    const ref = { namespace, name: 't' }
    await cluster.client.resource(FLIGHT_TASKS).patch(ref, patch, { subresource: 'status' })
    await advance(100)
    assert.deepEqual(bindings, ['first'])
    onBinding = (send) => send()
    await advance(3000)
    assert.deepEqual([await nodeOf('first'), await nodeOf('recorded')], [undefined, 'a'])
  })
})

describe('a pod that waits', () => {
  const changes: Readonly<Record<string, readonly [before: object, after: object, status?: true]>> =
    {
      'a label of the aircraft changes': [
        { metadata: { labels: { 'aircraft.mil/type': 'h6k' } } },
        { metadata: { labels: { 'aircraft.mil/type': 'j20' } } },
      ],
      'a taint of the aircraft goes': [
        { spec: { taints: [{ key: 'aircraft.mil/quarantine', effect: 'NoSchedule' }] } },
        { spec: { taints: null } },
      ],
      'the aircraft is in use again': [
        { spec: { unschedulable: true } },
        { spec: { unschedulable: null } },
      ],
      'the aircraft has got a slot': [
        { status: { allocatable: { 'aircraft.mil/slot': '0' } } },
        { status: { allocatable: { 'aircraft.mil/slot': '1' } } },
        true,
      ],
      'the aircraft is ready': [
        { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
        { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
        true,
      ],
    }
  for (const [what, [before, after, inStatus]] of Object.entries(changes)) {
    test(`is placed when ${what}`, async () => {
      const change = (body: object): Promise<unknown> =>
        cluster.client
          .resource(NODES)
          .patch(
            { name: 'a' },
            { type: 'merge', body },
            inStatus === true ? { subresource: 'status' } : {},
          )
      await addAircraft('a')
      await change(before)
      await addPod('p', {}, { nodeSelector: { 'aircraft.mil/type': 'j20' } })
      await advance(1000)
      assert.equal(await nodeOf('p'), undefined)
      await change(after)
      await advance(10)
      assert.equal(await nodeOf('p'), 'a')
    })
  }

  test('is placed where one that goes before it is kept away', async () => {
    await addAircraft('a', 'b')
    for (const node of ['a', 'b']) await relabel(NODES, node, { zone: 'east' })
    await addPod('guard', {}, { ...on('a'), ...keepsAway('loud') })
    await addPod('busy', {}, on('b'))
    await addPod('loud', { labels: { app: 'loud' }, creationTimestamp: '2026-01-01T00:00:00Z' })
    await advance(10)
    await addPod('quiet', { labels: { app: 'quiet' } })
    await advance(1000)
    await land('busy')
    await advance(1000)
    assert.deepEqual([await nodeOf('loud'), await nodeOf('quiet')], [undefined, 'b'])
    await land('guard')
    await advance(1000)
    assert.equal(await nodeOf('loud'), 'a')
  })

  const near = (app: string) => ({
    affinity: {
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [inZone(app)] },
    },
  })

  test('whose affinity cannot be read is told so, and holds up no other', async () => {
    await addAircraft('a')
    const matchExpressions = [{ key: 'app', operator: 'Like', values: ['a'] }]
    const term = { topologyKey: 'zone', labelSelector: { matchExpressions } }
    const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] }
    await addPod('unreadable', {}, { affinity: { podAffinity } })
    await addPod('p')
    await advance(1000)
    assert.equal(await nodeOf('p'), 'a')
    const { status } = await pods().get({ namespace, name: 'unreadable' })
    assert.match(status?.conditions?.[0]?.message ?? '', /"Like" is not a valid label selector/)
  })

  test('is placed when a pod that flies becomes one that it wants to be near', async () => {
    await addAircraft('a', 'b')
    for (const node of ['a', 'b']) await relabel(NODES, node, { zone: 'east' })
    await addPod('lead', {}, on('a'))
    await addPod('wing', {}, near('lead'))
    await advance(1000)
    assert.equal(await nodeOf('wing'), undefined)
    await relabel(PODS, 'lead', { app: 'lead' })
    await advance(1000)
    assert.equal(await nodeOf('wing'), 'b')
  })

  test('is placed when the aircraft of one that it wants to be near moves into a zone', async () => {
    await addAircraft('a', 'b')
    await relabel(NODES, 'b', { zone: 'east' })
    await addPod('lead', { labels: { app: 'lead' } }, on('a'))
    await addPod('wing', {}, { ...near('lead'), ...on('b') })
    await advance(1000)
    assert.equal(await nodeOf('wing'), undefined)
    await relabel(NODES, 'a', { zone: 'east' })
    await advance(1000)
    assert.equal(await nodeOf('wing'), 'b')
  })

  test('is placed when the zone that it was to be spread over leaves the fleet', async () => {
    await addAircraft('a', 'b', 'c')
    for (const node of ['a', 'b']) await relabel(NODES, node, { zone: 'east' })
    await relabel(NODES, 'c', { zone: 'west' })
    await addPod('busy', {}, on('c'))
    await addPod('one', { labels: { app: 'x' } }, on('a'))
    const spread = { ...inZone('x'), maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }
    await addPod('two', { labels: { app: 'x' } }, { topologySpreadConstraints: [spread] })
    await advance(1000)
    assert.equal(await nodeOf('two'), undefined)
    await cluster.client.resource(NODES).delete({ name: 'c' })
    await advance(1000)
    assert.equal(await nodeOf('two'), 'b')
  })

  test('goes by its mission’s priority, not by its name', async () => {
    for (const [name, level] of Object.entries({ a: 'low', b: 'medium', c: 'critical', d: 'high' }))
      await addPod(name, priority(level))
    const order: string[] = []
    for (const node of ['n1', 'n2', 'n3', 'n4']) {
      await addAircraft(node)
      await advance(10)
      for (const name of ['a', 'b', 'c', 'd']) if ((await nodeOf(name)) === node) order.push(name)
    }
    assert.deepEqual(order, ['c', 'd', 'b', 'a'])
  })

  test('is not bound to an aircraft that has left', async () => {
    await addAircraft('a')
    await cluster.client.resource(NODES).delete({ name: 'a' })
    await addPod('p')
    await advance(1000)
    assert.deepEqual(bindings, [])
  })

  test('whose binding is refused is left alone longer each time, up to ten seconds', async () => {
    const began = cluster.clock.now()
    const seconds: number[] = []
    onBinding = () => {
      seconds.push((cluster.clock.now() - began) / 1000)
      return Promise.resolve(refusal)
    }
    await addAircraft('a')
    await addPod('p')
    await advance(40_000)
    assert.deepEqual(seconds, [0, 1, 3, 7, 15, 25, 35])
  })
})

describe('the scheduler', () => {
  for (const resource of ['nodes', 'pods', 'flighttasks', 'missionstages']) {
    test(`binds a gang whole, and each aircraft once, with the watch of ${resource} behind`, async () => {
      late = { [resource]: 700 }
      await addGang('g', 2)
      await addAircraft('a')
      const singles = ['x', 'y', 'z']
      for (const name of singles) await addPod(name)
      const names = ['g-1', 'g-2', ...singles]
      let places: (string | undefined)[] = []
      for (let round = 0; round < 30; round++) {
        if (round === 5) await addAircraft('b', 'c', 'd')
        await advance(100)
        places = await Promise.all(names.map(nodeOf))
        assert.equal(places[0] === undefined, places[1] === undefined)
      }
      const taken = places.filter((node) => node !== undefined)
      assert.ok(taken.length >= 3)
      assert.equal(new Set(taken).size, taken.length, `${taken}`)
    })
  }

  const without = { containers: [{ name: 'c', image: 'i' }] }
  const rooms: Readonly<Record<string, readonly [spec: object, capacity: object]>> = {
    'an aircraft with three slots takes three of those that wait': [
      {},
      { 'aircraft.mil/slot': '3', pods: '110' },
    ],
    'a node that is no aircraft takes as many as it has places': [without, { pods: '3' }],
  }
  for (const [title, [spec, capacity]] of Object.entries(rooms)) {
    test(title, async () => {
      for (let number = 0; number < 5; number++) await addPod(`p${number}`, {}, spec)
      await advance(100)
      const allocatable = { cpu: '8', memory: '8Gi', ...capacity }
      const conditions = [{ type: 'Ready', status: 'True' }]
      await create(NODES, {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'n' },
        status: { capacity: allocatable, allocatable, conditions },
      })
      await advance(100)
      assert.equal(bindings.length, 3)
    })
  }

  test('lets one that goes first overtake those that wait behind slow bindings', async () => {
    await stopScheduler()
    await startScheduler({ batchSize: 50, concurrentBinds: 1 })
    onBinding = async (send) => {
      await sleep(cluster.clock, 10)
      return send()
    }
    const many = Array.from({ length: 400 }, (_, index) => `p${index}`)
    await addAircraft('n', ...many.map((name) => `n-${name}`))
    for (const name of many) await addPod(name, priority('low'))
    await advance(10)
    await addPod('first', priority('critical'))
    await advance(10_000)
    assert.equal(bindings.length, 401)
    assert.ok(bindings.indexOf('first') < many.length - 50, `${bindings.indexOf('first')}`)
  })

  test('goes on, turn after turn, while more wait than it looks at in one', async () => {
    await stopScheduler()
    await startScheduler({ batchSize: 2 })
    for (let number = 0; number < 5; number++) await addPod(`p${number}`)
    await addAircraft('a', 'b', 'c', 'd', 'e')
    await advance(100)
    assert.deepEqual(bindings.toSorted(), ['p0', 'p1', 'p2', 'p3', 'p4'])
  })

  test('that is stopped leaves no timer, and decides nothing any more', async () => {
    onBinding = () => Promise.resolve(refusal)
    await addAircraft('a')
    for (const name of ['refused', 'waiting']) await addPod(name)
    await advance(100)
    await stopScheduler()
    assert.equal(cluster.clock.pendingTimers(), 0)
    const asked = bindings.length
    await addAircraft('b')
    await advance(60_000)
    assert.equal(bindings.length, asked)
  })
})

describe('a scheduler that is stopped while bindings wait', () => {
  const names = ['a', 'b', 'c', 'd']
  /** One binding at a time; four are decided on. @returns whether it has come to an end */
  async function stopWhile(answer: typeof onBinding): Promise<() => boolean> {
    await stopScheduler()
    await startScheduler({ concurrentBinds: 1 })
    onBinding = answer
    await addAircraft(...names)
    for (const name of names) await addPod(name)
    await advance(10)
    let isOver = false
    void stopScheduler().then(() => {
      isOver = true
    })
    return () => isOver
  }

  test('sends them, so that no gang is left half placed', async () => {
    const isOver = await stopWhile(async (send) => {
      await sleep(cluster.clock, 500)
      return send()
    })
    await advance(2_500)
    assert.deepEqual([bindings.length, isOver()], [4, true])
  })

  test('ends before another one may lead where the API server does not answer, and sends nothing more', async () => {
    let isSilent = true
    const isOver = await stopWhile(async (send) => {
      while (isSilent) await sleep(cluster.clock, 100)
      return send()
    })
    await advance(5_000)
    assert.equal(isOver(), true)
    isSilent = false
    await advance(60_000)
    assert.equal(bindings.length, 1)
  })

  test('does not ask after one for ever whose answer was lost', async () => {
    const isOver = await stopWhile(() => {
      isAway = true
      return Promise.reject(new TransportError('connection reset'))
    })
    await advance(5_000)
    assert.equal(isOver(), true)
    await advance(60_000)
    assert.equal(cluster.clock.pendingTimers(), 0)
  })
})

describe('a gang that waits for a task without a pod', () => {
  const ref = { namespace, name: 'g-2' }
  const tasks = () => cluster.client.resource(FLIGHT_TASKS)
  const patch = (body: object, options = {}): Promise<unknown> =>
    tasks().patch(ref, { type: 'merge', body }, options)
  const ends: Readonly<Record<string, () => Promise<unknown>>> = {
    'has ended': () => patch({ status: { phase: 'Succeeded' } }, { subresource: 'status' }),
    'is gone': () => tasks().delete(ref),
    async 'is on its way out'() {
      await patch({ metadata: { finalizers: ['example.com/held'] } })
      await tasks().delete(ref)
    },
    'has to wait for its turn': () => patch({ spec: { startGates: [{ name: 'later' }] } }),
  }
  for (const [what, happens] of Object.entries(ends)) {
    test(`goes without it once that ${what}`, async () => {
      await addAircraft('a')
      await addGang('g', 2, 1)
      await advance(1000)
      assert.equal(await nodeOf('g-1'), undefined)
      await happens()
      await advance(100)
      assert.equal(await nodeOf('g-1'), 'a')
    })
  }
})
