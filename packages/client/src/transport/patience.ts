/** How long a request is waited for: until its time limit, until its signal aborts. */
import { type ApiRequest, type Clock, TransportError } from '@sortie/machinery'

const DEFAULT_TIMEOUT_MS = 30_000

/** As errors name a request: `GET /api/v1/pods`. */
export function actionOf(request: ApiRequest): string {
  return `${request.method} ${request.path}`
}

export function abortError(request: ApiRequest): TransportError {
  return new TransportError(`${actionOf(request)}: aborted`, { cause: request.signal?.reason })
}

/** What one request may still take. */
export interface Patience {
  readonly request: ApiRequest
  /** For credentials, milliseconds; undefined where the request sets no limit: a person may have to log in first. */
  forCredentials(): number | undefined
  /** For the answer to one sending, milliseconds. */
  forAnswer(): number
}

/** A limit that the request names counts from now on, whatever is done meanwhile. */
export function patienceOf(request: ApiRequest, clock: Clock): Patience {
  const { timeoutMs } = request
  if (timeoutMs === undefined) {
    return { request, forCredentials: () => undefined, forAnswer: () => DEFAULT_TIMEOUT_MS }
  }
  const end = clock.monotonic() + timeoutMs
  const left = (): number => end - clock.monotonic()
  return { request, forCredentials: left, forAnswer: left }
}

/** Of a watch or a stream, which have no limit. */
export function endlessPatience(request: ApiRequest): Patience {
  return { request, forCredentials: () => undefined, forAnswer: () => Number.POSITIVE_INFINITY }
}

export interface Limit {
  /** Milliseconds; undefined for none. */
  readonly limitMs: number | undefined
  /** What does not come, for the error: `answer`. */
  readonly what: string
}

/** Calls back once when the time is up or the signal aborts; the function returned ends the waiting. */
export function limitTime(
  clock: Clock,
  request: ApiRequest,
  { limitMs, what, onExpired }: Limit & { readonly onExpired: (error: TransportError) => void },
): () => void {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = request
  const clear = (): void => {
    timer?.cancel()
    signal?.removeEventListener('abort', onAbort)
  }
  const expire = (error: TransportError): void => {
    clear()
    onExpired(error)
  }
  const onAbort = (): void => expire(abortError(request))
  const onTime = (): void =>
    expire(new TransportError(`${actionOf(request)}: no ${what} within ${timeoutMs} ms`))
  const timer = limitMs === undefined ? undefined : clock.setTimer(limitMs, onTime)
  signal?.addEventListener('abort', onAbort, { once: true })
  return clear
}

/** What the promise gives. @throws TransportError where the limit, the request's signal or `closing` comes first */
export function waitFor<T>(
  promise: Promise<T>,
  { request }: Patience,
  options: Limit & { readonly clock: Clock; readonly closing: AbortSignal },
): Promise<T> {
  const { clock, closing, ...limit } = options
  return new Promise((resolve, reject) => {
    const clear = limitTime(clock, request, { ...limit, onExpired: (error) => fail(error) })
    const onClose = (): void => fail(closing.reason)
    const settle = (): void => {
      clear()
      closing.removeEventListener('abort', onClose)
    }
    const fail = (error: unknown): void => {
      settle()
      reject(error)
    }
    closing.addEventListener('abort', onClose, { once: true })
    // Also where nobody waits any more: a promise that nobody hears ends the process when it fails.
    promise.then((value) => {
      settle()
      resolve(value)
    }, fail)
    // Of an abort that has been there is no event to come.
    if (request.signal?.aborted === true) fail(abortError(request))
  })
}
