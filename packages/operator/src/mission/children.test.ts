import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MissionStageStatus, MissionStatus, TaskCounts } from '@sortie/api'
import { findCondition, type Stored } from '@sortie/machinery'
import { deletes, patches, START, START_TIME, statusOf } from '../stage/fixtures.ts'
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

type Stages = Parameters<typeof makeMission>[0]
type MissionParts = NonNullable<Parameters<typeof makeMission>[1]>

const gated: ChildParts = { gates: ['dependencies'] }
const running: Partial<MissionStatus> = {
  phase: 'Running',
  startTime: START_TIME,
  observedGeneration: 1,
}
const accepted: NonNullable<MissionStatus['conditions']> = [
  {
    type: 'Accepted',
    status: 'True',
    reason: 'Accepted',
    message: 'the plan is valid',
    lastTransitionTime: START_TIME,
  },
]

/** What is done in a mission whose children were made for the stages that it had before. */
function change(
  before: Stages,
  after: { readonly stages: Stages } & MissionParts,
  children: Readonly<Record<string, ChildParts>>,
) {
  const { stages, status, ...parts } = after
  const old = makeMission(before)
  const mission = makeMission(stages, {
    generation: 2,
    ...parts,
    status: { ...running, conditions: accepted, ...status },
  })
  const made = Object.entries(children).map(([name, child]) => makeChild(old, name, child))
  return decideMission(observed(mission, made), START)
}

const driftOf = (plan: ReturnType<typeof change>): string | undefined => {
  const drift = findCondition(statusOf(plan).conditions, 'SpecDrift')
  return drift && `${drift.status} ${drift.message.split('changed: ')[1] ?? drift.message}`
}

describe('SpecDrift names what is not followed, and nothing else', () => {
  const timed = (name: string) => ({ name, timeout: '5m' })
  const extra = (name: string) => ({ name, flightTasks: [{ name: 'a' }, { name: 'extra' }] })
  const inHurry = { priority: 'high' as const, config: makeMission(['a']).spec.config }
  const cases: readonly [string, () => ReturnType<typeof change>, string | undefined][] = [
    [
      'tasks that a running stage takes over are no drift',
      () => change(['a'], { stages: [extra('a')] }, { a: inPhase('Running') }),
      undefined,
    ],
    [
      'tasks added to a stage that runs in a mission that stops will not be flown',
      () =>
        change(['a'], { stages: [extra('a')], spec: { cancel: true } }, { a: inPhase('Running') }),
      'True stages[a].flightTasks',
    ],
    [
      'settings of the whole mission are of no interest to a stage that has ended',
      () =>
        change(
          ['a', 'b'],
          { stages: ['a', 'b'], spec: inHurry },
          {
            a: inPhase('Succeeded'),
            b: inPhase('Running'),
          },
        ),
      undefined,
    ],
    [
      'a stage that was never made, or had not begun when it was dropped, has nothing to follow',
      () =>
        change(
          ['a', 'b', 'c'],
          { stages: [timed('a'), 'c'], spec: { cancel: true } },
          {
            a: inPhase('Running'),
            b: {},
          },
        ),
      'True stages[a].config',
    ],
    [
      'what is on record stays there while the spec is as it was',
      () =>
        change(
          ['a'],
          {
            stages: [timed('a')],
            generation: 1,
            status: {
              conditions: [
                ...accepted,
                {
                  type: 'SpecDrift',
                  status: 'True',
                  reason: 'SpecDrift',
                  message: 'changed: stages[a].type',
                  lastTransitionTime: START_TIME,
                },
              ],
            },
          },
          { a: inPhase('Running') },
        ),
      'True stages[a].type',
    ],
    [
      'and when the mission ends',
      () =>
        change(
          ['a'],
          {
            stages: [timed('a')],
            generation: 1,
            status: {
              conditions: [
                ...accepted,
                {
                  type: 'SpecDrift',
                  status: 'True',
                  reason: 'SpecDrift',
                  message: 'changed: stages[a].type',
                  lastTransitionTime: START_TIME,
                },
              ],
            },
          },
          { a: inPhase('Succeeded') },
        ),
      'True stages[a].type',
    ],
    [
      'it turns False when the spec is changed back',
      () =>
        change(
          ['a'],
          {
            stages: ['a'],
            status: {
              conditions: [
                ...accepted,
                {
                  type: 'SpecDrift',
                  status: 'True',
                  reason: 'SpecDrift',
                  message: 'changed: stages[a].type',
                  lastTransitionTime: START_TIME,
                },
              ],
            },
          },
          { a: inPhase('Running') },
        ),
      'False all stages follow the spec',
    ],
  ]
  for (const [title, look, drift] of cases) {
    test(title, () => assert.equal(driftOf(look()), drift))
  }
  test('a running stage takes over the settings of the mission', () => {
    const plan = change(['a'], { stages: ['a'], spec: inHurry }, { a: inPhase('Running') })
    assert.deepEqual(patches(plan), { 'm-a': { priority: 'high' } })
  })
  test('of a change that is refused nothing is taken over, no setting either', () => {
    const stages = [stage('a', ['nowhere'])]
    const status = { stagesSummary: [{ name: 'a', phase: 'Running' as const }] }
    const plan = change(['a'], { stages, status, spec: inHurry }, { a: inPhase('Running') })
    assert.deepEqual(patches(plan), {})
    assert.equal(driftOf(plan), undefined)
  })
  test('a stage that people edited is left alone while the spec is as it was, begun or not', () => {
    const edited = { spec: { priority: 'low' as const } }
    const plan = change(
      ['a', 'b'],
      { stages: ['a', 'b'], generation: 1 },
      {
        a: { ...inPhase('Running'), ...edited },
        b: edited,
      },
    )
    assert.deepEqual(patches(plan), {})
  })
})

