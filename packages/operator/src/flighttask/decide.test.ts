import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
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
  waitingPod,
} from './fixtures.ts'
import type { TaskObservation } from './observation.ts'

test('a standalone task gets its pod by itself', () => {
  const plan = decide(observe())
  assert.deepEqual(kinds(plan), ['create'])
  assert.equal(createdPod(plan).metadata.name, 'alpha-recon-lead-pod')
  assert.equal(plan.status.phase, 'Pending')
})

test('nothing starts while it is held', async (t) => {
  const cases: readonly [string, Partial<TaskObservation> & { spec?: object }][] = [
    ['by a start gate', { spec: { startGates: [{ name: 'order' }] } }],
    ['by a gate of the user', { spec: { startGates: [{ name: 'commander-approval' }] } }],
    ['by suspension', { suspended: true }],
    ['by the stage that it names', { heldByStage: 'waits for MissionStage recon' }],
    ['by a pod of its sequential stage that still works', { stageBusy: true }],
    ['by its own deletion', { deleting: true }],
    [
      'by an earlier pod that still terminates',
      {
        status: retrying(),
        pods: [
          runningPod({ metadata: { deletionTimestamp: at(40), deletionGracePeriodSeconds: 30 } }),
        ],
      },
    ],
    [
      'by the delay of its retry',
      { status: { ...retrying(), nextRetryTime: at(60) }, pods: [endedPod(1)] },
    ],
  ]
  for (const [name, changes] of cases) {
    await t.test(name, () => assert.deepEqual(kinds(decide(observe(changes))), []))
  }
})

function retrying(): TaskObservation['status'] {
  const condition = {
    type: 'Retrying',
    status: 'True' as const,
    reason: 'PodFailed',
    message: '',
    lastTransitionTime: at(5),
  }
  return recorded('Pending', { retryCount: 1, conditions: [condition] })
}

test('a task whose delay is over gets the pod of its next attempt', () => {
  const status = { ...retrying(), nextRetryTime: at(9) }
  const pod = createdPod(decide(observe({ status, pods: [endedPod(1)] })))
  assert.equal(pod.metadata.name, 'alpha-recon-lead-pod-1')
  assert.equal(pod.metadata.annotations?.['airforce.airforce.mil/attempt'], '1')
})

test('a task that waits for its retry looks again when the delay is over', () => {
  const status = { ...retrying(), nextRetryTime: at(60) }
  assert.equal(decide(observe({ status })).requeueAt, instant(60))
})

test('the phase follows the pod', async (t) => {
  const image = { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } }
  const cases = [
    ['Pending until the pod is placed', waitingPod(), 'Pending'],
    ['Scheduled at a node', placedPod(), 'Scheduled'],
    ['Scheduled while its image cannot be pulled', placedPod({ state: image }), 'Scheduled'],
    [
      'Scheduled while the container is created',
      placedPod({ state: { waiting: { reason: 'ContainerCreating' } } }),
      'Scheduled',
    ],
    ['Running when the pod runs', runningPod(), 'Running'],
    ['Running when only the phase of the pod says so', placedPod({ phase: 'Running' }), 'Running'],
    [
      'Running between two restarts',
      placedPod({
        phase: 'Running',
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        status: {
          containerStatuses: [
            {
              name: 'task',
              state: { waiting: { reason: 'CrashLoopBackOff' } },
              lastState: { terminated: { exitCode: 1, startedAt: at(1) } },
            },
          ],
        },
      }),
      'Running',
    ],
    ['Succeeded with the main container', endedPod(0), 'Succeeded'],
    ['Failed with the main container', endedPod(1), 'Failed'],
  ] as const
  for (const [name, pod, phase] of cases) {
    await t.test(name, () => assert.equal(decide(observe({ pods: [pod] })).status.phase, phase))
  }
})

test('a phase never moves backwards while the pod stays the same (D24)', () => {
  const plan = decide(observe({ status: recorded('Running'), pods: [waitingPod()] }))
  assert.equal(plan.status.phase, 'Running')
})

test('Scheduled is not said before a scheduler has placed the pod (D25)', () => {
  const plan = decide(observe({ pods: [waitingPod()] }))
  assert.equal(plan.status.phase, 'Pending')
  assert.equal(plan.status.schedulingInfo?.assignedNode, undefined)
})

