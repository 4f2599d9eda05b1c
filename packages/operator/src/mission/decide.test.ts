import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Mission, MissionStage } from '@sortie/api'
import { formatTime, type Stored } from '@sortie/machinery'
import { patches, START, START_TIME, statusOf } from '../stage/fixtures.ts'
import {
  type ChildParts,
  conditionOf,
  creates,
  decide,
  inPhase,
  makeMission,
  stage,
} from './fixtures.ts'

const gatesOf = ({ spec }: MissionStage): string[] => spec.startGates?.map(({ name }) => name) ?? []
describe('a mission makes a stage object per stage when it is accepted', () => {
  const mission = makeMission(['scout', stage('strike', ['scout']), stage('assess', ['strike'])])
  const plan = decide(mission)

  test('all of them at once, in spec order, so that people see the whole plan', () => {
    assert.deepEqual(
      creates(plan).map(({ metadata }) => metadata.name),
      ['m-scout', 'm-strike', 'm-assess'],
    )
  })
  test('with the gate dependencies where something has to end first', () => {
    assert.deepEqual(creates(plan).map(gatesOf), [[], ['dependencies'], ['dependencies']])
  })
  test('with labels, owner and the settings copied down', () => {
    const [, strike] = creates(plan)
    assert.deepEqual(strike?.metadata.labels, {
      mission: 'm',
      'stage-name': 'strike',
      'stage-index': '2',
    })
    assert.deepEqual(strike?.metadata.ownerReferences, [
      {
        apiVersion: 'airforce.airforce.mil/v1alpha1',
        kind: 'Mission',
        name: 'm',
        uid: 'mission-uid',
        controller: true,
        blockOwnerDeletion: true,
      },
    ])
    assert.equal(strike?.spec.failurePolicy.stageFailureAction, 'abort')
    assert.deepEqual(strike?.spec.dependsOn, ['scout'])
  })
  test('and says Pending, with every stage and task in its summary', () => {
    const status = statusOf(plan)
    assert.equal(status.phase, 'Pending')
    assert.equal(conditionOf(plan, 'Accepted'), 'True Accepted')
    assert.deepEqual(
      status.stagesSummary?.map(({ name }) => name),
      ['scout', 'strike', 'assess'],
    )
    assert.equal(status.stagesProgress, '0/3')
    assert.equal(status.tasksProgress, '0/3')
    assert.equal(status.statistics?.pendingTasks, 3)
    assert.equal(status.observedGeneration, 1)
    assert.equal(status.startTime, undefined)
  })
  test('names of tasks are filled in', () => {
    const unnamed = makeMission([{ name: 's', flightTasks: [{ aircraft: 'j20' }, {}] }])
    const [made] = creates(decide(unnamed))
    assert.deepEqual(
      made?.spec.flightTasks?.map(({ name }) => name),
      ['j20-01', 'task-02'],
    )
  })
  test("a user's gate of the plan is put on the stage", () => {
    const gated = makeMission([{ ...stage('s'), startGates: [{ name: 'commander-approval' }] }])
    assert.deepEqual(creates(decide(gated)).map(gatesOf), [['commander-approval']])
  })
})

describe('a wrong plan is refused: Failed, Accepted=False, and nothing below it is made (D16, D17, D23)', () => {
  const cases: readonly [string, Stored<Mission>, RegExp, string][] = [
    [
      'a cycle is named with its path',
      makeMission([stage('a', ['c']), stage('b', ['a']), stage('c', ['b'])]),
      /a → c → b → a/,
      'False DependencyCycle',
    ],
    ['a stage that depends on itself', makeMission([stage('a', ['a'])]), /itself/, 'False Invalid'],
    [
      'an unknown name, with the name that was meant',
      makeMission(['recon', stage('strike', ['recom'])]),
      /"recom".*did you mean "recon"/,
      'False Invalid',
    ],
    ['a repeated name', makeMission(['a', 'a']), /spec\.stages\[1\]\.name/, 'False Invalid'],
    ['no stages', makeMission([]), /at least one stage/, 'False Invalid'],
    [
      'tasks that go round in a mixed stage',
      makeMission([
        {
          ...stage('s'),
          type: 'mixed',
          flightTasks: [
            { name: 'a', dependsOn: ['b'] },
            { name: 'b', dependsOn: ['a'] },
          ],
        },
      ]),
      /spec\.stages\[0\]\.flightTasks.*a → b → a/,
      'False DependencyCycle',
    ],
    [
      'two tasks of one name, one of them a copy',
      makeMission([{ ...stage('s'), flightTasks: [{ name: 'a', count: 2 }, { name: 'a-0002' }] }]),
      /"a-0002"/,
      'False Invalid',
    ],
    [
      'more tasks than a stage may have',
      makeMission([
        {
          ...stage('s'),
          flightTasks: [
            { name: 'a', count: 9000 },
            { name: 'b', count: 9000 },
          ],
        },
      ]),
      /18000 tasks.*10000/,
      'False Invalid',
    ],
    [
      'a gang that is larger than maxParallelTasks',
      makeMission(
        [
          {
            ...stage('s'),
            flightTasks: [{ name: 'a', count: 5 }],
            synchronization: { waitForAll: true },
          },
        ],
        { spec: { maxParallelTasks: 4 } },
      ),
      /all 5 tasks must fly together.*allows 4/,
      'False Invalid',
    ],
  ]
  for (const [title, mission, message, accepted] of cases) {
    test(title, () => {
      const plan = decide(mission)
      assert.deepEqual(plan.operations ?? [], [])
      assert.equal(statusOf(plan).phase, 'Failed')
      assert.match(statusOf(plan).message ?? '', message)
      assert.equal(conditionOf(plan, 'Accepted'), accepted)
      assert.equal(plan.events?.[0]?.type, 'Warning')
      assert.notEqual(statusOf(plan).completionTime, undefined)
    })
  }
})