describe('a stage that the plan has dropped', () => {
  const dropped = (child: ChildParts, spec: MissionParts['spec'] = {}) =>
    change(['a', 'b'], { stages: ['a'], spec }, { a: { spec: { suspend: true } }, b: child })

  test('is suspended with the others while it runs', () => {
    const plan = dropped(inPhase('Running'), { suspend: true })
    assert.deepEqual(patches(plan), { 'm-b': { suspend: true } })
  })
  test('and resumed with them', () => {
    const plan = dropped({ ...inPhase('Running'), spec: { suspend: true } })
    assert.deepEqual(patches(plan)['m-b'], { suspend: null })
  })
  test('is told nothing once it has ended', () => {
    assert.deepEqual(patches(dropped(inPhase('Failed'), { suspend: true })), {})
  })
  test('is not deleted twice', () => {
    const old = makeMission(['a', 'b'])
    const child = makeChild(old, 'b')
    const leaving = { ...child, metadata: { ...child.metadata, deletionTimestamp: START_TIME } }
    const mission = makeMission(['a'], { status: running })
    assert.deepEqual(deletes(decideMission(observed(mission, [leaving]), START)), [])
  })
})

describe('what is changed in a stage while it lives', () => {
  test('nothing while it is being deleted', () => {
    const mission = makeMission(['a'], { status: running, spec: { suspend: true } })
    const child = makeChild(mission, 'a', inPhase('Running'))
    const leaving = { ...child, metadata: { ...child.metadata, deletionTimestamp: START_TIME } }
    assert.deepEqual(patches(decideMission(observed(mission, [leaving]), START)), {})
  })
  test('a patch without gates holds for any version: a status written meanwhile does no harm', () => {
    const mission = makeMission(['a'], { status: running, spec: { suspend: true } })
    const [operation] = decide(mission, { a: inPhase('Running') }).operations ?? []
    assert.ok(operation?.kind === 'patch')
    assert.equal(operation.ref.resourceVersion, undefined)
  })
  test('a stage that has begun gets no gate, whatever its dependencies have become', () => {
    const plan = change(
      ['a', 'b'],
      { stages: ['a', stage('b', ['a'])] },
      {
        a: inPhase('Running'),
        b: inPhase('Running'),
      },
    )
    assert.deepEqual(patches(plan), {})
    assert.equal(driftOf(plan), 'True stages[b].dependsOn')
  })
  test('a new stage has its place in the plan', () => {
    const plan = decide(makeMission(['a', 'b']))
    assert.deepEqual(
      creates(plan).map(({ spec }) => spec.stageIndex),
      [1, 2],
    )
  })
  describe('a gate of the controller', () => {
    const capped = (parts: MissionParts = {}) =>
      makeMission(['a', 'b'], { ...parts, spec: { maxParallelTasks: 1, ...parts.spec } })
    const cases: readonly [string, Stored<ReturnType<typeof makeMission>>, ChildParts, unknown][] =
      [
        [
          'is not put back on a stage that has its share but has not begun',
          makeMission(['a', 'b'], { spec: { maxParallelTasks: 2 } }),
          { share: 1 },
          undefined,
        ],
        [
          'stays shut while the mission is suspended, although the cap is gone',
          makeMission(['a', 'b'], { spec: { suspend: true } }),
          {
            gates: ['parallel-budget'],
            spec: { suspend: true, startGates: [{ name: 'parallel-budget' }] },
          },
          undefined,
        ],
        [
          'takes the place of the other where the turn has come but nothing is left of the cap',
          capped(),
          gated,
          { startGates: [{ name: 'parallel-budget' }] },
        ],
      ]
    for (const [title, mission, b, patch] of cases) {
      test(title, () => {
        const plan = decide(mission, { a: { ...inPhase('Running'), share: 1 }, b })
        assert.deepEqual(patches(plan)['m-b'], patch)
      })
    }
  })
})

