import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { type ApiRequest, TransportError } from '@sortie/machinery'
import { retryAfterHeader, toStatusError } from './failures.ts'
import { createLimiter } from './limiter.ts'
import { DEFAULT_RETRY, NO_RETRY, retryDelay } from './retry.ts'

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  toStatusError({ status, headers, body })

test('an answer without a Status gets the reason that goes with its code', () => {
  const reasons = [400, 401, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503, 504].map(
    (code) => `${code} ${answer(code, 'no').reason}`,
  )
  assert.deepEqual(reasons, [
    '400 BadRequest',
    '401 Unauthorized',
    '403 Forbidden',
    '404 NotFound',
    '409 Conflict',
    '410 Expired',
    '418 BadRequest',
    '422 Invalid',
    '429 TooManyRequests',
    '500 InternalError',
    '502 InternalError',
    '503 ServiceUnavailable',
    '504 Timeout',
  ])
})

test('of a long page only the beginning is told', () => {
  const { message } = answer(502, ` ${'x'.repeat(1000)}`)
  assert.equal(message, `the server answered 502: ${'x'.repeat(300)}`)
})

test('a Status keeps its own code and its own Retry-After, and gets those of the answer where it has none', () => {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' }
  const header = { 'retry-after': '120' }
  const bare = answer(503, { ...status, details: { name: 'a' } }, header)
  assert.deepEqual([bare.code, bare.retryAfterSeconds], [503, 120])
  assert.equal(bare.status.details?.name, 'a')
  const own = answer(503, { ...status, code: 504, details: { retryAfterSeconds: 3 } }, header)
  assert.deepEqual([own.code, own.retryAfterSeconds], [504, 3])
  assert.equal(answer(429, 'no', header).retryAfterSeconds, 120)
})

test('Retry-After counts where it is a number of seconds', () => {
  const read = (text: string) =>
    retryAfterHeader({ status: 429, headers: { 'retry-after': text }, body: '' })
  assert.deepEqual([read('0'), read('86400')], [0, 86_400])
  for (const text of ['', '-1', '1.5', '1s', 'Mon, 23 Nov 2026 10:00:00 GMT', '9999999']) {
    assert.equal(read(text), undefined, text)
  }
})

const get: ApiRequest = { method: 'GET', path: '/' }
const reset = new TransportError('reset')

test('waits double from 200 ms with each attempt, and chance at most doubles them', () => {
  const wait = (attempt: number, chance: number) =>
    retryDelay({ request: get, error: reset, attempt, chance }, DEFAULT_RETRY)
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((attempt) => wait(attempt, 0)),
    [200, 400, 800, 1600, undefined],
  )
  assert.equal(wait(2, 0.5), 600)
  const long = { ...DEFAULT_RETRY, attempts: 99 }
  const failed = { request: get, error: reset, attempt: 50, chance: 0.9 }
  assert.equal(retryDelay(failed, long), 20_000)
  assert.equal(retryDelay({ ...failed, attempt: 1 }, NO_RETRY), undefined)
})

test('reads are repeated, whoever aborted them is done, and what is no failure of a request is final', () => {
  const again = (request: ApiRequest, error: unknown = reset) =>
    retryDelay({ request, error, attempt: 1, chance: 0 }, DEFAULT_RETRY) !== undefined
  assert.ok(again(get) && again({ ...get, method: 'HEAD' }))
  assert.ok(!again({ ...get, method: 'OPTIONS' }) && !again({ ...get, method: 'PATCH' }))
  assert.ok(!again({ ...get, signal: AbortSignal.abort() }))
  assert.ok(!again(get, new Error('a bug')) && !again(get, answer(404, 'no')))
})

test('many that wait for few places get them in the order they came, and none is lost', async () => {
  const limiter = createLimiter(2)
  const ends: (() => void)[] = []
  const begun: number[] = []
  const work = (id: number) => () => {
    begun.push(id)
    return new Promise<void>((resolve) => ends.push(resolve))
  }
  const controller = new AbortController()
  const ids = Array.from({ length: 400 }, (_, id) => id)
  const gone = (id: number): boolean => id > 1 && id % 7 === 0
  const all = ids.map((id) =>
    limiter.run(work(id), gone(id) ? controller.signal : undefined).catch(() => {}),
  )
  controller.abort()
  while (ends.length > 0) {
    assert.ok(ends.length <= 2)
    ends.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all(all)
  assert.deepEqual(
    begun,
    ids.filter((id) => !gone(id)),
  )
  assert.equal(await limiter.run(async () => 'free again'), 'free again')
})

test('whoever got a place listens to the signal no more', async () => {
  const limiter = createLimiter(1)
  const { signal } = new AbortController()
  const turns = [1, 2, 3].map(() => limiter.run(() => Promise.resolve(), signal))
  assert.equal(getEventListeners(signal, 'abort').length, 2)
  await Promise.all(turns)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})
