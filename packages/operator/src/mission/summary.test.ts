import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MissionStatus, TaskCounts } from '@sortie/api'
import { START, START_TIME, statusOf } from '../stage/fixtures.ts'
import { decideMission } from './decide.ts'
import {
  type ChildParts,
  creates,
  decide,
  inPhase,
  makeChild,
  makeMission,
  observed,
  stage,
} from './fixtures.ts'

const running: Partial<MissionStatus> = {
  phase: 'Running',
  startTime: START_TIME,
  observedGeneration: 1,
}
const LATER = '2026-11-23T10:00:09Z'
const tasks = (count: number) => ({ flightTasks: [{ name: 'a', count }] })
const counts = (parts: Partial<TaskCounts>): TaskCounts => ({
  total: 0,
  pending: 0,
  scheduled: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  ...parts,
})
const ended = (phase: 'Succeeded' | 'Failed' | 'Cancelled', parts: Partial<TaskCounts>) =>
  inPhase(phase, { completionTime: LATER, counts: counts(parts) })

describe('counters equal what a fresh count gives', () => {
  test('over stages that say theirs, and over those that have none to say', () => {
    const mission = makeMission(
      [
        { ...stage('a'), ...tasks(4) },
        { ...stage('b'), ...tasks(5) },
        { ...stage('c', ['b']), ...tasks(6) },
      ],
      { onFailure: 'continue', status: running },
    )
    const plan = decide(mission, {
      a: ended('Failed', { total: 4, succeeded: 1, failed: 2, cancelled: 1 }),
      b: inPhase('Running'),
      c: { gates: ['dependencies'] },
    })
    const { statistics, tasksProgress, stagesProgress } = statusOf(plan)
    assert.deepEqual(statistics, {
      totalFlightTasks: 15,
      succeededTasks: 1,
      failedTasks: 2,
      runningTasks: 0,
      pendingTasks: 11,
      cancelledTasks: 1,
    })
    assert.equal(tasksProgress, '4/15')
    assert.equal(stagesProgress, '1/3')
  })
  test('stages whose objects are gone count as they ended', () => {
    const mission = makeMission(
      ['a', 'b', 'c', 'd'].map((name) => ({ ...stage(name), ...tasks(2) })),
      {
        onFailure: 'continue',
        status: {
          ...running,
          stagesSummary: [
            { name: 'a', phase: 'Succeeded' },
            { name: 'b', phase: 'Failed' },
            { name: 'c', phase: 'Cancelled' },
          ],
        },
      },
    )
    const { statistics } = statusOf(decide(mission, { d: inPhase('Running') }))
    assert.equal(statistics?.succeededTasks, 2)
    assert.equal(statistics?.failedTasks, 2)
    assert.equal(statistics?.cancelledTasks, 2)
    assert.equal(statistics?.pendingTasks, 2)
  })
  test('those of stages that the plan has dropped since they began stay', () => {
    const old = makeMission(['a', 'x'])
    const dropped = makeChild(old, 'x', ended('Succeeded', { total: 3, succeeded: 3 }))
    const mission = makeMission(['a'], { status: running })
    const look = observed(mission, [dropped, makeChild(old, 'a', inPhase('Running'))])
    const { statistics } = statusOf(decideMission(look, START))
    assert.equal(statistics?.totalFlightTasks, 4)
    assert.equal(statistics?.succeededTasks, 3)
  })
  test('tasks that will not be made are Cancelled in a mission that stops, those of ended stages are not', () => {
    const mission = makeMission(
      [
        { ...stage('a'), ...tasks(2) },
        { ...stage('b'), ...tasks(3) },
      ],
      {
        spec: { cancel: true },
        status: { ...running, stagesSummary: [{ name: 'a', phase: 'Succeeded' }] },
      },
    )
    const { statistics } = statusOf(decide(mission))
    assert.equal(statistics?.succeededTasks, 2)
    assert.equal(statistics?.cancelledTasks, 3)
  })
})

