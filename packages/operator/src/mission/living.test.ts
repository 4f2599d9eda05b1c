import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { API_VERSION, type Mission, type MissionTemplate } from '@sortie/api'
import { deepFreeze, findCondition, formatTime, type Stored } from '@sortie/machinery'
import { deletes, patches, START, START_TIME, statusOf } from '../stage/fixtures.ts'
import { decideMission } from './decide.ts'
import {
  type ChildParts,
  conditionOf,
  creates,
  decide,
  inPhase,
  makeChild,
  makeMission,
  observed,
  stage,
} from './fixtures.ts'
import { stageNames } from './slots.ts'

const SECOND = 1000
const gated: ChildParts = { gates: ['dependencies'] }
const gatesOf = (spec: { startGates?: readonly { name: string }[] } | undefined) =>
  spec?.startGates?.map(({ name }) => name) ?? []

describe('cancel stops everything and ends Cancelled (D7)', () => {
  const mission = makeMission(['a', stage('b', ['a'])], {
    spec: { cancel: true },
    status: { phase: 'Running' },
  })
  test('every stage that has not ended is told, started or not', () => {
    const plan = decide(mission, { a: inPhase('Running'), b: gated })
    assert.deepEqual(patches(plan), { 'm-a': { cancel: true }, 'm-b': { cancel: true } })
    assert.equal(statusOf(plan).phase, 'Running')
    assert.equal(conditionOf(plan, 'Complete'), 'False Cancelled')
  })
  test('what has ended stays as it ended', () => {
    const plan = decide(mission, { a: inPhase('Succeeded'), b: inPhase('Cancelled') })
    assert.equal(statusOf(plan).phase, 'Cancelled')
    assert.deepEqual(patches(plan), {})
    assert.deepEqual(
      statusOf(plan).stagesSummary?.map(({ phase }) => phase),
      ['Succeeded', 'Cancelled'],
    )
  })
  test('a mission that was cancelled before it began makes nothing', () => {
    const fresh = makeMission(['a'], { spec: { cancel: true } })
    const plan = decide(fresh)
    assert.deepEqual(creates(plan), [])
    assert.equal(statusOf(plan).phase, 'Cancelled')
    assert.equal(statusOf(plan).startTime, undefined)
  })
  test('a stage is not told twice', () => {
    const told: ChildParts = { ...inPhase('Running'), spec: { cancel: true } }
    assert.deepEqual(patches(decide(mission, { a: told, b: inPhase('Cancelled') })), {})
  })
  test('a stage that fails meanwhile does not make it Failed', () => {
    const plan = decide(mission, { a: inPhase('Failed'), b: inPhase('Cancelled') })
    assert.equal(statusOf(plan).phase, 'Cancelled')
  })
})

describe('suspend is copied down, and nothing is opened meanwhile', () => {
  const suspended = makeMission(['a', stage('b', ['a'])], {
    spec: { suspend: true },
    status: { phase: 'Running' },
  })
  const resumed = makeMission(['a', stage('b', ['a'])], { status: { phase: 'Running' } })
  const waiting = (parts: ChildParts): ChildParts => ({ ...parts, spec: { suspend: true } })

  test('every stage that has not ended is told', () => {
    const plan = decide(suspended, { a: inPhase('Running'), b: gated })
    assert.deepEqual(patches(plan), { 'm-a': { suspend: true }, 'm-b': { suspend: true } })
    assert.equal(conditionOf(plan, 'Suspended'), 'True Suspended')
    assert.equal(conditionOf(plan, 'Progressing'), 'False Suspended')
  })
  test('a gate stays closed although its stages have succeeded', () => {
    const plan = decide(suspended, { a: inPhase('Succeeded'), b: waiting(gated) })
    assert.deepEqual(patches(plan), {})
  })
  test('on resume one patch lets it go and opens the gate', () => {
    const plan = decide(resumed, { a: inPhase('Succeeded'), b: waiting(gated) })
    assert.deepEqual(patches(plan), { 'm-b': { suspend: null, startGates: [] } })
  })
  test('a stage made while suspended is suspended', () => {
    const [made] = creates(decide(makeMission(['a'], { spec: { suspend: true } })))
    assert.equal(made?.spec.suspend, true)
  })
  test('a stage that has ended is left alone', () => {
    const plan = decide(suspended, { a: inPhase('Succeeded'), b: waiting(gated) })
    assert.equal(patches(plan)['m-a'], undefined)
  })
})

