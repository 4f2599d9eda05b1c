import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FlightTask, MissionStageStatus, TaskPhase } from '@sortie/api'
import { findCondition, formatTime } from '@sortie/machinery'
import { decideStage } from './decide.ts'
import { created, makeStage, makeTask, observed, START, START_TIME, statusOf } from './fixtures.ts'
import { flownAttempt, isSettled } from './rerun.ts'

const COMPLETE = {
  type: 'Complete',
  status: 'False' as const,
  reason: 'Failed',
  message: 'task b failed: exit code 1',
  lastTransitionTime: START_TIME,
}
const FAILED: Partial<MissionStageStatus> = {
  phase: 'Failed',
  startTime: START_TIME,
  completionTime: START_TIME,
  observedGeneration: 1,
  message: 'task b failed: exit code 1',
  conditions: [COMPLETE],
  suspendedSeconds: 7,
  flightTasksStatus: [
    { name: 'a', phase: 'Succeeded' },
    { name: 'b', phase: 'Failed' },
    { name: 'c', phase: 'Cancelled' },
  ],
  counts: { total: 3, pending: 0, scheduled: 0, running: 0, succeeded: 1, failed: 1, cancelled: 1 },
}
const PHASES: Readonly<Record<string, TaskPhase>> = {
  a: 'Succeeded',
  b: 'Failed',
  c: 'Cancelled',
}
const LATER = START + 60_000

/** What a failed stage does, told to fly this run of it. */
function told(attempt: number, status: Partial<MissionStageStatus> = FAILED) {
  const before = makeStage(['a', 'b', 'c'], {}, status)
  const children = Object.entries(PHASES).map(([name, phase]) => makeTask(before, name, { phase }))
  return decideStage(observed(makeStage(['a', 'b', 'c'], { attempt }, status), children), LATER)
}
const namesOf = (plan: ReturnType<typeof told>): string[] =>
  (plan.operations ?? []).flatMap((operation) =>
    operation.kind === 'create' ? [operation.object.metadata.name ?? ''] : [],
  )

describe('with stageFailureAction retry the stage runs again with fresh tasks', () => {
  test('nothing happens to an ended stage whose run is on record', () => {
    assert.deepEqual(told(0), {})
    assert.deepEqual(told(1, { ...FAILED, observedAttempt: 1 }), {})
  })
  test('the attempt is in the names of its tasks, and in their specs', () => {
    const plan = told(1)
    assert.deepEqual(namesOf(plan), ['m-recon-b-r1', 'm-recon-c-r1'])
    const [operation] = plan.operations ?? []
    assert.ok(operation?.kind === 'create')
    assert.equal((operation.object as FlightTask).spec.attempt, 1)
  })
  test('tasks that had succeeded are not run again', () => {
    assert.deepEqual(created(told(1)), ['b', 'c'])
    assert.equal(statusOf(told(1)).counts?.succeeded, 1)
  })
  test('nor those whose objects are gone: the record is enough', () => {
    const stage = makeStage(['a', 'b', 'c'], { attempt: 1 }, FAILED)
    assert.deepEqual(created(decideStage(observed(stage), LATER)), ['b', 'c'])
  })
  test('the new run is on record before its tasks are made', () => {
    const plan = told(1)
    assert.equal(plan.statusFirst, true)
    assert.equal(statusOf(plan).observedAttempt, 1)
    assert.equal(statusOf(plan).phase, 'Running')
  })
  test('nothing of the run that is over stays: its end, its cause, its clock', () => {
    const status = statusOf(told(1))
    assert.equal(status.startTime, formatTime(LATER))
    assert.equal('completionTime' in status, false)
    assert.equal('suspendedSeconds' in status, false)
    assert.equal(findCondition(status.conditions, 'Complete'), undefined)
    assert.equal(status.counts?.failed, 0)
    assert.equal(status.counts?.pending, 2)
  })
  test('tasks of an earlier run that failed do not fail this one', () => {
    const status = statusOf(told(1))
    const before = makeStage(['a', 'b', 'c'], {}, FAILED)
    const stage = makeStage(['a', 'b', 'c'], { attempt: 1 }, status)
    const children = [
      ...Object.entries(PHASES).map(([name, phase]) => makeTask(before, name, { phase })),
      makeTask(stage, 'b', { phase: 'Succeeded' }),
      makeTask(stage, 'c', { phase: 'Succeeded' }),
    ]
    const end = statusOf(decideStage(observed(stage, children), LATER))
    assert.equal(end.phase, 'Succeeded')
    assert.equal(end.counts?.total, 3)
  })
  test('a crash between the record and the creates: the tasks are made by whoever comes next', () => {
    const stage = makeStage(['a', 'b', 'c'], { attempt: 1 }, statusOf(told(1)))
    assert.deepEqual(created(decideStage(observed(stage), LATER)), ['b', 'c'])
  })
  test('a gate holds the new run as it would hold the first, and that is written', () => {
    const stage = makeStage(
      ['a', 'b', 'c'],
      { attempt: 1, startGates: [{ name: 'dependencies' }] },
      { ...FAILED, phase: 'Cancelled' },
    )
    const plan = decideStage(observed(stage), LATER)
    assert.equal(statusOf(plan).phase, 'Pending')
    assert.equal(statusOf(plan).observedAttempt, 1)
    assert.deepEqual(created(plan), [])
  })
  test('a large stage keeps the record of what succeeded, and drops the rest of it', () => {
    const tasks = [{ name: 'scan', count: 200 }]
    const results = { succeeded: 'scan-[0001-0150]', failed: 'scan-0151' }
    const status = { ...FAILED, flightTasksStatus: [], results }
    const stage = makeStage(tasks, { attempt: 1 }, status)
    const plan = decideStage(observed(stage), LATER)
    assert.deepEqual(statusOf(plan).results, { succeeded: 'scan-[0001-0150]' })
    assert.equal(created(plan).length, 50)
  })
})

describe('which run a status is about', () => {
  const attempts = (spec: number | undefined, status: Partial<MissionStageStatus>) =>
    makeStage(['a'], spec === undefined ? {} : { attempt: spec }, status)
  test('the wanted one before anything has begun', () => {
    assert.equal(flownAttempt(attempts(2, {})), 2)
    assert.equal(flownAttempt(attempts(undefined, {})), 0)
  })
  test('the recorded one from the start on: a running stage finishes its run first', () => {
    const running = attempts(2, { phase: 'Running', startTime: START_TIME, observedAttempt: 1 })
    assert.equal(flownAttempt(running), 1)
    assert.equal(isSettled(running), false)
  })
  test('an ended one is settled until another run is wanted', () => {
    assert.equal(isSettled(attempts(undefined, FAILED)), true)
    assert.equal(isSettled(attempts(1, FAILED)), false)
    assert.equal(isSettled(attempts(1, { ...FAILED, observedAttempt: 1 })), true)
  })
})