test('the end is recorded with place, times, pod and conditions in one status', () => {
  const pod = endedPod(0, {
    status: { conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at(0) }] },
  })
  const { status, recordFirst } = decide(observe({ pods: [pod] }))
  assert.equal(recordFirst, true)
  assert.deepEqual(status.schedulingInfo, {
    assignedNode: 'viper-1',
    assignedTime: at(0),
    schedulingAttempts: 1,
  })
  assert.equal(status.podRef?.uid, 'pod-0')
  assert.equal(status.startTime, at(1))
  assert.equal(status.completionTime, at(5))
  assert.deepEqual(
    status.conditions?.map(({ type, status: is }) => `${type}=${is}`),
    ['PodCreated=True', 'PodScheduled=True'],
  )
  assert.equal(status.observedGeneration, 1)
})

test('an ended task is never touched again (D1)', async (t) => {
  const phases = ['Succeeded', 'Failed', 'Cancelled']
  for (const phase of phases) {
    await t.test(`${phase}, its pod deleted`, () => {
      const status = recorded(phase)
      const plan = decide(observe({ status, podConfirmedGone: true }))
      assert.deepEqual(plan.operations, [])
      assert.equal(plan.status, status)
    })
    await t.test(`${phase}, its pod ended otherwise`, () => {
      const status = recorded(phase)
      const plan = decide(observe({ status, pods: [endedPod(phase === 'Failed' ? 0 : 1)] }))
      assert.deepEqual(plan.operations, [])
      assert.equal(plan.status, status)
    })
  }
})

test('a pod that comes to life after its task ended is stopped', () => {
  const plan = decide(observe({ status: recorded('Failed'), pods: [runningPod({ uid: 'late' })] }))
  assert.deepEqual(kinds(plan), ['delete'])
})

test('the main containers alone decide the end (D8)', async (t) => {
  const annotations = { 'airforce.airforce.mil/weapons': 'weapon-pod=default/pod' }
  const spec = { containers: [{ name: 'task' }, { name: 'weapon-pod' }] }
  const terminated = (exitCode: number) => ({
    terminated: { exitCode, startedAt: at(1), finishedAt: at(5) },
  })
  const both = (task: object, weapon: object, phase = 'Running') =>
    runningPod({
      phase,
      annotations,
      spec,
      status: {
        containerStatuses: [
          { name: 'task', state: task },
          { name: 'weapon-pod', state: weapon },
        ] as never,
      },
    })
  await t.test('a companion that never exits does not hold the task', () => {
    const plan = decide(observe({ pods: [both(terminated(0), { running: { startedAt: at(1) } })] }))
    assert.equal(plan.status.phase, 'Succeeded')
    assert.deepEqual(kinds(plan), ['delete'])
    assert.equal(plan.recordFirst, true)
  })
  await t.test('a weapon that fails does not fail a task that succeeded', () => {
    const plan = decide(observe({ pods: [both(terminated(0), terminated(7), 'Failed')] }))
    assert.equal(plan.status.phase, 'Succeeded')
  })
  await t.test('a weapon that ends does not end the task', () => {
    const plan = decide(observe({ pods: [both({ running: { startedAt: at(1) } }, terminated(0))] }))
    assert.equal(plan.status.phase, 'Running')
  })
  await t.test('a weapon that succeeds does not save a task that failed', () => {
    const plan = decide(observe({ pods: [both(terminated(3), terminated(0), 'Failed')] }))
    assert.equal(plan.status.phase, 'Failed')
    assert.match(plan.status.message ?? '', /container task exited with code 3/)
  })
})

test('a sidecar that the kubelet is ending keeps its pod to be read, but not for ever', () => {
  const pod = runningPod({
    state: { terminated: { exitCode: 0, startedAt: at(1), finishedAt: at(5) } },
  })
  const plan = decide(observe({ status: recorded('Succeeded'), pods: [pod] }), 10)
  assert.deepEqual(kinds(plan), [])
  assert.equal(plan.requeueAt, instant(65))
  assert.deepEqual(kinds(decide(observe({ status: recorded('Succeeded'), pods: [pod] }), 66)), [
    'delete',
  ])
})

test('cancel stops the pod first, with the grace period, and is recorded then', () => {
  const spec = { cancel: true }
  const first = decide(
    observe({ spec, status: recorded('Running'), pods: [runningPod()], graceSeconds: 45 }),
  )
  assert.deepEqual(
    first.operations.map(
      (operation) => operation.kind === 'delete' && operation.gracePeriodSeconds,
    ),
    [45],
  )
  assert.equal(first.status.phase, 'Running')
  const terminating = runningPod({
    metadata: { deletionTimestamp: at(55), deletionGracePeriodSeconds: 45 },
  })
  const then = decide(observe({ spec, status: recorded('Running'), pods: [terminating] }))
  assert.equal(then.status.phase, 'Cancelled')
  assert.equal(then.status.completionTime, at(10))
  assert.deepEqual(kinds(then), [])
})

