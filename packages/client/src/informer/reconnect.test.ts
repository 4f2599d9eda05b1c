/** How often and how long a watch is open, on a virtual clock. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ApiRequest,
  createVirtualClock,
  type KubeObject,
  PODS,
  seededRandom,
  silentLogger,
  type Transport,
  TransportError,
  type WatchEvent,
  type WatchSink,
} from '@sortie/machinery'
import { createClient } from '../client/client.ts'
import { createInformer } from './informer.ts'

type OnWatch = (sink: WatchSink, request: ApiRequest) => void

function setUp(onWatch: OnWatch) {
  const clock = createVirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)))
  const random = seededRandom(3)
  const opened: number[] = []
  let open = 0
  let openSince = 0
  let openTime = 0
  let held = Promise.resolve()
  const transport: Transport = {
    request: () => Promise.reject(new TransportError('no lists here')),
    stream: () => Promise.reject(new TransportError('no streams here')),
    close: () => Promise.resolve(),
    async watch(request, sink) {
      opened.push(clock.monotonic())
      open++
      openSince = clock.monotonic()
      let ended = false
      const close = (): void => {
        if (ended) return
        ended = true
        open--
        openTime += clock.monotonic() - openSince
      }
      const onEnd = (error?: Error): void => {
        close()
        sink.onEnd(error)
      }
      onWatch({ ...sink, onEnd }, request)
      await held
      return { close }
    },
  }
  const client = createClient(transport, { clock, random })
  const informer = createInformer<KubeObject>({
    client,
    type: PODS,
    clock,
    random,
    log: silentLogger,
  })
  const share = (): number =>
    (openTime + (open > 0 ? clock.monotonic() - openSince : 0)) / clock.monotonic()
  /** Keeps watches from opening until the function returned is called. */
  const hold = (): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    held = promise
    return resolve
  }
  return { clock, informer, opened, openNow: () => open, share, hold }
}

function bookmark(version: number, end = false): WatchEvent {
  const annotations = end ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}
  const metadata = { resourceVersion: String(version), ...annotations }
  return { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Pod', metadata } }
}

function greet(sink: WatchSink, request: ApiRequest): void {
  if (request.query?.['sendInitialEvents'] === 'true') sink.onEvent(bookmark(10, true))
}

test('D6: a quiet resource whose watch the server ends every 5 s is watched all the time', async () => {
  const { clock, informer, opened, share } = setUp((sink, request) => {
    greet(sink, request)
    clock.setTimer(5000, () => sink.onEnd())
  })
  informer.start()
  await clock.advance(110_000)
  assert.equal(opened.length, 23)
  assert.ok(share() > 0.99, `open ${share()} of the time`)
  await informer.stop()
})

test('a server that ends each watch at once meets waits that grow to 30 s, not a hot loop', async () => {
  const { clock, informer, opened } = setUp((sink, request) => {
    greet(sink, request)
    sink.onEnd()
  })
  informer.start()
  await clock.advance(600_000)
  assert.ok(opened.length >= 20 && opened.length <= 40, `${opened.length} watches in 10 minutes`)
  const gaps = opened.slice(1).map((time, at) => time - (opened[at] ?? 0))
  assert.ok(Math.max(...gaps) <= 30_000)
  await informer.stop()
})

test('a server that sends one event and ends each watch is asked once a second', async () => {
  let version = 10
  const { clock, informer, opened } = setUp((sink, request) => {
    greet(sink, request)
    sink.onEvent(bookmark(++version))
    sink.onEnd()
  })
  informer.start()
  await clock.advance(60_000)
  assert.ok(opened.length >= 58 && opened.length <= 62, `${opened.length} watches in a minute`)
  await informer.stop()
})

test('D9: a quiet watch with a bookmark each minute lives until the server ends it', async () => {
  const { clock, informer, opened } = setUp((sink, request) => {
    greet(sink, request)
    const beat = (): void => {
      sink.onActivity?.()
      sink.onEvent(bookmark(10))
      clock.setTimer(60_000, beat)
    }
    beat()
  })
  informer.start()
  await clock.advance(3_600_000)
  assert.equal(opened.length, 1)
  await informer.stop()
})

