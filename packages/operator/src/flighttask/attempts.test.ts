import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatTime, seededRandom } from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import { readCandidate } from '../aircraft/facts.ts'
import { retryDelayMs } from './backoff.ts'
import {
  at,
  conditionOf,
  createdPod,
  decide,
  endedPod,
  instant,
  kinds,
  observe,
  placedPod,
  recorded,
  runningPod,
  startObservation,
  waitingPod,
} from './fixtures.ts'
import type { TaskObservation } from './observation.ts'

const policy = (maxRetries: number, changes: object = {}) => ({ retry: { maxRetries, ...changes } })
const order = (strategy: string, changes: object = {}) => ({
  maxRetries: 100,
  strategy,
  baseSeconds: 2,
  factor: 2,
  maxSeconds: 300,
  ...changes,
})
const still = { next: () => 0, uuid: () => '' }

test('strategies', async (t) => {
  const cases: readonly [string, number, object, number][] = [
    ['immediate', 5, {}, 0],
    ['exponential', 1, {}, 2000],
    ['exponential', 2, {}, 4000],
    ['exponential', 3, {}, 8000],
    ['exponential', 30, {}, 300_000],
    ['exponential', 5000, {}, 300_000],
    ['custom', 1, { baseSeconds: 10, factor: 3 }, 10_000],
    ['custom', 3, { baseSeconds: 10, factor: 3 }, 90_000],
    ['custom', 9, { baseSeconds: 10, factor: 3, maxSeconds: 60 }, 60_000],
    ['custom', 9, { baseSeconds: 0, factor: 100 }, 0],
    ['a typing error', 1, {}, 2000],
  ]
  for (const [strategy, retry, changes, millis] of cases) {
    await t.test(`${strategy}, retry ${retry}`, () =>
      assert.equal(retryDelayMs(order(strategy, changes), retry, still), millis),
    )
  }
})

test('a task’s own backoff is what it waits by; of what it does not say two seconds, doubled up to five minutes, hold', async (t) => {
  const cases: readonly [object, number, number][] = [
    [{ baseSeconds: 5, factor: 3, maxSeconds: 30 }, 0, 5],
    [{ baseSeconds: 5, factor: 3, maxSeconds: 30 }, 1, 15],
    [{ baseSeconds: 5, factor: 3, maxSeconds: 30 }, 2, 30],
    [{ baseSeconds: 5, factor: 1 }, 7, 5],
    [{}, 0, 2],
    [{}, 2, 8],
    [{}, 20, 300],
  ]
  for (const [backoff, retryCount, seconds] of cases) {
    await t.test(`${JSON.stringify(backoff)}, after ${retryCount} retries`, () => {
      const retry = { maxRetries: 99, retryStrategy: 'custom', backoff }
      const podRef = { uid: `pod-${retryCount}` }
      const status = recorded('Running', { retryCount, podRef })
      const plan = decide(
        observe({ spec: { retry }, status, pods: [endedPod(1, { retry: retryCount })] }),
      )
      assert.equal(plan.status.nextRetryTime, at(10 + seconds))
    })
  }
})

test('jitter comes from the seeded source, never shortens a delay and never exceeds the longest', () => {
  const delays = (seed: number) => {
    const random = seededRandom(seed)
    return Array.from({ length: 50 }, (_, retry) =>
      retryDelayMs(order('exponential'), retry + 1, random),
    )
  }
  assert.deepEqual(delays(7), delays(7))
  assert.notDeepEqual(delays(7), delays(8))
  delays(7).forEach((delay, index) => {
    assert.ok(delay >= Math.min(300_000, 2000 * 2 ** index))
    assert.ok(delay <= 300_000)
  })
})

test('a failed attempt is recorded first: number, time, reason, aircraft, and when the next may begin', () => {
  const plan = decide(
    observe({ spec: policy(2), status: recorded('Running'), pods: [endedPod(3)] }),
    10,
  )
  assert.equal(plan.recordFirst, true)
  assert.deepEqual(kinds(plan), [])
  const { status } = plan
  assert.equal(status.phase, 'Pending')
  assert.equal(status.retryCount, 1)
  assert.equal(status.lastRetryTime, at(10))
  assert.equal(status.nextRetryTime, at(12))
  assert.equal(plan.requeueAt, instant(12))
  assert.deepEqual(status.excludedNodes, ['viper-1'])
  assert.equal(status.schedulingInfo, undefined)
  assert.equal(status.startTime, at(1))
  const retrying = conditionOf(plan, 'Retrying')
  assert.equal(retrying?.status, 'True')
  assert.equal(retrying?.reason, 'PodFailed')
  assert.match(
    retrying?.message ?? '',
    /attempt 1 on viper-1 failed: container task exited with code 3; attempt 2 of 3 starts after/,
  )
})

