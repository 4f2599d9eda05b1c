/** What people are told of missions as they really stand: operator, scheduler and fleet on the embedded server. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  API_VERSION,
  type Diagnosis,
  diagnose,
  diagnoseUnmade,
  type Evidence,
  FINDINGS,
  FLIGHT_TASKS,
  type FlightTask,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionSpecInput,
  type MissionStage,
  WEAPONS,
  type Weapon,
  writeDiagnosis,
} from '@sortie/api'
import { createFleet, FLEET_DEFAULTS, GROUP_DEFAULTS } from '@sortie/fleet'
import {
  EVENTS,
  type EventObject,
  type KubeObject,
  LEASES,
  type Lease,
  NODES,
  type NodeObject,
  PODS,
  type Pod,
  type ResourceType,
} from '@sortie/machinery'
import { createOperator } from '@sortie/operator'
import { type Runnable, runAll } from '@sortie/runtime'
import { createScheduler } from '@sortie/scheduler'
import { startTestCluster, type TestCluster } from '@sortie/testing'

const namespace = 'default'

interface World {
  readonly cluster: TestCluster
  fly(name: string, spec: MissionSpecInput): Promise<void>
  pass(seconds: number): Promise<void>
  evidence(): Promise<Evidence>
  stop(): Promise<void>
}

const group = (type: string, count: number, fuel: readonly [number, number] = [90, 90]) => ({
  ...GROUP_DEFAULTS,
  type,
  count,
  namePrefix: type,
  fuelLevel: { min: fuel[0], max: fuel[1] },
})

const FLEET = {
  ...FLEET_DEFAULTS,
  heartbeat: 'none' as const,
  metrics: false,
  aircraft: [
    ...['calm', 'many', 'lost', 'late'].map((type) => group(type, 4)),
    ...['lone', 'sick', 'shaky', 'pull'].map((type) => group(type, 1)),
    group('pair', 2),
    group('thirsty', 2, [40, 55]),
  ],
}

async function startWorld(parts: {
  readonly operator?: boolean
  readonly scheduler?: boolean
}): Promise<World> {
  const cluster = await startTestCluster()
  const { clock, random, log, client } = cluster
  const base = { clock, random, log }
  const running: Runnable[] = [
    createFleet({ ...base, client: cluster.clientOf('fleet').client, fleet: FLEET }),
  ]
  if (parts.operator !== false) {
    running.push(createOperator({ ...base, client: cluster.clientOf('operator').client }))
  }
  if (parts.scheduler !== false) {
    running.push(createScheduler({ ...base, client: cluster.clientOf('scheduler').client }))
  }
  const abort = new AbortController()
  const done = runAll(running, abort.signal)
  await clock.advance(500)
  const list = async <T extends KubeObject>(type: ResourceType): Promise<readonly T[]> =>
    (await client.resource<T>(type).listAll(type.namespaced ? { namespace } : {}))
      .items as readonly T[]
  return {
    cluster,
    async fly(name, spec) {
      await client.resource<KubeObject>(MISSIONS).create({
        apiVersion: API_VERSION,
        kind: 'Mission',
        metadata: { name, namespace },
        spec,
      } as KubeObject)
    },
    pass: (seconds) => clock.advance(seconds * 1000),
    evidence: async () => ({
      missions: await list<Mission>(MISSIONS),
      stages: await list<MissionStage>(MISSION_STAGES),
      tasks: await list<FlightTask>(FLIGHT_TASKS),
      pods: await list<Pod>(PODS),
      nodes: await list<NodeObject>(NODES),
      weapons: await list<Weapon>(WEAPONS),
      events: await list<EventObject>(EVENTS),
      leases: await list<Lease>(LEASES),
    }),
    async stop() {
      abort.abort()
      await clock.advance(100)
      await done
      await cluster.stop()
    },
  }
}

type Task = NonNullable<NonNullable<MissionSpecInput['stages']>[number]['flightTasks']>[number]

const runs = (script: string, more: object = {}) => ({
  spec: {
    restartPolicy: 'Never',
    containers: [{ name: 'task', image: 'busybox:1.36', command: ['sh', '-c', script] }],
    ...more,
  },
})
const task = (
  name: string,
  aircraft: string,
  { run = 'sleep 3600', ...more }: TaskOptions = {},
): Task => ({ name, aircraft, podTemplate: runs(run), ...more }) as Task
interface TaskOptions extends Partial<Task> {
  readonly run?: string
}
const one = (flightTask: Task): MissionSpecInput => ({
  stages: [{ name: 's', flightTasks: [flightTask] }],
})
const failing = (maxRetries: number, more: object = {}) => ({
  failurePolicy: { maxRetries, retryStrategy: 'immediate' as const, ...more },
})

/** All missions fly at once, each with aircraft of its own kind. */
const PLANS: Readonly<Record<string, MissionSpecInput>> = {
  home: one(task('t', 'calm', { run: 'exit 0' })),
  flying: one(task('t', 'calm')),
  chain: {
    stages: [
      { name: 'first', flightTasks: [task('t', 'calm')] },
      { name: 'second', dependsOn: ['first'], flightTasks: [task('t', 'calm')] },
    ],
  },
  gated: {
    stages: [
      { name: 's', startGates: [{ name: 'commander-approval' }], flightTasks: [task('t', 'calm')] },
    ],
  },
  weather: {
    stages: [
      {
        name: 's',
        dependencies: { conditions: [{ type: 'WeatherClear' }] },
        flightTasks: [task('t', 'calm')],
      },
    ],
  },
  capped: {
    maxParallelTasks: 1,
    stages: [
      { name: 'a', flightTasks: [task('t', 'many')] },
      { name: 'b', flightTasks: [task('t', 'many')] },
    ],
  },
  thirsty: one(task('t', 'thirsty', { run: 'sleep 1', aircraftRequirement: { minFuelLevel: 60 } })),
  unheard: one(task('t', 'ufo')),
  crowded: {
    stages: [{ name: 's', flightTasks: [task('a', 'lone'), task('b', 'lone')] }],
  },
  gang: {
    stages: [
      {
        name: 's',
        synchronization: { waitForAll: true },
        flightTasks: [task('a', 'pair'), task('b', 'pair'), task('c', 'pair')],
      },
    ],
  },
  patient: {
    config: {
      failurePolicy: {
        maxRetries: 3,
        retryStrategy: 'custom',
        backoff: { baseSeconds: 600, factor: 2, maxSeconds: 600 },
      },
    },
    stages: [{ name: 's', flightTasks: [task('t', 'shaky', { run: 'exit 3' })] }],
  },
  hopeless: {
    config: failing(1),
    stages: [{ name: 's', flightTasks: [task('t', 'many', { run: 'echo no; exit 4' })] }],
  },
  sick: {
    config: failing(10),
    stages: [{ name: 's', flightTasks: [task('t', 'sick', { run: 'exit 1' })] }],
  },
  pull: one({
    name: 't',
    aircraft: 'pull',
    podTemplate: { spec: { containers: [{ name: 'task', image: 'nowhere.invalid/x:1' }] } },
  } as Task),
  unarmed: one(
    task('t', 'calm', { run: 'sleep 1', weaponLoadout: [{ weapon: 'pl-15', quantity: 1 }] }),
  ),
  still: { suspend: true, stages: [{ name: 's', flightTasks: [task('t', 'calm')] }] },
  recalled: one(task('t', 'calm')),
  late: {
    config: failing(0),
    stages: [{ name: 's', timeout: '5s', flightTasks: [task('t', 'late')] }],
  },
  aborted: {
    config: failing(0),
    stages: [
      { name: 'good', flightTasks: [task('t', 'many')] },
      { name: 'bad', flightTasks: [task('t', 'many', { run: 'sleep 2; exit 5' })] },
      { name: 'never', dependsOn: ['good'], flightTasks: [task('t', 'many')] },
    ],
  },
  circle: {
    stages: [
      { name: 'a', dependsOn: ['b'], flightTasks: [task('t', 'calm')] },
      { name: 'b', dependsOn: ['a'], flightTasks: [task('t', 'calm')] },
    ],
  },
  untold: { templateRef: { name: 'nowhere' } },
  forbidden: one({
    name: 't',
    aircraft: 'calm',
    podTemplate: runs('true', { hostNetwork: true }),
  } as Task),
  queue: {
    stages: [
      { name: 's', type: 'sequential', flightTasks: [task('a', 'many'), task('b', 'many')] },
    ],
  },
  lost: { config: failing(2), stages: [{ name: 's', flightTasks: [task('t', 'lost')] }] },
  changed: one(task('t', 'late', { run: 'sleep 3600' })),
}

