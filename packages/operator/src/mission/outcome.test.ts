import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Mission, MissionStatus } from '@sortie/api'
import { findCondition, type Stored } from '@sortie/machinery'
import type { Plan } from '@sortie/runtime'
import { patches, START, START_TIME, statusOf } from '../stage/fixtures.ts'
import { decideMission } from './decide.ts'
import {
  type ChildParts,
  decide,
  inPhase,
  makeChild,
  makeMission,
  observed,
  stage,
} from './fixtures.ts'

type MissionPlan = Plan<MissionStatus>

/** What a plan says, where a user looks: phase, message, the three conditions, events, generation. */
interface Told {
  readonly phase: string
  readonly message: string
  readonly accepted: string
  readonly progressing: string
  readonly complete: string
  readonly events: readonly string[]
  readonly generation: number | undefined
}

function toldBy(plan: MissionPlan): Told {
  const { phase = '', message = '', observedGeneration } = statusOf(plan)
  const said = (type: string): string => {
    const found = findCondition(statusOf(plan).conditions, type)
    return `${found?.status} ${found?.reason}: ${found?.message}`
  }
  const events = plan.events?.map(({ type, reason, message }) => `${type} ${reason}: ${message}`)
  return {
    phase,
    message,
    accepted: said('Accepted'),
    progressing: said('Progressing'),
    complete: said('Complete'),
    events: events ?? [],
    generation: observedGeneration,
  }
}

const VALID = 'True Accepted: the plan is valid'
const OPEN = 'False Running: not every stage has ended'
const gated: ChildParts = { gates: ['dependencies'] }
const lost = inPhase('Failed', { message: 'task a failed: exit code 1' })
const running: Partial<MissionStatus> = {
  phase: 'Running',
  startTime: START_TIME,
  observedGeneration: 1,
  conditions: [
    {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: 'the plan is valid',
      lastTransitionTime: START_TIME,
    },
  ],
}
const begun = (...stages: Parameters<typeof makeMission>[0]) =>
  makeMission(stages, { status: running })

