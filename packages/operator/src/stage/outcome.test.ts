import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FlightTask, MissionStageStatus, NamedStageTask, TaskPhase } from '@sortie/api'
import { findCondition, formatTime, type Stored } from '@sortie/machinery'
import type { Plan } from '@sortie/runtime'
import { decideStage } from './decide.ts'
import {
  decide,
  makeStage,
  makeTask,
  observed,
  patches,
  RUNNING,
  running,
  START,
  START_TIME,
  type StageSpecPart,
  statusOf,
} from './fixtures.ts'

type StagePlan = Plan<MissionStageStatus>

const SECOND = 1000
const goOn: StageSpecPart = {
  failurePolicy: {
    maxRetries: 0,
    retryStrategy: 'exponential',
    maxStageRetries: 1,
    stageFailureAction: 'continue',
  },
}

/** Phase, progress, message, `Complete` and events: what a user sees of a stage. */
function toldBy(plan: StagePlan): readonly (string | undefined)[] {
  const { phase, tasksProgress, message, conditions } = statusOf(plan)
  const complete = findCondition(conditions, 'Complete')
  const said = complete && `${complete.status} ${complete.reason}: ${complete.message}`
  const events = (plan.events ?? []).map((one) => `${one.type} ${one.reason}: ${one.message}`)
  return [phase, tasksProgress, message, said, ...events]
}

describe('how a stage stands is told in its message, its condition and an event, all alike', () => {
  const optional: NamedStageTask = { name: 'b', optional: true }
  const failing = { a: 'Failed', b: 'Failed', c: 'Failed', d: 'Cancelled', e: 'Failed' } as const
  const many = 'task a failed; task b failed; task c failed; 2 more'
  const cases: readonly [string, () => StagePlan, readonly (string | undefined)[]][] = [
    [
      'succeeded with its one task',
      () => running({ tasks: ['a'], phases: { a: 'Succeeded' } }),
      [
        'Succeeded',
        '1/1',
        '1 task succeeded',
        'True Succeeded: 1 task succeeded',
        'Normal Succeeded: 1 task succeeded',
      ],
    ],
    [
      'succeeded though an optional task failed',
      () => running({ tasks: ['a', optional], phases: { a: 'Succeeded', b: 'Failed' } }),
      [
        'Succeeded',
        '2/2',
        '1 of 2 tasks succeeded; the others are optional',
        'True Succeeded: 1 of 2 tasks succeeded; the others are optional',
        'Normal Succeeded: 1 of 2 tasks succeeded; the others are optional',
      ],
    ],
    [
      'running: what has ended, what runs',
      () => running({ phases: { a: 'Succeeded', b: 'Running', c: 'Scheduled' } }),
      ['Running', '1/3', '1 of 3 tasks ended; 1 running', undefined],
    ],
    [
      'running on under continue: what failed, too',
      () => running({ spec: goOn, phases: { a: 'Failed', b: 'Cancelled', c: 'Scheduled' } }),
      ['Running', '2/3', '2 of 3 tasks ended; task a failed; task b was cancelled', undefined],
    ],
    [
      'suspended',
      () => running({ spec: { suspend: true }, phases: { a: 'Running' } }),
      ['Running', '0/3', '0 of 3 tasks ended; 1 running; suspended: no new task starts', undefined],
    ],
    [
      'failing: how many are still being stopped, and what will not be made any more',
      () => running({ phases: { a: 'Failed', b: 'Running' } }),
      [
        'Running',
        '2/3',
        'task a failed; 1 task is being stopped',
        'False Failed: task a failed',
        'Warning Failed: task a failed',
      ],
    ],
    [
      'failed: the first three that failed are named, the others counted',
      () => running({ tasks: ['a', 'b', 'c', 'd', 'e'], phases: failing }),
      ['Failed', '5/5', many, `False Failed: ${many}`, `Warning Failed: ${many}`],
    ],
    [
      'refused: nothing of it will be made',
      () => decide({ tasks: ['a', 'a'] }),
      [
        'Failed',
        '2/2',
        'spec.flightTasks: two tasks are named a',
        'False Invalid: spec.flightTasks: two tasks are named a',
        'Warning Invalid: spec.flightTasks: two tasks are named a',
      ],
    ],
    [
      'cancelled before its start',
      () => decide({ spec: { cancel: true } }),
      ['Cancelled', '3/3', 'stopped before its start', 'False Cancelled: stopped before its start'],
    ],
    [
      'cancelled before its start, where a task has come meanwhile: it is waited for',
      () => decide({ spec: { cancel: true }, phases: { a: 'Pending' } }),
      [
        'Pending',
        '2/3',
        'stopped before its start; 1 task is being stopped',
        'False Cancelled: stopped before its start',
      ],
    ],
    [
      'cancelled before its end',
      () => running({ spec: { cancel: true }, phases: { a: 'Succeeded', b: 'Cancelled' } }),
      [
        'Cancelled',
        '3/3',
        'stopped before its end',
        'False Cancelled: stopped before its end',
        'Normal Cancelled: the stage was cancelled; its tasks are stopped',
      ],
    ],
  ]
  for (const [title, plan, told] of cases) {
    test(title, () => assert.deepEqual(toldBy(plan()), told))
  }
  test('a refused stage says so in Accepted as well', () => {
    const accepted = findCondition(statusOf(decide({ tasks: ['a', 'a'] })).conditions, 'Accepted')
    assert.equal(
      `${accepted?.status} ${accepted?.reason}: ${accepted?.message}`,
      'False Invalid: spec.flightTasks: two tasks are named a',
    )
  })
  for (const [length, shown] of [
    [256, 'x'.repeat(256)],
    [257, `${'x'.repeat(255)}…`],
  ] as const) {
    test(`a cause of ${length} characters is shown in 256`, () => {
      const stage = makeStage(['a'], {}, RUNNING)
      const task = makeTask(stage, 'a', { phase: 'Failed', message: 'x'.repeat(length) })
      const { message } = statusOf(decideStage(observed(stage, [task]), START))
      assert.equal(message, `task a failed: ${shown}`)
    })
  }
})

