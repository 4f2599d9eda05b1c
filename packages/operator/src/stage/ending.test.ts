import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MissionStageStatus, NamedStageTask, TaskPhase } from '@sortie/api'
import { findCondition, formatTime } from '@sortie/machinery'
import { decideStage } from './decide.ts'
import {
  created,
  decide,
  makeStage,
  makeTask,
  observed,
  patches,
  RUNNING,
  running,
  type Situation,
  START,
  START_TIME,
  type StageSpecPart,
  statusOf,
} from './fixtures.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

const goOn: StageSpecPart = {
  failurePolicy: {
    maxRetries: 0,
    retryStrategy: 'exponential',
    maxStageRetries: 1,
    stageFailureAction: 'continue',
  },
}
const stopping = (reason: string, message = 'task a failed'): Partial<MissionStageStatus> => ({
  ...RUNNING,
  conditions: [
    { type: 'Complete', status: 'False', reason, message, lastTransitionTime: START_TIME },
  ],
})

describe('a stage ends with its tasks', () => {
  const optional: NamedStageTask = { name: 'b', optional: true }
  const cases: readonly [string, Situation, string, string][] = [
    [
      'Succeeded when all its tasks succeeded',
      { phases: { a: 'Succeeded', b: 'Succeeded', c: 'Succeeded' } },
      'Succeeded',
      'True Succeeded',
    ],
    [
      'Succeeded when only optional ones failed',
      { tasks: ['a', optional, 'c'], phases: { a: 'Succeeded', b: 'Failed', c: 'Succeeded' } },
      'Succeeded',
      'True Succeeded',
    ],
    [
      'Failed when one failed for good and nothing is left to stop',
      { phases: { a: 'Succeeded', b: 'Failed', c: 'Succeeded' } },
      'Failed',
      'False Failed',
    ],
    [
      'Failed under continue once all have ended',
      { spec: goOn, phases: { a: 'Succeeded', b: 'Failed', c: 'Succeeded' } },
      'Failed',
      'False Failed',
    ],
    [
      'Failed when someone cancelled a task that it needs',
      { phases: { a: 'Succeeded', b: 'Cancelled', c: 'Succeeded' } },
      'Failed',
      'False Failed',
    ],
    ['Succeeded at once where it has no tasks', { tasks: [] }, 'Succeeded', 'True Succeeded'],
  ]
  for (const [title, situation, phase, complete] of cases) {
    test(title, () => {
      const status = statusOf(running({ ...situation, now: START + 5 * SECOND }))
      const condition = findCondition(status.conditions, 'Complete')
      assert.equal(status.phase, phase)
      assert.equal(`${condition?.status} ${condition?.reason}`, complete)
      assert.equal(status.startTime, START_TIME)
      assert.equal(status.completionTime, formatTime(START + 5 * SECOND))
    })
  }
  test('a terminal phase does not change, whatever becomes of the tasks (D1, D31)', () => {
    for (const phase of ['Succeeded', 'Failed', 'Cancelled'] as const) {
      const phases = { a: 'Failed', b: 'Succeeded', c: 'Cancelled' } as const
      assert.deepEqual(decide({ status: { ...RUNNING, phase }, phases }), {})
    }
  })
  test('a task that comes when the stage has ended is stopped, as long as it is as it was seen', () => {
    const plan = decide({ status: { ...RUNNING, phase: 'Cancelled' }, phases: { a: 'Pending' } })
    assert.equal(plan.status, undefined)
    assert.deepEqual(patches(plan), { 'm-recon-a': { cancel: true } })
    const [operation] = plan.operations ?? []
    assert.equal(operation?.kind === 'patch' && operation.ref.resourceVersion, '20')
  })
  test('an empty stage starts and then ends', () => {
    assert.equal(statusOf(decide({ tasks: [] })).phase, 'Running')
  })
  test('a stage that is being deleted is left to the garbage collector', () => {
    const stage = makeStage(['a'], {}, RUNNING)
    const metadata = { ...stage.metadata, deletionTimestamp: START_TIME }
    assert.deepEqual(decideStage(observed({ ...stage, metadata }), START), {})
  })
})