describe('a stage starts when every stage that it depends on has succeeded', () => {
  const stages = [
    'a',
    'b',
    { ...stage('c', ['a', 'b']), startGates: [{ name: 'commander-approval' }] },
  ]
  const waiting: ChildParts = { gates: ['dependencies'] }
  const done = inPhase('Succeeded')
  const cases: readonly [
    string,
    'abort' | 'continue',
    Readonly<Record<string, ChildParts>>,
    readonly string[] | undefined,
  ][] = [
    ['all succeeded: the gate is opened', 'abort', { a: done, b: done, c: waiting }, []],
    ['one still runs', 'abort', { a: done, b: inPhase('Running'), c: waiting }, undefined],
    ['one has not begun', 'abort', { a: done, b: {}, c: waiting }, undefined],
    [
      'under continue a failed one counts too',
      'continue',
      { a: done, b: inPhase('Failed'), c: waiting },
      [],
    ],
    [
      "only the controller's own gate is taken away",
      'abort',
      { a: done, b: done, c: { gates: ['commander-approval', 'dependencies'] } },
      ['commander-approval'],
    ],
    [
      'a gate that a person has taken away stays away',
      'abort',
      { a: inPhase('Running'), b: done, c: waiting },
      undefined,
    ],
    [
      'a gate that someone took away by mistake is put back',
      'abort',
      { a: inPhase('Running'), b: done, c: {} },
      ['dependencies'],
    ],
  ]
  for (const [title, onFailure, children, gates] of cases) {
    test(title, () => {
      const { startGates } =
        patches(decide(makeMission(stages, { onFailure }), children))['m-c'] ?? {}
      const names = (startGates as { name: string }[] | undefined)?.map(({ name }) => name)
      assert.deepEqual(names, gates)
    })
  }
  test('a patch of gates holds only for the version that it was made from', () => {
    const plan = decide(makeMission(stages), { a: done, b: done, c: waiting })
    const [operation] = plan.operations ?? []
    assert.ok(operation?.kind === 'patch')
    assert.equal(operation.ref.resourceVersion, '7')
  })
})

describe('phases of a mission', () => {
  const stages = ['a', stage('b', ['a'])]
  const gated: ChildParts = { gates: ['dependencies'] }
  const cases: readonly [
    string,
    'abort' | 'continue',
    Readonly<Record<string, ChildParts>>,
    string,
    string,
  ][] = [
    ['Pending until a stage starts', 'abort', { a: {}, b: gated }, 'Pending', 'False Running'],
    [
      'Running from the first',
      'abort',
      { a: inPhase('Running'), b: gated },
      'Running',
      'False Running',
    ],
    [
      'Succeeded when every stage succeeded',
      'abort',
      { a: inPhase('Succeeded'), b: inPhase('Succeeded') },
      'Succeeded',
      'True Succeeded',
    ],
    [
      'continue: Succeeded if any stage succeeded, with the failures named',
      'continue',
      { a: inPhase('Failed'), b: inPhase('Succeeded') },
      'Succeeded',
      'True SucceededWithFailures',
    ],
    [
      'continue: Failed if none did (D5)',
      'continue',
      { a: inPhase('Failed'), b: inPhase('Failed') },
      'Failed',
      'False Failed',
    ],
    [
      'abort: Failed',
      'abort',
      { a: inPhase('Failed'), b: inPhase('Cancelled') },
      'Failed',
      'False Aborted',
    ],
  ]
  for (const [title, onFailure, children, phase, complete] of cases) {
    test(title, () => {
      const plan = decide(makeMission(stages, { onFailure }), children)
      assert.equal(statusOf(plan).phase, phase)
      assert.equal(conditionOf(plan, 'Complete'), complete)
    })
  }
  test('once Running it is not Pending again at a hand-over (D24)', () => {
    const mission = makeMission(stages, { status: { phase: 'Running' } })
    assert.equal(statusOf(decide(mission, { a: {}, b: gated })).phase, 'Running')
  })
  test('startTime is when the first stage started, not when the object was made (D33)', () => {
    const children = {
      a: inPhase('Running', { startTime: '2026-11-23T10:00:07Z' }),
      b: inPhase('Running', { startTime: '2026-11-23T10:00:05Z' }),
    }
    const plan = decide(makeMission(stages), children, { now: START + 9000 })
    assert.equal(statusOf(plan).startTime, '2026-11-23T10:00:05Z')
    assert.equal(plan.stamp?.lastUpdateTime, '2026-11-23T10:00:09Z')
  })
  test('a message names the stages that failed', () => {
    const children = {
      a: inPhase('Failed', { message: 'task a failed: exit code 1' }),
      b: inPhase('Succeeded'),
    }
    const plan = decide(makeMission(stages, { onFailure: 'continue' }), children)
    assert.equal(
      statusOf(plan).message,
      '1 of 2 stages succeeded; stage a failed: task a failed: exit code 1',
    )
  })
  test('a terminal phase does not change by itself', () => {
    for (const phase of ['Succeeded', 'Failed', 'Cancelled'] as const) {
      const mission = makeMission(stages, { status: { phase } })
      assert.deepEqual(decide(mission, { a: inPhase('Succeeded'), b: inPhase('Failed') }), {})
    }
  })
  test('a stage that comes when the mission has ended is stopped, as long as it is as it was seen', () => {
    const mission = makeMission(stages, { status: { phase: 'Cancelled' } })
    const plan = decide(mission, { a: inPhase('Succeeded'), b: {} })
    assert.equal(plan.status, undefined)
    assert.deepEqual(patches(plan), { 'm-b': { cancel: true } })
    const [operation] = plan.operations ?? []
    assert.equal(operation?.kind === 'patch' && operation.ref.resourceVersion, '7')
    assert.deepEqual(decide(mission, { b: { spec: { cancel: true } } }), {}, 'it is told once')
  })
  test('a mission that is being deleted is left to the garbage collector', () => {
    const mission = makeMission(stages)
    const metadata = { ...mission.metadata, deletionTimestamp: formatTime(START) }
    assert.deepEqual(decide({ ...mission, metadata }), {})
  })
})

