import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { API_VERSION, FLIGHT_TASKS, MISSION_STAGES, WEAPON_LOADOUTS } from '@sortie/api'
import {
  EVENTS,
  type KubeObject,
  NAMESPACES,
  NODES,
  PODS,
  type Pod,
  statusError,
  type Transport,
} from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import type { OperatorConfig } from '../config.ts'
import { createHeldWatches } from '../heldwatches.fixtures.ts'
import { Harness, key, type Process } from './harness.fixtures.ts'
import { createFlightTaskController } from './index.ts'

let harness: Harness
let process: Process

beforeEach(async () => {
  harness = await Harness.start()
  await harness.createNode(makeAircraft('viper-1'))
})

afterEach(() => harness.stop())

const start = (config: Partial<OperatorConfig> = {}): Promise<Process> =>
  harness.run((parts) => [
    createFlightTaskController({ ...parts, config: { ...parts.config, ...config } }),
  ])

/** A task whose pod is placed and runs, recorded so. */
async function fly(spec: object = {}): Promise<void> {
  process = await start()
  await harness.createTask(spec)
  await harness.clock.advance(10)
  await harness.bind()
  await harness.runPod()
  await harness.clock.advance(1000)
  process.writes()
}

test('a short task costs one pod and one status', async () => {
  process = await start()
  process.writes()
  await harness.createTask()
  await harness.clock.advance(10)
  await harness.bind()
  await harness.runPod()
  await harness.exitPod(0)
  await harness.clock.advance(5000)
  const { status } = await harness.task()
  assert.equal(status?.phase, 'Succeeded')
  assert.equal(status?.schedulingInfo?.assignedNode, 'viper-1')
  assert.deepEqual(process.writes(), ['POST default/pods', 'PATCH alpha/status'])
  assert.deepEqual(await harness.events(), [])
})

test('a longer task costs one status more, which gathers its changes', async () => {
  process = await start()
  process.writes()
  await harness.createTask()
  await harness.clock.advance(20)
  await harness.bind()
  await harness.clock.advance(20)
  await harness.runPod()
  await harness.clock.advance(300)
  assert.equal((await harness.task()).status?.phase, 'Running')
  await harness.clock.advance(60_000)
  await harness.exitPod(0)
  await harness.clock.advance(10)
  assert.equal((await harness.task()).status?.phase, 'Succeeded')
  assert.equal(process.writes().length, 3)
})

test('a watcher sees every phase within half a second of its cause', async () => {
  process = await start()
  await harness.createTask()
  await harness.clock.advance(5000)
  await harness.bind()
  await harness.clock.advance(500)
  assert.equal((await harness.task()).status?.phase, 'Scheduled')
  await harness.runPod()
  await harness.clock.advance(500)
  assert.equal((await harness.task()).status?.phase, 'Running')
})

test('tasks that are held cost nothing at all', async () => {
  process = await start()
  process.writes()
  for (const name of ['one', 'two', 'three']) {
    await harness.createTask({ startGates: [{ name: 'order' }] }, name)
  }
  await harness.clock.advance(60_000)
  assert.deepEqual(process.writes(), [])
  assert.equal((await harness.task('one')).status?.phase, 'Pending')
})

test('a task starts when its last gate is taken away', async () => {
  process = await start()
  await harness.createTask({ startGates: [{ name: 'order' }] })
  await harness.clock.advance(1000)
  assert.deepEqual(await harness.podNames(), [])
  await harness.patchTask({ startGates: null })
  await harness.clock.advance(50)
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
})

test('suspension holds what has not started, and lets what runs go on', async () => {
  await fly()
  await harness.patchTask({ suspend: true })
  await harness.createTask({ suspend: true }, 'beta')
  await harness.clock.advance(1000)
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
  await harness.exitPod(0)
  await harness.patchTask({ suspend: false }, 'beta')
  await harness.clock.advance(100)
  assert.equal((await harness.task()).status?.phase, 'Succeeded')
  assert.deepEqual(await harness.podNames(), ['alpha-pod', 'beta-pod'])
})

test('a finished task is left alone: nothing is written in a quiet minute (K1, K3, D34)', async () => {
  await fly()
  await harness.exitPod(0)
  await harness.clock.advance(1000)
  process.writes()
  await harness.removePod()
  await harness.clock.advance(60_000)
  assert.deepEqual(process.writes(), [])
  assert.equal((await harness.task()).status?.phase, 'Succeeded')
  assert.deepEqual(await harness.podNames(), [])
})

