/**
 * Watches that are renewed every half minute, so that a connection that died without a word is soon noticed: a quiet resource
 * sends nothing but a bookmark each minute, and only a server that is there ends a watch when it was asked to.
 */
import {
  type ApiRequest,
  type Clock,
  type Instant,
  type OpenStream,
  type Timer,
  type Transport,
  TransportError,
  type WatchEvent,
  type WatchSink,
} from '@sortie/machinery'

/** A watch is asked to end after this long, and up to ten seconds later: not all in the same moment. */
const RENEW_SECONDS = 25
/** Nothing for this long, and not even the end that was asked for: the connection is dead. */
export const SILENCE_MILLIS = 40_000
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'

/** A watch that was given up because nothing came any more. */
export class SilentWatch extends TransportError {
  /** When the last sign of it came. */
  readonly since: Instant

  constructor(since: Instant) {
    super(`nothing came for ${SILENCE_MILLIS / 1_000} s`)
    this.since = since
  }
}

/**
 * The same transport, with watches that are renewed and that end with a `SilentWatch` where they fall silent. For one informer: its
 * watches follow each other, and to begin one is no sign of life.
 */
export function renewWatches(transport: Transport, clock: Clock): Transport {
  const line = createLine(clock)
  return {
    request: (request) => transport.request(request),
    watch: (request, sink) => openRenewed({ transport, clock, line }, request, sink),
    stream: (request, sink) => transport.stream(request, sink),
    close: () => transport.close(),
  }
}

/** Whether there is still somebody at the other end. */
interface Line {
  /** Something came. */
  sign(): void
  /** A watch begins: what was broken before is given the whole time again. */
  begin(): void
  /** It is known to be broken. */
  fail(): void
  /** How long it may still be silent, in milliseconds. */
  left(): number
  /** The error of a line that has been silent for too long. */
  silence(): SilentWatch
}

function createLine(clock: Clock): Line {
  let heard = clock.monotonic()
  let patientSince = heard
  let isBroken = true
  return {
    sign() {
      heard = clock.monotonic()
      patientSince = heard
    },
    begin() {
      if (isBroken) patientSince = clock.monotonic()
      isBroken = false
    },
    fail() {
      isBroken = true
    },
    left: () => SILENCE_MILLIS - (clock.monotonic() - patientSince),
    silence: () => new SilentWatch(clock.now() - (clock.monotonic() - heard)),
  }
}

interface Renewal {
  readonly transport: Transport
  readonly clock: Clock
  readonly line: Line
}

async function openRenewed(
  { transport, clock, line }: Renewal,
  request: ApiRequest,
  sink: WatchSink,
): Promise<OpenStream> {
  const abort = new AbortController()
  let over = false
  let renewal: Timer | undefined
  let stream: OpenStream | undefined

  const finish = (): void => {
    over = true
    silence.cancel()
    renewal?.cancel()
  }
  const end = (error?: Error): void => {
    if (over) return
    finish()
    if (error !== undefined) line.fail()
    stream?.close()
    // Before it is open there is nobody to hear of an end: its opening is refused instead.
    if (stream === undefined) abort.abort()
    else sink.onEnd(error)
  }
  const listen = (): void => {
    const left = line.left()
    if (left > 0) silence = clock.setTimer(left, listen)
    else end(line.silence())
  }
  line.begin()
  let silence = clock.setTimer(Math.max(0, line.left()), listen)
  const signals = request.signal === undefined ? [] : [request.signal]
  const renewed: WatchSink = {
    onEvent(event) {
      line.sign()
      sink.onEvent(event)
      // Its end was not asked for: how long the first state takes to come is not known.
      if (isInitialEnd(event) && !over) {
        renewal ??= clock.setTimer(RENEW_SECONDS * 1_000, () => end())
      }
    },
    onEnd(error) {
      if (error === undefined) line.sign()
      else line.fail()
      finish()
      sink.onEnd(error)
    },
    onActivity() {
      line.sign()
      sink.onActivity?.()
    },
  }
  try {
    const signal = AbortSignal.any([...signals, abort.signal])
    stream = await transport.watch({ ...shortened(request), signal }, renewed)
  } catch (error) {
    if (!over) finish()
    line.fail()
    throw abort.signal.aborted ? line.silence() : error
  }
  const opened = stream
  if (over) opened.close()
  // It came too late: nobody listens for its silence any more.
  if (abort.signal.aborted) throw line.silence()
  line.sign()
  return {
    close() {
      finish()
      opened.close()
    },
  }
}

/** Asks for its end, unless the whole state is to come first. */
function shortened(request: ApiRequest): ApiRequest {
  const { query = {} } = request
  if (query['sendInitialEvents'] === 'true') return request
  const spread = Number(query['timeoutSeconds'] ?? 0) % 10
  return { ...request, query: { ...query, timeoutSeconds: String(RENEW_SECONDS + spread) } }
}

function isInitialEnd({ type, object }: WatchEvent): boolean {
  return type === 'BOOKMARK' && object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true'
}
