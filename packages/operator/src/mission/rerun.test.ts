import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Mission, MissionStatus } from '@sortie/api'
import { findCondition, type Stored } from '@sortie/machinery'
import { patches, START, START_TIME, statusOf } from '../stage/fixtures.ts'
import { type ChildParts, creates, decide, inPhase, makeMission, stage } from './fixtures.ts'

const failed = (more: object = {}, spec: object = {}): ChildParts => ({
  ...inPhase('Failed', {
    conditions: [
      {
        type: 'Complete',
        status: 'False',
        reason: 'Failed',
        message: 'task a failed: exit code 1',
        lastTransitionTime: START_TIME,
      },
    ],
    counts: {
      total: 1,
      pending: 0,
      scheduled: 0,
      running: 0,
      succeeded: 0,
      failed: 1,
      cancelled: 0,
    },
    ...more,
  }),
  spec,
})
const running: Partial<MissionStatus> = {
  phase: 'Running',
  startTime: START_TIME,
  observedGeneration: 1,
}
const retrying = (status: Partial<MissionStatus> = {}, more: object = {}) =>
  makeMission(['a', stage('b', ['a'])], {
    onFailure: 'retry',
    status: { ...running, ...status },
    ...more,
  })
const gated: ChildParts = { gates: ['dependencies'] }