describe('abort stops every running stage; what never started is cancelled (D3)', () => {
  const mission = makeMission(['a', 'b', stage('c', ['b'])], { status: { phase: 'Running' } })
  const failing = inPhase('Running', {
    conditions: [
      {
        type: 'Complete',
        status: 'False',
        reason: 'Failed',
        message: 'task a failed',
        lastTransitionTime: START_TIME,
      },
    ],
  })
  const others = { b: inPhase('Running'), c: { gates: ['dependencies'] } }

  test('a stage is stopped as it was seen: not one that has begun to run again since', () => {
    const { operations = [] } = decide(mission, { a: failing, b: inPhase('Running') })
    const versions = operations.map((one) => one.kind === 'patch' && one.ref.resourceVersion)
    assert.deepEqual(versions, ['7', '7'])
  })
  test('as soon as a stage is failing, before its own tasks have ended', () => {
    const plan = decide(mission, { a: failing, ...others })
    assert.deepEqual(patches(plan), {
      'm-a': { cancel: true },
      'm-b': { cancel: true },
      'm-c': { cancel: true },
    })
    assert.equal(plan.statusFirst, true, 'the cause is on record before anything is stopped')
    assert.equal(statusOf(plan).phase, 'Running')
    assert.equal(conditionOf(plan, 'Complete'), 'False Aborted')
    assert.equal(plan.events?.length, 1)
  })
  test('no gate is opened any more', () => {
    const plan = decide(mission, { a: inPhase('Failed'), b: inPhase('Succeeded'), c: others.c })
    assert.deepEqual(patches(plan), { 'm-c': { cancel: true } })
  })
  test('the mission is Failed when the last has ended', () => {
    const plan = decide(mission, {
      a: inPhase('Failed'),
      b: inPhase('Cancelled'),
      c: inPhase('Cancelled'),
    })
    assert.equal(statusOf(plan).phase, 'Failed')
    assert.deepEqual(patches(plan), {})
  })
  test('a stage that someone cancels counts as failed', () => {
    const plan = decide(mission, { a: inPhase('Cancelled'), ...others })
    assert.match(statusOf(plan).message ?? '', /stage a was cancelled/)
    assert.deepEqual(Object.keys(patches(plan)), ['m-b', 'm-c'])
  })
  test('a stage that was never made is shown as Cancelled, with its tasks', () => {
    const plan = decide(mission, { a: inPhase('Failed'), b: inPhase('Cancelled') })
    assert.deepEqual(creates(plan), [])
    assert.equal(statusOf(plan).stagesSummary?.[2]?.phase, 'Cancelled')
    assert.ok((statusOf(plan).statistics?.cancelledTasks ?? 0) > 0)
  })
  test('the cause stays, whatever is seen later', () => {
    const plan = decide(mission, { a: failing, ...others })
    const stopping = { ...mission, status: statusOf(plan) }
    const later = decide(stopping, { a: inPhase('Succeeded'), ...others })
    assert.deepEqual(Object.keys(patches(later)), ['m-b', 'm-c'])
    assert.deepEqual(later.events, [], 'said once')
  })
})
