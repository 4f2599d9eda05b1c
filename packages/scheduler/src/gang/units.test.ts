import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { makeGang, makePod, makeWaiting } from '../snapshot/builders.fixtures.ts'
import { absentees, orderOf, orderUnits, type Urgency } from './units.ts'

const MINUTE = 60_000

describe('the order of pods', () => {
  const base: Urgency = { missionPriority: 1, taskPriority: 1, since: 0 }
  const cases: Readonly<Record<string, readonly [first: Urgency, second: Urgency]>> = {
    'puts the higher mission priority first': [
      { ...base, missionPriority: 2, since: MINUTE },
      base,
    ],
    'puts the higher task priority first within a mission': [
      { ...base, taskPriority: 2, since: 1000 },
      base,
    ],
    'puts the mission’s priority before the task’s': [
      { ...base, missionPriority: 2, taskPriority: 0 },
      { ...base, taskPriority: 3 },
    ],
    'puts the older first among equals': [base, { ...base, since: 1 }],
    'lets age make up for priority in the end': [
      { ...base, missionPriority: 0 },
      { ...base, missionPriority: 3, since: 16 * MINUTE },
    ],
  }
  for (const [name, [first, second]] of Object.entries(cases)) {
    test(name, () => assert.ok(orderOf(first) < orderOf(second)))
  }
})

describe('units', () => {
  const names = (units: ReturnType<typeof orderUnits>): string[][] =>
    units.map(({ pods }) => pods.map(({ info }) => info.pod.metadata.name))

  test('are single pods and whole gangs, a gang where its first member stands', () => {
    const gang = makeGang('g', 2)
    const waiting = [
      makeWaiting(makePod('late'), { order: 5 }),
      makeWaiting(makePod('g2'), { order: 9, gang }),
      makeWaiting(makePod('first'), { order: 1 }),
      makeWaiting(makePod('g1'), { order: 2, gang }),
    ]
    assert.deepEqual(names(orderUnits(waiting)), [['first'], ['g1', 'g2'], ['late']])
    assert.deepEqual(names(orderUnits(waiting.toReversed())), [['first'], ['g1', 'g2'], ['late']])
  })

  test('of the same order go by name', () => {
    const waiting = ['b', 'a', 'c'].map((name) => makeWaiting(makePod(name)))
    assert.deepEqual(names(orderUnits(waiting)), [['a'], ['b'], ['c']])
  })

  test('know how many of them are missing', () => {
    const pods = [makeWaiting(makePod('p'))]
    assert.equal(absentees({ pods }), 0)
    assert.equal(absentees({ pods, gang: makeGang('g', 3) }), 2)
    assert.equal(absentees({ pods, gang: makeGang('g', 3, 2) }), 0)
    assert.equal(absentees({ pods, gang: makeGang('g', 1, 2) }), 0)
  })
})
