import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FlightTaskStatus } from '@sortie/api'
import {
  at,
  decide,
  endedPod,
  instant,
  kinds,
  makeWeapon,
  type ObservationOptions,
  observe,
  placedPod,
  recorded,
  runningPod,
  startObservation,
  waitingPod,
} from './fixtures.ts'
import type { TaskPlan } from './plan.ts'
import { eventsOf } from './status.ts'

const POD = 'default/alpha-recon-lead-pod/pod-0'
const CREATED = 'PodCreated=True PodCreated: pod alpha-recon-lead-pod'
const PLACED = 'PodScheduled=True Scheduled: on viper-1'

/** A status as people read it: conditions and events as a line each. */
function toldBy(before: FlightTaskStatus, { status }: TaskPlan): Readonly<Record<string, unknown>> {
  const { conditions = [], podRef, ...fields } = status
  const said = conditions.map((one) => `${one.type}=${one.status} ${one.reason}: ${one.message}`)
  const events = eventsOf(before, status).map((one) => `${one.type} ${one.reason}: ${one.message}`)
  return {
    ...fields,
    ...(podRef === undefined ? {} : { pod: `${podRef.namespace}/${podRef.name}/${podRef.uid}` }),
    ...(said.length === 0 ? {} : { said }),
    ...(events.length === 0 ? {} : { events }),
  }
}

const running: FlightTaskStatus = {
  ...recorded('Running', { startTime: at(1), observedGeneration: 1 }),
  schedulingInfo: { assignedNode: 'viper-1', assignedTime: at(1), schedulingAttempts: 1 },
  conditions: [
    ['PodCreated', 'PodCreated', 'pod alpha-recon-lead-pod'],
    ['PodScheduled', 'Scheduled', 'on viper-1'],
  ].map(([type = '', reason = '', message = '']) => ({
    type,
    status: 'True' as const,
    reason,
    message,
    lastTransitionTime: at(1),
  })),
}
const twice = { retry: { maxRetries: 1, retryStrategy: 'immediate' } }
const scheduling = { assignedNode: 'viper-1', assignedTime: at(1), schedulingAttempts: 1 }
const generation = { observedGeneration: 7, generation: 7 }
const { observedGeneration } = generation
const secondPod = {
  apiVersion: 'v1',
  kind: 'Pod',
  namespace: 'default',
  name: 'alpha-recon-lead-pod-1',
  uid: 'pod-1',
}

