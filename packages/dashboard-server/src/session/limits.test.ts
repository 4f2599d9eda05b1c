import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers'
import { createVirtualClock } from '@sortie/machinery'
import { createRateLimits } from './limits.ts'

function setUp() {
  const clock = createVirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)))
  const limits = createRateLimits(clock, { most: 2, windowMillis: 10_000, mostKeys: 3 })
  const take = (keys: string): readonly (number | undefined)[] =>
    [...keys].map((key) => limits.take(key))
  return { clock, take }
}

test('each key has a limit of its own', () => {
  const { take } = setUp()
  assert.deepEqual(take('aaab'), [undefined, undefined, 10, undefined])
})

test('of more keys than are kept the one that took least lately is forgotten', () => {
  const { take } = setUp()
  assert.deepEqual(take('aabbcca'), [...Array(6).fill(undefined), 10])
  assert.deepEqual(take('d'), [undefined])
  assert.deepEqual(take('acd'), [10, 10, undefined])
  assert.deepEqual(take('b'), [undefined])
})