describe('how a mission stands is told in its message, its conditions and an event, all alike', () => {
  const refusal = 'spec.stages: a mission needs at least one stage'
  const missing = 'waits for MissionTemplate later to appear in namespace default'
  const cases: readonly [string, () => MissionPlan, Told][] = [
    [
      'refused: every one of them gives the reason',
      () => decide(makeMission([])),
      {
        phase: 'Failed',
        message: refusal,
        accepted: `False Invalid: ${refusal}`,
        progressing: `False Invalid: ${refusal}`,
        complete: `False Invalid: ${refusal}`,
        events: [`Warning Invalid: ${refusal}`],
        generation: 1,
      },
    ],
    [
      'waiting for its template: nobody can say yet whether it is accepted',
      () => decide(makeMission([], { spec: { templateRef: { name: 'later' } } })),
      {
        phase: 'Pending',
        message: missing,
        accepted: `Unknown TemplateNotFound: ${missing}`,
        progressing: `False TemplateNotFound: ${missing}`,
        complete: OPEN,
        events: [`Warning TemplateNotFound: ${missing}`],
        generation: undefined,
      },
    ],
    [
      'aborting: the cause, and how much is still being stopped',
      () => decide(begun('a', 'b', 'c'), { a: lost, b: inPhase('Running'), c: inPhase('Running') }),
      {
        phase: 'Running',
        message: 'aborted: stage a failed: task a failed: exit code 1; 2 stages are being stopped',
        accepted: VALID,
        progressing: 'False Aborted: aborted: stage a failed: task a failed: exit code 1',
        complete: 'False Aborted: aborted: stage a failed: task a failed: exit code 1',
        events: ['Warning Aborted: aborted: stage a failed: task a failed: exit code 1'],
        generation: 1,
      },
    ],
    [
      'cancelled: it has ended with its last stage',
      () =>
        decide(makeMission(['a', 'b'], { status: running, spec: { cancel: true } }), {
          a: inPhase('Cancelled'),
          b: inPhase('Cancelled'),
        }),
      {
        phase: 'Cancelled',
        message: 'cancelled',
        accepted: VALID,
        progressing: 'False Cancelled: cancelled',
        complete: 'False Cancelled: cancelled',
        events: ['Normal Cancelled: the mission was cancelled; what runs is stopped'],
        generation: 1,
      },
    ],
    [
      'succeeded with its one stage',
      () => decide(begun('a'), { a: inPhase('Succeeded') }),
      {
        phase: 'Succeeded',
        message: '1 stage succeeded',
        accepted: VALID,
        progressing: 'False Succeeded: 1 stage succeeded',
        complete: 'True Succeeded: 1 stage succeeded',
        events: ['Normal Succeeded: 1 stage succeeded'],
        generation: 1,
      },
    ],
    [
      'under continue none succeeded: Failed, with the stages named',
      () =>
        decide(makeMission(['a', 'b'], { status: running, onFailure: 'continue' }), {
          a: lost,
          b: inPhase('Cancelled'),
        }),
      {
        phase: 'Failed',
        message:
          'no stage succeeded; stage a failed: task a failed: exit code 1; stage b was cancelled',
        accepted: VALID,
        progressing:
          'False Failed: no stage succeeded; stage a failed: task a failed: exit code 1; stage b was cancelled',
        complete:
          'False Failed: no stage succeeded; stage a failed: task a failed: exit code 1; stage b was cancelled',
        events: [
          'Warning Failed: no stage succeeded; stage a failed: task a failed: exit code 1; stage b was cancelled',
        ],
        generation: 1,
      },
    ],
    [
      'suspended: nothing runs, and nothing else is said of the stages that stand still',
      () =>
        decide(
          makeMission(['a', stage('b', ['a'])], { status: running, spec: { suspend: true } }),
          {
            a: { spec: { suspend: true } },
            b: { ...gated, spec: { suspend: true, startGates: [{ name: 'dependencies' }] } },
          },
        ),
      {
        phase: 'Running',
        message: 'suspended: no new task starts; 0 of 2 stages ended',
        accepted: VALID,
        progressing: 'False Suspended: no new task starts',
        complete: OPEN,
        events: ['Normal Suspended: no new task starts'],
        generation: 1,
      },
    ],
    [
      'one stage runs and another waits for people: it makes progress, and says what waits',
      () => decide(begun('a', 'b'), { a: inPhase('Running'), b: { gates: ['approval'] } }),
      {
        phase: 'Running',
        message:
          '0 of 2 stages ended; running: a; b waits for gate approval to be removed (sortie approve)',
        accepted: VALID,
        progressing: 'True Running: stages run as the plan says',
        complete: OPEN,
        events: [],
        generation: 1,
      },
    ],
    [
      'a gate on a stage that runs holds up nothing, and is not waited for',
      () =>
        decide(begun('a', 'b'), {
          a: inPhase('Succeeded'),
          b: { ...inPhase('Running'), gates: ['x'] },
        }),
      {
        phase: 'Running',
        message: '1 of 2 stages ended; running: b',
        accepted: VALID,
        progressing: 'True Running: stages run as the plan says',
        complete: OPEN,
        events: [],
        generation: 1,
      },
    ],
  ]
  for (const [title, plan, told] of cases) {
    test(title, () => assert.deepEqual(toldBy(plan()), told))
  }
})

describe('a change that was not followed is never said to be observed, however the mission ends', () => {
  const wrong = (cancel: boolean) =>
    makeMission([stage('a', ['nowhere'])], {
      generation: 2,
      spec: { cancel },
      status: { ...running, stagesSummary: [{ name: 'a', phase: 'Running' }] },
    })
  const cases: readonly [string, boolean, ChildParts, string][] = [
    ['while it stops', true, inPhase('Running'), 'Running'],
    ['when it has stopped', true, inPhase('Cancelled'), 'Cancelled'],
    ['when it has succeeded', false, inPhase('Succeeded'), 'Succeeded'],
  ]
  for (const [title, cancel, child, phase] of cases) {
    test(title, () => {
      const mission = makeMission(['a'])
      const look = observed(wrong(cancel), [makeChild(mission, 'a', child)])
      const told = toldBy(decideMission(look, START))
      assert.equal(told.phase, phase)
      assert.equal(told.generation, 1)
      assert.match(told.accepted, /^False Invalid: the change is not followed: .*nowhere/)
    })
  }
})