describe('what a stage can still use of maxParallelTasks', () => {
  const wide = (name: string) => ({ ...stage(name), flightTasks: [{ name: 'a', count: 20 }] })
  const counts = (parts: Partial<TaskCounts>): Partial<MissionStageStatus> => ({
    counts: {
      total: 20,
      pending: 0,
      scheduled: 0,
      running: 0,
      succeeded: 0,
      failed: 0,
      cancelled: 0,
      ...parts,
    },
  })
  /** The share that b gets beside a, of which the mission's plan may know nothing any more. */
  const shareBeside = (a: ChildParts, { budget = 10, isDropped = false } = {}): unknown => {
    const old = makeMission([wide('a'), wide('b')])
    const mission = makeMission(isDropped ? [wide('b')] : [wide('a'), wide('b')], {
      spec: { maxParallelTasks: budget },
      status: running,
    })
    const children = [makeChild(old, 'a', a), makeChild(old, 'b', { gates: ['parallel-budget'] })]
    return patches(decideMission(observed(mission, children), START))['m-b']?.['maxParallelTasks']
  }
  const busy = (parts: Partial<TaskCounts>, more: ChildParts = {}): ChildParts => ({
    ...inPhase('Running', counts(parts)),
    ...more,
  })
  const mostEnded = { succeeded: 8, failed: 5, cancelled: 4, pending: 1, running: 2 }
  /** What b gets where a could use more as well, and where the plan has dropped a. */
  const cases: readonly [string, ChildParts, unknown, unknown][] = [
    ['what it holds, while that many tasks are left', busy({ pending: 20 }, { share: 4 }), 3, 6],
    ['no more than the tasks that have not ended', busy(mostEnded, { share: 8 }), 7, 7],
    [
      'what flies above a share that was lowered',
      busy({ pending: 10, scheduled: 3, running: 4, succeeded: 3 }, { share: 2 }),
      1,
      3,
    ],
    ['what is left of it, where it was opened before there was a cap', busy(mostEnded), 7, 7],
    ['nothing when it has ended', { ...inPhase('Succeeded'), share: 8 }, 10, 10],
  ]
  for (const isDropped of [false, true]) {
    describe(isDropped ? 'of one that the plan has dropped' : 'of one of the plan', () => {
      for (const [title, a, planned, dropped] of cases) {
        const share = isDropped ? dropped : planned
        test(title, () => assert.equal(shareBeside(a, { isDropped }), share))
      }
    })
  }
  test('a dropped stage that was opened keeps its share until it is gone: it may have begun', () => {
    assert.equal(shareBeside({ share: 8 }, { isDropped: true }), 2)
  })
  test('a dropped stage that is closed holds nothing', () => {
    assert.equal(shareBeside({ gates: ['parallel-budget'] }, { isDropped: true }), 10)
  })
  test('a gate that someone puts on a running stage takes nothing from it', () => {
    const a = { ...busy({ pending: 20 }, { share: 4 }), gates: ['approval'] }
    assert.equal(shareBeside(a), 6)
  })
  test('nothing is raised before a running stage has acknowledged what it was last told', () => {
    assert.equal(shareBeside(busy({ pending: 20 }, { share: 4, generation: 2 })), undefined)
  })
  test('a stage that waits for a condition gets no share before it is True', () => {
    const dependencies = { conditions: [{ type: 'WeatherClear' }] }
    const mission = makeMission([{ ...wide('a'), dependencies } as never, wide('b')], {
      spec: { maxParallelTasks: 10 },
    })
    const closed = { gates: ['parallel-budget'] }
    assert.deepEqual(patches(decide(mission, { a: closed, b: closed })), {
      'm-b': { startGates: [], maxParallelTasks: 10 },
    })
  })
  test('a suspended mission deals no shares', () => {
    const mission = makeMission([wide('a')], { spec: { maxParallelTasks: 10, suspend: true } })
    const a = { gates: ['parallel-budget'], spec: { suspend: true } }
    assert.deepEqual(patches(decide(mission, { a })), {})
  })
  test('a change that is not followed leaves the cap as it is where no gang needs more', () => {
    const old = makeMission([wide('a')])
    const mission = makeMission([{ ...wide('a'), dependsOn: ['nowhere'] }], {
      generation: 2,
      spec: { maxParallelTasks: 3 },
      status: { ...running, stagesSummary: [{ name: 'a' }] },
    })
    const children = [makeChild(old, 'a', { gates: ['parallel-budget'] })]
    const plan = decideMission(observed(mission, children), START)
    assert.equal(patches(plan)['m-a']?.['maxParallelTasks'], 3)
  })
})
