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
  cut(): void
  expire(): void
  /** The process is gone: nothing more is told. */
  silence(): void
}

/** @param delayOf how long the next event takes, milliseconds */
export function createFaultyStream(
  clock: Clock,
  sink: WatchSink,
  options: { readonly delayOf: () => number; readonly onClose: () => void },
): FaultyStream {
  const queue: { readonly due: number; readonly deliver: Delivery }[] = []
  let inner: OpenStream | undefined
  let timer: Timer | undefined
  let stalledUntil = 0
  let last = 0
  let over = false

  const finish = (): void => {
    over = true
    timer?.cancel()
    queue.length = 0
    inner?.close()
    options.onClose()
  }
  const pump = (): void => {
    timer = undefined
    for (let next = queue[0]; next !== undefined && !over; next = queue[0]) {
      const wait = Math.max(next.due, stalledUntil) - clock.monotonic()
      if (wait > 0) {
        timer = clock.setTimer(wait, pump)
        return
      }
      queue.shift()
      next.deliver()
    }
  }
  const put = (deliver: Delivery): void => {
    if (over) return
    const due = Math.max(last, clock.monotonic() + options.delayOf())
    if (queue.length === 0 && due <= clock.monotonic() && stalledUntil <= clock.monotonic()) {
      deliver()
      return
    }
    last = due
    queue.push({ due, deliver })
    if (timer === undefined) pump()
  }
  const endWith = (error: Error | undefined): void => {
    if (over) return
    finish()
    sink.onEnd(error)
  }
  return {
    intake: {
      onEvent: (event: WatchEvent) => put(() => sink.onEvent(event)),
      onEnd: (error) => put(() => endWith(error)),
      onActivity: () => put(() => sink.onActivity?.()),
    },
    handle: { close: () => (over ? undefined : finish()) },
    attach(stream) {
      inner = stream
      if (over) stream.close()
    },
    stall(ms) {
      stalledUntil = Math.max(stalledUntil, clock.monotonic() + ms)
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
