import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, nextTick, shallowRef } from 'vue'
import { stream } from '../stream/stream.ts'
import { type Asked, serve } from '../testing/server.ts'
import { stubSockets } from '../testing/sockets.ts'
import { type Answer, useAnswer } from './answer.ts'

const path = shallowRef('/api/why/a')
const version = shallowRef(0)
const scope = { stop: () => {} }
let asked: readonly Asked[]
let told = { status: 200, body: 'first' as unknown }
beforeEach(() => {
  vi.useFakeTimers()
  path.value = '/api/why/a'
  told = { status: 200, body: 'first' }
  asked = serve(() => told)
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function begin(): Promise<Answer<string>> {
  const made = effectScope()
  scope.stop = () => made.stop()
  const answer = made.run(() =>
    useAnswer<string>(
      () => path.value,
      () => version.value,
    ),
  )
  await vi.advanceTimersByTimeAsync(0)
  return answer as Answer<string>
}
async function change(): Promise<void> {
  version.value += 1
  await nextTick()
}
const pass = (millis: number) => vi.advanceTimersByTimeAsync(millis)

it('is read once, and again when what it tells of has changed, once for many changes', async () => {
  const answer = await begin()
  expect([asked.length, answer.value.value]).toEqual([1, 'first'])
  await pass(60_000)
  expect(asked).toHaveLength(1)
  told = { status: 200, body: 'second' }
  await change()
  await pass(0)
  expect([asked.length, answer.value.value]).toEqual([2, 'second'])
  for (let n = 0; n < 10; n++) {
    await change()
    await pass(100)
  }
  expect(asked).toHaveLength(2)
  await pass(1_000)
  expect(asked).toHaveLength(3)
  await pass(60_000)
  expect(asked).toHaveLength(3)
})

it('is read at once where somebody asks for it', async () => {
  const answer = await begin()
  answer.reload()
  await pass(0)
  expect(asked).toHaveLength(2)
})

it('keeps what was read while it cannot be read, and drops it where it is gone', async () => {
  const answer = await begin()
  told = { status: 500, body: { message: 'broken' } }
  answer.reload()
  await pass(0)
  expect([answer.value.value, answer.problem.value?.message]).toEqual(['first', 'broken'])
  told = { status: 404, body: { message: 'gone' } }
  answer.reload()
  await pass(0)
  expect([answer.value.value, answer.problem.value?.status]).toEqual([undefined, 404])
})

it('never shows what was asked of another', async () => {
  const answer = await begin()
  told = { status: 200, body: 'of b' }
  path.value = '/api/why/b'
  await nextTick()
  expect(answer.value.value).toBeUndefined()
  await pass(0)
  expect([asked.at(-1)?.path, answer.value.value]).toEqual(['/api/why/b', 'of b'])
})

it('asks for nothing once nobody shows it', async () => {
  await begin()
  await change()
  await change()
  scope.stop()
  await pass(60_000)
  expect(asked.length).toBeLessThanOrEqual(1)
})

it('is read again once the server that could not be asked is back', async () => {
  const socket = stubSockets()
  stream.start()
  socket().greet()
  told = { status: 503, body: { message: 'restarting' } }
  const answer = await begin()
  socket().drop()
  await pass(20_000)
  expect([asked.length, answer.problem.value?.message]).toEqual([1, 'restarting'])
  told = { status: 200, body: 'first' }
  socket().greet()
  await pass(2_000)
  expect([asked.length, answer.problem.value, answer.value.value]).toEqual([2, undefined, 'first'])
  socket().drop()
  await pass(20_000)
  socket().greet()
  await pass(20_000)
  expect(asked).toHaveLength(2)
  stream.stop()
})