describe('stageFailureAction retry: the stage runs again, up to maxStageRetries, then abort', () => {
  test('before the mission has a status, too: by an operator that has just begun to look at it', () => {
    const plan = decide(
      makeMission(['a', stage('b', ['a'])], { onFailure: 'retry' }),
      { a: failed(), b: gated },
      { sources: { firstSeenAt: START } },
    )
    assert.deepEqual(statusOf(plan).stageRetries, { a: 1 })
    assert.equal(plan.statusFirst, true)
  })
  test('the run is on record before the stage is told', () => {
    const plan = decide(retrying(), { a: failed(), b: gated })
    assert.deepEqual(statusOf(plan).stageRetries, { a: 1 })
    assert.equal(plan.statusFirst, true)
    assert.deepEqual(patches(plan), { 'm-a': { attempt: 1 } })
    assert.equal(statusOf(plan).phase, 'Running')
  })
  test('what people are told: why, which run, and when', () => {
    const plan = decide(retrying(), { a: failed(), b: gated })
    assert.deepEqual(plan.events, [
      {
        type: 'Warning',
        reason: 'StageRetried',
        message: 'stage a failed: task a failed: exit code 1; it runs again at once (retry 1 of 1)',
      },
    ])
  })
  test('after a crash between the two the stage is told by whoever comes next, and nothing is counted twice', () => {
    const plan = decide(retrying({ stageRetries: { a: 1 } }), { a: failed(), b: gated })
    assert.deepEqual(patches(plan), { 'm-a': { attempt: 1 } })
    assert.deepEqual(statusOf(plan).stageRetries, { a: 1 })
    assert.deepEqual(plan.events, [])
    // As it was seen: it may have begun that run, with another share, or have been told to stop.
    const [told] = plan.operations ?? []
    assert.ok(told?.kind === 'patch' && told.ref.resourceVersion !== undefined)
    assert.equal(plan.ifCurrent, true)
  })
  test('a stage that was told and has not begun yet is left alone, and shown as Pending', () => {
    const plan = decide(retrying({ stageRetries: { a: 1 } }), {
      a: failed({}, { attempt: 1 }),
      b: gated,
    })
    assert.deepEqual(patches(plan), {})
    assert.deepEqual(statusOf(plan).stagesSummary?.[0], { name: 'a', phase: 'Pending' })
  })
  test('when the last run has failed too the mission aborts, and says how often it was tried', () => {
    const plan = decide(retrying({ stageRetries: { a: 1 } }), {
      a: failed({ observedAttempt: 1 }, { attempt: 1 }),
      b: gated,
    })
    assert.deepEqual(patches(plan), { 'm-b': { cancel: true } })
    assert.match(statusOf(plan).message ?? '', /^aborted: stage a failed after 1 retry: task a/)
  })
  test('a stage that is failing is waited for, not aborted', () => {
    const failing: ChildParts = { ...failed({ phase: 'Running' }) }
    const plan = decide(retrying(), { a: failing, b: gated })
    assert.equal(statusOf(plan).phase, 'Running')
    assert.equal(statusOf(plan).stageRetries, undefined)
    assert.deepEqual(patches(plan), {})
  })
  test('a stage that an old view shows failing in the run before the wanted one is waited for too', () => {
    const failing: ChildParts = { ...failed({ phase: 'Running' }) }
    const plan = decide(retrying({ stageRetries: { a: 1 } }), { a: failing, b: gated })
    assert.equal(findCondition(statusOf(plan).conditions, 'Complete')?.reason, 'Running')
    assert.deepEqual(patches(plan), {})
  })
  test('with maxStageRetries 0 it is abort', () => {
    const { config } = retrying().spec
    const failurePolicy = { ...config.failurePolicy, maxStageRetries: 0 }
    const mission = retrying({}, { spec: { config: { ...config, failurePolicy } } })
    const plan = decide(mission, { a: failed(), b: gated })
    assert.equal(findCondition(statusOf(plan).conditions, 'Complete')?.reason, 'Aborted')
  })
  test('a stage whose spec is wrong would fail again: it is abort', () => {
    const wrong = failed({
      conditions: [
        {
          type: 'Complete',
          status: 'False',
          reason: 'Invalid',
          message: 'two tasks are named a',
          lastTransitionTime: START_TIME,
        },
      ],
    })
    const plan = decide(retrying(), { a: wrong, b: gated })
    assert.equal(findCondition(statusOf(plan).conditions, 'Complete')?.reason, 'Aborted')
  })
  test('a failed stage whose object is gone is made again for its next run', () => {
    const mission = retrying({ stagesSummary: [{ name: 'a', phase: 'Failed' }] })
    const plan = decide(mission, { b: gated })
    assert.deepEqual(
      creates(plan).map(({ metadata, spec }) => [metadata.name, spec.attempt]),
      [['m-a', 1]],
    )
  })
  test('the run takes over what was changed since the last one began', () => {
    const mission = makeMission([{ name: 'a', timeout: '5m' }], {
      onFailure: 'retry',
      status: running,
    })
    const old = { config: { timeout: '1m' } }
    const plan = decide(mission, { a: failed({}, old) })
    assert.deepEqual(patches(plan)['m-a'], { attempt: 1, config: { timeout: '5m' } })
  })
  test('under a cap it needs a share like any other stage, and gives the old one up', () => {
    const capped = retrying({}, { spec: { ...retrying().spec, maxParallelTasks: 1 } })
    const busy: ChildParts = { ...inPhase('Running'), share: 1 }
    const plan = decide(
      { ...capped, spec: { ...capped.spec, stages: makeMission(['a', 'b']).spec.stages ?? [] } },
      {
        a: { ...failed(), share: 1 },
        b: busy,
      },
    )
    assert.deepEqual(patches(plan)['m-a'], {
      attempt: 1,
      maxParallelTasks: null,
      startGates: [{ name: 'parallel-budget' }],
    })
  })
  test('under a cap it gets a share too where all its tasks succeeded in the run that failed', () => {
    const status = { stageRetries: { a: 1 } }
    const capped = retrying(status, { spec: { ...retrying().spec, maxParallelTasks: 1 } })
    const counts = { total: 1, pending: 0, scheduled: 0, running: 0, succeeded: 1, failed: 0 }
    const done: ChildParts = {
      ...failed({ counts: { ...counts, cancelled: 0 } }, { attempt: 1 }),
      gates: ['parallel-budget'],
    }
    const plan = decide(capped, { a: done, b: gated })
    assert.deepEqual(patches(plan)['m-a'], { maxParallelTasks: 1, startGates: [] })
  })
  test('a mission that is cancelled before the stage was told ends without that run', () => {
    const mission = retrying(
      { stageRetries: { a: 1 } },
      { spec: { ...retrying().spec, cancel: true } },
    )
    const plan = decide(mission, { a: failed(), b: inPhase('Cancelled') })
    assert.equal(statusOf(plan).phase, 'Cancelled')
    assert.deepEqual(patches(plan), {})
  })
})