describe('a running mission may be changed (D20, D27)', () => {
  const changed = (stages: Parameters<typeof makeMission>[0], spec = {}) =>
    makeMission(stages, {
      generation: 2,
      spec,
      status: {
        phase: 'Running',
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
      },
    })
  const original = makeMission(['a', stage('b', ['a'])])
  const children = (a: ChildParts, b: ChildParts) => [
    makeChild(original, 'a', a),
    makeChild(original, 'b', b),
  ]
  const change = (mission: Stored<Mission>, a: ChildParts, b: ChildParts) =>
    decideMission(observed(mission, children(a, b)), START)

  test('an added stage is made', () => {
    const mission = changed(['a', stage('b', ['a']), stage('c', ['a'])])
    const plan = change(mission, inPhase('Running'), gated)
    assert.deepEqual(
      creates(plan).map(({ metadata }) => metadata.name),
      ['m-c'],
    )
    assert.deepEqual(deletes(plan), [])
    assert.equal(statusOf(plan).observedGeneration, 2)
  })
  test('inserting one before the others restarts nothing: stages are matched by name', () => {
    const mission = changed(['new', 'a', stage('b', ['a'])])
    const plan = change(mission, inPhase('Running'), gated)
    assert.deepEqual(deletes(plan), [])
    assert.deepEqual(patches(plan), { 'm-b': { stageIndex: 3 } })
    assert.equal(findCondition(statusOf(plan).conditions, 'SpecDrift'), undefined)
  })
  test('a removed stage that has not started is deleted by its uid', () => {
    const plan = change(changed(['a']), inPhase('Running'), gated)
    assert.deepEqual(deletes(plan), ['m-b/uid-b'])
  })
  test('so is one that comes after the change was followed, by a write long on its way', () => {
    const mission = makeMission(['a'], { status: { phase: 'Running', observedGeneration: 1 } })
    const plan = change(mission, inPhase('Running'), gated)
    assert.deepEqual(deletes(plan), ['m-b/uid-b'])
    const [operation] = plan.operations ?? []
    assert.equal(operation?.kind === 'delete' && operation.ref.resourceVersion, '7')
  })
  test('a removed stage that has started goes on, and that is recorded', () => {
    const plan = change(changed([stage('b')]), inPhase('Running'), {})
    assert.deepEqual(deletes(plan), [])
    assert.match(
      findCondition(statusOf(plan).conditions, 'SpecDrift')?.message ?? '',
      /stages\[a\]: removed, but it has started/,
    )
    assert.deepEqual(
      statusOf(plan).stagesSummary?.map(({ name }) => name),
      ['b', 'a'],
    )
  })
  test('the mission waits for it', () => {
    const plan = change(changed([stage('b')]), inPhase('Running'), inPhase('Succeeded'))
    assert.equal(statusOf(plan).phase, 'Running')
  })
  test('a stage that has not started follows', () => {
    const mission = changed(['a', { ...stage('b', ['a']), timeout: '5m', displayName: 'Strike' }])
    const plan = change(mission, inPhase('Running'), gated)
    assert.deepEqual(patches(plan), {
      'm-b': { stageName: 'Strike', config: { timeout: '5m' } },
    })
    // As it was seen: it may have started since.
    const patch = plan.operations?.find(({ kind }) => kind === 'patch')
    assert.equal(patch?.kind === 'patch' && patch.ref.resourceVersion, '7')
  })
  test('dependencies that changed move its gate', () => {
    const plan = change(changed(['a', stage('b')]), inPhase('Running'), gated)
    assert.deepEqual(patches(plan), { 'm-b': { dependsOn: null, startGates: [] } })
  })
  test('one that has started keeps its spec, and the fields are recorded', () => {
    const mission = changed([
      { ...stage('a'), timeout: '5m', type: 'sequential' },
      stage('b', ['a']),
    ])
    const plan = change(mission, inPhase('Running'), gated)
    assert.deepEqual(patches(plan), {})
    const drift = findCondition(statusOf(plan).conditions, 'SpecDrift')
    assert.equal(drift?.status, 'True')
    assert.match(drift?.message ?? '', /stages\[a\]\.type, stages\[a\]\.config/)
  })
  test('tasks of a stage that runs are handed down: its controller keeps those that fly', () => {
    const tasks = [{ name: 'a' }, { name: 'extra' }]
    const plan = change(
      changed([{ ...stage('a'), flightTasks: tasks }, stage('b', ['a'])]),
      inPhase('Running'),
      gated,
    )
    assert.deepEqual(patches(plan), { 'm-a': { flightTasks: tasks } })
  })
  test('what a mission that stops or ends does not follow any more is recorded', () => {
    const later = [{ ...stage('a'), timeout: '1h' }, stage('b', ['a'])]
    const drifts = (plan: ReturnType<typeof change>) =>
      findCondition(statusOf(plan).conditions, 'SpecDrift')?.message ?? ''
    const mission = changed(later)
    const cancelled = { ...mission, spec: { ...mission.spec, cancel: true } }
    assert.match(drifts(change(cancelled, inPhase('Running'), {})), /stages\[a\]\.config/)
    const ended = change(mission, inPhase('Succeeded'), inPhase('Succeeded'))
    assert.equal(statusOf(ended).phase, 'Succeeded')
    assert.match(drifts(ended), /stages\[a\]\.config/)
  })
  test('a stage that has ended is not changed, and tasks added to it are recorded', () => {
    const tasks = [{ name: 'a' }, { name: 'extra' }]
    const mission = changed([{ ...stage('a'), flightTasks: tasks }, stage('b', ['a'])])
    const plan = change(mission, inPhase('Succeeded'), inPhase('Running'))
    assert.deepEqual(patches(plan), {})
    assert.match(
      findCondition(statusOf(plan).conditions, 'SpecDrift')?.message ?? '',
      /stages\[a\]\.flightTasks/,
    )
  })
  test('also one that comes before it is on record that the plan was accepted', () => {
    const mission = makeMission(['a', stage('b', ['nowhere'])])
    const plan = decide(mission, { a: inPhase('Running') })
    assert.equal(statusOf(plan).phase, 'Running')
    assert.match(statusOf(plan).message ?? '', /the change is not followed/)
    assert.deepEqual(patches(plan), {})
  })
  test('a change that makes the plan wrong is refused, and the mission goes on as it was', () => {
    const mission = changed([stage('a', ['b']), stage('b', ['a'])])
    const withSummary = {
      ...mission,
      status: {
        ...mission.status,
        phase: 'Running' as const,
        stagesSummary: [
          { name: 'a', phase: 'Running' as const },
          { name: 'b', phase: 'Pending' as const },
        ],
      },
    }
    const plan = change(withSummary, inPhase('Succeeded'), gated)
    assert.equal(conditionOf(plan, 'Accepted'), 'False DependencyCycle')
    assert.match(statusOf(plan).message ?? '', /the change is not followed/)
    assert.equal(statusOf(plan).observedGeneration, 1, 'what was not acted on is not observed')
    assert.deepEqual(patches(plan), { 'm-b': { startGates: [] } }, 'b starts after a, as before')
    assert.deepEqual(deletes(plan), [])
  })
  test('an unchanged spec is not compared with what someone did to a stage', () => {
    const mission = makeMission(['a'], { status: { phase: 'Running', observedGeneration: 1 } })
    const edited: ChildParts = { ...inPhase('Running'), spec: { config: { timeout: '1s' } } }
    assert.deepEqual(patches(decide(mission, { a: edited })), {})
  })
})