test('a socket without a byte for 150 s is given up then, and one with the smallest sign of life is not', async () => {
  const { clock, informer, opened } = setUp((sink, request) => {
    greet(sink, request)
    if (opened.length === 1) clock.setTimer(100_000, () => sink.onActivity?.())
  })
  informer.start()
  await clock.advance(249_999)
  assert.equal(opened.length, 1)
  await clock.advance(1 + 1600)
  assert.equal(opened.length, 2)
  await informer.stop()
})

test('a watch asks to be ended after a random time of 5 to 10 minutes', async () => {
  const seconds = new Set<number>()
  const { clock, informer } = setUp((sink, request) => {
    greet(sink, request)
    seconds.add(Number(request.query?.['timeoutSeconds']))
    clock.setTimer(2000, () => sink.onEnd())
  })
  informer.start()
  await clock.advance(100_000)
  await informer.stop()
  assert.ok(seconds.size > 30)
  for (const value of seconds) assert.ok(value >= 300 && value < 600, String(value))
})

test('a proxy that cuts each watch after a minute keeps it from its resource for seconds, not for half a minute', async () => {
  const { clock, informer, share } = setUp((sink, request) => {
    greet(sink, request)
    clock.setTimer(60_000, () => sink.onEnd(new TransportError('socket hang up')))
  })
  informer.start()
  await clock.advance(3_600_000)
  assert.ok(share() > 0.97, String(share()))
  await informer.stop()
})

test('waits after failures double from 0.8 s to 30 s, and start anew after two healthy minutes', async () => {
  let healthy = false
  const { clock, informer, opened } = setUp((sink, request) => {
    greet(sink, request)
    if (healthy) clock.setTimer(130_000, () => sink.onEnd(new TransportError('reset')))
    else throw new TransportError('refused')
  })
  informer.start()
  await clock.advance(200_000)
  const gaps = opened.slice(1).map((time, at) => time - (opened[at] ?? 0))
  const bases = [800, 1600, 3200, 6400, 12_800, 15_000, 15_000]
  for (const [at, base] of bases.entries()) {
    assert.ok(gaps[at]! >= base && gaps[at]! <= 2 * base, `wait ${at}: ${gaps[at]}`)
  }
  healthy = true
  await clock.advance(30_000)
  const before = opened.length
  await clock.advance(132_000)
  assert.equal(opened.length, before + 1)
  await informer.stop()
})

test('D8: stop leaves no timer and no connection, whatever it interrupts', async () => {
  for (const interrupt of ['open watch', 'wait', 'initial events'] as const) {
    const { clock, informer, openNow } = setUp((sink, request) => {
      if (interrupt === 'wait') throw new TransportError('refused')
      if (interrupt === 'open watch') greet(sink, request)
    })
    informer.start()
    await clock.advance(10)
    await informer.stop()
    await informer.stop()
    assert.deepEqual(
      [clock.pendingTimers(), interrupt === 'wait' ? 0 : openNow()],
      [0, 0],
      interrupt,
    )
    informer.start()
    assert.equal(clock.pendingTimers(), 0)
  }
})

test('whenSynced rejects when the informer is stopped before, or the signal aborts', async () => {
  const { informer } = setUp(() => {})
  informer.start()
  const reason = new Error('enough')
  await assert.rejects(informer.whenSynced(AbortSignal.abort(reason)), reason)
  const waiting = assert.rejects(informer.whenSynced(), { code: 'InformerStopped' })
  await informer.stop()
  await waiting
})

test('a watch that opens after the stop is closed, also by a transport that knows no signal', async () => {
  const { clock, informer, openNow, hold } = setUp(() => {})
  const release = hold()
  informer.start()
  await clock.advance(0)
  const stopped = informer.stop()
  release()
  await stopped
  await clock.advance(0)
  assert.deepEqual([openNow(), clock.pendingTimers()], [0, 0])
})