interface Case {
  /** `MISSION`, `MISSION/STAGE` or `MISSION/STAGE/TASK`. */
  readonly of: string
  readonly state: Diagnosis['state']
  /** Codes of the findings, in their order. */
  readonly codes: readonly string[]
  readonly says?: RegExp
}

const CASES: Readonly<Record<string, Case>> = {
  'a mission that came home': { of: 'home', state: 'done', codes: ['missionSucceeded'] },
  'a stage that came home': { of: 'home/s', state: 'done', codes: ['stageSucceeded'] },
  'a task that came home': { of: 'home/s/t', state: 'done', codes: ['taskSucceeded'] },
  'a task that flies': {
    of: 'flying/s/t',
    state: 'running',
    codes: ['taskRunning'],
    says: /^Task flying-s-t runs on calm-\d+ since 2026-01-05T08:00:0\d/,
  },
  'a mission that flies': {
    of: 'flying',
    state: 'running',
    codes: ['missionRunning', 'stageRunning'],
    says: /0 of 1 stage ended, running: s\. Stage s runs: 0 of 1 task ended, 1 running, 0 waiting/,
  },
  'a stage that waits for another, and in which state that is': {
    of: 'chain/second',
    state: 'waiting',
    codes: ['waitsForStages'],
    says: /^Stage second waits for first \(Running\)\.$/,
  },
  'a stage that waits for approval, and who may give it': {
    of: 'gated/s',
    state: 'waiting',
    codes: ['waitsForGate'],
    says: /until someone opens the gate commander-approval\. Whoever may patch missionstages .*: sortie approve gated-s -n default\./,
  },
  'a mission whose stage waits for approval': {
    of: 'gated',
    state: 'waiting',
    codes: ['missionWaiting', 'waitsForGate'],
  },
  'a stage that waits for a condition': {
    of: 'weather/s',
    state: 'waiting',
    codes: ['waitsForCondition'],
    says: /until its condition WeatherClear becomes True/,
  },
  'a stage without a share of maxParallelTasks': {
    of: 'capped/b',
    state: 'waiting',
    codes: ['waitsForShare'],
  },
  'a task that no aircraft fits, with the nearest miss': {
    of: 'thirsty/s/t',
    state: 'waiting',
    codes: ['noAircraftFits', 'nearestMiss'],
    says: /fuel ≥ 60 \(rejects 2, leaves 0\)\. 1 aircraft would fit if fuel ≥ 55 instead of 60\..* --aircraft/,
  },
  'a task for an aircraft that nobody has': {
    of: 'unheard/s/t',
    state: 'waiting',
    codes: ['noAircraftFits', 'nearestMiss', 'nearestMiss', 'nearestMiss'],
    says: /type ufo \(rejects 24, leaves 0\)/,
  },
  'a task whose aircraft is taken, and by whom': {
    of: 'crowded/s/b',
    state: 'waiting',
    codes: ['aircraftBusy'],
    says: /1 would fit, all taken by task crowded-s-a/,
  },
  'a gang that waits for one more aircraft': {
    of: 'gang/s/a',
    state: 'waiting',
    codes: ['gangWaits'],
    says: /3 aircraft are needed at once, 0 taken already, 2 that fit free/,
  },
  'a stage that is a gang': {
    of: 'gang/s',
    state: 'waiting',
    codes: ['stageRunning', 'gangWaits'],
  },
  'a task that waits to be tried again: until when, and why': {
    of: 'patient/s/t',
    state: 'waiting',
    codes: ['retryBackoff'],
    says: /waits until 2026-01-05T08:\d\d:\d\dZ for attempt 2 of 4: attempt 1 on shaky-01 failed: .*code 3\./,
  },
  'a task whose retries are used up': {
    of: 'hopeless/s/t',
    state: 'failed',
    codes: ['retriesExhausted'],
    says: /failed after 2 attempts: .*code 4.*sortie logs hopeless-s-t -n default/,
  },
  'a mission that failed of it': {
    of: 'hopeless',
    state: 'failed',
    codes: ['missionAborted', 'stageFailed', 'retriesExhausted'],
    says: /sortie retry hopeless -n default/,
  },
  'a task whose only aircraft is in quarantine': {
    of: 'sick/s/t',
    state: 'waiting',
    codes: ['noAircraftFits', 'nearestMiss', 'quarantined', 'excluded'],
    says: /would fit if its quarantine were over\. In quarantine.*sick-01/,
  },
  'a task whose image cannot be pulled': {
    of: 'pull/s/t',
    state: 'waiting',
    codes: ['imagePullFailed'],
    says: /a container cannot start there \((ErrImagePull|ImagePullBackOff)\)/,
  },
  'a task whose weapon is missing': {
    of: 'unarmed/s/t',
    state: 'waiting',
    codes: ['weaponMissing'],
    says: /Weapon "pl-15" does not exist in namespace default/,
  },
  'a mission that is suspended': {
    of: 'still',
    state: 'waiting',
    codes: ['missionWaiting', 'suspended'],
    says: /sortie resume still -n default/,
  },
  'a mission that was cancelled': { of: 'recalled', state: 'done', codes: ['missionCancelled'] },
  'a stage that was cancelled with it': {
    of: 'recalled/s',
    state: 'done',
    codes: ['stageCancelled'],
  },
  'a task that was cancelled with it': {
    of: 'recalled/s/t',
    state: 'done',
    codes: ['taskCancelled'],
  },
  'a stage that ran out of time': {
    of: 'late/s',
    state: 'failed',
    codes: ['stageTimedOut'],
    says: /time limit of 5s/,
  },
  'a mission that was aborted, and because of which stage': {
    of: 'aborted',
    state: 'failed',
    codes: ['missionAborted', 'stageFailed', 'taskFailed'],
    says: /aborted because stage bad failed/,
  },
  'a stage that was stopped because of another': {
    of: 'aborted/good',
    state: 'done',
    codes: ['stageAborted'],
    says: /mission aborted was aborted: .*bad/,
  },
  'a stage that never started because of another': {
    of: 'aborted/never',
    state: 'done',
    codes: ['stageAborted'],
  },
  'a plan that goes in a circle': {
    of: 'circle',
    state: 'failed',
    codes: ['planRefused'],
    says: /a → b → a|a -> b -> a/,
  },
  'a mission whose template is not there': { of: 'untold', state: 'waiting', codes: ['planWaits'] },
  'a pod that the policy refuses': {
    of: 'forbidden/s/t',
    state: 'failed',
    codes: ['podRefused'],
    says: /hostNetwork/,
  },
  'a stage whose next task has to wait for its turn': {
    of: 'queue/s',
    state: 'running',
    codes: ['stageRunning', 'waitsForTasks'],
  },
  'a task whose aircraft is not ready': {
    of: 'lost/s/t',
    state: 'running',
    codes: ['taskRunning', 'nodeNotReady'],
  },
  'a mission whose change is followed in part': {
    of: 'changed',
    state: 'running',
    codes: ['missionRunning', 'stageRunning', 'specDrift'],
    says: /A change of mission changed is only followed in part: .*stages\[s\]\.config/,
  },
}