test('a wait is never shorter than decided, though times have whole seconds', () => {
  const observed = observe({ spec: policy(1), pods: [endedPod(1)] })
  const plan = decide(observed, 10.25)
  assert.equal(plan.status.nextRetryTime, formatTime(instant(13)))
  assert.equal(plan.requeueAt, instant(13))
})

test('the record is decided once: the pod that failed is not counted again', () => {
  const observed = observe({ spec: policy(5), pods: [endedPod(1)] })
  const first = decide(observed)
  const again = decide({ ...observed, status: first.status }, 11)
  assert.equal(again.status, first.status)
  assert.deepEqual(again.operations, [])
})

test('retryCount stops at maxRetries, and the last message says so', () => {
  const status = recorded('Running', { retryCount: 2, podRef: { uid: 'pod-2' } })
  const plan = decide(observe({ spec: policy(2), status, pods: [endedPod(1, { retry: 2 })] }))
  assert.equal(plan.status.phase, 'Failed')
  assert.equal(plan.status.retryCount, 2)
  assert.equal(plan.status.completionTime, at(5))
  assert.equal(conditionOf(plan, 'Retrying')?.reason, 'RetriesExhausted')
  assert.match(plan.status.message ?? '', /attempt 3, the last one, failed/)
})

test('without a policy the first failure is the last', () => {
  const plan = decide(observe({ pods: [endedPod(1)] }))
  assert.equal(plan.status.phase, 'Failed')
  assert.equal(plan.status.retryCount, undefined)
  assert.equal(conditionOf(plan, 'Retrying')?.reason, 'PodFailed')
  assert.equal(plan.status.podRef?.uid, 'pod-0')
  assert.equal(plan.status.schedulingInfo?.assignedNode, 'viper-1')
})

test('a new pod ends the retrying', () => {
  const failed = decide(observe({ spec: policy(2), pods: [endedPod(1)] }))
  const observed = observe({
    spec: policy(2),
    status: failed.status,
    pods: [endedPod(1), runningPod({ retry: 1 })],
  })
  const plan = decide(observed)
  assert.equal(plan.status.phase, 'Running')
  assert.equal(conditionOf(plan, 'Retrying')?.status, 'False')
  assert.equal(plan.status.podRef?.uid, 'pod-1')
  assert.equal(plan.status.nextRetryTime, undefined)
  assert.equal(plan.status.retryCount, 1)
})

test('excluded aircraft: each once, and no more than a status has room for', () => {
  const many = Array.from({ length: 100 }, (_, index) => `node-${index}`)
  const status = recorded('Running', { excludedNodes: many })
  const plan = decide(observe({ spec: policy(9), status, pods: [endedPod(1)] }))
  assert.equal(plan.status.excludedNodes?.length, 100)
  assert.equal(plan.status.excludedNodes?.at(-1), 'viper-1')
  const again = decide(
    observe({
      spec: policy(9),
      status: recorded('Running', { excludedNodes: ['viper-1'] }),
      pods: [endedPod(1)],
    }),
  )
  assert.deepEqual(again.status.excludedNodes, ['viper-1'])
})

