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

it('marks the days and the hours of the place where the clock is read', () => {
  const hour = 3_600_000
  const week = makeScale({ whole: { from: 0, to: 7 * 24 * hour }, width: 1_000 })
  expect(ticksOf(week, 8 * hour).map(({ at }) => at / hour)).toEqual([
    16, 40, 64, 88, 112, 136, 160,
  ])
  const day = makeScale({ whole: { from: 0, to: 6 * hour }, width: 600 })
  expect(ticksOf(day, 5.5 * hour).map(({ at }) => at / hour)).toEqual([
    0.5, 1.5, 2.5, 3.5, 4.5, 5.5,
  ])
})

it('leaves out a time after a fold that would stand upon the one before', () => {
  const busy = [
    { from: 0, to: 31_000 },
    { from: 89_000, to: 120_000 },
  ]
  const scale = makeScale({ whole: { from: 0, to: 120_000 }, width: 334, busy })
  expect(ticksOf(scale).map(({ at }) => at)).toEqual([0, 30_000])
})
