import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MissionSpec, MissionStatus } from '@sortie/api'
import { findCondition } from '@sortie/machinery'
import { patches, START_TIME, statusOf } from '../stage/fixtures.ts'
import { type ChildParts, creates, decide, inPhase, makeMission, stage } from './fixtures.ts'

const running: Partial<MissionStatus> = {
  phase: 'Running',
  startTime: START_TIME,
  observedGeneration: 1,
}
const because = (reason: string, message: string) => ({
  conditions: [
    {
      type: 'Complete',
      status: 'False' as const,
      reason,
      message,
      lastTransitionTime: START_TIME,
    },
  ],
})
const failed: ChildParts = inPhase('Failed', because('Failed', 'task a failed'))
const completeOf = (plan: ReturnType<typeof decide>) =>
  findCondition(statusOf(plan).conditions, 'Complete')?.reason

/** A mission of these stages whose failed stages run again, so often as is said. */
function retrying(
  stages: Parameters<typeof makeMission>[0],
  maxStageRetries: number | undefined,
  status: Partial<MissionStatus> = {},
) {
  const { config } = makeMission(['a'], { onFailure: 'retry' }).spec
  const { maxStageRetries: _most, ...rest } = config.failurePolicy
  const failurePolicy = maxStageRetries === undefined ? rest : { ...rest, maxStageRetries }
  const spec = { config: { ...config, failurePolicy } } as Partial<MissionSpec>
  return makeMission(stages, { spec, status: { ...running, ...status } })
}

describe('stageFailureAction retry', () => {
  const events = (plan: ReturnType<typeof decide>) => plan.events?.map(({ message }) => message)

  test('says which run it is of how many', () => {
    const mission = retrying(['a'], 3, { stageRetries: { a: 1 } })
    const child = { ...failed, status: { ...failed.status, observedAttempt: 1 } } as ChildParts
    assert.deepEqual(events(decide(mission, { a: { ...child, spec: { attempt: 1 } } })), [
      'stage a failed: task a failed; it runs again at once (retry 2 of 3)',
    ])
  })
  test('is once, where the policy does not say how often', () => {
    const first = decide(retrying(['a'], undefined), { a: failed })
    assert.deepEqual(statusOf(first).stageRetries, { a: 1 })
    assert.deepEqual(events(first), [
      'stage a failed: task a failed; it runs again at once (retry 1 of 1)',
    ])
    const second = decide(retrying(['a'], undefined, { stageRetries: { a: 1 } }), {
      a: {
        ...failed,
        status: { ...failed.status, observedAttempt: 1 } as never,
        spec: { attempt: 1 },
      },
    })
    assert.equal(completeOf(second), 'Aborted')
  })
  test('tells what the stage says where no cause is on record, and nothing where it says nothing', () => {
    const spoken = decide(retrying(['a'], 1), { a: inPhase('Failed', { message: 'lost' }) })
    assert.deepEqual(events(spoken), ['stage a failed: lost; it runs again at once (retry 1 of 1)'])
    const silent = decide(retrying(['a'], 1), { a: inPhase('Failed') })
    assert.deepEqual(events(silent), ['stage a failed; it runs again at once (retry 1 of 1)'])
  })
  test('is not for a stage that was cancelled: the mission aborts', () => {
    const cancelled = inPhase('Cancelled', because('Cancelled', 'stopped before its end'))
    const plan = decide(retrying(['a', 'b'], 1), { a: cancelled, b: inPhase('Running') })
    assert.equal(completeOf(plan), 'Aborted')
    assert.deepEqual(patches(plan), { 'm-b': { cancel: true } })
  })
  test('nor for one that is gone, and was cancelled', () => {
    const status = { stagesSummary: [{ name: 'a', phase: 'Cancelled' as const }] }
    const plan = decide(retrying(['a', 'b'], 1, status), { b: inPhase('Running') })
    assert.equal(completeOf(plan), 'Aborted')
  })
  test('never flies a number again that a stage has flown, though the record has lost it', () => {
    const child = {
      ...failed,
      status: { ...failed.status, observedAttempt: 2 },
      spec: { attempt: 2 },
    } as ChildParts
    const plan = decide(retrying(['a'], 9), { a: child })
    assert.deepEqual(statusOf(plan).stageRetries, { a: 3 })
    assert.deepEqual(patches(plan), { 'm-a': { attempt: 3 } })
  })
  test('of one stage leaves the record of the others, and their runs, as they are', () => {
    const other = {
      ...inPhase('Succeeded', { observedAttempt: 1 }),
      spec: { attempt: 1 },
    } as ChildParts
    const plan = decide(retrying(['a', 'b'], 2, { stageRetries: { b: 1 } }), {
      a: failed,
      b: other,
    })
    assert.deepEqual(statusOf(plan).stageRetries, { a: 1, b: 1 })
    assert.deepEqual(patches(plan), { 'm-a': { attempt: 1 } })
  })
  test('takes over what was changed, of that stage alone', () => {
    const timed = (name: string) => ({ ...stage(name), timeout: '5m' })
    const old = { config: { timeout: '1m' } }
    const plan = decide(retrying([timed('a'), timed('b')], 1), {
      a: { ...failed, spec: old },
      b: inPhase('Running'),
    })
    assert.deepEqual(patches(plan), { 'm-a': { attempt: 1, config: { timeout: '5m' } } })
  })
  test('a stage that still flies an earlier run ends that first', () => {
    const plan = decide(retrying(['a'], 1, { stageRetries: { a: 1 } }), { a: inPhase('Running') })
    assert.deepEqual(patches(plan), {})
    assert.equal(statusOf(plan).stagesSummary?.[0]?.phase, 'Running')
  })
})