describe('tasks that the spec does not ask for any more', () => {
  /** A stage of task a, with task x of an earlier spec in this phase beside it. */
  const beside = (spec: StageSpecPart, status: Partial<MissionStageStatus>, phase: TaskPhase) => {
    const old = makeStage(['a', 'x'])
    const tasks = [makeTask(old, 'a', { phase: 'Succeeded' }), makeTask(old, 'x', { phase })]
    return decideStage(observed(makeStage(['a'], spec, { ...RUNNING, ...status }), tasks), START)
  }
  test('are stopped with the others when the stage is', () => {
    const plan = beside({ cancel: true }, {}, 'Running')
    assert.deepEqual(patches(plan), { 'm-recon-x': { cancel: true } })
    assert.equal(statusOf(plan).phase, 'Running')
  })
  test('are stopped where they come when the stage has ended', () => {
    const plan = beside({}, { phase: 'Failed' }, 'Scheduled')
    assert.deepEqual(patches(plan), { 'm-recon-x': { cancel: true } })
  })
  test('are waited for, and counted', () => {
    const { phase, counts } = statusOf(beside({}, {}, 'Running'))
    assert.equal(phase, 'Running')
    assert.equal(counts?.total, 2)
    assert.equal(counts?.running, 1)
  })
})

describe('a task that is told once is not told again', () => {
  const late = (change: (task: Stored<FlightTask>) => Stored<FlightTask>) => {
    const stage = makeStage(['a'], {}, { ...RUNNING, phase: 'Failed' })
    return decideStage(observed(stage, [change(makeTask(stage, 'a', { phase: 'Running' }))]), START)
  }
  test('to stop, in a stage that has ended', () => {
    assert.deepEqual(
      late((task) => ({ ...task, spec: { ...task.spec, cancel: true } })),
      {},
    )
  })
  test('while it is being deleted', () => {
    const deletionTimestamp = START_TIME
    assert.deepEqual(
      late((task) => ({ ...task, metadata: { ...task.metadata, deletionTimestamp } })),
      {},
    )
  })
})