describe('when a task has failed for good the others are stopped (D4)', () => {
  const phases: Record<string, TaskPhase> = { a: 'Failed', b: 'Running', c: 'Succeeded' }
  const plan = running({ phases })

  test('those that run, and only those', () => {
    assert.deepEqual(patches(plan), { 'm-recon-b': { cancel: true } })
  })
  test('after the cause is on record', () => {
    const condition = findCondition(statusOf(plan).conditions, 'Complete')
    assert.equal(plan.statusFirst, true)
    assert.equal(condition?.reason, 'Failed')
    assert.match(condition?.message ?? '', /task a failed/)
  })
  test('the stage is Running until they have ended, so that its counts are final when it is not', () => {
    assert.equal(statusOf(plan).phase, 'Running')
    assert.equal(statusOf(plan).completionTime, undefined)
  })
  test('with one event', () => {
    assert.deepEqual(
      plan.events?.map(({ type, reason }) => [type, reason]),
      [['Warning', 'Failed']],
    )
    const again = decide({ status: stopping('Failed'), phases })
    assert.deepEqual(again.events, [])
  })
  test('the message carries what the task says', () => {
    const stage = makeStage(['a', 'b'], {}, RUNNING)
    const children = [
      makeTask(stage, 'a', { phase: 'Failed', message: 'exit code 1' }),
      makeTask(stage, 'b', { phase: 'Running' }),
    ]
    const status = statusOf(decideStage(observed(stage, children), START))
    assert.match(status.message ?? '', /^task a failed: exit code 1; 1 task is being stopped$/)
  })
  test('tasks that were never made are Cancelled, and not made', () => {
    const late = running({ spec: { stageType: 'sequential' }, phases: { a: 'Failed' } })
    assert.deepEqual(created(late), [])
    assert.equal(statusOf(late).counts?.cancelled, 2)
    assert.equal(statusOf(late).counts?.pending, 0)
    assert.deepEqual(
      statusOf(late).flightTasksStatus?.map(({ name, phase }) => `${name} ${phase}`),
      ['a Failed', 'b Cancelled', 'c Cancelled'],
    )
  })
  test('a task that is being stopped already is not told again', () => {
    const stage = makeStage(['a', 'b'], {}, RUNNING)
    const told = makeTask(stage, 'b', { phase: 'Running' })
    const children = [
      makeTask(stage, 'a', { phase: 'Failed' }),
      { ...told, spec: { ...told.spec, cancel: true } },
    ]
    assert.deepEqual(patches(decideStage(observed(stage, children), START)), {})
  })
  test('under continue nothing is stopped and the rest is made', () => {
    const going = running({ spec: goOn, phases: { a: 'Failed', b: 'Running' } })
    assert.deepEqual(patches(going), {})
    assert.deepEqual(created(going), ['c'])
    assert.equal(statusOf(going).phase, 'Running')
  })
  test('an optional failure stops nothing', () => {
    const tasks: NamedStageTask[] = [{ name: 'a', optional: true }, { name: 'b' }]
    assert.deepEqual(patches(running({ tasks, phases: { a: 'Failed', b: 'Running' } })), {})
  })
  test('the cause stays when the task that failed is deleted', () => {
    const later = decide({ status: stopping('Failed'), phases: { b: 'Succeeded', c: 'Succeeded' } })
    assert.deepEqual(created(later), [])
    assert.equal(statusOf(later).phase, 'Failed')
    assert.equal(statusOf(later).message, 'task a failed')
  })
  test('a cancel that comes later does not hide the failure', () => {
    const later = decide({
      spec: { cancel: true },
      status: stopping('Failed'),
      phases: { a: 'Failed', b: 'Cancelled', c: 'Succeeded' },
    })
    assert.equal(statusOf(later).phase, 'Failed')
  })
})