test('nothing is listed or got per task on the happy path (D35, D36)', async () => {
  process = await start()
  process.requests.length = 0
  for (let index = 0; index < 5; index++) await harness.createTask({}, `task-${index}`)
  await harness.clock.advance(10)
  for (let index = 0; index < 5; index++) {
    await harness.bind(`task-${index}-pod`)
    await harness.exitPod(0, `task-${index}-pod`)
  }
  await harness.clock.advance(5000)
  assert.deepEqual(
    process.requests.filter(({ method }) => method === 'GET'),
    [],
  )
  assert.equal(process.requests.length, 10)
})

test('a failed pod is replaced after its delay, elsewhere, and the task can still succeed (D2)', async () => {
  process = await start()
  await harness.createTask({ retry: { maxRetries: 1 } })
  await harness.clock.advance(10)
  await harness.bind()
  await harness.exitPod(3)
  await harness.clock.advance(10)
  const between = await harness.task()
  assert.equal(between.status?.phase, 'Pending')
  assert.equal(between.status?.retryCount, 1)
  assert.deepEqual(between.status?.excludedNodes, ['viper-1'])
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
  await harness.clock.advance(4000)
  assert.deepEqual(await harness.podNames(), ['alpha-pod', 'alpha-pod-1'])
  await harness.bind('alpha-pod-1')
  await harness.exitPod(0, 'alpha-pod-1')
  await harness.clock.advance(10)
  const ended = await harness.task()
  assert.equal(ended.status?.phase, 'Succeeded')
  assert.equal(ended.status?.podRef?.name, 'alpha-pod-1')
  assert.deepEqual(await harness.events(), ['Retrying'])
})

test('the next attempt is recorded before its pod is made', async () => {
  process = await start()
  await harness.createTask({ retry: { maxRetries: 3, retryStrategy: 'immediate' } })
  await harness.clock.advance(10)
  await harness.bind()
  process.writes()
  await harness.exitPod(1)
  await harness.clock.advance(100)
  assert.deepEqual(process.writes(), ['PATCH alpha/status', 'POST default/pods'])
})

test('retryCount never exceeds maxRetries', async () => {
  process = await start()
  await harness.createTask({ retry: { maxRetries: 2, retryStrategy: 'immediate' } })
  for (const pod of ['alpha-pod', 'alpha-pod-1', 'alpha-pod-2']) {
    await harness.clock.advance(50)
    await harness.bind(pod)
    await harness.exitPod(1, pod)
  }
  await harness.clock.advance(5000)
  const { status } = await harness.task()
  assert.equal(status?.phase, 'Failed')
  assert.equal(status?.retryCount, 2)
  assert.match(status?.message ?? '', /attempt 3, the last one, failed/)
  assert.equal((await harness.podNames()).length, 3)
})

test("a pod that the API server refuses as invalid fails the task with the server's own message", async () => {
  process = await start()
  await harness.createTask({
    podTemplate: { spec: { containers: [{ name: 'Not Valid!', image: 'x' }] } },
  })
  await harness.clock.advance(1000)
  const { status } = await harness.task()
  assert.equal(status?.phase, 'Failed')
  const condition = status?.conditions?.find(({ type }) => type === 'PodCreated')
  assert.equal(condition?.status, 'False')
  assert.equal(condition?.reason, 'PodInvalid')
  assert.match(condition?.message ?? '', /spec\.containers\[0\]\.name/)
})

test('a template that the policy refuses fails the task and names the path (K11)', async () => {
  process = await start()
  const spec = { hostNetwork: true, containers: [{ name: 'task', image: 'x' }] }
  await harness.createTask({ podTemplate: { spec } })
  await harness.clock.advance(1000)
  const { status } = await harness.task()
  assert.equal(status?.phase, 'Failed')
  assert.match(status?.message ?? '', /spec\.podTemplate\.spec\.hostNetwork/)
  assert.equal(status?.conditions?.find(({ type }) => type === 'PodCreated')?.reason, 'PodPolicy')
  assert.deepEqual(await harness.podNames(), [])
  assert.deepEqual(await harness.events(), ['PodPolicy'])
})

