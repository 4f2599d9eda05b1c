import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { POD, WEAPONS, type Weapon } from '@sortie/api'
import { type KubeObject, NODES } from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import { Harness, key, type Process } from '../flighttask/harness.fixtures.ts'
import { createFlightTaskController } from '../flighttask/index.ts'
import { createHeldWatches } from '../heldwatches.fixtures.ts'
import { createWeaponController } from './index.ts'

let harness: Harness
let process: Process

beforeEach(async () => {
  harness = await Harness.start()
  await harness.createNode(makeAircraft('viper-1', { type: 'j20' }))
  process = await harness.run((parts) => [
    createFlightTaskController(parts),
    createWeaponController(parts),
  ])
})

afterEach(() => harness.stop())

const statusOf = async (name = 'radar'): Promise<NonNullable<Weapon['status']>> => {
  const { status } = await harness.weapon(name)
  assert.ok(status)
  return status
}
const carry = (name: string, task = 'alpha') =>
  harness.createTask({ weaponLoadout: [{ weaponRef: { name } }] }, task)
const weaponWrites = () => process.writes().filter((write) => write.includes('radar'))

/** A task that carries the radar, its pod running. */
async function fly(task = 'alpha'): Promise<void> {
  await carry('radar', task)
  await harness.clock.advance(50)
  await harness.bind(`${task}-pod`)
  await harness.runPod(`${task}-pod`)
  await harness.clock.advance(3000)
}

const setImage = (tag: string, strategy?: object) =>
  harness.patchWeapon('radar', {
    spec: { image: { tag }, ...(strategy === undefined ? {} : { updateStrategy: strategy }) },
  })

const imagesOf = async (pod = 'alpha-pod') =>
  (await harness.pod(pod)).spec.initContainers?.map(({ image }) => image)

test('a new weapon is Available, its usage at zero, its fleet checked (D40)', async () => {
  await harness.createWeapon('radar', { compatibility: { aircraftTypes: ['f22'] } })
  await harness.clock.advance(50)
  const status = await statusOf()
  assert.equal(status.phase, 'Available')
  assert.equal(status.usage.totalDeployed, 0)
  assert.equal(status.usage.totalFired, 0)
  assert.equal(status.currentImage, 'radar:1')
  assert.deepEqual(
    status.compatibilityChecks?.map(({ aircraftType, compatible }) => [aircraftType, compatible]),
    [
      ['f22', true],
      ['j20', false],
    ],
  )
})

test('totalDeployed counts live pods that carry it, and is gathered', async () => {
  await harness.createWeapon('radar')
  await harness.clock.advance(50)
  process.writes()
  await fly()
  assert.equal((await statusOf()).usage.totalDeployed, 1)
  assert.equal(weaponWrites().length, 1)
  await harness.exitPod(0)
  await harness.clock.advance(2000)
  assert.equal((await statusOf()).usage.totalDeployed, 0)
})

test('a task that is over within a second costs its weapon no write', async () => {
  await harness.createWeapon('radar')
  await harness.clock.advance(50)
  process.writes()
  await carry('radar')
  await harness.clock.advance(50)
  await harness.bind()
  await harness.exitPod(0)
  await harness.clock.advance(10_000)
  assert.deepEqual(weaponWrites(), [])
})

test('nothing is written when nothing changes', async () => {
  await harness.createWeapon('radar')
  await fly()
  process.writes()
  await harness.clock.advance(60_000)
  assert.deepEqual(process.writes(), [])
})

test('lastChecked moves only when the answer changes', async () => {
  await harness.createWeapon('radar')
  await harness.clock.advance(50)
  const before = (await statusOf()).compatibilityChecks?.[0]?.lastChecked
  await harness.clock.advance(60_000)
  await harness.createNode(makeAircraft('tanker-1', { type: 'kc135' }))
  await harness.clock.advance(100)
  const rows = (await statusOf()).compatibilityChecks ?? []
  assert.deepEqual(
    rows.map(({ aircraftType }) => aircraftType),
    ['j20', 'kc135'],
  )
  assert.equal(rows[0]?.lastChecked, before)
  assert.notEqual(rows[1]?.lastChecked, before)
})

test('a type that leaves the fleet leaves the checks', async () => {
  await harness.createWeapon('radar')
  await harness.clock.advance(50)
  await harness.cluster.client.resource(NODES).delete({ name: 'viper-1' })
  await harness.clock.advance(100)
  assert.deepEqual((await statusOf()).compatibilityChecks, [])
})

test('OnNextTask leaves running pods alone: Updating until none carries the old image', async () => {
  await harness.createWeapon('radar')
  await fly()
  await setImage('2')
  await harness.clock.advance(2000)
  const status = await statusOf()
  assert.equal(status.phase, 'Updating')
  assert.equal(status.currentImage, 'radar:2')
  assert.equal(status.conditions?.[0]?.status, 'False')
  assert.deepEqual(await imagesOf(), ['radar:1'])
  await harness.exitPod(0)
  await harness.clock.advance(2000)
  const after = await statusOf()
  assert.equal(after.phase, 'Available')
  assert.equal(after.conditions?.[0]?.status, 'True')
  assert.deepEqual(await harness.events(), ['ImageChanged'])
})