describe("a stage's timeout runs from its start and stands still while it is suspended (D32)", () => {
  const spec: StageSpecPart = { config: { timeout: '5m' } }
  const phases: Record<string, TaskPhase> = { a: 'Running', b: 'Running', c: 'Running' }
  /** Times are kept in whole seconds: a second is added so that it is never early. */
  const due = START + 5 * MINUTE + SECOND

  test('before it has passed the stage is looked at again when it will have', () => {
    const plan = running({ spec, phases, now: due - 1 })
    assert.equal(plan.requeueAt, due)
    assert.deepEqual(patches(plan), {})
  })
  test('when it has passed all tasks are stopped', () => {
    const plan = running({ spec, phases, now: due })
    assert.deepEqual(Object.keys(patches(plan)), ['m-recon-a', 'm-recon-b', 'm-recon-c'])
    const condition = findCondition(statusOf(plan).conditions, 'Complete')
    assert.equal(condition?.reason, 'TimedOut')
    assert.match(condition?.message ?? '', /timed out after 5m/)
  })
  test('the stage then ends Failed, and says so although tasks were only cancelled (D31)', () => {
    const cancelled: Record<string, TaskPhase> = { a: 'Cancelled', b: 'Cancelled', c: 'Cancelled' }
    const plan = decide({
      spec,
      status: stopping('TimedOut', 'timed out after 5m'),
      phases: cancelled,
      now: due + SECOND,
    })
    assert.equal(statusOf(plan).phase, 'Failed')
    assert.match(statusOf(plan).message ?? '', /timed out/)
  })
  test('tasks that all succeeded before anyone looked are a success', () => {
    const done: Record<string, TaskPhase> = { a: 'Succeeded', b: 'Succeeded', c: 'Succeeded' }
    assert.equal(statusOf(running({ spec, phases: done, now: due })).phase, 'Succeeded')
  })
  test('waiting before the start does not count', () => {
    const held: StageSpecPart = { ...spec, startGates: [{ name: 'dependencies' }] }
    assert.deepEqual(decide({ spec: held, now: due + MINUTE }), {})
  })
  test('a suspension is noted when it begins', () => {
    const plan = running({ spec: { ...spec, suspend: true }, phases, now: START + MINUTE })
    assert.equal(statusOf(plan).suspendedSince, formatTime(START + MINUTE))
    assert.equal(plan.requeueAt, undefined, 'there is no deadline while the clock stands still')
  })
  test('while it lasts nothing times out', () => {
    const status = { ...RUNNING, suspendedSince: formatTime(START + MINUTE) }
    const plan = decide({
      spec: { ...spec, suspend: true },
      status,
      phases,
      now: due + 60 * MINUTE,
    })
    assert.deepEqual(patches(plan), {})
    assert.equal(statusOf(plan).phase, 'Running')
  })
  test('afterwards the time that it stood still is added', () => {
    const status = { ...RUNNING, suspendedSince: formatTime(START + MINUTE), suspendedSeconds: 30 }
    const plan = decide({ spec, status, phases, now: START + 4 * MINUTE })
    assert.equal(statusOf(plan).suspendedSeconds, 30 + 180)
    assert.equal(statusOf(plan).suspendedSince, undefined)
    assert.equal(plan.requeueAt, due + 210 * SECOND)
  })
  test('a timeout of weeks is no problem', () => {
    const long = running({ spec: { config: { timeout: '720h' } }, phases })
    assert.equal(long.requeueAt, START + 720 * 60 * MINUTE + SECOND)
  })
})

describe('suspend: no new task starts, running ones go on', () => {
  const suspended: StageSpecPart = { suspend: true }
  test('nothing is made', () => {
    assert.deepEqual(created(running({ spec: suspended, phases: { a: 'Running' } })), [])
  })
  test('tasks without a pod are told to wait', () => {
    const stage = makeStage(['a', 'b'], suspended, RUNNING)
    const children = [
      makeTask(stage, 'a', { phase: 'Pending' }),
      makeTask(stage, 'b', { phase: 'Running', podRef: { name: 'p', uid: 'u' } }),
    ]
    assert.deepEqual(patches(decideStage(observed(stage, children), START)), {
      'm-recon-a': { suspend: true },
    })
  })
  test('on resume they are told to go on, and the rest is made', () => {
    const stage = makeStage(['a', 'b'], {}, RUNNING)
    const waiting = makeTask(stage, 'a')
    const children = [{ ...waiting, spec: { ...waiting.spec, suspend: true } }]
    const plan = decideStage(observed(stage, children), START)
    assert.deepEqual(patches(plan), { 'm-recon-a': { suspend: null } })
    assert.deepEqual(created(plan), ['b'])
  })
  test('the condition Suspended says so, and says False afterwards', () => {
    const status = statusOf(running({ spec: suspended, phases: { a: 'Running' } }))
    assert.equal(findCondition(status.conditions, 'Suspended')?.status, 'True')
    const { conditions = [] } = status
    const after = decide({ status: { ...RUNNING, conditions }, phases: { a: 'Running' } })
    assert.equal(findCondition(statusOf(after).conditions, 'Suspended')?.status, 'False')
  })
  test('a stage that was never suspended says nothing of it', () => {
    const { conditions } = statusOf(running({ phases: { a: 'Running' } }))
    assert.equal(findCondition(conditions, 'Suspended'), undefined)
  })
  test('running tasks may end meanwhile, and so may the stage', () => {
    const phases: Record<string, TaskPhase> = { a: 'Succeeded', b: 'Succeeded', c: 'Succeeded' }
    assert.equal(statusOf(running({ spec: suspended, phases })).phase, 'Succeeded')
  })
})

