import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers'
import {
  type ApiRequest,
  createVirtualClock,
  type OpenStream,
  type Transport,
  TransportError,
  type WatchEvent,
  type WatchSink,
} from '@sortie/machinery'
import { renewWatches, SILENCE_MILLIS, SilentWatch } from './renewal.ts'

interface Opened {
  readonly request: ApiRequest
  readonly sink: WatchSink
  isClosed: boolean
  open(): void
}

/** A transport whose watches say only what a test says; where `hangs`, they do not even open. */
function setUp(state: { hangs: boolean; isDeaf?: boolean } = { hangs: false }) {
  const clock = createVirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)))
  const opened: Opened[] = []
  const never = (): Promise<never> => Promise.reject(new TransportError('not asked for'))
  const transport: Transport = {
    request: never,
    stream: never,
    close: () => Promise.resolve(),
    watch: (request, sink) =>
      new Promise<OpenStream>((resolve, reject) => {
        const open = (): void => resolve({ close: () => (one.isClosed = true) })
        const one: Opened = { request, sink, isClosed: false, open }
        opened.push(one)
        const fail = (): void => reject(new TransportError('aborted'))
        if (state.isDeaf !== true) request.signal?.addEventListener('abort', fail)
        if (!state.hangs) open()
      }),
  }
  const ends: (Error | undefined)[] = []
  const events: WatchEvent[] = []
  const renewed = renewWatches(transport, clock)
  const watch = (query: Record<string, string> = {}, signal?: AbortSignal) =>
    renewed.watch(
      {
        method: 'GET',
        path: '/api/v1/pods',
        query: { watch: 'true', timeoutSeconds: '407', ...query },
        ...(signal === undefined ? {} : { signal }),
      },
      { onEvent: (event) => events.push(event), onEnd: (error) => ends.push(error) },
    )
  return { clock, opened, ends, events, watch }
}

const bookmark = (annotations = {}): WatchEvent => ({
  type: 'BOOKMARK',
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { resourceVersion: '7', annotations } },
})
const initialEnd = bookmark({ 'k8s.io/initial-events-end': 'true' })

test('a watch is asked to end within half a minute or so, at a time of its own', async () => {
  const { opened, watch } = setUp()
  for (const timeoutSeconds of ['300', '407', '599']) await watch({ timeoutSeconds })
  const asked = opened.map(({ request }) => request.query?.['timeoutSeconds'])
  assert.deepEqual(asked, ['25', '32', '34'])
  assert.equal(opened[0]?.request.query?.['watch'], 'true')
})

test('one without a sign for 40 s is given up, as of its last sign', async () => {
  const { clock, opened, ends, watch } = setUp()
  await watch()
  await clock.advance(30_000)
  opened[0]?.sink.onActivity?.()
  await clock.advance(SILENCE_MILLIS - 1)
  assert.equal(ends.length, 0)
  await clock.advance(1)
  const [error] = ends
  assert.ok(error instanceof SilentWatch && error.since === 30_000)
  assert.equal(opened[0]?.isClosed, true)
  await clock.advance(SILENCE_MILLIS)
  assert.equal(ends.length, 1)
})

test('one that does not even open within 40 s is refused', async () => {
  const { clock, watch } = setUp({ hangs: true })
  const opening = watch()
  const refused = assert.rejects(opening, SilentWatch)
  await clock.advance(SILENCE_MILLIS)
  await refused
})

test('to be opened anew is no sign of life, but what is known to be broken gets the whole time', async () => {
  const state = { hangs: false }
  const { clock, opened, ends, watch } = setUp(state)
  await watch({ sendInitialEvents: 'true' })
  opened[0]?.sink.onEvent(initialEnd)
  await clock.advance(25_000)
  assert.deepEqual(ends, [undefined])
  state.hangs = true
  const silent = assert.rejects(
    watch(),
    (error) => error instanceof SilentWatch && error.since === 0,
  )
  await clock.advance(SILENCE_MILLIS - 25_000)
  await silent
  const again = watch()
  const refused = assert.rejects(again, SilentWatch)
  await clock.advance(SILENCE_MILLIS - 1)
  assert.equal(opened[2]?.request.signal?.aborted, false)
  await clock.advance(1)
  await refused
})

test('one that opens after it was given up is closed, and refused all the same', async () => {
  const state = { hangs: true, isDeaf: true }
  const { clock, opened, watch } = setUp(state)
  const refused = assert.rejects(watch(), SilentWatch)
  await clock.advance(SILENCE_MILLIS)
  opened[0]?.open()
  await refused
  assert.equal(opened[0]?.isClosed, true)
})

test('who gives an opening up is told so, and nothing is left', async () => {
  const { clock, ends, watch } = setUp({ hangs: true })
  const abort = new AbortController()
  const opening = watch({}, abort.signal)
  abort.abort()
  await assert.rejects(opening, (error) => !(error instanceof SilentWatch))
  await clock.advance(SILENCE_MILLIS)
  assert.deepEqual(ends, [])
})

test('a first state may take its time, and the watch is renewed once it is whole', async () => {
  const { clock, opened, ends, events, watch } = setUp()
  await watch({ sendInitialEvents: 'true' })
  assert.equal(opened[0]?.request.query?.['timeoutSeconds'], '407')
  for (let n = 0; n < 4; n++) {
    await clock.advance(30_000)
    opened[0]?.sink.onEvent(bookmark())
  }
  opened[0]?.sink.onEvent(initialEnd)
  await clock.advance(24_999)
  assert.deepEqual(ends, [])
  await clock.advance(1)
  assert.deepEqual(ends, [undefined])
  assert.equal(events.length, 5)
})

test('an end is told as it came, and who closes hears nothing more', async () => {
  const { clock, opened, ends, watch } = setUp()
  await watch()
  opened[0]?.sink.onEnd()
  const stream = await watch({ sendInitialEvents: 'true' })
  opened[1]?.sink.onEvent(initialEnd)
  stream.close()
  await clock.advance(10 * SILENCE_MILLIS)
  assert.deepEqual([ends, opened[1]?.isClosed], [[undefined], true])
})
