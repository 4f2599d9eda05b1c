import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { API_VERSION, FLIGHT_TASKS, type FlightTask, WEAPONS } from '@sortie/api'
import { EVENTS, type KubeObject, NODES, PODS, type Pod, type Stored } from '@sortie/machinery'
import { createEventRecorder, createManager } from '@sortie/runtime'
import {
  makeAircraft,
  type RequestRecord,
  startTestCluster,
  type TestCluster,
  writesOf,
} from '@sortie/testing'
import { createFlightTaskController, type FlightTaskConfig } from './index.ts'

let cluster: TestCluster
let requests: RequestRecord[]
let stops: AbortController[]
let runs: Promise<void>[]

beforeEach(async () => {
  cluster = await startTestCluster()
  stops = []
  runs = []
  await cluster.client.resource(NODES).create(makeAircraft('viper-1'))
})

afterEach(async () => {
  for (const stop of stops) stop.abort()
  await cluster.clock.advance(100)
  await Promise.all(runs)
  await cluster.stop()
})

/** Starts the controller, as a process of its own. */
async function startController(config: FlightTaskConfig = {}): Promise<AbortController> {
  const { clock, random, log } = cluster
  const recorded = cluster.clientOf('operator')
  requests = recorded.requests
  const { client } = recorded
  const manager = createManager({ name: 'test', client, clock, random, log })
  const recorder = createEventRecorder({ client, clock, log, component: 'sortie-operator' })
  manager.add(createFlightTaskController({ client, manager, clock, random, log, recorder, config }))
  const stop = new AbortController()
  stops.push(stop)
  runs.push(manager.start(stop.signal))
  await clock.advance(50)
  return stop
}

async function createTask(spec: object = {}, name = 'alpha'): Promise<Stored<KubeObject>> {
  return cluster.client.resource(FLIGHT_TASKS).create({
    apiVersion: API_VERSION,
    kind: 'FlightTask',
    metadata: { name, namespace: 'default' },
    spec,
  } as KubeObject)
}

const key = (name: string) => ({ namespace: 'default', name })
const taskOf = (name = 'alpha') => cluster.client.resource<FlightTask>(FLIGHT_TASKS).get(key(name))
const podOf = (name = 'alpha-pod') => cluster.client.resource<Pod>(PODS).get(key(name))
const podNames = async () => {
  const list = await cluster.client.resource(PODS).list({ namespace: 'default' })
  return list.items.map(({ metadata }) => metadata.name).sort()
}
const eventReasons = async () => {
  const list = await cluster.client.resource(EVENTS).list({ namespace: 'default' })
  return list.items.map((event) => (event as unknown as { reason: string }).reason)
}

/** What scheduler and kubelet would do. */
async function bind(name = 'alpha-pod', node = 'viper-1'): Promise<void> {
  const target = { apiVersion: 'v1', kind: 'Node', name: node }
  const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target }
  await cluster.client.resource(PODS).createSubresource(key(name), 'binding', body)
}

async function report(phase: string, state: object, name = 'alpha-pod'): Promise<void> {
  const status = {
    phase,
    containerStatuses: [
      { name: 'task', state, ready: true, restartCount: 0, image: '', imageID: '' },
    ],
  }
  await cluster.client
    .resource(PODS)
    .patch(key(name), { type: 'merge', body: { status } }, { subresource: 'status' })
}

const time = () => `${new Date(cluster.clock.now()).toISOString().slice(0, 19)}Z`
const run = (name?: string) => report('Running', { running: { startedAt: time() } }, name)
const exit = (exitCode: number, name?: string) =>
  report(
    exitCode === 0 ? 'Succeeded' : 'Failed',
    { terminated: { exitCode, startedAt: time(), finishedAt: time() } },
    name,
  )

test('a short task costs one pod and one status', async () => {
  await startController()
  requests.length = 0
  await createTask()
  await cluster.clock.advance(10)
  await bind()
  await run()
  await exit(0)
  await cluster.clock.advance(5000)
  const { status } = await taskOf()
  assert.equal(status?.phase, 'Succeeded')
  assert.equal(status?.schedulingInfo?.assignedNode, 'viper-1')
  assert.deepEqual(
    writesOf(requests).map(
      ({ method, path }) => `${method} ${path.split('/').slice(-2).join('/')}`,
    ),
    ['POST default/pods', 'PATCH alpha/status'],
  )
  assert.deepEqual(await eventReasons(), [])
})