describe('cancel: everything that has not ended becomes Cancelled (D7)', () => {
  const spec: StageSpecPart = { cancel: true }
  test('a stage that never started ends at once, without a start', () => {
    const status = statusOf(decide({ spec: { ...spec, startGates: [{ name: 'dependencies' }] } }))
    assert.equal(status.phase, 'Cancelled')
    assert.equal(status.startTime, undefined)
    assert.equal(status.completionTime, START_TIME)
    assert.deepEqual(status.counts, {
      total: 3,
      pending: 0,
      scheduled: 0,
      running: 0,
      succeeded: 0,
      failed: 0,
      cancelled: 3,
    })
  })
  test('tasks are told, nothing new is made', () => {
    const plan = running({ spec, phases: { a: 'Running', b: 'Pending' } })
    assert.deepEqual(created(plan), [])
    assert.deepEqual(patches(plan), {
      'm-recon-a': { cancel: true },
      'm-recon-b': { cancel: true },
    })
    assert.equal(statusOf(plan).phase, 'Running')
  })
  test('the stage is Cancelled when they have ended', () => {
    const plan = decide({
      spec,
      status: stopping('Cancelled', 'stopped before its end'),
      phases: { a: 'Cancelled', b: 'Succeeded' },
    })
    assert.equal(statusOf(plan).phase, 'Cancelled')
    assert.equal(statusOf(plan).counts?.cancelled, 2)
    assert.equal(statusOf(plan).counts?.succeeded, 1)
  })
  test('a stage whose tasks had all succeeded has succeeded', () => {
    const phases: Record<string, TaskPhase> = { a: 'Succeeded', b: 'Succeeded', c: 'Succeeded' }
    assert.equal(statusOf(running({ spec, phases })).phase, 'Succeeded')
  })
  test('a task that is being deleted is waited for', () => {
    const stage = makeStage(['a'], spec, RUNNING)
    const task = makeTask(stage, 'a', { phase: 'Running' })
    const metadata = { ...task.metadata, deletionTimestamp: START_TIME }
    const plan = decideStage(observed(stage, [{ ...task, metadata }]), START)
    assert.deepEqual(patches(plan), {})
    assert.equal(statusOf(plan).phase, 'Running')
  })
})

describe('a stage that cannot be carried out says why and is Failed', () => {
  const mixed: StageSpecPart = { stageType: 'mixed' }
  const cases: readonly [string, Situation, RegExp][] = [
    [
      'tasks that wait for each other (D16)',
      {
        spec: mixed,
        tasks: [
          { name: 'a', dependsOn: ['b'] },
          { name: 'b', dependsOn: ['a'] },
        ],
      },
      /a → b → a/,
    ],
    [
      'a dependency on nothing',
      { spec: mixed, tasks: [{ name: 'a', dependsOn: ['ghost'] }] },
      /no task is named ghost/,
    ],
    ['two tasks of one name (D17)', { tasks: ['a', 'a'] }, /two tasks are named a/],
    [
      'more tasks than are allowed',
      { tasks: [{ name: 'a', count: 10_000 }, 'b'] },
      /10001 tasks.*10000/,
    ],
  ]
  for (const [title, situation, message] of cases) {
    test(title, () => {
      const plan = decide(situation)
      assert.deepEqual(created(plan), [])
      assert.equal(statusOf(plan).phase, 'Failed')
      assert.match(statusOf(plan).message ?? '', message)
      assert.equal(findCondition(statusOf(plan).conditions, 'Accepted')?.status, 'False')
    })
  }
  test('one that someone made so while it ran ends when its tasks have: its counts are final', () => {
    const old = makeStage(['a', 'b'], {}, RUNNING)
    const edited = makeStage(['a', 'b', 'b'], {}, RUNNING)
    const look = (status: MissionStageStatus | undefined, b: TaskPhase) => {
      const stage = status === undefined ? edited : { ...edited, status }
      const tasks = [makeTask(old, 'a', { phase: 'Succeeded' }), makeTask(old, 'b', { phase: b })]
      return decideStage(observed(stage, tasks), START)
    }
    const first = look(undefined, 'Running')
    assert.equal(statusOf(first).phase, 'Running')
    assert.equal(findCondition(statusOf(first).conditions, 'Accepted')?.status, 'False')
    assert.equal(findCondition(statusOf(first).conditions, 'Complete')?.reason, 'Invalid')
    assert.deepEqual(patches(first), { 'm-recon-b': { cancel: true } })
    assert.equal(first.events?.length, 1)
    const last = look(statusOf(first), 'Cancelled')
    assert.equal(statusOf(last).phase, 'Failed')
    assert.equal(statusOf(last).counts?.running, 0)
    assert.equal(statusOf(last).message, 'spec.flightTasks: two tasks are named b')
  })
})
