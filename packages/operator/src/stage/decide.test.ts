import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FlightTask, MissionStageStatus, NamedStageTask, TaskPhase } from '@sortie/api'
import { findCondition, formatTime } from '@sortie/machinery'
import { CREATES_PER_PASS, decideStage } from './decide.ts'
import {
  created,
  decide,
  makeStage,
  makeTask,
  observed,
  RUNNING,
  running,
  type Situation,
  START,
  type StageSpecPart,
  statusOf,
} from './fixtures.ts'

describe('a stage starts when its gates are gone, its conditions hold and nothing forbids it', () => {
  const gate = (name: string): StageSpecPart => ({ startGates: [{ name }] })
  const weather: StageSpecPart = { config: { dependencies: { conditions: [{ type: 'Weather' }] } } }
  const condition = (status: 'True' | 'False'): Partial<MissionStageStatus> => ({
    conditions: [
      {
        type: 'Weather',
        status,
        reason: 'Set',
        message: '',
        lastTransitionTime: formatTime(START),
      },
    ],
  })
  const held: readonly [string, Situation, RegExp | undefined][] = [
    [
      'the gate dependencies holds it, without a write of its own',
      { spec: { ...gate('dependencies'), dependsOn: ['scout'] } },
      undefined,
    ],
    [
      "a user's gate holds it and is named",
      { spec: gate('commander-approval') },
      /commander-approval/,
    ],
    ['a condition that nobody has set holds it', { spec: weather }, /condition Weather/],
    [
      'a condition that is False holds it',
      { spec: weather, status: condition('False') },
      /Weather/,
    ],
    ['suspend holds it', { spec: { suspend: true } }, /suspended/],
    ['no share of the budget holds it', { spec: gate('parallel-budget') }, undefined],
    [
      'a mission that has ended or is suspended holds it, though it was not told',
      { sources: { missionGoesOn: false } },
      undefined,
    ],
  ]
  for (const [title, situation, message] of held) {
    test(title, () => {
      const plan = decide(situation)
      assert.deepEqual(created(plan), [])
      if (message === undefined) assert.equal(plan.status, undefined)
      else {
        assert.match(statusOf(plan).message ?? '', message)
        assert.equal(statusOf(plan).phase, 'Pending')
        assert.equal(statusOf(plan).startTime, undefined)
      }
    })
  }
  test('a phase that someone else wrote is put right', () => {
    const plan = decide({ spec: gate('dependencies'), status: { phase: 'Running' } })
    assert.deepEqual(created(plan), [])
    assert.equal(statusOf(plan).phase, 'Pending')
  })
  const started: readonly [string, Situation][] = [
    ['without gates it starts', {}],
    ['an empty list of gates is none', { spec: { startGates: [] } }],
    ['a condition that is True lets it start', { spec: weather, status: condition('True') }],
  ]
  for (const [title, situation] of started) {
    test(title, () => {
      const plan = decide(situation)
      assert.deepEqual(created(plan), ['a', 'b', 'c'])
      assert.equal(statusOf(plan).phase, 'Running')
      assert.equal(statusOf(plan).startTime, formatTime(START))
      assert.equal(plan.statusBeside, true, 'the start goes on record with the first tasks')
    })
  }
  test('a status set by others keeps their conditions', () => {
    const plan = decide({ spec: weather, status: condition('True') })
    assert.equal(findCondition(statusOf(plan).conditions, 'Weather')?.status, 'True')
  })
})