describe('stages that someone deletes by hand', () => {
  const running = (phase: 'Running' | 'Succeeded') =>
    makeMission(['a', stage('b', ['a'])], {
      status: { phase: 'Running', stagesSummary: [{ name: 'a', phase }, { name: 'b' }] },
    })
  test('one that had not ended is made again', () => {
    const plan = decide(running('Running'), { b: gated })
    assert.deepEqual(
      creates(plan).map(({ metadata }) => metadata.name),
      ['m-a'],
    )
  })
  test('one whose end is on record is not, and what waited for it goes on', () => {
    const plan = decide(running('Succeeded'), { b: gated })
    assert.deepEqual(creates(plan), [])
    assert.deepEqual(patches(plan), { 'm-b': { startGates: [] } })
    assert.equal(statusOf(plan).statistics?.succeededTasks, 1)
  })
  describe('while a wrong change is not followed', () => {
    const withSpec = (...stages: Parameters<typeof makeMission>[0]) =>
      makeMission(stages, {
        generation: 2,
        status: {
          phase: 'Running',
          observedGeneration: 1,
          stagesSummary: ['a', 'b', 'c'].map((name) => ({ name, phase: 'Pending' as const })),
        },
      })
    test('one is made again without what would close the circle', () => {
      const circle = withSpec(stage('a', ['c', 'b']), stage('b', ['a']), stage('c'))
      const plan = decide(circle, { b: gated, c: inPhase('Running') })
      const [made] = creates(plan)
      assert.equal(made?.metadata.name, 'm-a')
      assert.deepEqual(made.spec.dependsOn, ['c'])
      assert.equal(conditionOf(plan, 'Accepted'), 'False DependencyCycle')
    })
    test('all that are gone are made again, in an order that works', () => {
      const circle = withSpec(stage('a', ['c']), stage('b', ['a']), stage('c', ['b']))
      const made = creates(decide(circle))
      assert.deepEqual(
        made.map(({ metadata, spec }) => [metadata.name, spec.dependsOn ?? []]),
        [
          ['m-a', ['c']],
          ['m-b', ['a']],
          ['m-c', []],
        ],
      )
    })
    test('one that the spec does not have either is named', () => {
      const mission = withSpec(stage('b', ['a']), 'c')
      const plan = decide(mission, { b: gated, c: inPhase('Running') })
      assert.deepEqual(creates(plan), [])
      assert.match(statusOf(plan).message ?? '', /there is nothing to make a from again/)
    })
  })
  test('one that is being deleted is waited for', () => {
    const child = makeChild(running('Running'), 'a', inPhase('Running'))
    const leaving = { ...child, metadata: { ...child.metadata, deletionTimestamp: START_TIME } }
    const plan = decideMission(observed(running('Running'), [leaving]), START)
    assert.deepEqual(
      creates(plan).map(({ metadata }) => metadata.name),
      ['m-b'],
    )
    assert.deepEqual(patches(plan), {})
  })
})