describe('a request to run a finished mission again', () => {
  const asked = (status: Partial<MissionStatus>, stages: Parameters<typeof makeMission>[0]) => {
    const made = makeMission(stages, { status: { ...running, phase: 'Failed', ...status } })
    const annotations = { 'airforce.airforce.mil/retry': 'monday' }
    return { ...made, metadata: { ...made.metadata, annotations } }
  }
  const accepted: MissionStatus['conditions'] = [
    {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: 'the plan is valid',
      lastTransitionTime: START_TIME,
    },
  ]
  const told = (plan: ReturnType<typeof decide>) =>
    plan.events?.map((event) => `${event.type} ${event.reason}: ${event.message}`)

  test('of one that was refused starts it from the start, and says so', () => {
    const plan = decide(asked({ conditions: [] }, ['a']))
    assert.equal(creates(plan).length, 1)
    assert.equal(statusOf(plan).handledRetry, 'monday')
    assert.ok(told(plan)?.includes('Normal Retried: the mission runs again, from its start'))
  })
  test('is noted where what was refused is as wrong as before', () => {
    const plan = decide(asked({ conditions: [] }, []))
    assert.equal(statusOf(plan).phase, 'Failed')
    assert.equal(statusOf(plan).handledRetry, 'monday')
  })
  test('runs what was lost again, and keeps which runs others have flown', () => {
    const stages = ['a', 'b']
    const status = {
      conditions: accepted,
      stageRetries: { a: 2 },
      completionTime: START_TIME,
    }
    const plan = decide(asked(status, stages), {
      a: {
        ...inPhase('Succeeded', { observedAttempt: 2 }),
        spec: { attempt: 2 },
      } as ChildParts,
      b: failed,
    })
    assert.deepEqual(statusOf(plan).stageRetries, { a: 2, b: 1 })
    assert.equal(statusOf(plan).handledRetry, 'monday')
    assert.ok(told(plan)?.includes('Normal Retried: the mission runs again, from what was lost: b'))
    assert.equal(completeOf(plan), 'Running')
  })
})

describe('what people are told of a mission that goes on', () => {
  const told = (before: ReturnType<typeof makeMission>, children: Record<string, ChildParts>) =>
    (decide(before, children).events ?? []).map(({ reason, message }) => `${reason}: ${message}`)

  test('which conditions a stage waits for', () => {
    const dependencies = { conditions: [{ type: 'WeatherClear' }] }
    const mission = makeMission([{ ...stage('a'), dependencies } as never])
    assert.ok(
      told(mission, { a: {} }).includes(
        'WaitingForCondition: a waits for condition WeatherClear to be True',
      ),
    )
  })
  test('under continue, that several stages failed, each once', () => {
    const before = makeMission(['a', 'b', 'c'], { onFailure: 'continue', status: running })
    const children = { a: failed, b: failed, c: inPhase('Running') }
    assert.deepEqual(
      told(before, children).filter((text) => text.startsWith('StageFailed')),
      ['StageFailed: stages a, b failed; the mission goes on'],
    )
    const after = { ...before, status: statusOf(decide(before, children)) }
    assert.deepEqual(told(after, children), [])
  })
  test('and nothing of them when the mission ends with them: its end tells', () => {
    const before = makeMission(['a', 'b'], { onFailure: 'continue', status: running })
    assert.deepEqual(
      told(before, { a: failed, b: inPhase('Succeeded') }).map((text) => text.split(':')[0]),
      ['SucceededWithFailures'],
    )
  })
  test('what is not followed, once while that stays the same', () => {
    const drifting = (timeout: string, status: Partial<MissionStatus>) =>
      makeMission([{ ...stage('a'), timeout }, 'b'], { generation: 2, status })
    const children = { a: { ...inPhase('Running'), spec: { config: {} } }, b: inPhase('Running') }
    const first = drifting('5m', running)
    const drifts = (mission: ReturnType<typeof makeMission>) =>
      told(mission, children).filter((text) => text.startsWith('SpecDrift'))
    assert.equal(drifts(first).length, 1)
    assert.deepEqual(
      drifts(drifting('6m', { ...statusOf(decide(first, children)), observedGeneration: 1 })),
      [],
    )
  })
})
