import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Mission } from '@sortie/api'
import { decideStage } from './decide.ts'
import {
  decide,
  makeStage,
  makeTask,
  observed,
  patches,
  RUNNING,
  type Situation,
  START,
  START_TIME,
  statusOf,
} from './fixtures.ts'
import { goesOn, holdOf, noLonger } from './hold.ts'

describe('nothing starts in a suspended, cancelled or ended mission', () => {
  const cases: readonly [string, Partial<Mission['spec']>, string | undefined, boolean][] = [
    ['one that has no status yet', {}, undefined, true],
    ['one that runs', {}, 'Running', true],
    ['one that was resumed', { suspend: false, cancel: false }, 'Running', true],
    ['a suspended one', { suspend: true }, 'Running', false],
    ['a cancelled one', { cancel: true }, 'Running', false],
    ['one that has succeeded', {}, 'Succeeded', false],
    ['one that has failed', {}, 'Failed', false],
    ['one that ended cancelled', {}, 'Cancelled', false],
  ]
  for (const [title, spec, phase, expected] of cases) {
    test(`${title}: ${expected ? 'it goes on' : 'it does not'}`, () => {
      const status = phase === undefined ? {} : { status: { phase } }
      assert.equal(goesOn({ spec, ...status } as Mission), expected)
    })
  }
})

describe('a run that comes again says what it waits for', () => {
  const again = (situation: Situation): string | undefined =>
    statusOf(
      decide({
        ...situation,
        spec: { attempt: 1, ...situation.spec },
        status: { ...RUNNING, phase: 'Failed', completionTime: START_TIME },
      }),
    ).message
  const gate = (name: string) => ({ startGates: [{ name }] })
  const cases: readonly [string, Situation, string][] = [
    [
      'stages, by their names',
      { spec: { ...gate('dependencies'), dependsOn: ['scout', 'jam'] } },
      'waits for scout, jam',
    ],
    ['stages that it has lost', { spec: gate('dependencies') }, 'waits for the stages before it'],
    [
      'a share of the cap',
      { spec: gate('parallel-budget') },
      "waits for a share of the mission's maxParallelTasks",
    ],
    [
      'its mission',
      { sources: { missionGoesOn: false } },
      'waits for its mission, which has ended or is suspended',
    ],
    [
      'people',
      { spec: gate('approval') },
      'waits for gate approval to be removed (sortie approve)',
    ],
  ]
  for (const [title, situation, message] of cases) {
    test(title, () => assert.equal(again(situation), message))
  }
})

describe('a task that was made as its stage was held waits with it', () => {
  const holds: readonly [string, Situation][] = [
    ['suspended', { spec: { suspend: true } }],
    ['gated again', { spec: { startGates: [{ name: 'dependencies' }] } }],
    ['in a mission that is suspended', { sources: { missionGoesOn: false } }],
  ]
  for (const [title, situation] of holds) {
    test(`one that is ${title}`, () => {
      const plan = decide({ ...situation, phases: { a: 'Pending' } })
      assert.deepEqual(patches(plan), { 'm-recon-a': { suspend: true } })
      assert.equal(plan.ifCurrent, true)
    })
  }
  test('once it starts the task goes on', () => {
    const stage = makeStage(['a'])
    const task = makeTask(stage, 'a')
    const waiting = { ...task, spec: { ...task.spec, suspend: true } }
    const plan = decideStage(observed(stage, [waiting]), START)
    assert.deepEqual(patches(plan), { 'm-recon-a': { suspend: null } })
  })
})

describe('what holds a stage is said by the first that does', () => {
  const conditions = [{ type: 'WeatherClear' }, { type: 'CrewReady' }]
  const spec = { config: { dependencies: { conditions } } }
  const gates = (...names: string[]) => ({ startGates: names.map((name) => ({ name })) })
  const cases: readonly [string, Situation['spec'], string | undefined, boolean | undefined][] = [
    ['nothing', {}, undefined, undefined],
    ['the stages before it', gates('approval', 'dependencies'), 'WaitingForDependencies', false],
    ['the cap', gates('approval', 'parallel-budget'), 'WaitingForGate', false],
    ['suspension', { suspend: true, ...gates('approval') }, 'Suspended', true],
    ['people', { ...gates('approval'), ...spec }, 'WaitingForGate', true],
    ['conditions', spec, 'WaitingForCondition', true],
  ]
  for (const [title, part, reason, needsPeople] of cases) {
    test(title, () => {
      const hold = holdOf(makeStage(['a'], part))
      assert.equal(hold?.reason, reason)
      assert.equal(hold?.needsPeople, needsPeople)
    })
  }
  test('and what people have done about it, once it is over', () => {
    assert.deepEqual(noLonger(holdOf(makeStage(['a'], spec))?.message), {
      reason: 'ConditionMet',
      message: 'no longer waits for condition WeatherClear, condition CrewReady',
    })
    assert.deepEqual(noLonger(holdOf(makeStage(['a'], gates('one', 'two')))?.message), {
      reason: 'GateOpened',
      message: 'no longer waits for gates one, two',
    })
    assert.equal(noLonger(holdOf(makeStage(['a'], gates('dependencies')))?.message), undefined)
    assert.equal(noLonger(undefined), undefined)
  })
})
