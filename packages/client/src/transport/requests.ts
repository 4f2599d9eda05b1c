/** One request and its whole answer. */
import { type ApiRequest, type ApiResponse, type Clock, TransportError } from '@sortie/machinery'
import { decodeResponse } from './bodies.ts'
import { type Exchange, type ExchangeHead, startExchange, transportError } from './exchange.ts'
import type { Access, Wire } from './wire.ts'

const DEFAULT_TIMEOUT_MS = 30_000

/** @throws TransportError where no whole answer came in time */
export function sendRequest(wire: Wire, access: Access, request: ApiRequest): Promise<ApiResponse> {
  const action = actionOf(request)
  const outgoing = wire.outgoing(request, access.credentials)
  return new Promise((resolve, reject) => {
    if (request.signal?.aborted === true) return reject(abortError(request))
    let head: ExchangeHead = { status: 0, headers: {} }
    const chunks: Uint8Array[] = []
    let exchange: Exchange | undefined
    const clear = limitTime(wire.clock, request, (error) => {
      exchange?.abort()
      reject(error)
    })
    exchange = startExchange(access.connections.requests, outgoing, {
      onHead(received) {
        head = received
      },
      onData(chunk) {
        chunks.push(chunk)
      },
      onEnd() {
        clear()
        resolve(decodeResponse(head, chunks, action))
      },
      onError(error) {
        clear()
        reject(transportError(action, error))
      },
    })
  })
}

/** As errors name a request: `GET /api/v1/pods`. */
export function actionOf(request: ApiRequest): string {
  return `${request.method} ${request.path}`
}

export function abortError(request: ApiRequest): TransportError {
  return new TransportError(`${actionOf(request)}: aborted`, { cause: request.signal?.reason })
}

/** Calls back once when the time is up or the signal aborts; the function returned ends the waiting. */
function limitTime(
  clock: Clock,
  request: ApiRequest,
  onExpired: (error: TransportError) => void,
): () => void {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = request
  const clear = (): void => {
    timer.cancel()
    signal?.removeEventListener('abort', onAbort)
  }
  const expire = (error: TransportError): void => {
    clear()
    onExpired(error)
  }
  const onAbort = (): void => expire(abortError(request))
  const timer = clock.setTimer(timeoutMs, () => {
    expire(new TransportError(`${actionOf(request)}: no answer within ${timeoutMs} ms`))
  })
  signal?.addEventListener('abort', onAbort, { once: true })
  return clear
}