describe('what becomes of a pod is told in the phase, the message, the conditions and an event, all alike', () => {
  const cases: readonly [string, ObservationOptions, Readonly<Record<string, unknown>>][] = [
    [
      'it failed and may be tried again: the pod that failed is still referred to, and no condition speaks of it',
      { spec: twice, status: running, pods: [endedPod(1)] },
      {
        phase: 'Pending',
        retryCount: 1,
        lastRetryTime: at(10),
        startTime: at(1),
        excludedNodes: ['viper-1'],
        message:
          'attempt 1 on viper-1 failed: container task exited with code 1; attempt 2 of 2 starts at once',
        observedGeneration,
        pod: POD,
        said: [
          'Retrying=True PodFailed: attempt 1 on viper-1 failed: container task exited with code 1; attempt 2 of 2 starts at once',
        ],
        events: [
          'Warning Retrying: attempt 1 on viper-1 failed: container task exited with code 1; attempt 2 of 2 starts at once',
        ],
      },
    ],
    [
      'it failed before anything was on record, for the only time',
      { status: { phase: 'Pending' }, pods: [endedPod(1)] },
      {
        phase: 'Failed',
        startTime: at(1),
        completionTime: at(5),
        schedulingInfo: { assignedNode: 'viper-1' },
        message: 'container task exited with code 1',
        observedGeneration,
        pod: POD,
        said: ['Retrying=False PodFailed: container task exited with code 1'],
        events: ['Warning Failed: container task exited with code 1'],
      },
    ],
    [
      'the last attempt failed',
      {
        spec: twice,
        status: { ...running, retryCount: 1, podRef: secondPod },
        pods: [endedPod(1, { retry: 1 })],
      },
      {
        phase: 'Failed',
        retryCount: 1,
        startTime: at(1),
        completionTime: at(5),
        schedulingInfo: scheduling,
        message: 'attempt 2, the last one, failed: container task exited with code 1',
        observedGeneration,
        pod: 'default/alpha-recon-lead-pod-1/pod-1',
        said: [
          CREATED,
          PLACED,
          'Retrying=False RetriesExhausted: attempt 2, the last one, failed: container task exited with code 1',
        ],
        events: [
          'Warning RetriesExhausted: attempt 2, the last one, failed: container task exited with code 1',
        ],
      },
    ],
    [
      'it ran longer than it may',
      { spec: { timeout: '5s' }, status: running, pods: [runningPod()] },
      {
        phase: 'Failed',
        startTime: at(1),
        completionTime: at(10),
        schedulingInfo: scheduling,
        message: 'pod alpha-recon-lead-pod ran longer than the timeout of 5 s',
        observedGeneration,
        pod: POD,
        said: [
          CREATED,
          PLACED,
          'Retrying=False TimedOut: pod alpha-recon-lead-pod ran longer than the timeout of 5 s',
        ],
        events: ['Warning TimedOut: pod alpha-recon-lead-pod ran longer than the timeout of 5 s'],
      },
    ],
    [
      'it was evicted before it ran',
      {
        status: { ...recorded('Scheduled'), replacements: 2 },
        pods: [placedPod({ phase: 'Failed', status: { reason: 'Evicted', message: 'no memory' } })],
      },
      {
        phase: 'Pending',
        replacements: 3,
        message: 'the pod is replaced, having never run: the pod was ended: Evicted: no memory',
        observedGeneration,
        pod: POD,
        said: [
          'Retrying=True Replaced: the pod is replaced, having never run: the pod was ended: Evicted: no memory',
        ],
        events: [
          'Warning Replaced: the pod is replaced, having never run: the pod was ended: Evicted: no memory',
        ],
      },
    ],
    [
      'a controller of ours wants another: nothing is counted, and nobody is warned',
      {
        status: running,
        pods: [runningPod({ annotations: { 'airforce.airforce.mil/replace': 'x'.repeat(300) } })],
      },
      {
        phase: 'Pending',
        startTime: at(1),
        message: `the pod is replaced: ${'x'.repeat(256)}`,
        observedGeneration,
        pod: POD,
        said: [`Retrying=True Replaced: the pod is replaced: ${'x'.repeat(256)}`],
      },
    ],
    [
      'the task is cancelled while its retry waits',
      {
        spec: { cancel: true },
        status: {
          ...running,
          phase: 'Pending',
          nextRetryTime: at(60),
          conditions: [
            {
              type: 'Retrying',
              status: 'True',
              reason: 'PodFailed',
              message: 'attempt 1 failed',
              lastTransitionTime: at(5),
            },
          ],
        },
        pods: [],
      },
      {
        phase: 'Cancelled',
        startTime: at(1),
        completionTime: at(10),
        schedulingInfo: scheduling,
        message: 'cancelled',
        observedGeneration,
        pod: POD,
        said: ['Retrying=False Cancelled: cancelled'],
      },
    ],
    [
      'it succeeded: what was said on the way is said no more',
      { status: { ...running, message: 'waits for an aircraft' }, pods: [endedPod(0)] },
      {
        phase: 'Succeeded',
        startTime: at(1),
        completionTime: at(5),
        schedulingInfo: scheduling,
        observedGeneration,
        pod: POD,
        said: [CREATED, PLACED],
      },
    ],
    [
      'no aircraft takes it, says a scheduler that gives neither reason nor message',
      {
        status: { phase: 'Pending' },
        pods: [waitingPod({ status: { conditions: [{ type: 'PodScheduled', status: 'Odd' }] } })],
      },
      {
        phase: 'Pending',
        schedulingInfo: { schedulingAttempts: 1 },
        message: 'waits for an aircraft',
        observedGeneration,
        pod: POD,
        said: [CREATED, 'PodScheduled=Unknown Unknown: '],
      },
    ],
  ]
  for (const [title, options, told] of cases) {
    test(title, () => {
      const observed = observe({ ...options, generation: generation.generation })
      assert.deepEqual(toldBy(observed.status, decide(observed)), told)
    })
  }
})

