import { expect, it } from 'vitest'
import { formatBytes, formatCores, percentOf } from './amounts.ts'

it('writes bytes with the unit that suits them', () => {
  expect([0, 1_023, 1_536, 5 * 2 ** 30, 200 * 2 ** 20].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.5 KiB',
    '5.0 GiB',
    '200 MiB',
  ])
})

it('writes cores no finer than they matter', () => {
  expect([0.25, 3.52, 64.2].map(formatCores)).toEqual(['0.25', '3.5', '64'])
})

it('takes no share of nothing', () => {
  expect([percentOf(1, 4), percentOf(1, 0), percentOf(1, undefined)]).toEqual([25, 0, 0])
})
