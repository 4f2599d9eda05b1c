/** Every example, flown on the embedded cluster in virtual time. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  FLIGHT_TASKS,
  type FlightTask,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionStage,
  parseManifests,
} from '@sortie/api'
import type { Client } from '@sortie/client'
import { DEFAULT_FLEET, type FleetSpec, parseFleet } from '@sortie/fleet'
import {
  type KubeObject,
  PODS,
  type Pod,
  type Stored,
  seededRandom,
  silentLogger,
} from '@sortie/machinery'
import { settle, testClock } from '@sortie/testing'
import { applyDocuments } from '../manifests/apply.ts'
import { type EmbeddedCluster, startEmbeddedCluster } from './cluster.ts'

const EXAMPLES = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../examples')
const read = (path: string) => readFileSync(join(EXAMPLES, path), 'utf8')

interface Flight {
  readonly cluster: EmbeddedCluster
  readonly client: Client
  /** Moves time on. */
  advance(seconds: number): Promise<void>
  mission(name: string): Promise<Stored<Mission>>
  stage(name: string): Promise<Stored<MissionStage>>
  task(name: string): Promise<Stored<FlightTask>>
  pods(): Promise<readonly Stored<Pod>[]>
}

/** Runs an example and what is to be seen of it, on a cluster of its own. */
async function fly(
  example: string,
  work: (flight: Flight) => Promise<void>,
  fleet: FleetSpec = DEFAULT_FLEET,
): Promise<void> {
  const clock = testClock()
  const base = { clock, random: seededRandom(7), log: silentLogger }
  const cluster = await startEmbeddedCluster({ ...base, fleet })
  const stop = new AbortController()
  const running = cluster.run(stop.signal)
  await clock.advance(1000)
  const { client } = cluster
  const documents = globSync(`${example}/*.yaml`, { cwd: EXAMPLES })
    .sort()
    .flatMap((file) => parseManifests(read(file), file).documents)
  const { failures } = await applyDocuments({ client, namespace: 'default' }, documents, {})
  assert.deepEqual(failures, [])
  const get =
    <T extends KubeObject>(type: typeof MISSIONS) =>
    (name: string) =>
      client.resource<T>(type).get({ namespace: 'default', name })
  try {
    await work({
      cluster,
      client,
      advance: (seconds) => clock.advance(seconds * 1000),
      mission: get<Mission>(MISSIONS),
      stage: get<MissionStage>(MISSION_STAGES),
      task: get<FlightTask>(FLIGHT_TASKS),
      pods: async () => (await client.resource<Pod>(PODS).list({ namespace: 'default' })).items,
    })
  } finally {
    stop.abort()
    await settle()
    await clock.advance(1000)
    await running
    await cluster.stop()
  }
}

test('001-first-mission: three stages in their order, nine tasks, weapons as native sidecars', async () => {
  await fly('001-first-mission', async ({ advance, mission, stage, client, pods }) => {
    await advance(40)
    const { status } = await mission('dawn-patrol')
    assert.equal(status?.phase, 'Succeeded')
    assert.deepEqual([status?.stagesProgress, status?.tasksProgress], ['3/3', '9/9'])
    const [recon, transit, exercise] = await Promise.all(
      ['recon', 'transit', 'exercise'].map((name) => stage(`dawn-patrol-${name}`)),
    )
    assert.ok((transit?.status?.startTime ?? '') >= (recon?.status?.completionTime ?? 'x'))
    assert.ok((exercise?.status?.startTime ?? '') >= (transit?.status?.completionTime ?? 'x'))
    const tasks = (await client.resource<FlightTask>(FLIGHT_TASKS).list({ namespace: 'default' }))
      .items
    assert.equal(tasks.length, 9)
    for (const task of tasks) {
      const type = task.spec.aircraftRequirement?.type ?? ''
      assert.match(task.status?.schedulingInfo?.assignedNode ?? '', new RegExp(`^${type}-`))
    }
    const scout = (await pods()).find(
      ({ metadata }) => metadata.name === 'dawn-patrol-recon-j20-01-pod',
    )
    const [sidecar] = scout?.spec.initContainers ?? []
    assert.deepEqual([sidecar?.name, sidecar?.restartPolicy], ['weapon-pl-15', 'Always'])
  })
})

test('002-task-alone: an image that cannot be pulled leaves the task Scheduled and says so; mended, it goes on', async () => {
  await fly('002-task-alone', async ({ advance, task, client, pods }) => {
    await advance(30)
    const before = await task('lone-wolf')
    assert.equal(before.status?.phase, 'Scheduled')
    const condition = (held: typeof before) =>
      held.status?.conditions?.find(({ type }) => type === 'ImagePullFailed')
    assert.equal(condition(before)?.status, 'True')
    const [pod] = await pods()
    assert.ok(pod)
    await client.resource<Pod>(PODS).patch(
      { namespace: 'default', name: pod.metadata.name },
      {
        type: 'strategic',
        body: {
          spec: {
            initContainers: [{ name: 'weapon-broken-decoy', image: 'registry.example/decoy:v1' }],
          },
        },
      },
    )
    await advance(400)
    const after = await task('lone-wolf')
    assert.equal(after.status?.phase, 'Succeeded')
    assert.notEqual(condition(after)?.status, 'True')
  })
})