describe('a diagnosis of what really is', () => {
  let world: World
  let evidence: Evidence
  before(async () => {
    world = await startWorld({})
    const { client } = world.cluster
    for (const [name, spec] of Object.entries(PLANS)) await world.fly(name, spec)
    await world.pass(15)
    const missions = client.resource<Mission>(MISSIONS)
    const change = (name: string, spec: object) =>
      missions.patch({ namespace, name }, { type: 'merge', body: { spec } })
    await change('recalled', { cancel: true })
    const stages = [
      { name: 's', timeout: '2h', flightTasks: PLANS['changed']?.stages?.[0]?.flightTasks },
    ]
    await change('changed', { stages })
    await world.pass(8)
    const tasks = client.resource<FlightTask>(FLIGHT_TASKS)
    const lost = await tasks.get({ namespace, name: 'lost-s-t' })
    const conditions = [
      { type: 'Ready', status: 'Unknown', lastTransitionTime: '2026-01-05T08:00:23Z' },
    ]
    const node = { name: lost.status?.schedulingInfo?.assignedNode ?? '' }
    await client
      .resource<NodeObject>(NODES)
      .patch(
        node,
        { type: 'strategic', body: { status: { conditions } } },
        { subresource: 'status' },
      )
    await world.pass(2)
    evidence = await world.evidence()
  })
  after(() => world.stop())

  const subjectOf = (path: string): Mission | MissionStage | FlightTask => {
    const name = path.replaceAll('/', '-')
    const depth = path.split('/').length
    const list = [evidence.missions, evidence.stages, evidence.tasks][depth - 1] ?? []
    const found = list.find(({ metadata }) => metadata.name === name)
    assert.ok(found, `${path} is not there`)
    return found
  }

  for (const [name, { of, state, codes, says }] of Object.entries(CASES)) {
    test(name, () => {
      const diagnosis = diagnose(subjectOf(of), evidence, world.cluster.clock.now())
      const text = writeDiagnosis(diagnosis)
      assert.deepEqual(
        [diagnosis.state, ...diagnosis.findings.map(({ code }) => code)],
        [state, ...codes],
        text,
      )
      if (says !== undefined) assert.match(text, says)
    })
  }

  test('a task that was not made yet is told of by its stage', () => {
    const now = world.cluster.clock.now()
    const stage = subjectOf('queue/s') as MissionStage
    const diagnosis = diagnoseUnmade('queue-s-b', stage, { evidence, now })
    assert.match(
      writeDiagnosis(diagnosis),
      /^Task queue-s-b has not been made: stage queue-s makes it/,
    )
  })

  test('everything has a diagnosis, with just the parameters of its code and an object behind each finding', () => {
    const all = [
      ...(evidence.missions ?? []),
      ...(evidence.stages ?? []),
      ...(evidence.tasks ?? []),
    ]
    for (const subject of all) {
      const { findings } = diagnose(subject, evidence, world.cluster.clock.now())
      assert.ok(findings.length > 0)
      for (const { code, parameters, text, objects } of findings) {
        assert.deepEqual(Object.keys(parameters).sort(), [...FINDINGS[code]].sort(), code)
        assert.match(text, /^[A-Z0-9].*\.$/)
        assert.doesNotMatch(text, /undefined|NaN/)
        assert.ok(objects.length > 0, `${code}: ${text}`)
      }
    }
  })

  test('without nodes and pods nothing is guessed at: the scheduler’s own words stand', () => {
    const { nodes: _, ...rest } = evidence
    const { findings } = diagnose(subjectOf('thirsty/s/t'), rest, world.cluster.clock.now())
    assert.equal(findings[0]?.code, 'unschedulable')
    assert.match(findings[0]?.text ?? '', /nodes are available/)
  })
})