test('what an operator allows for a namespace is allowed there', async () => {
  const podPolicies = { namespaces: { default: { allow: ['spec.hostNetwork'] } } }
  process = await start({ podPolicies })
  const spec = { hostNetwork: true, containers: [{ name: 'task', image: 'x' }] }
  await harness.createTask({ podTemplate: { spec } })
  await harness.clock.advance(100)
  assert.equal((await harness.pod()).spec.hostNetwork, true)
})

test('a missing weapon is waited for, and the task goes on by itself when it appears (D14, K2)', async () => {
  process = await start()
  await harness.createTask({ weaponLoadout: [{ weaponRef: { name: 'radar' } }] })
  await harness.clock.advance(1000)
  const waiting = await harness.task()
  assert.equal(waiting.status?.phase, 'Pending')
  const condition = waiting.status?.conditions?.find(({ type }) => type === 'LoadoutValid')
  assert.equal(condition?.reason, 'WeaponNotFound')
  assert.deepEqual(await harness.events(), ['WeaponNotFound'])
  await harness.createWeapon('radar')
  await harness.clock.advance(100)
  assert.equal((await harness.pod()).spec.initContainers?.[0]?.image, 'radar:1')
  await harness.clock.advance(3000)
  const { conditions } = (await harness.task()).status ?? {}
  assert.equal(conditions?.find(({ type }) => type === 'LoadoutValid')?.status, 'True')
})

test('weapons are found in the operator’s own weapon namespace, after the task’s', async () => {
  await harness.cluster.client
    .resource(NAMESPACES)
    .create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'arsenal' } })
  process = await start({ weaponNamespace: 'arsenal' })
  await harness.createWeapon('radar', {}, 'arsenal')
  await harness.clock.advance(10)
  await harness.createTask({ weaponLoadout: [{ weaponRef: { name: 'radar' } }] })
  await harness.clock.advance(100)
  const { annotations } = (await harness.pod()).metadata
  assert.equal(annotations?.['airforce.airforce.mil/weapons'], 'weapon-radar=arsenal/radar')
})

test('a named loadout is added to the task’s own, which wins', async () => {
  process = await start()
  for (const name of ['radar', 'flares']) await harness.createWeapon(name)
  const weapons = [
    { weapon: 'radar', quantity: 9 },
    { weapon: 'flares', quantity: 2 },
  ]
  const task = {
    loadoutRef: { name: 'sweep' },
    weaponLoadout: [{ weaponRef: { name: 'radar' }, quantity: 1 }],
  }
  await harness.createTask(task)
  await harness.clock.advance(1000)
  const { conditions } = (await harness.task()).status ?? {}
  assert.equal(conditions?.find(({ type }) => type === 'LoadoutValid')?.reason, 'LoadoutNotFound')
  await harness.cluster.client.resource(WEAPON_LOADOUTS).create({
    apiVersion: API_VERSION,
    kind: 'WeaponLoadout',
    metadata: { name: 'sweep', namespace: 'default' },
    spec: { weapons },
  } as KubeObject)
  await harness.clock.advance(100)
  const { initContainers = [] } = (await harness.pod()).spec
  const quantities = initContainers.map(({ name, env }) => [
    name,
    env?.find((variable) => variable.name === 'QUANTITY')?.value,
  ])
  assert.deepEqual(quantities, [
    ['weapon-radar', '1'],
    ['weapon-flares', '2'],
  ])
})

test('a deprecated weapon is accepted with a warning', async () => {
  process = await start()
  await harness.createWeapon('radar')
  const annotations = { 'airforce.airforce.mil/deprecated': 'true' }
  await harness.patchWeapon('radar', { metadata: { annotations } })
  await harness.createTask({ weaponLoadout: [{ weaponRef: { name: 'radar' } }] })
  await harness.clock.advance(100)
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
  assert.deepEqual(await harness.events(), ['WeaponDeprecated'])
})

const createForeignPod = () =>
  harness.cluster.client.resource<Pod>(PODS).create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'alpha-pod', namespace: 'default' },
    spec: { containers: [{ name: 'x', image: 'x' }] },
  })

test('a foreign pod with our name is never taken over: the task gets another name (D18, K5)', async () => {
  await createForeignPod()
  process = await start()
  const { metadata } = await harness.createTask()
  await harness.clock.advance(1000)
  const names = await harness.podNames()
  assert.equal(names.length, 2)
  const ours = await harness.pod(names.find((name) => name !== 'alpha-pod'))
  assert.equal(ours.metadata.ownerReferences?.[0]?.uid, metadata.uid)
  assert.equal((await harness.pod()).metadata.ownerReferences, undefined)
  assert.deepEqual(await harness.events(), ['NameTaken'])
})

