/** Answers that stay open: watches and byte streams. */
import {
  type ApiRequest,
  ApiStatusError,
  type ByteSink,
  type OpenStream,
  TransportError,
  type WatchEvent,
  type WatchSink,
} from '@sortie/machinery'
import { toStatusError } from '../client/failures.ts'
import { decodeResponse } from './bodies.ts'
import { type Exchange, type ExchangeHead, startExchange, transportError } from './exchange.ts'
import { createLineSplitter } from './lines.ts'
import { managedFieldsIn } from './managedfields.ts'
import { abortError, actionOf } from './patience.ts'
import type { Access, Wire } from './wire.ts'

/** A byte sink that may still find fault with the stream when it ends. */
export interface StreamSink extends ByteSink {
  onFinish?(): void
  /** Nothing is to be delivered any more. */
  onClose?(): void
}

export interface StreamOpening {
  readonly request: ApiRequest
  readonly sink: StreamSink
}

/**
 * Resolves with the head of the answer. The request's signal ends the stream as `close` does.
 * @throws ApiStatusError where the server refuses, TransportError where no answer comes or the signal aborts
 */
export function openStream(
  wire: Wire,
  access: Access,
  opening: StreamOpening,
): Promise<OpenStream> {
  const { request, sink } = opening
  const { signal } = request
  const outgoing = wire.outgoing(request, access.credentials)
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortError(request))
    let exchange: Exchange | undefined
    const settle = (): void => signal?.removeEventListener('abort', onAbort)
    const close = (): void => {
      settle()
      sink.onClose?.()
      exchange?.abort()
    }
    const onAbort = (): void => {
      close()
      reject(abortError(request))
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    const receiver = receiveStream(actionOf(request), sink, {
      onOpen: () => resolve({ close }),
      onRefused: reject,
      settle,
    })
    exchange = startExchange(access.connections.streams, outgoing, receiver)
  })
}

interface StreamOutcome {
  onOpen(): void
  onRefused(error: Error): void
  /** The answer is over, one way or the other. */
  settle(): void
}

function receiveStream(
  action: string,
  sink: StreamSink,
  outcome: StreamOutcome,
): Parameters<typeof startExchange>[2] {
  let opened = false
  let head: ExchangeHead = { status: 0, headers: {} }
  const refusal: Uint8Array[] = []
  return {
    onHead(received) {
      head = received
      opened = received.status < 300
      if (opened) outcome.onOpen()
    },
    onData(chunk) {
      if (opened) sink.onChunk(chunk)
      else refusal.push(chunk)
    },
    onEnd() {
      if (opened) sink.onFinish?.()
      else throw toStatusError(decodeResponse(head, refusal, action))
      outcome.settle()
      sink.onEnd()
    },
    onError(error) {
      outcome.settle()
      if (opened) sink.onEnd(transportError(action, error))
      else
        outcome.onRefused(error instanceof ApiStatusError ? error : transportError(action, error))
    },
  }
}

/** Turns the bytes of a watch into events. */
export function watchLines(sink: WatchSink, maxBytes: number): StreamSink {
  let closed = false
  const onLine = (line: string): void => {
    // The rest of a chunk whose first event made the reader close the stream.
    if (!closed) sink.onEvent(parseEvent(line))
  }
  const splitter = createLineSplitter(onLine, {
    maxBytes,
    ...(sink.skipsManagedFields === true ? { leavesOut: managedFieldsIn } : {}),
  })
  return {
    onChunk(chunk) {
      sink.onActivity?.()
      splitter.push(chunk)
    },
    onFinish: () => splitter.finish(),
    onClose: () => {
      closed = true
    },
    onEnd: (error) => sink.onEnd(error),
  }
}

/** @throws TransportError where the line is no event: the stream is broken, and going on would lose it silently */
function parseEvent(line: string): WatchEvent {
  let event: unknown
  try {
    event = JSON.parse(line)
  } catch (cause) {
    throw new TransportError('the watch sent a line that is no JSON', { cause })
  }
  if (!isEvent(event)) throw new TransportError('the watch sent a line that is no event')
  return event
}

function isEvent(value: unknown): value is WatchEvent {
  if (typeof value !== 'object' || value === null) return false
  return 'type' in value && 'object' in value && typeof value.object === 'object'
}