describe('a request to run again that is refused', () => {
  const asked = (mission: Stored<Mission>): Stored<Mission> => ({
    ...mission,
    metadata: { ...mission.metadata, annotations: { 'airforce.airforce.mil/retry': 'monday' } },
  })
  const ended = (spec: Partial<Mission['spec']> = {}) =>
    asked(makeMission(['a'], { spec, status: { ...running, phase: 'Succeeded' } }))

  const cases: readonly [string, Stored<Mission>, string][] = [
    [
      'nothing was lost',
      ended(),
      'Warning RetryRefused: no stage failed or was cancelled: there is nothing to run again',
    ],
    [
      'the mission was cancelled',
      ended({ cancel: true }),
      'Warning RetryRefused: a mission that was cancelled does not run again; make a new one',
    ],
  ]
  for (const [title, mission, event] of cases) {
    test(`is answered by an event and stamped, and changes nothing else: ${title}`, () => {
      const plan = decide(mission, { a: inPhase('Succeeded') })
      assert.deepEqual(toldBy(plan).events, [event])
      assert.deepEqual(plan.status, { ...mission.status, handledRetry: 'monday' })
      assert.deepEqual(plan.stamp, { lastUpdateTime: START_TIME })
    })
  }
  test('because the mission still runs is told beside what else happens', () => {
    const plan = decide(asked(begun('a', 'b')), { a: inPhase('Running'), b: { gates: ['x'] } })
    assert.deepEqual(toldBy(plan).events, [
      'Warning RetryRefused: the mission has not finished; ask again when it has',
    ])
    const waits = decide(asked(begun('b')), { b: { gates: ['x'] } })
    assert.deepEqual(
      toldBy(waits).events.map((event) => event.split(':')[0]),
      ['Normal WaitingForGate', 'Warning RetryRefused'],
    )
  })
  const nothingAsked: readonly [string, Record<string, string>, string | undefined][] = [
    ['an empty value', { 'airforce.airforce.mil/retry': '' }, undefined],
    ['an annotation that was taken away after it was heard', {}, 'monday'],
  ]
  for (const [title, annotations, handledRetry] of nothingAsked) {
    test(`${title} asks for nothing`, () => {
      const status = handledRetry === undefined ? {} : { handledRetry }
      const made = makeMission(['a'], { status: { ...running, phase: 'Failed', ...status } })
      const mission = { ...made, metadata: { ...made.metadata, annotations } }
      assert.deepEqual(decide(mission, { a: inPhase('Failed') }), {})
    })
  }
  test('of a value of any length is acted on once, and kept short', () => {
    const made = makeMission(['a'], { status: { ...running, phase: 'Succeeded' } })
    const annotations = { 'airforce.airforce.mil/retry': 'x'.repeat(100_000) }
    const mission = { ...made, metadata: { ...made.metadata, annotations } }
    const { handledRetry = '', ...status } = statusOf(decide(mission, { a: inPhase('Succeeded') }))
    assert.equal(handledRetry.length, 1024)
    const noted = { ...mission, status: { ...status, handledRetry } }
    assert.deepEqual(decide(noted, { a: inPhase('Succeeded') }), {})
  })
})

describe('what remains to be done in a mission that stops or has ended', () => {
  const leaving = (mission: Stored<Mission>, name: string) => {
    const child = makeChild(mission, name, inPhase('Running'))
    return { ...child, metadata: { ...child.metadata, deletionTimestamp: START_TIME } }
  }
  test('a stage that is being deleted is not told to stop, but waited for', () => {
    const mission = makeMission(['a'], { status: running, spec: { cancel: true } })
    const plan = decideMission(observed(mission, [leaving(mission, 'a')]), START)
    assert.deepEqual(patches(plan), {})
    assert.equal(statusOf(plan).phase, 'Running')
  })
  test('a late stage is stopped without losing the time to live from sight', () => {
    const mission = makeMission(['a'], {
      spec: { ttlSecondsAfterFinished: 60 },
      status: { ...running, phase: 'Failed', completionTime: START_TIME },
    })
    const plan = decide(mission, { a: inPhase('Running') })
    assert.deepEqual(patches(plan), { 'm-a': { cancel: true } })
    assert.equal(plan.requeueAt, START + 61_000)
  })
  test('a mission whose end has no time is not deleted for its time to live', () => {
    const mission = makeMission(['a'], {
      spec: { ttlSecondsAfterFinished: 0 },
      status: { ...running, phase: 'Failed' },
    })
    assert.deepEqual(decide(mission, { a: inPhase('Failed') }), {})
  })
})

describe('the first write of a mission', () => {
  test('says Running where only a stage that the plan has dropped since has started', () => {
    const dropped = makeChild(makeMission(['a', 'old']), 'old', inPhase('Running'))
    const plan = decideMission(observed(makeMission(['a']), [dropped]), START)
    assert.equal(statusOf(plan).phase, 'Running')
  })
  test('is not held back where the mission is suspended: nothing will start meanwhile', () => {
    const mission = makeMission(['a'], { spec: { suspend: true } })
    const plan = decide(mission, {}, { sources: { firstSeenAt: START } })
    assert.equal(statusOf(plan).phase, 'Pending')
  })
  test('is not waited for by the stages that are made', () => {
    assert.equal(decide(makeMission(['a'])).statusFirst, undefined)
  })
})