describe('a pod that is gone is told by its name, and by whether it ran', () => {
  const deleting = { metadata: { deletionTimestamp: at(9), deletionGracePeriodSeconds: 0 } }
  const evicted = placedPod({ phase: 'Failed', status: { reason: 'Evicted' } })
  const never =
    'its pod was replaced 10 times without ever running; last: the pod was ended: Evicted'
  const gone = 'pod alpha-recon-lead-pod was deleted'
  const cases: readonly [string, ObservationOptions, string, string][] = [
    [
      'deleted while it runs',
      { status: running, pods: [runningPod(deleting)] },
      `${gone} while it ran`,
      'Retrying=False PodDeleted',
    ],
    [
      'gone while it ran',
      { status: running, podConfirmedGone: true },
      `${gone} while it ran`,
      'Retrying=False PodDeleted',
    ],
    [
      'gone before it ran',
      { status: recorded('Pending'), podConfirmedGone: true },
      `the pod is replaced, having never run: ${gone} before it ran`,
      'Retrying=True Replaced',
    ],
    [
      'replaced as often as may be',
      { status: recorded('Scheduled', { replacements: 10 }), pods: [evicted] },
      never,
      'Retrying=False PodFailed',
    ],
  ]
  for (const [title, options, message, said] of cases) {
    test(title, () => {
      const { status } = decide(observe(options))
      assert.equal(status.message, message)
      const condition = status.conditions?.find(({ type }) => type === 'Retrying')
      assert.equal(condition && `Retrying=${condition.status} ${condition.reason}`, said)
      assert.equal(condition?.message, message)
    })
  }
})

describe('what must not be forgotten is on record before anything is done (record before acting)', () => {
  const deleting = { deletionTimestamp: at(5), deletionGracePeriodSeconds: 30 }
  const cases: readonly [string, ObservationOptions][] = [
    ['a retry', { spec: twice, status: running, pods: [endedPod(1)] }],
    ['the last failure', { status: running, pods: [endedPod(1)] }],
    ['a replacement', { status: recorded('Scheduled'), pods: [placedPod({ metadata: deleting })] }],
    ['a success', { status: running, pods: [endedPod(0)] }],
    ['a cancel, when the pods are gone', { spec: { cancel: true }, status: running }],
    ['a refused pod', { creation: { invalid: true, reason: 'PodInvalid', message: 'no' } }],
  ]
  for (const [title, options] of cases) {
    test(title, () => assert.equal(decide(observe(options)).recordFirst, true))
  }
})

describe('an end that somebody’s delete brought about is none of the task’s own', () => {
  const ended = (deletedAt: number, finishedAt: number | undefined, exitCode = 0) => {
    const finished = finishedAt === undefined ? {} : { finishedAt: at(finishedAt) }
    return decide(
      observe({
        status: running,
        pods: [
          placedPod({
            phase: exitCode === 0 ? 'Succeeded' : 'Failed',
            state: { terminated: { exitCode, startedAt: at(1), ...finished } },
            metadata: { deletionTimestamp: at(deletedAt), deletionGracePeriodSeconds: 0 },
          }),
        ],
      }),
    ).status.phase
  }
  test('it succeeded before the delete: Succeeded', () => assert.equal(ended(6, 5), 'Succeeded'))
  test('in the same second: Succeeded', () => assert.equal(ended(5, 5), 'Succeeded'))
  test('it ended after the delete: the attempt has failed', () => {
    assert.equal(ended(4, 5), 'Failed')
  })
  test('nobody knows when it ended: the attempt has failed', () => {
    assert.equal(ended(4, undefined), 'Failed')
  })
})