describe('names that belong to others (D18)', () => {
  const first = makeMission(['c'], { name: 'a-b', uid: 'uid-1' })
  const second = makeMission(['b-c'], { name: 'a', uid: 'uid-2' })
  test('two missions whose joined names collide both run', () => {
    const [made] = creates(decide(first))
    const isTaken = (name: string): boolean => name === made?.metadata.name
    const [other] = creates(decide(second, {}, { sources: { isTaken } }))
    assert.equal(made?.metadata.name, 'a-b-c')
    assert.match(other?.metadata.name ?? '', /^a-b-c-[0-9a-v]{10}$/)
  })
  test('the child is found by that name again', () => {
    const [, fallback] = stageNames(second, 'b-c')
    const child = makeChild(second, 'b-c', inPhase('Running'))
    const renamed = { ...child, metadata: { ...child.metadata, name: fallback } }
    const plan = decideMission(observed(second, [renamed], { isTaken: () => true }), START)
    assert.deepEqual(creates(plan), [])
    assert.equal(statusOf(plan).stagesSummary?.[0]?.phase, 'Running')
  })
})

describe('maxParallelTasks', () => {
  const budget = { spec: { maxParallelTasks: 3 } }
  const closed = { gates: ['parallel-budget'] }
  const tasks = (count: number) => ({ flightTasks: [{ name: 'a', count }] })
  const wide = (name: string, dependsOn: readonly string[] = []) => ({
    ...stage(name, dependsOn),
    ...tasks(10),
  })
  test('a stage is made without a share, behind a gate: it gets one when it is there', () => {
    const mission = makeMission([wide('a'), wide('b', ['a'])], budget)
    const made = creates(decide(mission))
    assert.deepEqual(
      made.map(({ spec }) => [spec.maxParallelTasks, gatesOf(spec)]),
      [
        [undefined, ['parallel-budget']],
        [undefined, ['dependencies', 'parallel-budget']],
      ],
    )
    const seen = { a: closed, b: { gates: ['dependencies', 'parallel-budget'] } }
    assert.deepEqual(patches(decide(mission, seen)), {
      'm-a': { startGates: [], maxParallelTasks: 3 },
    })
  })
  test('what is kept for a stage that is yet to be made goes to no other one', () => {
    const mission = makeMission([wide('a'), wide('b')], { spec: { maxParallelTasks: 2 } })
    assert.deepEqual(patches(decide(mission, { a: closed })), {
      'm-a': { startGates: [], maxParallelTasks: 1 },
    })
  })
  test('a stage that gets no share yet stays behind the gate', () => {
    const mission = makeMission(['a', 'b', 'c', 'd'], budget)
    const plan = decide(mission, { a: closed, b: closed, c: closed, d: closed })
    assert.deepEqual(Object.keys(patches(plan)), ['m-a', 'm-b', 'm-c'])
  })
  test('opening a stage and giving it its share is one patch', () => {
    const mission = makeMission([wide('a'), wide('b', ['a'])], budget)
    const plan = decide(mission, {
      a: inPhase('Succeeded'),
      b: { gates: ['dependencies', 'parallel-budget'] },
    })
    assert.deepEqual(patches(plan), { 'm-b': { startGates: [], maxParallelTasks: 3 } })
  })
  test('a stage whose turn came but for which nothing is left waits at the gate', () => {
    const mission = makeMission([wide('x'), 'a', wide('b', ['a'])], budget)
    const plan = decide(mission, {
      x: { ...inPhase('Running'), share: 3 },
      a: inPhase('Succeeded'),
      b: { gates: ['dependencies', 'parallel-budget'] },
    })
    assert.deepEqual(gatesOf(patches(plan)['m-b'] as never), ['parallel-budget'])
  })
  test('a stage that has ended holds up nobody, whatever was done to it since', () => {
    const mission = makeMission([wide('a'), wide('b')], budget)
    const plan = decide(mission, {
      a: { ...inPhase('Succeeded'), share: 3, generation: 9 },
      b: { gates: ['parallel-budget'] },
    })
    assert.deepEqual(patches(plan), { 'm-b': { startGates: [], maxParallelTasks: 3 } })
  })
  test("a stage that waits for a person's gate gets no share", () => {
    const approval = { ...wide('a'), startGates: [{ name: 'commander-approval' }] }
    const plan = decide(makeMission([approval, wide('b')], budget), {
      a: { gates: ['commander-approval', 'parallel-budget'] },
      b: closed,
    })
    assert.deepEqual(patches(plan), { 'm-b': { startGates: [], maxParallelTasks: 3 } })
  })
  test('a cap below a gang that waits is not followed: the gang is opened as planned', () => {
    const gang = { ...wide('b', ['a']), synchronization: { waitForAll: true } }
    const mission = makeMission([wide('a'), gang], {
      generation: 2,
      spec: { maxParallelTasks: 3 },
      status: {
        observedGeneration: 1,
        stagesSummary: [{ name: 'a' }, { name: 'b' }],
      },
    })
    const plan = decide(mission, {
      a: inPhase('Succeeded'),
      b: { gates: ['dependencies', 'parallel-budget'] },
    })
    assert.deepEqual(patches(plan), { 'm-b': { startGates: [], maxParallelTasks: 10 } })
  })
  test('a stage that the plan has dropped keeps its share until it ends', () => {
    const mission = makeMission([wide('b')], budget)
    const gone = makeMission([wide('b'), wide('x')], budget)
    const flying = makeChild(gone, 'x', { ...inPhase('Running'), share: 2 })
    const waiting = makeChild(mission, 'b', { gates: ['parallel-budget'] })
    const plan = decideMission(observed(mission, [flying, waiting]), START)
    assert.deepEqual(patches(plan), { 'm-b': { startGates: [], maxParallelTasks: 1 } })
  })
  test('when the cap is taken away so are the shares and their gates', () => {
    const mission = makeMission([wide('a'), wide('b')])
    const plan = decide(mission, {
      a: { ...inPhase('Running'), share: 3 },
      b: { gates: ['parallel-budget'] },
    })
    assert.deepEqual(patches(plan), {
      'm-a': { maxParallelTasks: null },
      'm-b': { startGates: [] },
    })
  })
})