test('HotReload changes the image in the running pod, and no more than that', async () => {
  await harness.createWeapon('radar')
  await fly()
  const { uid } = (await harness.pod()).metadata
  await setImage('2', { type: 'HotReload' })
  await harness.clock.advance(2000)
  assert.deepEqual(await imagesOf(), ['radar:2'])
  assert.equal((await harness.pod()).metadata.uid, uid)
  assert.equal((await statusOf()).phase, 'Available')
})

test('Recreate replaces running pods without using the retry budget', async () => {
  await harness.createWeapon('radar')
  await fly()
  const { uid } = (await harness.pod()).metadata
  await setImage('2', { type: 'Recreate' })
  await harness.clock.advance(40_000)
  await harness.removePod().catch(() => undefined)
  await harness.clock.advance(2000)
  const pod = await harness.pod()
  assert.notEqual(pod.metadata.uid, uid)
  assert.deepEqual(await imagesOf(), ['radar:2'])
  const { status } = await harness.task()
  assert.equal(status?.phase, 'Pending')
  assert.equal(status?.retryCount, undefined)
  assert.equal(status?.replacements, undefined)
})

test('RollingUpdate replaces one pod at a time', async () => {
  await harness.createWeapon('radar')
  for (const task of ['alpha', 'beta', 'gamma']) await fly(task)
  await setImage('2', { type: 'RollingUpdate' })
  await harness.clock.advance(2000)
  const leaving = async () => {
    const pods = await Promise.all((await harness.podNames()).map((name) => harness.pod(name)))
    return pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length
  }
  assert.equal(await leaving(), 1)
  await harness.clock.advance(20_000)
  assert.equal(await leaving(), 1)
})

test('Deprecated is set by a person, by annotation or phase, and taken back by the annotation', async () => {
  await harness.createWeapon('radar')
  await harness.clock.advance(50)
  const annotate = (value: string) =>
    harness.patchWeapon('radar', {
      metadata: { annotations: { 'airforce.airforce.mil/deprecated': value } },
    })
  await annotate('true')
  await harness.clock.advance(50)
  assert.equal((await statusOf()).phase, 'Deprecated')
  await annotate('false')
  await harness.clock.advance(50)
  assert.equal((await statusOf()).phase, 'Available')
  await harness.patchWeapon('radar', { metadata: { annotations: null } })
  const body = { status: { phase: 'Deprecated' } }
  await harness.cluster.client
    .resource<KubeObject>(WEAPONS)
    .patch(key('radar'), { type: 'merge', body }, { subresource: 'status' })
  await harness.clock.advance(1000)
  assert.equal((await statusOf()).phase, 'Deprecated')
})

test('what tasks report of a weapon is left as they reported it', async () => {
  await harness.createWeapon('radar')
  await harness.clock.advance(50)
  const body = { status: { usage: { totalDeployed: 9, totalFired: 4, successRate: '0.75' } } }
  await harness.cluster.client
    .resource<KubeObject>(WEAPONS)
    .patch(key('radar'), { type: 'merge', body }, { subresource: 'status' })
  await harness.clock.advance(3000)
  assert.deepEqual((await statusOf()).usage, {
    totalDeployed: 0,
    totalFired: 4,
    successRate: '0.75',
  })
})

test('a weapon starts before the task and ends with it, at the place of exchange', async () => {
  await harness.createWeapon('radar')
  await carry('radar')
  await harness.clock.advance(50)
  const [sidecar] = (await harness.pod()).spec.initContainers ?? []
  assert.equal(sidecar?.restartPolicy, 'Always')
  assert.deepEqual(sidecar?.volumeMounts, [
    { name: POD.interfaceVolume, mountPath: POD.interfacePath },
  ])
})

for (const type of ['HotReload', 'Recreate']) {
  test(`${type}: who has not heard of the new image leaves pods that carry it alone`, async () => {
    const old = createHeldWatches()
    await harness.run((parts) => [createWeaponController(parts)], { wrap: old.wrap })
    await harness.createWeapon('radar', { updateStrategy: { type } })
    await harness.clock.advance(50)
    old.hold('weapons')
    await setImage('2')
    await fly()
    const { uid } = (await harness.pod()).metadata
    await harness.clock.advance(10_000)
    assert.equal((await harness.pod()).metadata.uid, uid)
    assert.deepEqual(await imagesOf(), ['radar:2'])
    const written = JSON.stringify(
      (await harness.pod()).metadata.managedFields?.map(({ manager }) => manager),
    )
    assert.doesNotMatch(written, /weapon/)
  })
}
