import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { API_VERSION, FLIGHT_TASKS, MISSION_STAGES, type MissionStage } from '@sortie/api'
import { type KubeObject, NODES, PODS, type Pod, type Stored } from '@sortie/machinery'
import { makeAircraft, startTestCluster, type TestCluster } from '@sortie/testing'
import { createScheduler } from '../scheduler.ts'

const namespace = 'default'
const PATIENCE_MS = 10_000
let cluster: TestCluster
let stop: () => Promise<void>

beforeEach(async () => {
  cluster = await startTestCluster()
  const { clock, random, log } = cluster
  const { client } = cluster.clientOf('sortie-scheduler')
  const abort = new AbortController()
  const config = { gangPatienceMs: PATIENCE_MS }
  const done = createScheduler({ client, clock, random, log, config }).start(abort.signal)
  stop = async () => {
    abort.abort()
    await done
    await cluster.stop()
  }
  for (const name of ['a', 'b']) await cluster.client.resource(NODES).create(makeAircraft(name))
  await clock.advance(10)
})
afterEach(() => stop())

const advance = (ms: number): Promise<void> => cluster.clock.advance(ms)
const pods = () => cluster.client.resource<Pod>(PODS)
const create = async <T extends KubeObject>(
  object: object,
  type: typeof PODS,
): Promise<Stored<T>> => (await cluster.client.resource<T>(type).create(object as T)) as Stored<T>
const ownedBy = ({ apiVersion, kind, metadata }: Stored<KubeObject>) => [
  { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true },
]

function podManifest(name: string, metadata: object = {}, type = 'j20'): object {
  const resources = { 'aircraft.mil/slot': '1' }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, ...metadata },
    spec: {
      schedulerName: 'sortie-scheduler',
      restartPolicy: 'Never',
      nodeSelector: { 'aircraft.mil/type': type },
      containers: [
        { name: 't', image: 'i', resources: { requests: resources, limits: resources } },
      ],
    },
  }
}

/** A stage whose tasks wait for each other, with a pod for each. */
async function addGang(name: string, size: number): Promise<Stored<MissionStage>> {
  const config = { synchronization: { waitForAll: true } }
  const spec = { stageName: name, stageIndex: 1, stageType: 'parallel', config, flightTasks: [] }
  const meta = { namespace }
  const stage = await create<MissionStage>(
    { apiVersion: API_VERSION, kind: 'MissionStage', metadata: { ...meta, name }, spec },
    MISSION_STAGES,
  )
  for (let number = 1; number <= size; number++) {
    const task = await create(
      {
        apiVersion: API_VERSION,
        kind: 'FlightTask',
        metadata: { ...meta, name: `${name}-${number}`, ownerReferences: ownedBy(stage) },
        spec: { aircraftRequirement: { type: 'j20' } },
      },
      FLIGHT_TASKS,
    )
    await create(podManifest(`${name}-${number}`, { ownerReferences: ownedBy(task) }), PODS)
  }
  return stage
}

const nodeOf = async (name: string): Promise<string | undefined> =>
  (await pods().get({ namespace, name })).spec.nodeName
async function reasonOf(name: string): Promise<string> {
  const { status } = await pods().get({ namespace, name })
  return status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? ''
}
async function land(name: string): Promise<void> {
  const patch = { type: 'merge', body: { status: { phase: 'Succeeded' } } } as const
  await pods().patch({ namespace, name }, patch, { subresource: 'status' })
}

/** One of the two aircraft lands every two seconds, and another single task is waiting already. */
async function streamOfSingles(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await create(podManifest(`s${round + 2}`), PODS)
    await advance(1000)
    if ((await nodeOf(`s${round}`)) !== undefined) await land(`s${round}`)
    await advance(1000)
  }
}

describe('a gang in a stream of single tasks', () => {
  beforeEach(async () => {
    for (const name of ['s0', 's1']) await create(podManifest(name), PODS)
    await advance(10)
    await addGang('g', 2)
  })

  test('waits its time, then keeps what lands, and flies', async () => {
    await streamOfSingles(4)
    assert.equal(await nodeOf('g-1'), undefined)
    await advance(PATIENCE_MS)
    // The two that fly now are the last that overtook it.
    await land('s4')
    await advance(100)
    assert.equal(await nodeOf('g-1'), undefined)
    await create(podManifest('late'), PODS)
    await advance(6000)
    assert.equal(await nodeOf('late'), undefined)
    assert.match(await reasonOf('late'), /kept for gang default\/g, which goes first/)
    await land('s5')
    await advance(100)
    assert.deepEqual([await nodeOf('g-1'), await nodeOf('g-2')].sort(), ['a', 'b'])
    await land('g-1')
    await advance(100)
    assert.notEqual(await nodeOf('late'), undefined)
  })

  test('gives back what it kept when its stage is no more', async () => {
    await advance(PATIENCE_MS + 100)
    await land('s0')
    await create(podManifest('late'), PODS)
    await advance(100)
    assert.equal(await nodeOf('late'), undefined)
    for (const name of ['g-1', 'g-2']) {
      await pods().delete({ namespace, name }, { gracePeriodSeconds: 0 })
    }
    await advance(100)
    assert.notEqual(await nodeOf('late'), undefined)
  })
})

test('nothing is kept for a gang that the fleet could never fly', async () => {
  await addGang('huge', 3)
  await advance(PATIENCE_MS + 100)
  await create(podManifest('single'), PODS)
  await advance(100)
  assert.notEqual(await nodeOf('single'), undefined)
  await cluster.client.resource(NODES).create(makeAircraft('c'))
  await advance(PATIENCE_MS + 100)
  await create(podManifest('next'), PODS)
  await advance(100)
  assert.equal(await nodeOf('next'), undefined)
})