describe('a mission from a template', () => {
  const template: Stored<MissionTemplate> = deepFreeze({
    apiVersion: API_VERSION,
    kind: 'MissionTemplate',
    metadata: {
      name: 'sweep',
      namespace: 'default',
      uid: 'template-uid',
      resourceVersion: '1',
      creationTimestamp: START_TIME,
    },
    spec: {
      parameters: [
        { name: 'area', type: 'string' as const, required: true },
        { name: 'copies', type: 'integer' as const, default: 2 },
      ],
      stages: [
        {
          name: 'scan',
          flightTasks: [
            // biome-ignore lint/suspicious/noTemplateCurlyInString: the template's own placeholders
            { name: 'a', count: '${params.copies}', taskParams: { area: '${params.area}' } },
          ],
        },
      ],
    },
  })
  const mission = (parameters: Record<string, string | number>, status = {}) =>
    makeMission([], {
      spec: { templateRef: { name: 'sweep' }, parameters } as never,
      status,
    })

  test('is rendered with its parameters', () => {
    const plan = decide(mission({ area: 'north' }), {}, { sources: { template } })
    const [made] = creates(plan)
    assert.deepEqual(made?.spec.flightTasks, [
      { name: 'a', count: 2, taskParams: { area: 'north' } },
    ])
  })
  test('waits with a condition where the template is not there yet, and makes nothing', () => {
    const plan = decide(mission({ area: 'north' }))
    assert.deepEqual(creates(plan), [])
    assert.equal(statusOf(plan).phase, 'Pending')
    assert.equal(conditionOf(plan, 'Accepted'), 'Unknown TemplateNotFound')
    assert.match(statusOf(plan).message ?? '', /MissionTemplate sweep/)
    assert.equal(statusOf(plan).observedGeneration, undefined)
  })
  test('and goes on when it appears', () => {
    const waiting = statusOf(decide(mission({ area: 'north' })))
    const plan = decide(mission({ area: 'north' }, waiting), {}, { sources: { template } })
    assert.equal(creates(plan).length, 1)
    assert.equal(conditionOf(plan, 'Accepted'), 'True Accepted')
  })
  test('may be cancelled while it waits', () => {
    const waiting = mission({})
    const cancelled = { ...waiting, spec: { ...waiting.spec, cancel: true } }
    assert.equal(statusOf(decide(cancelled)).phase, 'Cancelled')
  })
  const wrong: readonly [string, Record<string, string | number>, RegExp][] = [
    ['a parameter is missing', {}, /spec\.parameters\.area.*missing/],
    ['one is too many', { area: 'x', aera: 'y' }, /aera.*no such parameter/],
    ['one has the wrong type', { area: 'x', copies: 'many' }, /copies.*whole number/],
  ]
  for (const [title, parameters, message] of wrong) {
    test(`is refused where ${title}`, () => {
      const plan = decide(mission(parameters), {}, { sources: { template } })
      assert.deepEqual(creates(plan), [])
      assert.equal(statusOf(plan).phase, 'Failed')
      assert.equal(conditionOf(plan, 'Accepted'), 'False TemplateInvalid')
      assert.match(statusOf(plan).message ?? '', message)
    })
  }
  const accepted = (): Stored<Mission> => {
    const plan = decide(mission({ area: 'north' }), {}, { sources: { template } })
    return mission({ area: 'north' }, statusOf(plan))
  }
  test('does not follow later edits of the template, nor its deletion', () => {
    const [made] = creates(decide(mission({ area: 'north' }), {}, { sources: { template } }))
    const child = makeChild(accepted(), 'scan', { ...inPhase('Running'), spec: made?.spec ?? {} })
    const other = { ...template, spec: { ...template.spec, stages: [{ name: 'other' }] } }
    for (const seen of [other, undefined]) {
      const look = observed(accepted(), [child], { template: seen })
      const plan = decideMission(look, START)
      assert.deepEqual(plan.operations, [])
      assert.equal(statusOf(plan).phase, 'Running')
      assert.deepEqual(
        statusOf(plan).stagesSummary?.map(({ name }) => name),
        ['scan'],
      )
    }
  })
})

