/** One HTTP exchange over an undici dispatcher, by callbacks: no stream objects on the hot path. */
import { TransportError } from '@sortie/machinery'
import type { Dispatcher } from 'undici'

export interface Outgoing {
  readonly origin: string
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string | string[]>
  readonly body: string | Uint8Array | null
}

export interface ExchangeHead {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** `onEnd` or `onError` comes last, once; `onError` also where another callback threw. Nothing comes after `abort`. */
export interface ExchangeHandler {
  onHead(head: ExchangeHead): void
  onData(chunk: Uint8Array): void
  onEnd(): void
  onError(error: Error): void
}

export interface Exchange {
  /** Ends it and drops its socket; the handler hears nothing any more. */
  abort(): void
}

export function startExchange(
  dispatcher: Dispatcher,
  outgoing: Outgoing,
  handler: ExchangeHandler,
): Exchange {
  let over = false
  let controller: Dispatcher.DispatchController | undefined
  const finish = (report: () => void): void => {
    if (over) return
    over = true
    report()
  }
  const abort = (): void => {
    over = true
    controller?.abort(new Error('closed by the client'))
  }
  const guarded = (work: () => void): void => {
    if (over) return
    try {
      work()
    } catch (error) {
      // A handler that cannot go on (an unreadable line) ends the exchange; undici must not see it throw.
      finish(() => handler.onError(asError(error)))
      abort()
    }
  }
  const receiver: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started
      if (over) started.abort(new Error('closed by the client'))
    },
    onResponseStart(_controller, status, headers) {
      if (status >= 200) guarded(() => handler.onHead({ status, headers: flatten(headers) }))
    },
    onResponseData(_controller, chunk) {
      guarded(() => handler.onData(chunk))
    },
    onResponseEnd() {
      guarded(() => {
        handler.onEnd()
        over = true
      })
    },
    onResponseError(_controller, error) {
      finish(() => handler.onError(asError(error)))
    },
  }
  try {
    dispatcher.dispatch({ ...outgoing }, receiver)
  } catch (error) {
    finish(() => handler.onError(asError(error)))
  }
  return { abort }
}

/** The TransportError for what went wrong below; the cause is kept. */
export function transportError(action: string, cause: unknown): TransportError {
  if (cause instanceof TransportError) return cause
  return new TransportError(`${action}: ${describe(cause)}`, { cause })
}

/** A host with several addresses fails with one error each, under an error without a message. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0])
  return asError(error).message || 'the connection failed'
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function flatten(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, string>> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue
    flat[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return flat
}
