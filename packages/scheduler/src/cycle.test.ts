import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { API_VERSION, FLIGHT_TASKS, MISSION_STAGES } from '@sortie/api'
import { createClient } from '@sortie/client'
import {
  type ApiRequest,
  type ApiResponse,
  type KubeObject,
  NODES,
  PODS,
  type Pod,
  type ResourceType,
  type Stored,
  sleep,
  statusError,
} from '@sortie/machinery'
import { makeAircraft, startTestCluster, type TestCluster } from '@sortie/testing'
import { createScheduler } from './scheduler.ts'

type Send = () => Promise<ApiResponse>

const namespace = 'default'
const PATIENCE_MS = 10_000
let cluster: TestCluster
/** What the network does with a binding; changed by a test. */
let onBinding: (send: Send, request: ApiRequest) => Promise<ApiResponse>
let bindings: string[]
let stop: () => Promise<void>

beforeEach(async () => {
  cluster = await startTestCluster()
  const { clock, random, log, server } = cluster
  onBinding = (send) => send()
  bindings = []
  const inner = server.transport()
  const transport = {
    ...inner,
    request(request: ApiRequest): Promise<ApiResponse> {
      const send: Send = () => inner.request(request)
      if (!request.path.endsWith('/binding')) return send()
      bindings.push(request.path.split('/').at(-2) ?? '')
      return onBinding(send, request)
    },
  }
  const client = createClient(transport, { clock, random })
  const abort = new AbortController()
  const done = createScheduler({ client, clock, random, log }).start(abort.signal)
  stop = async () => {
    abort.abort()
    await advance(60_000)
    await done
    await cluster.stop()
  }
  await advance(10)
})
afterEach(() => stop())

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

const addTask = (name: string, metadata: object = {}): Promise<Stored<KubeObject>> =>
  create(FLIGHT_TASKS, {
    apiVersion: API_VERSION,
    kind: 'FlightTask',
    metadata: { namespace, name, ...metadata },
    spec: { aircraftRequirement: { type: 'j20' } },
  })

/** A stage whose tasks wait for each other, with a pod for each. */
async function addGang(name: string, size: number): Promise<void> {
  const config = { synchronization: { waitForAll: true } }
  const spec = { stageName: name, stageIndex: 1, stageType: 'parallel', config, flightTasks: [] }
  const stage = await create(MISSION_STAGES, {
    apiVersion: API_VERSION,
    kind: 'MissionStage',
    metadata: { namespace, name },
    spec,
  })
  for (let number = 1; number <= size; number++) {
    const task = await addTask(`${name}-${number}`, { ownerReferences: ownedBy(stage) })
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