describe('ttlSecondsAfterFinished', () => {
  const ended = (ttl: number | undefined) =>
    makeMission(['a'], {
      spec: ttl === undefined ? {} : { ttlSecondsAfterFinished: ttl },
      status: { phase: 'Succeeded', completionTime: START_TIME },
    })
  const due = START + 61 * SECOND
  test('the mission is looked at again when it is due, and not before', () => {
    assert.deepEqual(decide(ended(60), {}, { now: START + 5 * SECOND }), { requeueAt: due })
  })
  test('then it is deleted by its uid, and owner references do the rest', () => {
    assert.deepEqual(deletes(decide(ended(60), {}, { now: due })), ['m/mission-uid'])
  })
  test('zero means at once', () => {
    assert.deepEqual(deletes(decide(ended(0), {}, { now: START + SECOND })), ['m/mission-uid'])
  })
  test('without it the mission stays for ever, and nothing is written (D34)', () => {
    assert.deepEqual(decide(ended(undefined), {}, { now: START + 365 * 86_400 * SECOND }), {})
  })
})

describe('status is written when it differs, counters at most once a second', () => {
  const stages = ['a', stage('b', ['a'])]
  const counts = (running: number, succeeded: number) => ({
    total: 10,
    pending: 10 - running - succeeded,
    scheduled: 0,
    running,
    succeeded,
    failed: 0,
    cancelled: 0,
  })
  const before = { a: inPhase('Running', { counts: counts(2, 3) }), b: gated }
  const after = { a: inPhase('Running', { counts: counts(4, 4) }), b: gated }
  const status = statusOf(decide(makeMission(stages), before))
  const written = makeMission(stages, { status })

  test('nothing is written when nothing differs, an hour later either (D3, D34)', () => {
    const plan = decide(written, before, { now: START + 3_600_000 })
    assert.equal(plan.status, undefined)
    assert.deepEqual(plan.operations, [])
    assert.equal(plan.requeueAt, undefined)
  })
  test('counters wait for the second to pass', () => {
    const plan = decide(written, after, { now: START + 300, sources: { writtenAt: START } })
    assert.equal(plan.status, undefined)
    assert.equal(plan.requeueAt, START + SECOND)
  })
  test('a change of the spec that was acted on is acknowledged at once', () => {
    const edited = { ...written, metadata: { ...written.metadata, generation: 2 } }
    const plan = decide(edited, after, { now: START + 300, sources: { writtenAt: START } })
    assert.equal(statusOf(plan).observedGeneration, 2)
  })
  test('and sum up those of all stages', () => {
    const plan = decide(written, after, { now: START + SECOND, sources: { writtenAt: START } })
    assert.deepEqual(statusOf(plan).statistics, {
      totalFlightTasks: 11,
      succeededTasks: 4,
      failedTasks: 0,
      runningTasks: 4,
      pendingTasks: 3,
      cancelledTasks: 0,
    })
    assert.equal(statusOf(plan).tasksProgress, '4/11')
    assert.equal(plan.stamp?.lastUpdateTime, formatTime(START + SECOND))
  })
  test('a task that has an aircraft but does not run yet counts as pending', () => {
    const a = inPhase('Running', { counts: { ...counts(0, 0), pending: 7, scheduled: 3 } })
    const plan = decide(makeMission(['a']), { a })
    assert.equal(statusOf(plan).statistics?.pendingTasks, 10)
  })
  test('the end does not wait', () => {
    const done = { a: inPhase('Succeeded'), b: inPhase('Succeeded') }
    const plan = decide(written, done, { now: START + 10, sources: { writtenAt: START } })
    assert.equal(statusOf(plan).phase, 'Succeeded')
  })
  test('a gate is opened at once although no counter is written', () => {
    const done = { a: inPhase('Succeeded'), b: gated }
    const plan = decide(written, done, { now: START + 10, sources: { writtenAt: START } })
    assert.deepEqual(patches(plan), { 'm-b': { startGates: [] } })
    assert.equal(plan.status, undefined)
  })
  test('a new mission holds its first status back until its first stage runs, for a moment', () => {
    const fresh = makeMission(stages)
    const early = decide(fresh, {}, { sources: { firstSeenAt: START } })
    assert.equal(creates(early).length, 2)
    assert.equal(early.status, undefined)
    assert.equal(early.requeueAt, START + 100)
    const late = decide(
      fresh,
      { a: {}, b: gated },
      { now: START + 100, sources: { firstSeenAt: START } },
    )
    assert.equal(statusOf(late).phase, 'Pending')
    const soon = decide(
      fresh,
      { a: inPhase('Running'), b: gated },
      { now: START + 20, sources: { firstSeenAt: START } },
    )
    assert.equal(statusOf(soon).phase, 'Running')
  })
})

describe('the message says what is happening', () => {
  const approval = { ...stage('b', ['a']), startGates: [{ name: 'commander-approval' }] }
  const stages = ['a', approval]
  test('what runs, and how much is done', () => {
    const plan = decide(makeMission(stages), { a: inPhase('Running'), b: gated })
    assert.equal(statusOf(plan).message, '0 of 2 stages ended; running: a')
  })
  test('what waits for a person, and Progressing says so when nothing else runs', () => {
    const b: ChildParts = { gates: ['commander-approval'] }
    const plan = decide(makeMission(stages), { a: inPhase('Succeeded'), b })
    assert.match(statusOf(plan).message ?? '', /b waits for gate commander-approval/)
    assert.equal(conditionOf(plan, 'Progressing'), 'False WaitingForGate')
  })
})
