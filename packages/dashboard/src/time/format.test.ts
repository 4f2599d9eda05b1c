import { expect, it } from 'vitest'
import { formatTicks } from './format.ts'

const UTC = { locale: 'en', zone: 'utc' } as const
const at = (time: string): number => Date.parse(`2026-11-${time}Z`)
const ticks = (...times: readonly string[]) => formatTicks(times.map(at), at('23T12:00:00'), UTC)

it('gives an axis of today the clock alone', () => {
  expect(ticks('23T06:00:00', '23T06:00:30')).toEqual(['06:00:00Z', '06:00:30Z'])
})

it('gives the first tick of each day its date where not all are of today', () => {
  expect(ticks('21T12:00:00', '22T00:00:00', '22T12:00:00', '23T00:00:30')).toEqual([
    '11/21, 12:00Z',
    '11/22, 00:00Z',
    '12:00:00Z',
    '11/23, 00:00:30Z',
  ])
  expect(ticks('22T06:00:00', '22T07:00:00')).toEqual(['11/22, 06:00Z', '07:00:00Z'])
})

it('gives an axis without ticks nothing', () => {
  expect(ticks()).toEqual([])
})