describe('the rows of stagesSummary', () => {
  const rows = (children: Readonly<Record<string, ChildParts>>, status = running, cancel = false) =>
    statusOf(decide(makeMission(['a', 'b'], { status, spec: { cancel } }), children)).stagesSummary

  test('have the times of a stage, and none of one that has not begun', () => {
    assert.deepEqual(rows({ a: ended('Succeeded', { total: 1, succeeded: 1 }), b: {} }), [
      { name: 'a', phase: 'Succeeded', startTime: START_TIME, completionTime: LATER },
      { name: 'b', phase: 'Pending' },
    ])
  })
  test('keep those of a stage that is gone', () => {
    const row = {
      name: 'a',
      phase: 'Succeeded' as const,
      startTime: START_TIME,
      completionTime: LATER,
    }
    assert.deepEqual(
      rows({ b: inPhase('Running') }, { ...running, stagesSummary: [row] })?.[0],
      row,
    )
  })
  test('show stages of a cancelled mission as they are: only those that never were are Cancelled', () => {
    assert.deepEqual(
      rows({ a: inPhase('Running') }, running, true)?.map(({ phase }) => phase),
      ['Running', 'Cancelled'],
    )
    assert.deepEqual(
      rows({ a: inPhase('Running'), b: {} }, running, true)?.map(({ phase }) => phase),
      ['Running', 'Pending'],
    )
  })
  test('are followed by stages that the plan has dropped, where they had begun', () => {
    const old = makeMission(['a', 'x', 'y'])
    const mission = makeMission(['a'], { status: running })
    const children = [
      makeChild(old, 'a', inPhase('Running')),
      makeChild(old, 'x', ended('Failed', { total: 1, failed: 1 })),
      makeChild(old, 'y'),
    ]
    const { stagesSummary } = statusOf(decideMission(observed(mission, children), START))
    assert.deepEqual(stagesSummary?.slice(1), [
      { name: 'x', phase: 'Failed', startTime: START_TIME, completionTime: LATER },
    ])
  })
})

describe('times of a mission', () => {
  test('it started with a stage that the plan has dropped since', () => {
    const old = makeMission(['a', 'x'])
    const look = observed(makeMission(['a']), [
      makeChild(old, 'a', inPhase('Running', { startTime: LATER })),
      makeChild(old, 'x', inPhase('Running')),
    ])
    assert.equal(statusOf(decideMission(look, START)).startTime, START_TIME)
  })
  test('once known its start stays, whatever becomes of its stages', () => {
    const plan = decide(makeMission(['a'], { status: running }), {
      a: inPhase('Running', { startTime: LATER }),
    })
    assert.equal(statusOf(plan).startTime, START_TIME)
  })
  test('fields of a later version stay in the status', () => {
    const status = { ...running, later: 'kept' } as Partial<MissionStatus>
    const after = statusOf(decide(makeMission(['a'], { status }), { a: inPhase('Running') }))
    assert.equal((after as unknown as Record<string, unknown>)['later'], 'kept')
  })
})

describe('a refusal names the mistakes, and not too many of them', () => {
  const wrong = (count: number) =>
    statusOf(
      decide(makeMission(Array.from({ length: count }, (_, at) => stage(`s${at}`, ['nowhere'])))),
    ).message ?? ''
  test('five at most; the others are counted', () => {
    assert.equal(wrong(5).split('; ').length, 5)
    assert.doesNotMatch(wrong(5), /more$/)
    assert.equal(wrong(7).split('; ').length, 6)
    assert.match(wrong(7), /; and 2 more$/)
  })
})

describe('while a wrong change is not followed the stages are what they were', () => {
  test('in their settings too, for one that is made again', () => {
    const strike = {
      ...stage('b', ['a']),
      displayName: 'Strike',
      type: 'sequential' as const,
      timeout: '5m',
    }
    const old = makeMission(['a', strike])
    const mission = makeMission([stage('a', ['nowhere']), strike], {
      generation: 2,
      status: {
        ...running,
        stagesSummary: [{ name: 'a', phase: 'Running' }, { name: 'b' }],
      },
    })
    const child = makeChild(old, 'a', inPhase('Running'))
    const [made] = creates(decideMission(observed(mission, [child]), START))
    assert.equal(made?.spec.stageName, 'Strike')
    assert.equal(made.spec.stageType, 'sequential')
    assert.deepEqual(made.spec.config, { timeout: '5m' })
  })
  test('a stage that the change adds is not made', () => {
    const mission = makeMission([stage('a', ['nowhere']), 'new'], {
      generation: 2,
      status: { ...running, stagesSummary: [{ name: 'a', phase: 'Running' }] },
    })
    const child = makeChild(makeMission(['a']), 'a', inPhase('Running'))
    assert.deepEqual(creates(decideMission(observed(mission, [child]), START)), [])
  })
  test('a stage that had ended and is gone is not missed', () => {
    const mission = makeMission([stage('b', ['nowhere'])], {
      generation: 2,
      status: {
        ...running,
        stagesSummary: [
          { name: 'a', phase: 'Succeeded' },
          { name: 'b', phase: 'Running' },
        ],
      },
    })
    const child = makeChild(makeMission(['a', 'b']), 'b', inPhase('Running'))
    const { message = '' } = statusOf(decideMission(observed(mission, [child]), START))
    assert.doesNotMatch(message, /nothing to make/)
  })
})