test('the next pod avoids the aircraft that failed it: required while another could take it', async (t) => {
  const retrying = {
    type: 'Retrying',
    status: 'True',
    reason: 'PodFailed',
    message: '',
    lastTransitionTime: at(0),
  }
  const status = {
    ...recorded('Pending', { retryCount: 1, conditions: [retrying] }),
    excludedNodes: ['viper-1'],
  } as TaskObservation['status']
  const spec = { aircraftRequirement: { type: 'j20', minFuelLevel: 50 } }
  const candidates = (...nodes: ReturnType<typeof makeAircraft>[]) =>
    nodes.flatMap((node) => readCandidate(node as never) ?? [])
  const affinityOf = (
    fleet: TaskObservation['start'] extends infer S | undefined
      ? S extends { fleet: infer F }
        ? F
        : never
      : never,
    gangSize = 1,
  ) => {
    const start = startObservation([], { fleet, gangSize })
    const observed = observe({ spec, status, start })
    return createdPod(decide(observed)).spec.affinity?.nodeAffinity
  }
  const failed = makeAircraft('viper-1')
  await t.test('another is ready', () => {
    const affinity = affinityOf(candidates(failed, makeAircraft('viper-2')))
    const [term] = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
    assert.deepEqual(term?.matchFields, [
      { key: 'metadata.name', operator: 'NotIn', values: ['viper-1'] },
    ])
  })
  await t.test('others are ready, as many as its gang needs', () => {
    const fleet = candidates(failed, makeAircraft('viper-2'), makeAircraft('viper-3'))
    const affinity = affinityOf(fleet, 2)
    const [term] = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
    assert.equal(term?.matchFields?.[0]?.operator, 'NotIn')
  })
  await t.test('preferred where its gang needs more than the others', () => {
    const affinity = affinityOf(candidates(failed, makeAircraft('viper-2')), 2)
    const [term] = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
    assert.equal(term?.matchFields, undefined)
    assert.equal(affinity?.preferredDuringSchedulingIgnoredDuringExecution?.at(-1)?.weight, 100)
  })
  const unable: readonly [string, ReturnType<typeof makeAircraft>][] = [
    ['is of another type', makeAircraft('viper-2', { type: 'f22' })],
    ['has too little fuel', makeAircraft('viper-2', { fuel: 49 })],
    ['is in maintenance', makeAircraft('viper-2', { status: 'maintenance' })],
    ['is cordoned', { ...makeAircraft('viper-2'), spec: { unschedulable: true } }],
    [
      'is quarantined',
      {
        ...makeAircraft('viper-2'),
        spec: { taints: [{ key: 'aircraft.mil/quarantine', effect: 'NoSchedule' }] },
      },
    ],
    ['cannot be read', makeAircraft('viper-2', { labels: { 'aircraft.mil/fuel.level': 'full' } })],
  ]
  for (const [name, other] of unable) {
    await t.test(`preferred where the other ${name}`, () => {
      const affinity = affinityOf(candidates(failed, other))
      const [term] =
        affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
      assert.equal(term?.matchFields, undefined)
      assert.equal(affinity?.preferredDuringSchedulingIgnoredDuringExecution?.at(-1)?.weight, 100)
    })
  }
})

