import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { onNextTurn, randomToken, systemClock } from './adapters.ts'
import { sleep } from './clock.ts'

const heldTimers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

test('a timer of the machine keeps the process alive, unless it was told not to, until it is cancelled', () => {
  const before = heldTimers()
  const held = systemClock().setTimer(60_000, () => {})
  assert.equal(heldTimers(), before + 1)
  const loose = systemClock({ unref: true }).setTimer(60_000, () => {})
  assert.equal(heldTimers(), before + 1)
  held.cancel()
  loose.cancel()
  assert.equal(heldTimers(), before)
})

test('a timer for longer than the machine’s own can wait does not fire at once', async () => {
  let fired = 0
  const long = systemClock().setTimer(2 ** 31, () => fired++)
  const past = systemClock().setTimer(-5, () => (fired += 10))
  await wait(10)
  assert.equal(fired, 10)
  long.cancel()
  past.cancel()
})

test('the machine’s clock that never goes back goes on', async () => {
  const { monotonic } = systemClock()
  const before = monotonic()
  await wait(2)
  assert.ok(monotonic() > before && monotonic() < before + 60_000)
})

test('a secret is 64 hexadecimal digits, another one each time', () => {
  const secrets = Array.from({ length: 50 }, randomToken)
  for (const secret of secrets) assert.match(secret, /^[0-9a-f]{64}$/)
  assert.equal(new Set(secrets).size, 50)
})

test('what is put off to the next turn runs after the promises of this one', async () => {
  const order: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  onNextTurn(() => resolve(void order.push('turn')))
  await Promise.resolve().then(() => order.push('promise'))
  await promise
  assert.deepEqual(order, ['promise', 'turn'])
})

test('a sleep that is over listens to its signal no more', async () => {
  const { signal } = new AbortController()
  await sleep(systemClock(), 1, signal)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})
