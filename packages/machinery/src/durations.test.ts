import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { durationProblem, formatDuration, parseDuration } from './durations.ts'
import { SortieError } from './errors.ts'

for (const [written, millis] of [
  ['0', 0],
  ['0s', 0],
  ['30m', 1_800_000],
  ['1h30m', 5_400_000],
  ['300s', 300_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['1.s', 1000],
  ['-5m', -300_000],
  ['+5m', 300_000],
  ['100ms', 100],
  ['0.1h', 360_000],
  ['1h1m1s1ms', 3_661_001],
  ['1500us', 1.5],
  ['1\u00b5s', 0.001],
  ['250000ns', 0.25],
] as const) {
  test(`the duration ${written} has ${millis} ms`, () => {
    assert.equal(parseDuration(written), millis)
  })
}

for (const [written, problem] of [
  ['', /empty/],
  ['-', /empty/],
  ['30', /the unit is missing after 30/],
  ['1h30', /the unit is missing after 30/],
  ['m', /a number is missing before "m"/],
  ['.s', /a number is missing before/],
  ['5 m', /unknown unit " m"/],
  ['5d', /unknown unit "d"; units are h, m, s/],
  ['abc', /a number is missing before "abc"/],
  ['1m-5s', /unknown unit "m-"/],
  ['99999999999999h', /too long/],
  ['5toString', /unknown unit "toString"/],
  ['1..5s', /unit is missing/],
] as const) {
  test(`${JSON.stringify(written)} is no duration, and the error says why`, () => {
    assert.match(durationProblem(written) ?? '', problem)
    assert.match(durationProblem(written) ?? '', /^(?:it is|a number|the unit|unknown unit) /)
    assert.throws(
      () => parseDuration(written),
      (error) => error instanceof SortieError && error.code === 'InvalidDuration',
    )
  })
}

test('the longest duration is that of 63 bits of nanoseconds, as in Go', () => {
  assert.equal(durationProblem('9223372036854775807ns'), undefined)
  assert.match(durationProblem('9223372036854775808ns') ?? '', /^it is too long/)
  assert.equal(durationProblem('2562047h47m16.854775807s'), undefined)
  assert.match(durationProblem('2562047h47m16.854775808s') ?? '', /^it is too long/)
})

test('durations are written short', () => {
  assert.equal(formatDuration(0), '0s')
  assert.equal(formatDuration(5_400_000), '1h30m')
  assert.equal(formatDuration(-300_000), '-5m')
  assert.equal(formatDuration(100), '100ms')
  assert.equal(formatDuration(0.5), '500000ns')
  assert.equal(formatDuration(0.000001), '1ns')
  assert.equal(formatDuration(-0.000001), '-1ns')
  assert.throws(() => formatDuration(Number.NaN), RangeError)
})

test('a fraction that rounds up to a unit is written as that unit', () => {
  assert.equal(formatDuration(0.9999999), '1ms')
  assert.equal(formatDuration(-999.9999999), '-1s')
  assert.equal(formatDuration(59_999.9999999), '1m')
  assert.equal(formatDuration(-0.0000001), '0s')
})

test('a duration that is written and read is the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 43), max: 2 ** 43 }), (millis) => {
      assert.equal(parseDuration(formatDuration(millis)), millis)
      assert.equal(durationProblem(formatDuration(millis)), undefined)
    }),
  )
})