test('cancel ends a task that never started, without a start time', () => {
  const plan = decide(observe({ spec: { cancel: true, startGates: [{ name: 'order' }] } }))
  assert.equal(plan.status.phase, 'Cancelled')
  assert.equal(plan.status.startTime, undefined)
  assert.equal(plan.status.completionTime, at(10))
})

test('work that was done before the cancel stays done', () => {
  const plan = decide(observe({ spec: { cancel: true }, pods: [endedPod(0)] }))
  assert.equal(plan.status.phase, 'Succeeded')
})

test('cleanup deletes the ended pods of a cancelled task, and of no other', () => {
  const kept = observe({ status: recorded('Cancelled'), pods: [endedPod(0)] })
  assert.deepEqual(kinds(decide(kept)), [])
  assert.deepEqual(kinds(decide({ ...kept, cleanup: true })), ['delete'])
  assert.deepEqual(
    kinds(decide(observe({ status: recorded('Failed'), pods: [endedPod(1)], cleanup: true }))),
    [],
  )
})

test('before a pod is declared lost the API server is asked', () => {
  const missing = observe({ status: recorded('Running') })
  const plan = decide(missing)
  assert.equal(plan.askForPod, true)
  assert.deepEqual(plan.operations, [])
  assert.equal(plan.status, missing.status)
})

test('a pod deleted while it ran is a failed attempt', () => {
  const observed = observe({
    spec: { retry: { maxRetries: 1, retryStrategy: 'immediate' } },
    status: recorded('Running'),
    podConfirmedGone: true,
  })
  const plan = decide(observed)
  assert.equal(plan.status.phase, 'Pending')
  assert.equal(plan.status.retryCount, 1)
  assert.equal(plan.recordFirst, true)
  assert.deepEqual(kinds(plan), [])
  assert.equal(conditionOf(plan, 'Retrying')?.reason, 'PodDeleted')
})

test('a pod deleted before it ran is replaced without using the budget', async (t) => {
  const cases = {
    'seen on its way out': {
      status: recorded('Scheduled'),
      ghost: placedPod({ metadata: { deletionTimestamp: at(35), deletionGracePeriodSeconds: 30 } }),
    },
    'not placed yet': { status: recorded('Pending'), ghost: waitingPod() },
    'unseen, and on record as never placed': { status: recorded('Pending') },
  }
  for (const [name, parts] of Object.entries(cases)) {
    await t.test(name, () => {
      const plan = decide(observe({ ...parts, podConfirmedGone: true }))
      assert.equal(plan.status.phase, 'Pending')
      assert.equal(plan.status.retryCount, undefined)
      assert.equal(plan.status.replacements, 1)
    })
  }
})

test('a placed pod that vanished while no operator ran is taken to have run', async (t) => {
  const spec = { retry: { maxRetries: 1, retryStrategy: 'immediate' } }
  const cases = {
    'no operator ran': { status: recorded('Scheduled') },
    'its watch was broken': { status: { phase: 'Pending' }, ghost: placedPod() },
  }
  for (const [name, parts] of Object.entries(cases)) {
    await t.test(name, () => {
      const plan = decide(observe({ spec, ...parts, podConfirmedGone: true } as never))
      assert.equal(plan.status.phase, 'Pending')
      assert.equal(plan.status.retryCount, 1)
      assert.equal(plan.status.replacements, undefined)
    })
  }
})

test('a pod that vanished after it was seen to end has ended', () => {
  const plan = decide(
    observe({ status: recorded('Running'), podConfirmedGone: true, ghost: endedPod(0) }),
  )
  assert.equal(plan.status.phase, 'Succeeded')
})

test('a pod that was seen to run before it vanished counts as a failure though the record is behind', () => {
  const plan = decide(
    observe({ status: { phase: 'Pending' }, podConfirmedGone: true, ghost: runningPod() }),
  )
  assert.equal(plan.status.phase, 'Failed')
  assert.match(plan.status.message ?? '', /deleted while it ran/)
})

test('a running pod that someone deletes has failed its attempt, and no other starts beside it', () => {
  const terminating = runningPod({
    metadata: { deletionTimestamp: at(35), deletionGracePeriodSeconds: 30 },
  })
  const observed = observe({
    spec: { retry: { maxRetries: 2, retryStrategy: 'immediate' } },
    status: recorded('Running'),
    pods: [terminating],
  })
  const plan = decide(observed)
  assert.equal(plan.status.retryCount, 1)
  assert.deepEqual(kinds(plan), [])
  assert.deepEqual(kinds(decide({ ...observed, status: plan.status })), [])
  assert.deepEqual(kinds(decide({ ...observed, status: plan.status, pods: [] })), ['create'])
})