test('the pod of the next attempt has the plain name again, as every other operator would call it', async () => {
  await createForeignPod()
  process = await start()
  await harness.createTask({ retry: { maxRetries: 1, retryStrategy: 'immediate' } })
  await harness.clock.advance(100)
  const first = (await harness.podNames()).find((name) => name !== 'alpha-pod') ?? ''
  await harness.bind(first)
  await harness.exitPod(1, first)
  await harness.clock.advance(1000)
  assert.deepEqual(await harness.podNames(), ['alpha-pod', 'alpha-pod-1', first].sort())
})

test('a task made again under its name does not take over its predecessor’s pod', async () => {
  await fly()
  await harness.cluster.client
    .resource(FLIGHT_TASKS)
    .delete(key('alpha'), { propagationPolicy: 'Orphan' })
  const { metadata } = await harness.createTask()
  await harness.clock.advance(1000)
  const names = await harness.podNames()
  const owned = await Promise.all(names.map((name) => harness.pod(name)))
  const mine = owned.filter((pod) => pod.metadata.ownerReferences?.[0]?.uid === metadata.uid)
  assert.equal(mine.length, 1)
  assert.notEqual(mine[0]?.metadata.name, 'alpha-pod')
})

test('a task made again under its name does not take its predecessor’s end for its own', async () => {
  await fly()
  const pods = harness.cluster.client.resource<Pod>(PODS)
  const { ownerReferences = [] } = (await harness.pod()).metadata
  await harness.exitPod(0)
  await harness.cluster.client
    .resource(FLIGHT_TASKS)
    .delete(key('alpha'), { propagationPolicy: 'Orphan' })
  await harness.createTask({ suspend: true })
  await harness.clock.advance(10)
  const orphan = await harness.pod()
  await pods.update({ ...orphan, metadata: { ...orphan.metadata, ownerReferences } })
  await harness.clock.advance(1000)
  assert.deepEqual(await harness.podNames(), [])
  assert.equal((await harness.task()).status?.phase, 'Pending')
})

test('cancel stops the pod and ends the task as Cancelled (D7)', async () => {
  await fly()
  await harness.patchTask({ cancel: true })
  await harness.clock.advance(500)
  assert.equal((await harness.task()).status?.phase, 'Cancelled')
  const pod = await harness.pod().catch(() => undefined)
  assert.ok(pod === undefined || pod.metadata.deletionTimestamp !== undefined)
  await harness.clock.advance(60_000)
  assert.equal((await harness.task()).status?.phase, 'Cancelled')
})

test('a controller that was killed makes no second pod and writes nothing twice', async () => {
  process = await start()
  await harness.createTask()
  await harness.clock.advance(10)
  await process.kill()
  await harness.bind()
  await harness.runPod()
  process = await start()
  process.writes()
  await harness.clock.advance(1000)
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
  assert.equal((await harness.task()).status?.phase, 'Running')
  process.writes()
  await process.kill()
  process = await start()
  await harness.clock.advance(10_000)
  assert.deepEqual(process.writes(), [])
})

test('a pod that ended while no controller ran is counted', async () => {
  await fly()
  await process.kill()
  await harness.exitPod(0)
  process = await start()
  assert.equal((await harness.task()).status?.phase, 'Succeeded')
})

test('a pod deleted by hand before it ran is replaced, and counted', async () => {
  process = await start()
  await harness.createTask()
  await harness.clock.advance(10)
  await harness.bind()
  await harness.clock.advance(1000)
  await harness.removePod('alpha-pod', 30)
  await harness.clock.advance(1000)
  await harness.removePod()
  await harness.clock.advance(1000)
  const { status } = await harness.task()
  assert.equal(status?.replacements, 1)
  assert.equal(status?.retryCount, undefined)
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
})

test('a pod that no aircraft admits is replaced at most ten times, ever more slowly', async () => {
  process = await start()
  await harness.createTask()
  for (let round = 0; round <= 10; round++) {
    await harness.clock.advance(round < 2 ? 100 : 60_000)
    await harness.bind()
    await harness.patchStatus('alpha-pod', { phase: 'Failed', reason: 'OutOfaircraft.mil/slot' })
  }
  await harness.clock.advance(1000)
  const { status } = await harness.task()
  assert.equal(status?.phase, 'Failed')
  assert.equal(status?.replacements, 10)
  assert.match(status?.message ?? '', /replaced 10 times/)
})