describe('the annotation retry runs the failed and cancelled stages of a finished mission again', () => {
  const finished = (
    status: Partial<MissionStatus>,
    parts: Parameters<typeof makeMission>[1] = {},
  ): Stored<Mission> => {
    const made = makeMission(['a', stage('b', ['a']), stage('c', ['b'])], {
      ...parts,
      status: {
        phase: 'Failed',
        startTime: START_TIME,
        completionTime: START_TIME,
        observedGeneration: 1,
        conditions: [
          {
            type: 'Complete',
            status: 'False',
            reason: 'Aborted',
            message: 'aborted: stage b failed',
            lastTransitionTime: START_TIME,
          },
          {
            type: 'Accepted',
            status: 'True',
            reason: 'Accepted',
            message: 'the plan is valid',
            lastTransitionTime: START_TIME,
          },
        ],
        stagesSummary: [{ name: 'a', phase: 'Succeeded' }],
        ...status,
      },
    })
    const annotations = { 'airforce.airforce.mil/retry': 'monday' }
    return { ...made, metadata: { ...made.metadata, annotations } }
  }
  const children: Record<string, ChildParts> = {
    a: inPhase('Succeeded'),
    b: failed(),
    c: {
      ...gated,
      status: { phase: 'Cancelled', observedGeneration: 1, completionTime: START_TIME },
      spec: { cancel: true, startGates: [{ name: 'dependencies' }] },
    },
  }
  const plan = decide(finished({}), children)

  test('failed and cancelled stages are told, the others are left alone', () => {
    assert.deepEqual(patches(plan), {
      'm-b': { attempt: 1 },
      'm-c': { attempt: 1, cancel: null },
    })
  })
  test('the request is on record with the runs that it asks for, before any stage is told', () => {
    assert.equal(plan.statusFirst, true)
    assert.equal(statusOf(plan).handledRetry, 'monday')
    assert.deepEqual(statusOf(plan).stageRetries, { b: 1, c: 1 })
  })
  test('the mission goes on: Running since a stage of it has run, without its end', () => {
    assert.equal(statusOf(plan).phase, 'Running')
    assert.equal('completionTime' in statusOf(plan), false)
    assert.equal(statusOf(plan).startTime, START_TIME)
    assert.equal(findCondition(statusOf(plan).conditions, 'Complete')?.reason, 'Running')
    assert.deepEqual(
      statusOf(plan).stagesSummary?.map(({ phase }) => phase),
      ['Succeeded', 'Pending', 'Pending'],
    )
  })
  test('people are told which stages run again', () => {
    assert.deepEqual(
      plan.events?.map(({ reason, message }) => [reason, message]),
      [['Retried', 'the mission runs again, from what was lost: b, c']],
    )
  })
  test('the same value is not acted on twice', () => {
    assert.deepEqual(decide(finished({ handledRetry: 'monday' }), children), {})
  })
  test('after a crash before the stages were told they are told by whoever comes next', () => {
    const { completionTime: _end, ...status } = statusOf(plan)
    const again = decide(finished(status), children)
    assert.deepEqual(patches(again), patches(plan))
  })
  test('a mission that was cancelled does not run again, and says so once', () => {
    const cancelled = finished({ phase: 'Cancelled' }, { spec: { cancel: true } })
    const refused = decide(cancelled, children)
    assert.deepEqual(patches(refused), {})
    assert.equal(statusOf(refused).phase, 'Cancelled')
    assert.equal(statusOf(refused).handledRetry, 'monday')
    assert.equal(refused.events?.[0]?.reason, 'RetryRefused')
  })
  test('a mission in which nothing failed has nothing to run again', () => {
    const good = { a: inPhase('Succeeded'), b: inPhase('Succeeded'), c: inPhase('Succeeded') }
    const refused = decide(finished({ phase: 'Succeeded' }), good)
    assert.deepEqual(patches(refused), {})
    assert.equal(statusOf(refused).phase, 'Succeeded')
    assert.equal(refused.events?.[0]?.reason, 'RetryRefused')
  })
  test('under continue the failed stages of a mission that succeeded with failures run again', () => {
    const mission = finished({ phase: 'Succeeded' }, { onFailure: 'continue' })
    const plan = decide(mission, { a: inPhase('Succeeded'), b: failed(), c: inPhase('Succeeded') })
    assert.deepEqual(patches(plan), { 'm-b': { attempt: 1 } })
  })
  test('a value that came with the mission is noted, and means nothing when it fails', () => {
    const fresh = finished({ phase: 'Pending' })
    const { status: _status, ...rest } = fresh
    const first = decide(rest as Stored<Mission>, { a: inPhase('Running') })
    assert.equal(statusOf(first).handledRetry, 'monday')
  })
  test('one that waits for its template with such a value is not written again and again', () => {
    const made = makeMission([], { spec: { templateRef: { name: 'later' } } })
    const annotations = { 'airforce.airforce.mil/retry': 'monday' }
    const waiting = { ...made, metadata: { ...made.metadata, annotations } }
    const first = statusOf(decide(waiting))
    assert.equal(first.handledRetry, 'monday')
    assert.equal(decide({ ...waiting, status: first }).status, undefined)
  })
  test('one that comes while all is well is noted and refused, once', () => {
    const { completionTime: _end, conditions: _conditions, ...status } = finished({}).status ?? {}
    const well = finished({ ...status, phase: 'Running', conditions: [] })
    const going = { a: inPhase('Running'), b: gated, c: gated }
    const first = decide(well, going)
    assert.equal(statusOf(first).handledRetry, 'monday')
    assert.deepEqual(
      first.events?.filter(({ reason }) => reason === 'RetryRefused').map(({ message }) => message),
      ['the mission has not finished; ask again when it has'],
    )
    assert.deepEqual(decide({ ...well, status: statusOf(first) }, going).events, [])
  })
  test('one that comes when the mission is about to stop is heard when it has stopped', () => {
    const { completionTime: _end, ...status } = finished({}).status ?? {}
    const running = finished({ ...status, phase: 'Running', conditions: [] })
    const begins = decide(running, { ...children, c: inPhase('Running') })
    assert.equal(statusOf(begins).handledRetry, undefined)
    assert.equal(findCondition(statusOf(begins).conditions, 'Complete')?.reason, 'Aborted')
  })
  test('one that comes while the mission stops is heard when it has stopped', () => {
    const { completionTime: _end, ...status } = finished({}).status ?? {}
    const stopping = finished({ ...status, phase: 'Running' })
    const meanwhile = decide(stopping, { ...children, c: inPhase('Running') })
    assert.equal(statusOf(meanwhile).handledRetry, undefined)
    const ended = decide(stopping, children)
    assert.equal(statusOf(ended).phase, 'Failed')
    assert.equal(statusOf(ended).handledRetry, undefined)
  })
  test('a mission that was refused is looked at again', () => {
    const refusedBefore = finished({
      conditions: [],
      stagesSummary: [],
    })
    const { startTime: _start, ...status } = refusedBefore.status ?? {}
    const again = decide({ ...refusedBefore, status: status as MissionStatus }, {}, { now: START })
    assert.deepEqual(
      creates(again).map(({ metadata }) => metadata.name),
      ['m-a', 'm-b', 'm-c'],
    )
    assert.equal(statusOf(again).phase, 'Pending')
  })
})