test('a longer task costs one status more, which gathers its changes', async () => {
  await startController()
  requests.length = 0
  await createTask()
  await cluster.clock.advance(20)
  await bind()
  await cluster.clock.advance(20)
  await run()
  await cluster.clock.advance(300)
  assert.equal((await taskOf()).status?.phase, 'Running')
  await cluster.clock.advance(60_000)
  await exit(0)
  await cluster.clock.advance(10)
  assert.equal((await taskOf()).status?.phase, 'Succeeded')
  assert.equal(writesOf(requests).length, 3)
})

test('a finished task is left alone: nothing is written in a quiet minute', async () => {
  await startController()
  await createTask()
  await cluster.clock.advance(10)
  await bind()
  await exit(0)
  await cluster.clock.advance(1000)
  requests.length = 0
  await cluster.client.resource(PODS).delete(key('alpha-pod'), { gracePeriodSeconds: 0 })
  await cluster.clock.advance(60_000)
  assert.deepEqual(writesOf(requests), [])
  assert.equal((await taskOf()).status?.phase, 'Succeeded')
  assert.deepEqual(await podNames(), [])
})

test('a failed pod is replaced after its delay, elsewhere, and the task can still succeed (D2)', async () => {
  await startController()
  await createTask({ retry: { maxRetries: 1 } })
  await cluster.clock.advance(10)
  await bind()
  await exit(3)
  await cluster.clock.advance(10)
  const between = await taskOf()
  assert.equal(between.status?.phase, 'Pending')
  assert.equal(between.status?.retryCount, 1)
  assert.deepEqual(between.status?.excludedNodes, ['viper-1'])
  assert.deepEqual(await podNames(), ['alpha-pod'])
  await cluster.clock.advance(4000)
  assert.deepEqual(await podNames(), ['alpha-pod', 'alpha-pod-1'])
  await bind('alpha-pod-1')
  await exit(0, 'alpha-pod-1')
  await cluster.clock.advance(10)
  const ended = await taskOf()
  assert.equal(ended.status?.phase, 'Succeeded')
  assert.equal(ended.status?.podRef?.name, 'alpha-pod-1')
  assert.deepEqual(await eventReasons(), ['Retrying'])
})

test("a pod that the API server refuses as invalid fails the task with the server's own message", async () => {
  await startController()
  await createTask({ podTemplate: { spec: { containers: [{ name: 'Not Valid!', image: 'x' }] } } })
  await cluster.clock.advance(1000)
  const { status } = await taskOf()
  assert.equal(status?.phase, 'Failed')
  const condition = status?.conditions?.find(({ type }) => type === 'PodCreated')
  assert.equal(condition?.status, 'False')
  assert.equal(condition?.reason, 'PodInvalid')
  assert.match(condition?.message ?? '', /spec\.containers\[0\]\.name/)
})

test('a template that the policy refuses fails the task and names the path (K11)', async () => {
  await startController()
  const spec = { hostNetwork: true, containers: [{ name: 'task', image: 'x' }] }
  await createTask({ podTemplate: { spec } })
  await cluster.clock.advance(1000)
  const { status } = await taskOf()
  assert.equal(status?.phase, 'Failed')
  assert.match(status?.message ?? '', /spec\.podTemplate\.spec\.hostNetwork/)
  assert.deepEqual(await podNames(), [])
  assert.deepEqual(await eventReasons(), ['PodPolicy'])
})