test('a pod deleted while it ran is a failed attempt, and its successor has a name of its own', async () => {
  await fly({ retry: { maxRetries: 1, retryStrategy: 'immediate' } })
  await harness.removePod()
  await harness.clock.advance(1000)
  assert.deepEqual(await harness.podNames(), ['alpha-pod-1'])
  const { status } = await harness.task()
  assert.equal(status?.retryCount, 1)
  assert.equal(status?.phase, 'Pending')
})

test('a node that goes away under a running task is a failed attempt', async () => {
  await fly()
  await harness.cluster.client.resource(NODES).delete({ name: 'viper-1' })
  await harness.clock.advance(1000)
  const { status } = await harness.task()
  assert.equal(status?.phase, 'Failed')
  assert.match(status?.message ?? '', /lost its aircraft viper-1/)
})

test('a node that is not ready is given up within 40 s, and its pod removed', async () => {
  await fly({ retry: { maxRetries: 1, retryStrategy: 'immediate' } })
  const condition = { type: 'Ready', status: 'Unknown', lastTransitionTime: harness.time() }
  const body = { status: { conditions: [condition] } }
  await harness.cluster.client
    .resource(NODES)
    .patch({ name: 'viper-1' }, { type: 'merge', body }, { subresource: 'status' })
  await harness.clock.advance(20_000)
  assert.equal((await harness.task()).status?.phase, 'Running')
  await harness.clock.advance(20_000)
  assert.equal((await harness.task()).status?.retryCount, 1)
  assert.deepEqual(await harness.podNames(), ['alpha-pod-1'])
})

test('a node that the cache alone has as not ready is asked for before its pod is given up', async () => {
  const old = createHeldWatches()
  process = await harness.run((parts) => [createFlightTaskController(parts)], { wrap: old.wrap })
  await harness.createTask({ retry: { maxRetries: 1, retryStrategy: 'immediate' } })
  await harness.clock.advance(10)
  await harness.bind()
  await harness.runPod()
  const turn = async (status: string): Promise<void> => {
    const condition = { type: 'Ready', status, lastTransitionTime: harness.time() }
    const patch = { type: 'merge', body: { status: { conditions: [condition] } } } as const
    const nodes = harness.cluster.client.resource(NODES)
    await nodes.patch({ name: 'viper-1' }, patch, { subresource: 'status' })
  }
  await turn('Unknown')
  await harness.clock.advance(5_000)
  old.hold('nodes')
  await turn('True')
  await harness.clock.advance(60_000)
  assert.equal((await harness.task()).status?.phase, 'Running')
  old.release()
  await turn('False')
  await harness.clock.advance(40_000)
  assert.equal((await harness.task()).status?.retryCount, 1)
})

test('a pod that the cache alone has as running is asked for before its time is up', async () => {
  const old = createHeldWatches()
  process = await harness.run((parts) => [createFlightTaskController(parts)], { wrap: old.wrap })
  await harness.createTask({ timeout: '5s' })
  await harness.clock.advance(10)
  await harness.bind()
  await harness.runPod()
  await harness.clock.advance(1_000)
  old.hold('pods')
  await harness.exitPod(0)
  await harness.clock.advance(10_000)
  assert.equal((await harness.task()).status?.phase, 'Succeeded')
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
})

test('a pod that rules out the aircraft that alone is left is replaced by one that merely avoids it', async () => {
  await harness.createNode(makeAircraft('viper-2'))
  await fly({ retry: { maxRetries: 1, retryStrategy: 'immediate' } })
  await harness.exitPod(3)
  await harness.clock.advance(1000)
  const affinityOf = async () => (await harness.pod('alpha-pod-1')).spec.affinity?.nodeAffinity
  const required = 'requiredDuringSchedulingIgnoredDuringExecution'
  assert.ok((await affinityOf())?.[required])
  await harness.cluster.client.resource(NODES).delete({ name: 'viper-2' })
  await harness.clock.advance(1000)
  assert.equal((await affinityOf())?.[required], undefined)
  assert.equal((await harness.task()).status?.retryCount, 1)
  assert.equal((await harness.task()).status?.replacements, 1)
})

