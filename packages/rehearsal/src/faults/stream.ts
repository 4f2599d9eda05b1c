/** A watch between a part and the server: events take time, keep their order, and can be held up or cut off. */
import {
  type Clock,
  failureStatus,
  type OpenStream,
  type Timer,
  TransportError,
  type WatchEvent,
  type WatchSink,
} from '@sortie/machinery'

type Delivery = () => void

export interface FaultyStream {
  /** What the server talks to. */
  readonly intake: WatchSink
  /** What the part closes. */
  readonly handle: OpenStream
  attach(stream: OpenStream): void
  stall(ms: number): void
  /** For so long each event comes twice. */
  repeat(ms: number): void
  /** For so long each event takes up to `spreadMs` longer. */
  scatter(ms: number, spreadMs: number): void
  cut(): void
  expire(): void
  /** The process is gone: nothing more is told. */
  silence(): void
}

export interface FaultyStreamOptions {
  /** How long the next event takes where it may take up to `most`, milliseconds. */
  readonly delayOf: (most: number) => number
  readonly latencyMs: number
  readonly onClose: () => void
}

interface DelayLine {
  /** Hands it on after `delay`, never before what was put in earlier. Milliseconds. */
  put(deliver: Delivery, delay: number): void
  stall(ms: number): void
  close(): void
}

function createDelayLine(clock: Clock): DelayLine {
  const queue: { readonly due: number; readonly deliver: Delivery }[] = []
  let timer: Timer | undefined
  let stalledUntil = 0
  let last = 0
  const pump = (): void => {
    timer = undefined
    for (let next = queue[0]; next !== undefined; next = queue[0]) {
      const wait = Math.max(next.due, stalledUntil) - clock.monotonic()
      if (wait > 0) {
        timer = clock.setTimer(wait, pump)
        return
      }
      queue.shift()
      next.deliver()
    }
  }
  return {
    put(deliver, delay) {
      const now = clock.monotonic()
      const due = Math.max(last, now + delay)
      if (queue.length === 0 && due <= now && stalledUntil <= now) {
        deliver()
        return
      }
      last = due
      queue.push({ due, deliver })
      if (timer === undefined) pump()
    },
    stall(ms) {
      stalledUntil = Math.max(stalledUntil, clock.monotonic() + ms)
    },
    close() {
      timer?.cancel()
      queue.length = 0
    },
  }
}

export function createFaultyStream(
  clock: Clock,
  sink: WatchSink,
  options: FaultyStreamOptions,
): FaultyStream {
  const line = createDelayLine(clock)
  let inner: OpenStream | undefined
  let repeatsUntil = 0
  let scattered = { until: 0, spreadMs: 0 }
  let over = false

  const finish = (): void => {
    over = true
    line.close()
    inner?.close()
    options.onClose()
  }
  const put = (deliver: Delivery): void => {
    if (over) return
    const spread = clock.monotonic() < scattered.until ? scattered.spreadMs : 0
    line.put(deliver, options.delayOf(options.latencyMs + spread))
  }
  const endWith = (error: Error | undefined): void => {
    if (over) return
    finish()
    sink.onEnd(error)
  }
  const tell = (event: WatchEvent): void => {
    put(() => sink.onEvent(event))
    if (clock.monotonic() < repeatsUntil) put(() => sink.onEvent(event))
  }
  return {
    intake: {
      onEvent: tell,
      onEnd: (error) => put(() => endWith(error)),
      onActivity: () => put(() => sink.onActivity?.()),
    },
    handle: { close: () => (over ? undefined : finish()) },
    attach(stream) {
      inner = stream
      if (over) stream.close()
    },
    stall: (ms) => line.stall(ms),
    repeat(ms) {
      repeatsUntil = Math.max(repeatsUntil, clock.monotonic() + ms)
    },
    scatter(ms, spreadMs) {
      scattered = { until: clock.monotonic() + ms, spreadMs }
    },
    cut: () => endWith(new TransportError('the connection broke')),
    expire() {
      if (over) return
      const status = failureStatus('Expired', { message: 'too old resource version' })
      sink.onEvent({ type: 'ERROR', object: status })
      endWith(undefined)
    },
    silence: () => (over ? undefined : finish()),
  }
}