test('003-hardpoint-types: a mount point is a hardpoint of the aircraft or a type', async () => {
  await fly('003-hardpoint-types', async ({ advance, mission, pods }) => {
    await advance(30)
    assert.equal((await mission('bay-check')).status?.phase, 'Succeeded')
    const image = (await pods())[0]?.spec.initContainers?.[0]?.image
    assert.equal(image, 'registry.example:5000/weapons/pl-10:v3.1.0')
  })
})

test('004-mixed-stage: the tasks of one stage by their own dependencies', async () => {
  await fly('004-mixed-stage', async ({ advance, mission, task }) => {
    await advance(60)
    assert.equal((await mission('relay')).status?.phase, 'Succeeded')
    const [open, left, right, close] = await Promise.all(
      ['open', 'left', 'right', 'close'].map((name) => task(`relay-relay-${name}`)),
    )
    for (const middle of [left, right]) {
      assert.ok((middle?.status?.startTime ?? '') >= (open?.status?.completionTime ?? 'x'))
      assert.ok((close?.status?.startTime ?? '') >= (middle?.status?.completionTime ?? 'x'))
    }
  })
})

test('005-thousand-tasks: on 200 aircraft to its end, no object over 256 KiB, then silence', async () => {
  const fleet = parseFleet(read('fleets/two-hundred.yaml'), 'two-hundred.yaml')
  await fly(
    '005-thousand-tasks',
    async ({ advance, mission, client, cluster }) => {
      await advance(60)
      const { status } = await mission('swarm')
      assert.equal(status?.phase, 'Succeeded')
      assert.equal(status?.statistics?.succeededTasks, 1000)
      for (const type of [MISSIONS, MISSION_STAGES, FLIGHT_TASKS, PODS]) {
        for (const object of (await client.resource(type).listAll({})).items) {
          assert.ok(JSON.stringify(object).length < 256 * 1024)
        }
      }
      // Labels of aircraft that have just landed may still be put straight; after that nothing is.
      await advance(60)
      const versions = async () =>
        Object.fromEntries(
          await Promise.all(
            ['pods', 'nodes', 'events'].map(async (plural) => {
              const { body } = await client.raw({ method: 'GET', path: `/api/v1/${plural}` })
              const { items } = body as { items: KubeObject[] }
              return [
                plural,
                items.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`),
              ]
            }),
          ),
        )
      const before = await versions()
      const ours = (await client.resource(FLIGHT_TASKS).list()).metadata.resourceVersion
      await advance(60)
      assert.deepEqual(await versions(), before)
      assert.ok(
        Number((await client.resource(FLIGHT_TASKS).list()).metadata.resourceVersion) -
          Number(ours) <=
          200 * 7,
      )
      assert.ok(cluster.server)
    },
    fleet,
  )
})

test('006-mission-template: stages come from the template, with the mission’s parameters', async () => {
  await fly('006-mission-template', async ({ advance, mission, task }) => {
    await advance(60)
    assert.equal((await mission('patrol-north')).status?.phase, 'Succeeded')
    const watch = await task('patrol-north-watch-kj500-01')
    assert.deepEqual(watch.spec.taskParams?.extra, { sector: 'north', watch: '2s' })
  })
})

test('007-gang-and-approval: the gang flies together, the finale waits for a person', async () => {
  await fly('007-gang-and-approval', async ({ advance, mission, stage, client }) => {
    await advance(60)
    assert.equal((await stage('gang-show-formation')).status?.phase, 'Succeeded')
    const waiting = await stage('gang-show-finale')
    assert.equal(waiting.status?.phase, 'Pending')
    assert.deepEqual(waiting.spec.startGates, [{ name: 'commander-approval' }])
    await client
      .resource(MISSION_STAGES)
      .patch(
        { namespace: 'default', name: 'gang-show-finale' },
        { type: 'merge', body: { spec: { startGates: [] } } },
      )
    await advance(60)
    assert.equal((await mission('gang-show')).status?.phase, 'Succeeded')
  })
})

test('008-continue-on-failure: the failed stage is tolerated, and the mission says which', async () => {
  await fly('008-continue-on-failure', async ({ advance, mission, task }) => {
    await advance(90)
    const { status } = await mission('tolerant')
    assert.equal(status?.phase, 'Succeeded')
    const complete = status?.conditions?.find(({ type }) => type === 'Complete')
    assert.deepEqual([complete?.status, complete?.reason], ['True', 'SucceededWithFailures'])
    assert.match(complete?.message ?? '', /probe/)
    const probe = await task('tolerant-probe-j16-01')
    assert.deepEqual([probe.status?.phase, probe.status?.retryCount], ['Failed', 1])
  })
})