test('a pod that got its aircraft since it was seen is not replaced for waiting in vain', async () => {
  await harness.createNode(makeAircraft('viper-2'))
  await fly({ retry: { maxRetries: 1, retryStrategy: 'immediate' } })
  await harness.exitPod(3)
  await harness.clock.advance(1000)
  const { uid } = (await harness.pod('alpha-pod-1')).metadata
  await process.kill()
  const old = createHeldWatches()
  process = await harness.run((parts) => [createFlightTaskController(parts)], { wrap: old.wrap })
  old.hold('pods')
  await harness.bind('alpha-pod-1', 'viper-2')
  await harness.cluster.client.resource(NODES).delete({ name: 'viper-2' })
  await harness.clock.advance(5000)
  assert.equal((await harness.pod('alpha-pod-1')).metadata.uid, uid)
  assert.equal((await harness.pod('alpha-pod-1')).metadata.deletionTimestamp, undefined)
})

for (const late of ['weapons', 'nodes']) {
  test(`a loadout that fits by now is not refused for good by an old view of ${late}`, async () => {
    const old = createHeldWatches()
    await harness.createWeapon('radar', {
      compatibility: { aircraftTypes: ['f22'] },
      resources: { hardpoints: 20 },
    })
    await harness.cluster.client.resource(NODES).delete({ name: 'viper-1' })
    await harness.createNode(makeAircraft('viper-1', { type: 'j20', hardpoints: 2 }))
    if (late === 'nodes')
      await harness.patchWeapon('radar', { spec: { compatibility: { aircraftTypes: ['j20'] } } })
    else await harness.createNode(makeAircraft('viper-2', { type: 'j20', hardpoints: 20 }))
    process = await harness.run((parts) => [createFlightTaskController(parts)], { wrap: old.wrap })
    old.hold(late)
    if (late === 'weapons')
      await harness.patchWeapon('radar', { spec: { compatibility: { aircraftTypes: ['j20'] } } })
    else await harness.createNode(makeAircraft('viper-2', { type: 'j20', hardpoints: 20 }))
    const weaponLoadout = [{ weaponRef: { name: 'radar' } }]
    await harness.createTask({ weaponLoadout, aircraftRequirement: { type: 'j20' } })
    await harness.clock.advance(1000)
    assert.deepEqual(await harness.podNames(), ['alpha-pod'])
  })
}

test('tasks whose loadout never fits are refused by one list of the aircraft', async () => {
  process = await start()
  await harness.createWeapon('radar', { compatibility: { aircraftTypes: ['f22'] } })
  process.requests.length = 0
  const need = { aircraftRequirement: { type: 'j20' } }
  for (const name of ['alpha', 'bravo']) {
    await harness.createTask({ weaponLoadout: [{ weaponRef: { name: 'radar' } }], ...need }, name)
  }
  await harness.clock.advance(1000)
  assert.equal((await harness.task('bravo')).status?.phase, 'Failed')
  const lists = process.requests.filter(({ path }) => path.endsWith('/nodes'))
  assert.equal(lists.length, 1)
})

test('a pod that lost our label is not lost: it gets the label back', async () => {
  await fly()
  const body = { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } }
  await harness.cluster.client.resource(PODS).patch(key('alpha-pod'), { type: 'merge', body })
  await harness.clock.advance(2000)
  assert.equal((await harness.pod()).metadata.labels?.['app.kubernetes.io/managed-by'], 'sortie')
  assert.equal((await harness.task()).status?.phase, 'Running')
})

test('scheduling attempts are counted from events of the pod, none twice', async () => {
  process = await start()
  await harness.createTask()
  await harness.clock.advance(10)
  const { uid } = (await harness.pod()).metadata
  const says = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message: 'no aircraft',
  }
  await harness.patchStatus('alpha-pod', { conditions: [says] })
  const event = (name: string, involved: object, count: number) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'default' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'alpha-pod', ...involved },
    reason: 'FailedScheduling',
    count,
  })
  const events = harness.cluster.client.resource(EVENTS)
  await events.create(event('one', { uid }, 3) as KubeObject)
  await events.create(event('two', {}, 1) as KubeObject)
  await events.create(event('other', { uid: 'another' }, 50) as KubeObject)
  await harness.clock.advance(6000)
  const { status } = await harness.task()
  assert.equal(status?.schedulingInfo?.schedulingAttempts, 5)
  assert.equal(status?.message, 'no aircraft')
})

