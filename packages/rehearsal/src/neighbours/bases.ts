/** Small runs made by hand, of a few tasks each, by which most of what Sortie does comes up at least once. */
import { FLEET_DEFAULTS, type FleetSpec, GROUP_DEFAULTS } from '@sortie/fleet'
import type { MissionPlan, Scenario, StagePlan, TaskPlan } from '../scenario/scenario.ts'

type Policy = NonNullable<NonNullable<MissionPlan['spec']['config']>['failurePolicy']>

const AIRCRAFT = 'viper'

/** Tasks fly from 0.3 s to `longestMs`. */
function fleetOf(count: number, longestMs: number): FleetSpec {
  return {
    ...FLEET_DEFAULTS,
    metrics: false,
    heartbeat: 'none',
    rules: [{ match: { role: 'main' }, duration: { min: 300, max: longestMs } }],
    aircraft: [{ ...GROUP_DEFAULTS, type: AIRCRAFT, namePrefix: AIRCRAFT, count }],
  }
}

function task(name: string, more: Partial<TaskPlan> = {}): TaskPlan {
  return { name, aircraft: AIRCRAFT, ...more }
}

/** A pod whose first attempts fail. */
function failing(attempts: number): Pick<TaskPlan, 'podTemplate'> {
  return annotated({ 'fleet.sortie/fail-attempts': String(attempts) })
}

/** One that flies until it is stopped, or nearly: what is not stopped in time shows. */
const LONG = annotated({ 'fleet.sortie/duration': '60s' })

function annotated(annotations: Readonly<Record<string, string>>): Pick<TaskPlan, 'podTemplate'> {
  const containers = [{ name: 'main', image: 'sortie/flight:1' }]
  return {
    podTemplate: { metadata: { annotations }, spec: { restartPolicy: 'Never', containers } },
  }
}

function mission(
  stages: readonly StagePlan[],
  policy: Policy = {},
  more: Partial<MissionPlan['spec']> = {},
): MissionPlan {
  const failurePolicy: Policy = {
    maxRetries: 1,
    retryStrategy: 'immediate',
    stageFailureAction: 'abort',
    maxStageRetries: 0,
    ...policy,
  }
  const config = { failurePolicy, cancellationPolicy: { gracePeriod: '2s', cleanup: false } }
  return { name: 'm1', at: 0, spec: { ...more, config, stages } }
}

function run(missions: readonly MissionPlan[], more: Partial<Scenario> = {}): Scenario {
  return {
    seed: 1,
    fleet: fleetOf(3, 2_000),
    weapons: [],
    missions,
    actions: [],
    faults: [],
    latencyMs: 0,
    decoys: false,
    ...more,
  }
}

const NO_RETRIES = { maxRetries: 0 } as const
const AGAIN = { stageFailureAction: 'retry', maxStageRetries: 1 } as const

const stageRetry = run([
  mission(
    [
      { name: 's1', flightTasks: [task('t1', failing(1)), task('t2', LONG)] },
      { name: 's2', dependsOn: ['s1'], flightTasks: [task('t1')] },
    ],
    { ...NO_RETRIES, ...AGAIN, maxStageRetries: 2 },
  ),
])

const askedAgain = run(
  [
    mission(
      [
        { name: 's1', flightTasks: [task('t1', failing(9)), task('t2')] },
        { name: 's2', flightTasks: [task('t1', LONG)] },
      ],
      { ...NO_RETRIES, ...AGAIN },
      { maxParallelTasks: 1 },
    ),
  ],
  { actions: [{ kind: 'retry', at: 9_000, mission: 'm1' }] },
)

const oneByOne = run(
  [
    mission(
      [{ name: 's1', type: 'sequential', flightTasks: [task('t1', failing(1)), task('t2')] }],
      { maxRetries: 2 },
    ),
  ],
  { actions: [{ kind: 'suspend', at: 700, mission: 'm1', forMs: 2_000 }] },
)

const gang = run([
  mission(
    [
      {
        name: 's1',
        synchronization: { waitForAll: true },
        flightTasks: [task('t1'), task('t2', failing(1))],
      },
    ],
    {
      maxRetries: 2,
      retryStrategy: 'custom',
      backoff: { baseSeconds: 1, factor: 2, maxSeconds: 10 },
    },
  ),
])

const madeAgain = run(
  [
    mission(
      [
        { name: 's1', flightTasks: [task('t1', failing(9))] },
        { name: 's2', dependsOn: ['s1'], flightTasks: [task('t1')] },
      ],
      { ...NO_RETRIES, stageFailureAction: 'continue' },
    ),
  ],
  { actions: [{ kind: 'delete', at: 1_000, mission: 'm1', againAfterMs: 500 }] },
)

const armed = run(
  [
    mission([
      {
        name: 's1',
        type: 'mixed',
        flightTasks: [
          task('t1'),
          task('t2', { dependsOn: ['t1'], weaponLoadout: [{ weapon: 'w1', quantity: 1 }] }),
        ],
      },
    ]),
  ],
  {
    weapons: [
      {
        name: 'w1',
        at: 0,
        spec: {
          image: { repository: 'sortie/w1', tag: 'v1' },
          updateStrategy: { type: 'Recreate' },
        },
      },
    ],
    actions: [{ kind: 'weaponImage', at: 2_500, weapon: 'w1', tag: 'v2' }],
  },
)

/** Two missions want the same two aircraft. */
const shortOfAircraft = run(
  [
    mission([{ name: 's1', flightTasks: [task('t1', { ...LONG, count: 3, timeout: '4s' })] }]),
    { ...mission([{ name: 's1', flightTasks: [task('t1')] }]), name: 'm2', at: 300 },
  ],
  { fleet: fleetOf(2, 6_000), actions: [{ kind: 'cancel', at: 1_500, mission: 'm1' }] },
)

const changed = run(
  [
    mission(
      [
        {
          name: 's1',
          timeout: '5s',
          flightTasks: [task('t1', LONG), task('t2', { ...failing(2), optional: true })],
        },
        { name: 's2', flightTasks: [task('t1')] },
      ],
      AGAIN,
      { maxParallelTasks: 2 },
    ),
  ],
  {
    fleet: fleetOf(3, 7_000),
    actions: [
      { kind: 'edit', at: 1_000, mission: 'm1', edit: { kind: 'removeStage', pick: 0.9 } },
      { kind: 'deleteChild', at: 1_400, pick: 0.3, of: 'stage' },
    ],
  },
)

export const BASES: readonly Scenario[] = [
  stageRetry,
  askedAgain,
  oneByOne,
  gang,
  madeAgain,
  armed,
  shortOfAircraft,
  changed,
]
