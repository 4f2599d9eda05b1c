/** One request and its whole answer. */
import type { ApiResponse } from '@sortie/machinery'
import { decodeResponse } from './bodies.ts'
import { type Exchange, type ExchangeHead, startExchange, transportError } from './exchange.ts'
import { abortError, actionOf, limitTime, type Patience } from './patience.ts'
import type { Access, Wire } from './wire.ts'

/** @throws TransportError where no whole answer came in time */
export function sendRequest(wire: Wire, access: Access, patience: Patience): Promise<ApiResponse> {
  const { request } = patience
  const action = actionOf(request)
  const outgoing = wire.outgoing(request, access.credentials)
  return new Promise((resolve, reject) => {
    if (request.signal?.aborted === true) return reject(abortError(request))
    let head: ExchangeHead = { status: 0, headers: {} }
    const chunks: Uint8Array[] = []
    let exchange: Exchange | undefined
    const clear = limitTime(wire.clock, request, {
      limitMs: patience.forAnswer(),
      what: 'answer',
      onExpired(error) {
        exchange?.abort()
        reject(error)
      },
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