const lease = (name: string, renewTime: string): KubeObject => {
  const spec = { holderIdentity: 'one', leaseDurationSeconds: 15, renewTime }
  const metadata = { name, namespace }
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec } as KubeObject
}

describe('a part that is not there', () => {
  test('the operator: nobody takes a mission up, and its lease has run out', async () => {
    const world = await startWorld({ operator: false })
    await world.cluster.client
      .resource(LEASES)
      .create(lease('sortie-operator', '2026-01-05T07:59:00.000000Z'))
    await world.fly('m', one(task('t', 'calm')))
    await world.pass(20)
    const evidence = await world.evidence()
    const [mission] = evidence.missions ?? []
    assert.ok(mission)
    const diagnosis = diagnose(mission, evidence, world.cluster.clock.now())
    assert.deepEqual(
      diagnosis.findings.map(({ code }) => code),
      ['notTakenUp', 'operatorAbsent'],
    )
    assert.match(writeDiagnosis(diagnosis), /last renewed at 2026-01-05T07:59:00.*sortie doctor/)
    await world.stop()
  })

  test('the scheduler: a pod waits and nothing is said about it', async () => {
    const world = await startWorld({ scheduler: false })
    await world.cluster.client
      .resource(LEASES)
      .create(lease('sortie-scheduler', '2026-01-05T07:59:00.000000Z'))
    await world.fly('m', one(task('t', 'calm')))
    await world.pass(20)
    const evidence = await world.evidence()
    const [waiting] = evidence.tasks ?? []
    assert.ok(waiting)
    const { findings } = diagnose(waiting, evidence, world.cluster.clock.now())
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['aircraftFree', 'schedulerSilent', 'schedulerAbsent'],
    )
    await world.stop()
  })
})
