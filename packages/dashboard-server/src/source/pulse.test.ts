import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers'
import { type ApiRequest, createVirtualClock, TransportError } from '@sortie/machinery'
import { ANSWER_MILLIS, createPulse, QUIET_MILLIS } from './pulse.ts'

/** A server that answers until it is dead, and what is told of it. */
function setUp() {
  const clock = createVirtualClock(1_000_000, () => new Promise((resolve) => setImmediate(resolve)))
  const asked: ApiRequest[] = []
  const told: (number | 'heard')[] = []
  const server = { isDead: false }
  const pulse = createPulse(
    {
      request(request) {
        asked.push(request)
        if (!server.isDead) return Promise.resolve({ status: 403, headers: {}, body: null })
        return new Promise((_, reject) => {
          clock.setTimer(request.timeoutMs ?? 0, () => reject(new TransportError('timed out')))
        })
      },
    },
    clock,
  )
  const listen = (): (() => void) =>
    pulse.listen({ onSilent: (since) => told.push(since), onHeard: () => told.push('heard') })
  return { clock, asked, told, server, pulse, listen }
}

test('what comes is enough: nothing is asked while it does', async () => {
  const { clock, asked, told, pulse, listen } = setUp()
  listen()
  for (let second = 0; second < 60; second++) {
    await clock.advance(1_000)
    pulse.sign()
  }
  assert.deepEqual([asked, told], [[], []])
})

test('a quiet server is asked, and any answer of it is a sign', async () => {
  const { clock, asked, told, listen } = setUp()
  listen()
  await clock.advance(3 * QUIET_MILLIS)
  assert.deepEqual([asked.length, told], [3, []])
})

test('one that does not answer is silent since its last sign, and is told once', async () => {
  const { clock, told, server, pulse, listen } = setUp()
  listen()
  await clock.advance(4_000)
  pulse.sign()
  server.isDead = true
  await clock.advance(QUIET_MILLIS + ANSWER_MILLIS - 1)
  assert.deepEqual(told, [])
  await clock.advance(1)
  assert.deepEqual(told, [1_004_000])
  await clock.advance(60_000)
  assert.deepEqual(told, [1_004_000])
})

test('it is heard again by what comes, and by an answer', async () => {
  const { clock, told, server, pulse, listen } = setUp()
  listen()
  for (const heal of [() => pulse.sign(), () => clock.advance(2 * QUIET_MILLIS)]) {
    server.isDead = true
    await clock.advance(2 * QUIET_MILLIS + ANSWER_MILLIS)
    server.isDead = false
    await heal()
    assert.equal(told.at(-1), 'heard')
  }
})

test('a sign that comes while it is asked counts, though the answer does not come', async () => {
  const { clock, told, server, pulse, listen } = setUp()
  listen()
  server.isDead = true
  await clock.advance(QUIET_MILLIS + 1)
  pulse.sign()
  await clock.advance(ANSWER_MILLIS)
  assert.deepEqual(told, [])
})

test('nobody is asked while nobody listens, and who comes later hears how it stands', async () => {
  const { clock, asked, told, server, listen } = setUp()
  const leave = listen()
  server.isDead = true
  await clock.advance(QUIET_MILLIS + ANSWER_MILLIS)
  listen()()
  assert.equal(told.length, 2)
  leave()
  const before = asked.length
  await clock.advance(10 * QUIET_MILLIS)
  assert.equal(asked.length, before)
})
