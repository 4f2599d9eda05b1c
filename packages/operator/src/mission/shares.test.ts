import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { dealShares, type Shareholder } from './shares.ts'

const holder = (name: string, parts: Partial<Shareholder> = {}): Shareholder => ({
  name,
  held: 0,
  remaining: 10,
  placed: 0,
  demand: parts.remaining ?? 10,
  isOpenable: true,
  hasAcknowledged: true,
  isGang: false,
  ...parts,
})

const deal = (budget: number, ...holders: readonly Shareholder[]): Record<string, number> =>
  Object.fromEntries(dealShares(budget, holders))

describe('maxParallelTasks is dealt out to the stages as shares', () => {
  const cases: readonly [string, Record<string, number>, Record<string, number>][] = [
    ['a stage that is alone gets what it can use', deal(5, holder('a')), { a: 5 }],
    ['no more than it has tasks', deal(50, holder('a')), { a: 10 }],
    ['a sequential stage asks for one', deal(5, holder('a', { demand: 1 })), { a: 1 }],
    ['stages that start together share evenly', deal(6, holder('a'), holder('b')), { a: 3, b: 3 }],
    [
      'what one cannot use goes to the other',
      deal(6, holder('a', { remaining: 1, demand: 1 }), holder('b')),
      { a: 1, b: 5 },
    ],
    [
      'what does not divide goes to the first in the order of the plan',
      deal(2, holder('a'), holder('b'), holder('c')),
      { a: 1, b: 1 },
    ],
    [
      'a stage that waits for something else gets nothing yet',
      deal(4, holder('a'), holder('b', { isOpenable: false })),
      { a: 4 },
    ],
    ['a share that is right is not written again', deal(4, holder('a', { held: 4 })), {}],
    ['the budget is used up: the next waits', deal(4, holder('a', { held: 4 }), holder('b')), {}],
    [
      'what a stage can no longer use is dealt out again, without taking it away there',
      deal(4, holder('a', { held: 4, remaining: 1, demand: 1 }), holder('b')),
      { b: 3 },
    ],
    [
      'a stage that has ended holds nothing',
      deal(4, holder('a', { held: 0, remaining: 0, demand: 0 }), holder('b', { held: 2 })),
      { b: 4 },
    ],
    [
      'nothing is raised before every open stage has acknowledged its share',
      deal(4, holder('a', { held: 1, hasAcknowledged: false }), holder('b')),
      {},
    ],
    [
      'a gang gets all that it needs',
      deal(12, holder('a', { isGang: true }), holder('b')),
      { a: 10, b: 2 },
    ],
    [
      'a gang that does not fit yet is not overtaken, or it would wait for ever',
      deal(
        12,
        holder('x', { held: 4, remaining: 4, demand: 4 }),
        holder('a', { isGang: true }),
        holder('b'),
      ),
      {},
    ],
    [
      'a budget that was lowered is cut in the order of the plan',
      deal(5, holder('a', { held: 4 }), holder('b', { held: 4 })),
      { b: 1 },
    ],
    [
      'what is open keeps one',
      deal(1, holder('a', { held: 2 }), holder('b', { held: 2 })),
      { a: 1, b: 1 },
    ],
    [
      'after a cut, tasks that fly above the share still count',
      deal(6, holder('a', { held: 2, placed: 5, demand: 5 }), holder('b')),
      { b: 1 },
    ],
    [
      'a stage that was open before there was a budget is cut to it',
      deal(3, holder('a', { held: 10 })),
      { a: 3 },
    ],
  ]
  for (const [title, actual, expected] of cases) {
    test(title, () => {
      assert.deepEqual(actual, expected)
    })
  }
})

/**
 * A model of the real thing: stages act on the share that they have last seen, the mission on
 * counts that it has last seen; every view may be late by any number of steps. Tasks start and end
 * in any order.
 */
interface ModelStage {
  readonly total: number
  ended: number
  active: number
  /** In the spec: share and generation. */
  share: number
  generation: number
  /** What the stage's controller has seen of its spec. */
  seenShare: number
  seenGeneration: number
  /** What the mission's controller has seen of the status. */
  reported: { ended: number; active: number; generation: number }
}

const action = fc.record({
  kind: fc.constantFrom('deal', 'start', 'end', 'see', 'report'),
  stage: fc.nat(3),
})

test('the cap holds whatever the caches have missed, and every task is flown in the end', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 }),
      fc.array(action, { maxLength: 200 }),
      (budget, totals, actions) => {
        const stages = totals.map(newStage)
        for (const { kind, stage } of actions) {
          act(kind, stages, { budget, stage: stage % stages.length })
          assertCap(stages, budget)
        }
        for (let round = 0; round < 100; round++) {
          for (const kind of ['deal', 'see', 'start', 'report', 'end', 'report'] as const) {
            stages.forEach((_, stage) => {
              act(kind, stages, { budget, stage })
            })
            assertCap(stages, budget)
          }
        }
        assert.ok(stages.every(({ ended, total }) => ended === total))
      },
    ),
    { numRuns: 300 },
  )
})

function newStage(total: number): ModelStage {
  return {
    total,
    ended: 0,
    active: 0,
    share: 0,
    generation: 1,
    seenShare: 0,
    seenGeneration: 1,
    reported: { ended: 0, active: 0, generation: 1 },
  }
}

function assertCap(stages: readonly ModelStage[], budget: number): void {
  const active = stages.reduce((sum, stage) => sum + stage.active, 0)
  assert.ok(active <= budget, `${active} active, ${budget} allowed`)
}

type Act = (stage: ModelStage, stages: readonly ModelStage[], budget: number) => void

const ACTS: Readonly<Record<string, Act>> = {
  start: (stage) => {
    const left = stage.total - stage.ended - stage.active
    stage.active += Math.max(0, Math.min(left, stage.seenShare - stage.active))
  },
  end: (stage) => {
    if (stage.active === 0) return
    stage.active--
    stage.ended++
  },
  see: (stage) => {
    stage.seenShare = stage.share
    stage.seenGeneration = stage.generation
  },
  report: (stage) => {
    const { ended, active, seenGeneration } = stage
    stage.reported = { ended, active, generation: seenGeneration }
  },
  deal: (_, stages, budget) => {
    const holders = stages.map((stage, index): Shareholder => {
      const remaining = stage.total - stage.reported.ended
      return holder(String(index), {
        held: remaining === 0 ? 0 : stage.share,
        remaining,
        demand: remaining,
        placed: stage.reported.active,
        hasAcknowledged: stage.reported.generation === stage.generation,
      })
    })
    for (const [name, share] of dealShares(budget, holders)) {
      const stage = stages[Number(name)]
      if (stage === undefined) continue
      stage.share = share
      stage.generation++
    }
  },
}

function act(
  kind: string,
  stages: readonly ModelStage[],
  { budget, stage }: { readonly budget: number; readonly stage: number },
): void {
  const target = stages[stage]
  if (target !== undefined) ACTS[kind]?.(target, stages, budget)
}
