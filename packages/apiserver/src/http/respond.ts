/** Answers on their way out. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, gzip } from 'node:zlib'
import { type ApiResponse, type OpenStream, onNextTurn } from '@sortie/machinery'
import type { Answer, EventSink } from '../server/answer.ts'
import { encodeBody, type LineEncoder } from './encoding.ts'

/**
 * A watcher that lets this much pile up is cut off; it resumes from the last event it saw. What a watch begins with does not count: the
 * state of many objects is as large as the list of them would be, and one that was cut off there would have to begin anew.
 */
export const MAX_PENDING_EVENTS = 1_000
export const MAX_PENDING_BYTES = 8 * 1024 * 1024
/** Answers from this size on are compressed where the client takes it, as the API server does. */
const GZIP_FROM_BYTES = 128 * 1024

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly lines: LineEncoder
  /** Streams that are open, so that a stop can end them. */
  readonly streams: Set<ServerResponse>
}

export function respond(answer: Answer, exchange: Exchange): void {
  switch (answer.kind) {
    case 'response':
      sendResponse(answer.response, exchange)
      return
    case 'watch':
      sendWatch(answer.open, exchange)
      return
    default:
      sendStream(answer.open, exchange)
  }
}

function sendResponse({ status, headers, body }: ApiResponse, exchange: Exchange): void {
  const { request, response } = exchange
  const text = encodeBody(body)
  const compresses = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  if (!compresses || text.length < GZIP_FROM_BYTES) {
    response.writeHead(status, { ...bytewise(headers), 'content-length': Buffer.byteLength(text) })
    // Text leaves in one write with the head; bytes would take a second one.
    response.end(request.method === 'HEAD' ? undefined : text)
    return
  }
  const bytes = Buffer.from(text)
  gzip(bytes, { level: constants.Z_BEST_SPEED }, (error, packed) => {
    const extra = error === null ? { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } : {}
    response.writeHead(status, { ...bytewise(headers), ...extra })
    response.end(error === null ? packed : bytes)
  })
}

/** Warnings may be in any language; a header takes bytes only, so they leave as UTF-8. */
function bytewise(headers: ApiResponse['headers']): ApiResponse['headers'] {
  const { warning } = headers
  if (warning === undefined) return headers
  return { ...headers, warning: Buffer.from(warning, 'utf8').toString('latin1') }
}

/** The events of a turn of the event loop leave as one write: system calls are what many watchers cost. */
function sendWatch(open: (sink: EventSink) => OpenStream, exchange: Exchange): void {
  const { response, lines } = exchange
  openResponse(exchange, 'application/json')
  let pending: Buffer[] = []
  let unsent = 0
  /** Bytes of the beginning; 0 once they have gone out, undefined before they come. */
  let beginning: number | undefined
  const flush = (): void => {
    if (pending.length === 0 || response.destroyed) return
    const bytes = pending.length === 1 ? pending[0] : Buffer.concat(pending)
    if (beginning === undefined) beginning = bytes?.length ?? 0
    else unsent += pending.length
    pending = []
    if (!response.write(bytes)) {
      const piled = response.writableLength - beginning
      if (unsent > MAX_PENDING_EVENTS || piled > MAX_PENDING_BYTES) response.destroy()
    } else sent()
  }
  const sent = (): void => {
    unsent = 0
    if (beginning !== undefined) beginning = 0
  }
  response.on('drain', sent)
  const stream = open({
    onEvent({ type, object }) {
      if (pending.push(lines.line(type, object)) === 1) onNextTurn(flush)
    },
    onFlush: () => undefined,
    onEnd() {
      flush()
      response.end()
    },
  })
  response.on('close', () => stream.close())
}

/** A source that can wait does so while its reader is slow; of one that cannot, only what it begins with may pile up without end. */
function sendStream(
  open: Extract<Answer, { readonly kind: 'stream' }>['open'],
  exchange: Exchange,
): void {
  const { response } = exchange
  openResponse(exchange, 'text/plain')
  /** Bytes of the beginning; 0 once they have gone out, undefined before they come. */
  let beginning: number | undefined
  const stream = open({
    onChunk(chunk) {
      beginning ??= chunk.length
      if (response.write(chunk)) return
      if (stream.pause !== undefined) stream.pause()
      else if (response.writableLength - beginning > MAX_PENDING_BYTES) response.destroy()
    },
    onEnd: (error) => {
      if (error !== undefined) response.write(`${error.message}\n`)
      response.end()
    },
  })
  response.on('drain', () => {
    beginning = 0
    stream.resume?.()
  })
  response.on('close', () => stream.close())
}

function openResponse({ response, streams }: Exchange, type: string): void {
  streams.add(response)
  response.on('close', () => streams.delete(response))
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache, private' })
  response.flushHeaders()
}
