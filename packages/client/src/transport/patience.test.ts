import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { afterEach, test } from 'node:test'
import { createVirtualClock, type Transport, TransportError } from '@sortie/machinery'
import type { AuthProvider, Credentials } from '../auth/credentials.ts'
import { sendJson, startFaultServer } from '../faults/http.ts'
import { createHttpTransport } from './http.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))
const get = { method: 'GET', path: '/x' } as const
const sink = { onEvent: () => {}, onEnd: () => {} }

/** Credentials that come when the test says so. */
async function setUp(
  answer: Parameters<typeof startFaultServer>[0] = (_, to) => sendJson(to, 200, 1),
) {
  const given: ((credentials: Credentials) => void)[] = []
  const auth: AuthProvider = {
    credentials: () => new Promise((resolve) => given.push(resolve)),
    rejected: () => true,
  }
  const clock = createVirtualClock(0, turn)
  const server = await startFaultServer(answer)
  const transport: Transport = createHttpTransport({ server: server.url, clock, auth })
  cleanups.push(
    () => server.close(),
    () => transport.close(),
  )
  return { clock, server, transport, given }
}

test('whoever aborts waits no longer for credentials that do not come, and leaves nothing behind', async () => {
  const { clock, transport } = await setUp()
  const controller = new AbortController()
  const { signal } = controller
  const requests = [
    transport.request({ ...get, signal }),
    transport.watch({ ...get, signal }, sink),
    transport.stream({ ...get, signal }, { onChunk: () => {}, onEnd: () => {} }),
  ]
  const outcomes = Promise.allSettled(requests)
  await turn()
  controller.abort('enough')
  for (const outcome of await outcomes) {
    const reason = Object(outcome).reason
    assert.ok(reason instanceof TransportError)
    assert.deepEqual([reason.message, reason.cause], ['GET /x: aborted', 'enough'])
  }
  assert.deepEqual([getEventListeners(signal, 'abort').length, clock.pendingTimers()], [0, 0])
})

test('credentials that fail after the request was aborted harm nobody', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  const auth: AuthProvider = { credentials: () => Promise.reject(new Error('no program')) }
  const { clock, server } = await setUp()
  const transport = createHttpTransport({ server: server.url, clock, auth })
  const signal = AbortSignal.abort()
  await assert.rejects(transport.request({ ...get, signal }), /GET \/x: aborted$/)
  await turn()
  process.off('unhandledRejection', note)
  assert.deepEqual(unhandled, [])
})

test('the time limit that a request names counts from its beginning, credentials and a second try among it', async () => {
  const { clock, transport, given, server } = await setUp((_request, response) => {
    if (server.requests.length === 1) sendJson(response, 401, {})
  })
  const late = assert.rejects(
    transport.request({ ...get, timeoutMs: 5000 }),
    /no credentials within 5000 ms$/,
  )
  await clock.advance(5000)
  await late
  const failed = assert.rejects(transport.request({ ...get, timeoutMs: 5000 }), (error) => {
    assert.equal(clock.monotonic(), 10_000)
    return error instanceof TransportError && error.message.endsWith('no answer within 5000 ms')
  })
  await clock.advance(2000)
  given[1]?.({ headers: {} })
  while (given.length < 3) await turn()
  await clock.advance(2000)
  given[2]?.({ headers: {} })
  while (server.requests.length < 2) await turn()
  await clock.advance(1000)
  await failed
  assert.equal(clock.pendingTimers(), 0)
})

test('a person may take longer to log in than an answer may take', async () => {
  const { clock, transport, given } = await setUp()
  const answered = transport.request(get)
  await clock.advance(120_000)
  given[0]?.({ headers: {} })
  assert.equal((await answered).status, 200)
})

test('a transport that is closed waits for no credentials', async () => {
  const { transport } = await setUp()
  const refused = assert.rejects(transport.request(get), /the transport is closed$/)
  await turn()
  await transport.close()
  await refused
})