describe('suspend and resume of tasks', () => {
  const told = (suspend: boolean, held: boolean, status: NonNullable<FlightTask['status']>) => {
    const stage = makeStage(['a', 'b'], { suspend }, RUNNING)
    const made = makeTask(stage, 'a', status)
    const a = { ...made, spec: { ...made.spec, ...(held ? { suspend: true } : {}) } }
    const b = makeTask(stage, 'b', { phase: 'Running' })
    return patches(decideStage(observed(stage, [a, b]), START))['m-recon-a']
  }
  const podRef = { name: 'p', namespace: 'default', uid: 'pod-uid' } as never
  const cases: readonly [string, boolean, boolean, NonNullable<FlightTask['status']>, unknown][] = [
    ['one that waits is suspended', true, false, { phase: 'Pending' }, { suspend: true }],
    ['one that is suspended is not told again', true, true, { phase: 'Pending' }, undefined],
    ['one that has its pod goes on', true, false, { phase: 'Pending', podRef }, undefined],
    ['one that has ended is left alone', true, false, { phase: 'Succeeded' }, undefined],
    ['on resume it is told', false, true, { phase: 'Pending' }, { suspend: null }],
    [
      'one that got its pod in the same moment is told on resume, too: else its next attempt would wait for ever',
      false,
      true,
      { phase: 'Running', podRef },
      { suspend: null },
    ],
  ]
  for (const [title, suspend, held, status, patch] of cases) {
    test(title, () => assert.deepEqual(told(suspend, held, status), patch))
  }
})

describe('the clock of a stage adds up over suspensions', () => {
  const at = (seconds: number) => formatTime(START + seconds * SECOND)
  const cases: readonly [string, boolean, Partial<MissionStageStatus>, unknown][] = [
    ['the first begins', true, {}, [at(60), undefined]],
    ['one that lasts keeps its beginning', true, { suspendedSince: at(20) }, [at(20), undefined]],
    [
      'a second one keeps what the first took',
      true,
      { suspendedSince: at(20), suspendedSeconds: 7 },
      [at(20), 7],
    ],
    ['its end adds what it took', false, { suspendedSince: at(20) }, [undefined, 40]],
    [
      'to what others took',
      false,
      { suspendedSince: at(20), suspendedSeconds: 7 },
      [undefined, 47],
    ],
    ['afterwards the sum stays', false, { suspendedSeconds: 47 }, [undefined, 47]],
    [
      'a clock that was set back takes nothing away',
      false,
      { suspendedSince: at(90), suspendedSeconds: 7 },
      [undefined, 7],
    ],
  ]
  for (const [title, suspend, status, record] of cases) {
    test(title, () => {
      const now = START + 60 * SECOND
      const plan = running({ spec: { suspend }, status, phases: { a: 'Running' }, now })
      const { suspendedSince, suspendedSeconds } = statusOf(plan)
      assert.deepEqual([suspendedSince, suspendedSeconds], record)
    })
  }
  test('a stage that has not started has no clock', () => {
    const { suspendedSince } = statusOf(decide({ spec: { suspend: true } }))
    assert.equal(suspendedSince, undefined)
  })
})

describe('SpecDrift of a stage', () => {
  const drift = (count: number): string => {
    const names = Array.from({ length: count }, (_, place) => `t${place + 1}`)
    const old = makeStage(names, {}, RUNNING)
    const stage = makeStage([], {}, RUNNING)
    const edited = { ...stage, metadata: { ...stage.metadata, generation: 2 } }
    const tasks = names.map((name) => makeTask(old, name, { phase: 'Running' }))
    const { conditions } = statusOf(decideStage(observed(edited, tasks), START))
    return findCondition(conditions, 'SpecDrift')?.message ?? ''
  }
  test('names twenty fields, and counts the others', () => {
    assert.match(drift(20), /flightTasks\[t20\]: removed, but it has started$/)
    assert.match(drift(22), /flightTasks\[t20\]: removed, but it has started and 2 more$/)
    assert.doesNotMatch(drift(22), /t21/)
  })
})