test('an image that cannot be pulled shows, and is taken back when the pull works (D28, D30)', async () => {
  process = await start()
  await harness.createTask()
  await harness.clock.advance(10)
  await harness.bind()
  await harness.report('Pending', { waiting: { reason: 'ErrImagePull', message: 'denied' } })
  await harness.clock.advance(500)
  const stuck = await harness.task()
  assert.equal(stuck.status?.phase, 'Scheduled')
  assert.match(stuck.status?.message ?? '', /ErrImagePull/)
  assert.deepEqual(await harness.events(), ['ImagePullFailed'])
  await harness.runPod()
  await harness.clock.advance(500)
  const { status } = await harness.task()
  assert.equal(status?.phase, 'Running')
  assert.equal(status?.message, undefined)
  assert.equal(status?.conditions?.find(({ type }) => type === 'ImagePullFailed')?.status, 'False')
})

test('a task that names a stage it is not owned by flies while that stage does', async () => {
  process = await start()
  await harness.createTask({ stageRef: { name: 'recon' } })
  await harness.clock.advance(6000)
  assert.match(
    (await harness.task()).status?.message ?? '',
    /MissionStage recon, which does not exist/,
  )
  const stages = harness.cluster.client.resource(MISSION_STAGES)
  await stages.create({
    apiVersion: API_VERSION,
    kind: 'MissionStage',
    metadata: { name: 'recon', namespace: 'default' },
    spec: {},
  } as KubeObject)
  await harness.clock.advance(100)
  assert.deepEqual(await harness.podNames(), [])
  await stages.patch(
    key('recon'),
    { type: 'merge', body: { status: { phase: 'Running' } } },
    { subresource: 'status' },
  )
  await harness.clock.advance(100)
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
})

test('a transient refusal is shown, tried again, and never made permanent (K2)', async () => {
  let refuses = true
  const quota = statusError('Forbidden', { message: 'exceeded quota: missions' })
  const withQuota = (inner: Transport): Transport => ({
    ...inner,
    request: (request) =>
      refuses && request.method === 'POST' && request.path.endsWith('/pods')
        ? Promise.resolve({ status: 403, headers: {}, body: quota.status })
        : inner.request(request),
  })
  process = await harness.run((parts) => [createFlightTaskController(parts)], { wrap: withQuota })
  await harness.createTask()
  await harness.clock.advance(2000)
  const { status } = await harness.task()
  assert.equal(status?.phase, 'Pending')
  const condition = status?.conditions?.find(({ type }) => type === 'PodCreated')
  assert.equal(condition?.status, 'False')
  assert.equal(condition?.reason, 'Forbidden')
  assert.match(condition?.message ?? '', /exceeded quota/)
  refuses = false
  await harness.clock.advance(70_000)
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
  assert.equal(
    (await harness.task()).status?.conditions?.find(({ type }) => type === 'PodCreated')?.status,
    'True',
  )
})

test('a pod that the server refused is tried anew where its task was corrected before that was on record', async () => {
  const refused = statusError('Invalid', { message: 'spec.containers: wrong' })
  let corrected = false
  const correcting = (inner: Transport): Transport => ({
    ...inner,
    async request(request) {
      if (corrected || request.method !== 'POST' || !request.path.endsWith('/pods')) {
        return inner.request(request)
      }
      corrected = true
      await harness.patchTask({ role: 'lead' })
      return { status: 422, headers: {}, body: refused.status }
    },
  })
  process = await harness.run((parts) => [createFlightTaskController(parts)], { wrap: correcting })
  await harness.createTask({ role: 'wrong' })
  await harness.clock.advance(5000)
  assert.equal((await harness.task()).status?.phase, 'Pending')
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
})

test('a create whose answer was lost makes no second pod', async () => {
  let isLost = true
  const losing = (inner: Transport): Transport => ({
    ...inner,
    async request(request) {
      const response = await inner.request(request)
      if (!isLost || request.method !== 'POST' || !request.path.endsWith('/pods')) return response
      isLost = false
      return {
        status: 504,
        headers: {},
        body: statusError('Timeout', { message: 'timed out' }).status,
      }
    },
  })
  process = await harness.run((parts) => [createFlightTaskController(parts)], { wrap: losing })
  await harness.createTask()
  await harness.clock.advance(5000)
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
  const { conditions } = (await harness.task()).status ?? {}
  assert.equal(conditions?.find(({ type }) => type === 'PodCreated')?.status, 'True')
})
