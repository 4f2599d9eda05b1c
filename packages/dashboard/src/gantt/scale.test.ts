import { expect, it } from 'vitest'
import { makeScale, ticksOf } from './scale.ts'

const whole = { from: 0, to: 100_000 }

it('maps time to pixels and back', () => {
  const scale = makeScale({ whole, width: 500 })
  expect([scale.x(0), scale.x(50_000), scale.x(100_000), scale.x(-5), scale.x(200_000)]).toEqual([
    0, 250, 500, 0, 500,
  ])
  expect(scale.at(250)).toBe(50_000)
})

it('folds long idle stretches and leaves short ones', () => {
  const busy = [
    { from: 0, to: 10_000 },
    { from: 12_000, to: 20_000 },
    { from: 90_000, to: 100_000 },
  ]
  const scale = makeScale({ whole, width: 324, busy })
  expect(scale.stretches.map(({ folded, width }) => [folded, Math.round(width)])).toEqual([
    [false, 200],
    [true, 24],
    [false, 100],
  ])
  expect(Math.round(scale.x(95_000))).toBe(274)
  expect(Math.round(scale.at(274))).toBe(95_000)
})

it('marks round times that are far enough apart', () => {
  const ticks = ticksOf(makeScale({ whole, width: 500 }))
  expect(ticks.map(({ at }) => at)).toEqual([0, 30_000, 60_000, 90_000])
})

it('lives with a mission that has lasted no time', () => {
  const scale = makeScale({ whole: { from: 5, to: 5 }, width: 100 })
  expect(scale.x(5)).toBe(0)
})
