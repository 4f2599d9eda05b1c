import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { makeMission, stage } from './fixtures.ts'
import { checkPlan } from './plancheck.ts'

const check = (stages: Parameters<typeof makeMission>[0], spec = {}) => {
  const mission = makeMission(stages, { spec })
  return checkPlan(mission.spec, mission.spec.stages ?? [])
}

describe('a plan that can be flown has no problems', () => {
  const cases: readonly [string, Parameters<typeof makeMission>[0], object?][] = [
    ['one stage', ['a']],
    ['a diamond', ['a', stage('b', ['a']), stage('c', ['a']), stage('d', ['b', 'c'])]],
    [
      'a stage without tasks, which others meet at',
      ['a', { ...stage('join', ['a']), flightTasks: [] }],
    ],
    ['stages named like numbers or like properties of objects', ['1', 'constructor', 'tostring']],
    [
      'a gang that just fits its budget',
      [
        {
          ...stage('a'),
          flightTasks: [{ name: 't', count: 4 }],
          synchronization: { waitForAll: true },
        },
      ],
      { maxParallelTasks: 4 },
    ],
    [
      'a sequential stage with waitForAll is no gang',
      [
        {
          ...stage('a'),
          type: 'sequential' as const,
          flightTasks: [{ name: 't', count: 4 }],
          synchronization: { waitForAll: true },
        },
      ],
      { maxParallelTasks: 1 },
    ],
    [
      'dependencies of tasks in a stage that is not mixed mean nothing',
      [{ ...stage('a'), flightTasks: [{ name: 't', dependsOn: ['ghost'] }] }],
    ],
    [
      'tasks without names',
      [{ ...stage('a'), flightTasks: [{ aircraft: 'j20' }, { aircraft: 'j20' }] }],
    ],
  ]
  for (const [title, stages, spec] of cases) {
    test(title, () => {
      assert.deepEqual(check(stages, spec).problems, [])
    })
  }
})

test('every mistake is named, not the first alone', () => {
  const { problems } = check([stage('a', ['ghost']), stage('b', ['b']), 'b'])
  assert.equal(problems.length, 3)
})

test('whatever goes forwards only is accepted; one edge back to an ancestor is a cycle', () => {
  const graph = fc
    .integer({ min: 2, max: 12 })
    .chain((size) =>
      fc.tuple(
        fc.constant(size),
        fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }),
      ),
    )
  fc.assert(
    fc.property(graph, ([size, edges]) => {
      const forwards = edges.filter(([from, to]) => from < to)
      const stages = Array.from({ length: size }, (_, index) => {
        const targets = forwards.filter(([, to]) => to === index).map(([from]) => `s${from}`)
        return stage(`s${index}`, [...new Set(targets)])
      })
      assert.deepEqual(check(stages).problems, [])
      const edge = forwards[0]
      if (edge === undefined) return
      const looped = stages.map((candidate) =>
        candidate.name === `s${edge[0]}`
          ? { ...candidate, dependsOn: [...(candidate.dependsOn ?? []), `s${edge[1]}`] }
          : candidate,
      )
      assert.equal(check(looped).hasCycle, true)
    }),
  )
})