describe('order of tasks', () => {
  const mixed: StageSpecPart = { stageType: 'mixed' }
  const sequential: StageSpecPart = { stageType: 'sequential' }
  const goOn: StageSpecPart = {
    failurePolicy: {
      maxRetries: 0,
      retryStrategy: 'exponential',
      maxStageRetries: 1,
      stageFailureAction: 'continue',
    },
  }
  const diamond: readonly NamedStageTask[] = [
    { name: 'a' },
    { name: 'b', dependsOn: ['a'] },
    { name: 'c', dependsOn: ['a'] },
    { name: 'd', dependsOn: ['b', 'c'] },
  ]
  const fan: readonly NamedStageTask[] = [
    { name: 'scan', count: 3 },
    { name: 'merge', dependsOn: ['scan'] },
    { name: 'early', dependsOn: ['scan-0001'] },
  ]
  const cases: readonly [string, Situation, readonly string[]][] = [
    ['parallel: all start together', {}, ['a', 'b', 'c']],
    [
      'a stage without a type is parallel, whatever made it (D22)',
      { spec: { stageType: undefined as never } },
      ['a', 'b', 'c'],
    ],
    ['parallel: only what is missing is made', { phases: { a: 'Running', c: 'Succeeded' } }, ['b']],
    ['sequential: only the first starts', { spec: sequential }, ['a']],
    ['sequential: nothing while one is active', { spec: sequential, phases: { a: 'Running' } }, []],
    [
      'sequential: the next starts after the one before succeeded',
      { spec: sequential, phases: { a: 'Succeeded' } },
      ['b'],
    ],
    [
      'sequential: what is put before the one that flies waits for it',
      { tasks: ['new', 'a'], spec: sequential, phases: { a: 'Running' } },
      [],
    ],
    [
      'sequential: a task in the middle that was deleted before its end is made again',
      { spec: sequential, phases: { a: 'Succeeded' } },
      ['b'],
    ],
    [
      'sequential: an optional failure is passed',
      { tasks: [{ name: 'a', optional: true }, 'b'], spec: sequential, phases: { a: 'Failed' } },
      ['b'],
    ],
    [
      'sequential: under continue a failure is passed',
      { spec: { ...sequential, ...goOn }, phases: { a: 'Failed' } },
      ['b'],
    ],
    ['mixed: without dependencies all start', { spec: mixed }, ['a', 'b', 'c']],
    ['mixed: only the roots start', { tasks: diamond, spec: mixed }, ['a']],
    [
      'mixed: what depended on a success starts',
      { tasks: diamond, spec: mixed, phases: { a: 'Succeeded' } },
      ['b', 'c'],
    ],
    [
      'mixed: all dependencies must have succeeded',
      { tasks: diamond, spec: mixed, phases: { a: 'Succeeded', b: 'Succeeded', c: 'Running' } },
      [],
    ],
    [
      'mixed: depending on an entry with copies means all of them',
      { tasks: fan, spec: mixed, phases: { 'scan-0001': 'Running', 'scan-0002': 'Running' } },
      ['scan-0003'],
    ],
    [
      'mixed: depending on one copy means that one',
      {
        tasks: fan,
        spec: mixed,
        phases: { 'scan-0001': 'Succeeded', 'scan-0002': 'Running', 'scan-0003': 'Running' },
      },
      ['early'],
    ],
    ['parallel: dependsOn means nothing', { tasks: diamond }, ['a', 'b', 'c', 'd']],
    [
      'count makes copies with four digits',
      { tasks: [{ name: 'scan', count: 3 }] },
      ['scan-0001', 'scan-0002', 'scan-0003'],
    ],
  ]
  test('sequential: what was taken out while it flies is waited for, and then the next starts', () => {
    const former = makeStage(['gone', 'a'], sequential)
    const stage = makeStage(['a'], sequential, RUNNING)
    const decideWith = (phase: TaskPhase) =>
      created(decideStage(observed(stage, [makeTask(former, 'gone', { phase })]), START))
    assert.deepEqual(decideWith('Running'), [])
    assert.deepEqual(decideWith('Cancelled'), ['a'])
  })
  for (const [title, situation, expected] of cases) {
    test(title, () => {
      const { phases = {} } = situation
      const isFresh = Object.keys(phases).length === 0
      assert.deepEqual(created(isFresh ? decide(situation) : running(situation)), expected)
    })
  }
})

describe('maxParallelTasks', () => {
  const cases: readonly [string, Situation, readonly string[]][] = [
    ['no more than its share start', { spec: { maxParallelTasks: 2 } }, ['a', 'b']],
    [
      'ended tasks free their place',
      { spec: { maxParallelTasks: 2 }, phases: { a: 'Succeeded', b: 'Running' } },
      ['c'],
    ],
    [
      'a task that waits for its retry keeps its place',
      { spec: { maxParallelTasks: 1 }, phases: { a: 'Pending' } },
      [],
    ],
    [
      'nothing starts above a share that was lowered',
      { spec: { maxParallelTasks: 1 }, phases: { a: 'Running', b: 'Running' } },
      [],
    ],
    [
      'a gang is made whole or not at all',
      { spec: { maxParallelTasks: 2, config: { synchronization: { waitForAll: true } } } },
      [],
    ],
    [
      'a gang that fits is made at once',
      { spec: { maxParallelTasks: 3, config: { synchronization: { waitForAll: true } } } },
      ['a', 'b', 'c'],
    ],
  ]
  for (const [title, situation, expected] of cases) {
    test(title, () => {
      const isFresh = situation.phases === undefined
      assert.deepEqual(created(isFresh ? decide(situation) : running(situation)), expected)
    })
  }
  test('the tasks of a gang name it, so that none is bound alone', () => {
    const plan = decide({ spec: { config: { synchronization: { waitForAll: true } } } })
    const gangs = (plan.operations ?? []).map(
      (operation) => operation.kind === 'create' && (operation.object as FlightTask).spec.gang,
    )
    assert.deepEqual(gangs, [{ name: 'm-recon' }, { name: 'm-recon' }, { name: 'm-recon' }])
  })
  test('a large stage is made in passes, so that its status is not held up', () => {
    const tasks = [{ name: 'scan', count: 2000 }]
    const plan = decide({ tasks })
    assert.equal(created(plan).length, CREATES_PER_PASS)
    assert.equal(plan.requeueAt, START)
  })
})