test('what went away through no fault of its own is replaced without using the budget', async (t) => {
  const gone = { metadata: { deletionTimestamp: at(40), deletionGracePeriodSeconds: 30 } }
  const cases: readonly [string, Partial<TaskObservation>][] = [
    ['evicted', { pods: [placedPod({ phase: 'Failed', status: { reason: 'Evicted' } })] }],
    [
      'not admitted',
      { pods: [placedPod({ phase: 'Failed', status: { reason: 'UnexpectedAdmissionError' } })] },
    ],
    [
      'preempted',
      {
        pods: [
          placedPod({
            phase: 'Failed',
            status: { conditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          }),
        ],
      },
    ],
    ['deleted by hand before it was placed', { pods: [waitingPod(gone)] }],
    ['deleted by hand before it ran', { pods: [placedPod(gone)] }],
    [
      'its node lost',
      { pods: [placedPod()], troubledNodes: new Map([['viper-1', { notReadySince: undefined }]]) },
    ],
  ]
  for (const [name, changes] of cases) {
    await t.test(name, () => {
      const plan = decide(observe({ spec: policy(0), ...changes }))
      assert.equal(plan.status.phase, 'Pending')
      assert.equal(plan.status.replacements, 1)
      assert.equal(plan.status.retryCount, undefined)
      assert.equal(plan.status.excludedNodes, undefined)
      assert.equal(conditionOf(plan, 'Retrying')?.reason, 'Replaced')
      assert.equal(plan.recordFirst, true)
    })
  }
})

test('the same misfortune after it ran is a failed attempt', async (t) => {
  const gone = { metadata: { deletionTimestamp: at(40), deletionGracePeriodSeconds: 30 } }
  const cases: readonly [string, Partial<TaskObservation>, string][] = [
    [
      'evicted',
      {
        pods: [
          endedPod(0, {
            phase: 'Failed',
            status: {
              reason: 'Evicted',
              containerStatuses: [
                { name: 'task', state: { terminated: { exitCode: 0, startedAt: at(1) } } },
              ],
            },
          }),
        ],
      },
      'PodFailed',
    ],
    [
      'not admitted again by a kubelet that forgets its containers',
      {
        status: recorded('Running'),
        pods: [placedPod({ phase: 'Failed', status: { reason: 'NodeAffinity' } })],
      },
      'PodFailed',
    ],
    ['deleted', { pods: [runningPod(gone)] }, 'PodDeleted'],
    [
      'its node gone',
      { pods: [runningPod()], troubledNodes: new Map([['viper-1', { notReadySince: undefined }]]) },
      'NodeLost',
    ],
  ]
  for (const [name, changes, reason] of cases) {
    await t.test(name, () => {
      const plan = decide(observe({ spec: policy(1), ...changes }))
      assert.equal(plan.status.retryCount, 1)
      assert.equal(plan.status.replacements, undefined)
      assert.equal(conditionOf(plan, 'Retrying')?.reason, reason)
    })
  }
})

test('somebody’s delete is no reason to avoid the aircraft', () => {
  const gone = { metadata: { deletionTimestamp: at(40), deletionGracePeriodSeconds: 30 } }
  assert.equal(
    decide(observe({ spec: policy(1), pods: [runningPod(gone)] })).status.excludedNodes,
    undefined,
  )
})

test('replacements end at ten', () => {
  const pods = [placedPod({ phase: 'Failed', status: { reason: 'Evicted' } })]
  const tenth = decide(observe({ status: recorded('Scheduled', { replacements: 9 }), pods }))
  assert.equal(tenth.status.replacements, 10)
  const eleventh = decide(observe({ status: recorded('Scheduled', { replacements: 10 }), pods }))
  assert.equal(eleventh.status.phase, 'Failed')
  assert.equal(eleventh.status.replacements, 10)
})

test('an ended pod that holds the name of its replacement is deleted before that is made', () => {
  const pods = [placedPod({ phase: 'Failed', status: { reason: 'Evicted' } })]
  const record = decide(observe({ pods }))
  const sweep = decide(observe({ status: record.status, pods }))
  assert.deepEqual(kinds(sweep), ['delete'])
  assert.equal(sweep.status, record.status)
  const next = decide(observe({ status: record.status, pods: [] }))
  assert.deepEqual(kinds(next), ['create'])
})

test('a pod whose node stays away is removed without grace, since no kubelet would end it', () => {
  const lost = { troubledNodes: new Map([['viper-1', { notReadySince: instant(-31) }]]) }
  const plan = decide(
    observe({ spec: policy(1), status: recorded('Running'), pods: [runningPod()], ...lost }),
    0,
  )
  assert.deepEqual(
    plan.operations.map((operation) => operation.kind === 'delete' && operation.gracePeriodSeconds),
    [0],
  )
  const stuck = runningPod({
    metadata: { deletionTimestamp: at(0), deletionGracePeriodSeconds: 30 },
  })
  const again = decide(observe({ spec: policy(1), status: plan.status, pods: [stuck], ...lost }), 0)
  assert.deepEqual(kinds(again), ['delete'])
})

test('a node that is back in time has lost nothing', () => {
  const troubledNodes = new Map([['viper-1', { notReadySince: instant(0) }]])
  const plan = decide(
    observe({ status: recorded('Running'), pods: [runningPod()], troubledNodes }),
    29,
  )
  assert.equal(plan.status.phase, 'Running')
  assert.equal(plan.requeueAt, instant(30))
})

test('a pod that a controller of ours wants replaced uses neither budget nor count', () => {
  const annotations = {
    'airforce.airforce.mil/replace': 'weapon default/radar has the image radar:2 now',
  }
  const observed = observe({
    spec: policy(0),
    status: recorded('Running'),
    pods: [runningPod({ annotations })],
  })
  const plan = decide(observed)
  assert.equal(plan.status.phase, 'Pending')
  assert.equal(plan.status.replacements, undefined)
  assert.equal(plan.status.retryCount, undefined)
  assert.deepEqual(kinds(plan), ['delete'])
  assert.deepEqual(kinds(decide({ ...observed, status: plan.status, pods: [] })), ['create'])
})

test('a timeout is a failed attempt like another', () => {
  const spec = { ...policy(1), timeout: '10s' }
  const plan = decide(observe({ spec, pods: [runningPod()] }), 11)
  assert.equal(plan.status.retryCount, 1)
  assert.equal(conditionOf(plan, 'Retrying')?.reason, 'TimedOut')
  assert.deepEqual(kinds(plan), ['delete'])
})