describe('a clean-up takes the ended pods of a cancelled task', () => {
  const ended = { status: recorded('Cancelled'), cleanup: true }
  const deleting = { deletionTimestamp: at(5), deletionGracePeriodSeconds: 30 }
  test('once, not those that are on their way out', () => {
    assert.deepEqual(kinds(decide(observe({ ...ended, pods: [endedPod(0)] }))), ['delete'])
    const leaving = endedPod(0, { metadata: deleting })
    assert.deepEqual(kinds(decide(observe({ ...ended, pods: [leaving] }))), [])
  })
  test('those of one that succeeded before its cancel too', () => {
    const pods = [endedPod(0)]
    const spec = { cancel: true }
    const done = observe({ spec, cleanup: true, status: recorded('Succeeded'), pods })
    assert.deepEqual(kinds(decide(done)), ['delete'])
  })
})

describe('a deprecated weapon is accepted with a warning, whichever way people said it', () => {
  const told = (annotation: string | undefined, phase: string): readonly string[] => {
    const annotations =
      annotation === undefined ? {} : { 'airforce.airforce.mil/deprecated': annotation }
    const weapon = { ...makeWeapon('radar', { annotations }), status: { phase } }
    const spec = { weaponLoadout: [{ weaponRef: { name: 'radar' } }] }
    const { order } = observe({ spec })
    const start = startObservation([weapon], { loadout: { items: order.loadout } })
    const plan = decide(observe({ spec, start }))
    assert.deepEqual(kinds(plan), ['create'])
    return (plan.events ?? []).map((one) => `${one.type} ${one.reason}: ${one.message}`)
  }
  const warning = [
    'Warning WeaponDeprecated: Weapon default/radar is deprecated; it is carried all the same',
  ]
  const cases: readonly [string, string | undefined, string, readonly string[]][] = [
    ['not at all', undefined, 'Available', []],
    ['by the annotation', 'true', 'Available', warning],
    ['by the phase', undefined, 'Deprecated', warning],
    ['and took back by the annotation', 'false', 'Deprecated', []],
  ]
  for (const [title, annotation, phase, events] of cases) {
    test(title, () => assert.deepEqual(told(annotation, phase), events))
  }
})

test('a phase is that of the new pod where the record speaks of an earlier one', () => {
  const plan = decide(observe({ status: running, pods: [waitingPod({ retry: 1 })] }))
  assert.equal(plan.status.phase, 'Pending')
})

test('a lost aircraft is named, and given up when its thirty seconds are over, not before', () => {
  const troubledNodes = new Map([['viper-1', { notReadySince: instant(-20) }]])
  const look = (seconds: number) =>
    decide(observe({ status: running, pods: [runningPod()], troubledNodes }), seconds)
  assert.equal(look(9).status.phase, 'Running')
  assert.equal(look(9).requeueAt, instant(10))
  assert.equal(
    look(10).status.message,
    'pod alpha-recon-lead-pod lost its aircraft viper-1 while it ran',
  )
})

test('a task ends no earlier than it started, whatever the clocks say', () => {
  const { startTime, completionTime } = decide(
    observe({ status: { ...running, startTime: at(60) }, pods: [endedPod(0)] }),
  ).status
  assert.deepEqual([startTime, completionTime], [at(60), at(60)])
})

test('an image that cannot be pulled is no trouble any more once the pod has ended', () => {
  const blocked = {
    type: 'ImagePullFailed',
    status: 'True' as const,
    reason: 'ErrImagePull',
    message: 'no such image',
    lastTransitionTime: at(1),
  }
  for (const [exitCode, said] of [
    [0, 'False ImagePulled'],
    [1, 'False Failed'],
  ] as const) {
    const status = { ...running, conditions: [blocked] }
    const { conditions } = decide(observe({ status, pods: [endedPod(exitCode)] })).status
    const found = conditions?.find(({ type }) => type === 'ImagePullFailed')
    assert.equal(`${found?.status} ${found?.reason}`, said)
  }
})