test('a missing weapon is waited for, and the task goes on by itself when it appears (D14, K2)', async () => {
  await startController({ weaponNamespace: 'weapons' })
  await createTask({ weaponLoadout: [{ weaponRef: { name: 'pod' }, quantity: 1 }] })
  await cluster.clock.advance(1000)
  const waiting = await taskOf()
  assert.equal(waiting.status?.phase, 'Pending')
  assert.equal(
    waiting.status?.conditions?.find(({ type }) => type === 'LoadoutValid')?.reason,
    'WeaponNotFound',
  )
  await cluster.client.resource(WEAPONS).create({
    apiVersion: API_VERSION,
    kind: 'Weapon',
    metadata: { name: 'pod', namespace: 'default' },
    spec: { image: { repository: 'registry.example:5000/pod' } },
  } as KubeObject)
  await cluster.clock.advance(400)
  const pod = await podOf()
  assert.equal(pod.spec.initContainers?.[0]?.image, 'registry.example:5000/pod:latest')
  await cluster.clock.advance(3000)
  assert.equal(
    (await taskOf()).status?.conditions?.find(({ type }) => type === 'LoadoutValid')?.status,
    'True',
  )
})

test('a foreign pod with our name is never taken over: the task gets another name (D18, K5)', async () => {
  await cluster.client.resource<Pod>(PODS).create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'alpha-pod', namespace: 'default' },
    spec: { containers: [{ name: 'x', image: 'x' }] },
  })
  await startController()
  const { metadata } = await createTask()
  await cluster.clock.advance(1000)
  const names = await podNames()
  assert.equal(names.length, 2)
  const ours = await podOf(names.find((name) => name !== 'alpha-pod'))
  assert.equal(ours.metadata.ownerReferences?.[0]?.uid, metadata.uid)
  assert.equal((await podOf()).metadata.ownerReferences, undefined)
})

test('cancel stops the pod and ends the task as Cancelled (D7)', async () => {
  await startController()
  await createTask()
  await cluster.clock.advance(10)
  await bind()
  await run()
  await cluster.clock.advance(500)
  await cluster.client
    .resource(FLIGHT_TASKS)
    .patch(key('alpha'), { type: 'merge', body: { spec: { cancel: true } } })
  await cluster.clock.advance(500)
  assert.equal((await taskOf()).status?.phase, 'Cancelled')
  const pod = await podOf().catch(() => undefined)
  assert.ok(pod === undefined || pod.metadata.deletionTimestamp !== undefined)
})

test('a controller that was killed makes no second pod and writes nothing twice', async () => {
  const stop = await startController()
  await createTask()
  await cluster.clock.advance(10)
  stop.abort()
  await cluster.clock.advance(10)
  await bind()
  await run()
  await startController()
  requests.length = 0
  await cluster.clock.advance(1000)
  assert.deepEqual(await podNames(), ['alpha-pod'])
  assert.equal((await taskOf()).status?.phase, 'Running')
  assert.equal(writesOf(requests).length, 1)
})

test('a pod deleted by hand before it ran is replaced, and counted', async () => {
  await startController()
  await createTask()
  await cluster.clock.advance(10)
  await bind()
  await cluster.clock.advance(1000)
  await cluster.client.resource(PODS).delete(key('alpha-pod'), { gracePeriodSeconds: 0 })
  await cluster.clock.advance(1000)
  const { status } = await taskOf()
  assert.equal(status?.replacements, 1)
  assert.equal(status?.retryCount, undefined)
  assert.deepEqual(await podNames(), ['alpha-pod'])
})

test('a node that goes away under a running task is a failed attempt', async () => {
  await startController()
  await createTask()
  await cluster.clock.advance(10)
  await bind()
  await run()
  await cluster.clock.advance(1000)
  await cluster.client.resource(NODES).delete({ name: 'viper-1' })
  await cluster.clock.advance(1000)
  const { status } = await taskOf()
  assert.equal(status?.phase, 'Failed')
  assert.match(status?.message ?? '', /lost its aircraft viper-1/)
})

test('a pod that lost our label is not lost: it gets the label back', async () => {
  await startController()
  await createTask()
  await cluster.clock.advance(10)
  await bind()
  await run()
  await cluster.clock.advance(1000)
  const body = { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }
  await cluster.client.resource(PODS).patch(key('alpha-pod'), { type: 'merge', body })
  await cluster.clock.advance(2000)
  assert.equal((await podOf()).metadata.labels?.['app.kubernetes.io/managed-by'], 'sortie')
  assert.equal((await taskOf()).status?.phase, 'Running')
})