test('at most one live pod: a second one of the same attempt goes', () => {
  const plan = decide(
    observe({
      status: recorded('Running'),
      pods: [runningPod(), runningPod({ name: 'twin', uid: 'twin' })],
    }),
  )
  assert.deepEqual(
    plan.operations.map((operation) => operation.kind === 'delete' && operation.ref.uid),
    ['twin'],
  )
})

test('a record behind its own pods takes their attempt over, since the name says it', () => {
  const plan = decide(
    observe({ status: recorded('Running'), pods: [endedPod(1), runningPod({ retry: 2 })] }),
  )
  assert.equal(plan.status.retryCount, 2)
  assert.equal(plan.status.podRef?.uid, 'pod-2')
})

test('a timeout counts from when the pod runs, not from when it waits (D32)', () => {
  const spec = { timeout: '30s' }
  assert.equal(decide(observe({ spec, pods: [waitingPod()] }), 3600).status.phase, 'Pending')
  const running = observe({ spec, pods: [runningPod()] })
  assert.equal(decide(running, 30).requeueAt, instant(31))
  const late = decide(running, 31)
  assert.equal(late.status.phase, 'Failed')
  assert.match(late.status.message ?? '', /longer than the timeout of 30 s/)
  assert.deepEqual(kinds(late), ['delete'])
})

test('an unschedulable pod leaves its reason in the task', () => {
  const says = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message: '0/4 aircraft: 4 too little fuel',
  }
  const plan = decide(
    observe({ pods: [waitingPod({ status: { conditions: [says] } })], failedScheduling: 2 }),
  )
  assert.equal(conditionOf(plan, 'PodScheduled')?.status, 'False')
  assert.equal(conditionOf(plan, 'PodScheduled')?.reason, 'Unschedulable')
  assert.equal(plan.status.message, '0/4 aircraft: 4 too little fuel')
  assert.equal(plan.status.schedulingInfo?.schedulingAttempts, 3)
})

test('the number of scheduling attempts never goes down while the pod stays the same', () => {
  const status = recorded('Pending', { schedulingInfo: { schedulingAttempts: 7 } })
  const observed = observe({ status, pods: [waitingPod()], failedScheduling: 0 })
  assert.equal(decide(observed).status.schedulingInfo?.schedulingAttempts, 7)
  const replaced = { ...status, conditions: retrying().conditions ?? [] }
  const next = { ...observed, status: replaced, pods: [waitingPod({ uid: 'other' })] }
  assert.equal(decide(next).status.schedulingInfo?.schedulingAttempts, 1)
})

test('an earlier pod that the cache has still is not taken for the recorded one, which it has not yet', () => {
  const status = recorded('Running')
  const observed = observe({ status, pods: [placedPod({ uid: 'earlier' })] })
  const plan = decide(observed)
  assert.equal(plan.askForPod, true)
  assert.deepEqual(plan.status, status)
  assert.deepEqual(plan.operations, [])
})

describe('another pod in the place of one that is on record and gone', () => {
  const spec = { retry: { maxRetries: 1, retryStrategy: 'immediate' } }
  const another = waitingPod({ uid: 'another' })

  test('goes with the attempt, where that has flown: it counts as failed first', () => {
    const gone = { status: recorded('Running'), pods: [another], podConfirmedGone: true }
    const plan = decide(observe({ spec, ...gone }))
    assert.equal(plan.status.retryCount, 1)
    assert.equal(plan.recordFirst, true)
    assert.deepEqual(kinds(plan), ['delete'])
  })

  test('is its replacement, where it never ran', () => {
    const gone = { status: recorded('Pending'), pods: [another], podConfirmedGone: true }
    const counted = decide(observe({ spec, ...gone }))
    assert.equal(counted.status.replacements, 1)
    assert.deepEqual(kinds(counted), [])
    const taken = decide(observe({ spec, status: counted.status, pods: [another] }))
    assert.equal(taken.status.podRef?.uid, 'another')
    assert.equal(taken.status.replacements, 1)
    assert.deepEqual(kinds(taken), [])
  })
})

test('what has settled is decided again without a difference', () => {
  for (const pods of [[waitingPod()], [placedPod()], [runningPod()]]) {
    const first = decide(observe({ pods }), 10)
    const again = decide(observe({ pods, status: first.status }), 500)
    assert.deepEqual(again.status, first.status)
  }
})
