/** The transport over HTTP/1.1: pooled requests, one connection per stream, credentials, TLS, time limits. */
import {
  type ApiRequest,
  type ApiResponse,
  type ByteSink,
  type Clock,
  type OpenStream,
  type Transport,
  TransportError,
  type WatchEvent,
  type WatchSink,
} from '@sortie/machinery'
import { toStatusError } from '../client/failures.ts'
import { type Connections, openConnections } from './connections.ts'
import { type AuthProvider, anonymous, type Credentials, type TlsOptions } from './credentials.ts'
import {
  type Exchange,
  type ExchangeHead,
  type Outgoing,
  startExchange,
  transportError,
} from './exchange.ts'
import { createLineSplitter, MAX_LINE_BYTES } from './lines.ts'

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_MAX_CONNECTIONS = 32

export interface HttpTransportOptions {
  /** Base URL of the API server; a path in it is put before each request's. */
  readonly server: string
  readonly clock: Clock
  readonly auth?: AuthProvider
  readonly tls?: TlsOptions
  readonly proxyUrl?: string
  /** Sockets for requests; watches and streams have one each beside them. Default 32. */
  readonly maxConnections?: number
  readonly userAgent?: string
  /** Longest line of a watch, in bytes; a longer one breaks the stream. Default 32 MiB. */
  readonly maxLineBytes?: number
}

/** @throws TypeError where `server` is no URL */
export function createHttpTransport(options: HttpTransportOptions): Transport {
  const wire = createWire(options)
  const maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES
  return {
    request: (request) => wire.authorized((access) => requestOnce(wire, access, request)),
    watch: (request, sink) =>
      wire.authorized((access) =>
        openStream(wire, { access, request, sink: watchLines(sink, maxLineBytes) }),
      ),
    stream: (request, sink) =>
      wire.authorized((access) => openStream(wire, { access, request, sink })),
    close: () => wire.close(),
  }
}

interface Access {
  readonly credentials: Credentials
  readonly connections: Connections
}

/** The parts that all exchanges of a transport share. */
interface Wire {
  readonly clock: Clock
  /** Runs `send` with credentials, and once more with fresh ones where it meets a 401 and they can be had. */
  authorized<R>(send: (access: Access) => Promise<R | Unauthorized>): Promise<R>
  outgoing(request: ApiRequest, credentials: Credentials): Outgoing
  close(): Promise<void>
}

/** A 401: what to give the caller where no other credentials can be had. */
class Unauthorized {
  readonly deliver: () => never | ApiResponse

  constructor(deliver: () => never | ApiResponse) {
    this.deliver = deliver
  }
}

function createWire(options: HttpTransportOptions): Wire {
  const base = new URL(options.server)
  const prefix = base.pathname.replace(/\/+$/, '')
  const auth = options.auth ?? anonymous
  const pool = createConnectionKeeper(options)
  const constant = {
    accept: 'application/json',
    'user-agent': options.userAgent ?? 'sortie',
  }
  const access = async (): Promise<Access> => {
    pool.assertOpen()
    const credentials = await auth.credentials()
    return { credentials, connections: pool.connectionsFor(credentials) }
  }
  return {
    clock: options.clock,
    async authorized(send) {
      const first = await send(await access())
      if (!(first instanceof Unauthorized)) return first
      const second = auth.rejected?.() === true ? await send(await access()) : first
      // What a 401 delivers is what the first kind of answer would have been: a response, or an error thrown.
      return second instanceof Unauthorized ? (second.deliver() as never) : second
    },
    outgoing(request, credentials) {
      const query = request.query === undefined ? '' : new URLSearchParams(request.query).toString()
      const { body, contentType } = encodeBody(request)
      return {
        origin: base.origin,
        method: request.method,
        path: `${prefix}${request.path}${query === '' ? '' : `?${query}`}`,
        headers: { ...constant, ...contentType, ...request.headers, ...credentials.headers },
        body,
      }
    },
    close: () => pool.close(),
  }
}

interface ConnectionKeeper {
  connectionsFor(credentials: Credentials): Connections
  /** @throws TransportError once closed */
  assertOpen(): void
  close(): Promise<void>
}

/** Keeps the connections of the current client certificate; a new certificate gets new ones. */
function createConnectionKeeper(options: HttpTransportOptions): ConnectionKeeper {
  const settings = {
    ...options,
    maxConnections: options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
  }
  let certificate: Credentials['clientCertificate']
  let connections: Connections | undefined
  let closed = false
  const retired = new Set<Connections>()
  const assertOpen = (): void => {
    if (closed) throw new TransportError('the transport is closed')
  }
  return {
    assertOpen,
    connectionsFor(credentials) {
      assertOpen()
      const wanted = credentials.clientCertificate
      if (connections !== undefined && sameCertificate(certificate, wanted)) return connections
      if (connections !== undefined) {
        connections.retire()
        retired.add(connections)
      }
      certificate = wanted
      connections = openConnections(settings, wanted)
      return connections
    },
    async close() {
      closed = true
      const open = connections === undefined ? [...retired] : [connections, ...retired]
      await Promise.all(open.map((each) => each.destroy()))
    },
  }
}

function sameCertificate(
  a: Credentials['clientCertificate'],
  b: Credentials['clientCertificate'],
): boolean {
  return a === b || (a?.cert === b?.cert && a?.key === b?.key)
}

function requestOnce(
  wire: Wire,
  access: Access,
  request: ApiRequest,
): Promise<ApiResponse | Unauthorized> {
  const action = `${request.method} ${request.path}`
  return new Promise((resolve, reject) => {
    let head: ExchangeHead | undefined
    const chunks: Uint8Array[] = []
    let exchange: Exchange | undefined
    const limit = createTimeLimit(wire.clock, request, (error) => {
      exchange?.abort()
      reject(error)
    })
    if (limit.expired) return
    exchange = startExchange(
      access.connections.requests,
      wire.outgoing(request, access.credentials),
      {
        onHead: (received) => {
          head = received
        },
        onData: (chunk) => {
          chunks.push(chunk)
        },
        onEnd: () => {
          limit.clear()
          const response = decodeResponse(head, chunks, action)
          resolve(response.status === 401 ? new Unauthorized(() => response) : response)
        },
        onError: (error) => {
          limit.clear()
          reject(transportError(action, error))
        },
      },
    )
  })
}

interface StreamSink extends ByteSink {
  onFinish?(): void
}

interface Opening {
  readonly access: Access
  readonly request: ApiRequest
  readonly sink: StreamSink
}

function openStream(wire: Wire, opening: Opening): Promise<OpenStream | Unauthorized> {
  const { access, request, sink } = opening
  const action = `${request.method} ${request.path}`
  return new Promise((resolve, reject) => {
    let refusal: { readonly head: ExchangeHead; readonly chunks: Uint8Array[] } | undefined
    let opened = false
    let exchange: Exchange | undefined
    const onAbort = (): void => {
      exchange?.abort()
      reject(abortError(request))
    }
    const settle = (): void => request.signal?.removeEventListener('abort', onAbort)
    if (request.signal?.aborted === true) return onAbort()
    request.signal?.addEventListener('abort', onAbort, { once: true })
    exchange = startExchange(
      access.connections.streams,
      wire.outgoing(request, access.credentials),
      {
        onHead(head) {
          if (head.status >= 300) {
            refusal = { head, chunks: [] }
            return
          }
          opened = true
          resolve({
            close() {
              settle()
              exchange?.abort()
            },
          })
        },
        onData(chunk) {
          if (refusal === undefined) sink.onChunk(chunk)
          else refusal.chunks.push(chunk)
        },
        onEnd() {
          settle()
          if (refusal === undefined) return endStream(sink, action)
          const response = decodeResponse(refusal.head, refusal.chunks, action)
          const fail = (): never => {
            throw toStatusError(response)
          }
          if (response.status === 401) resolve(new Unauthorized(fail))
          else reject(toStatusError(response))
        },
        onError(error) {
          settle()
          const failure = transportError(action, error)
          if (opened) sink.onEnd(failure)
          else reject(failure)
        },
      },
    )
  })
}

function endStream(sink: StreamSink, action: string): void {
  try {
    sink.onFinish?.()
  } catch (error) {
    sink.onEnd(transportError(action, error))
    return
  }
  sink.onEnd()
}

/** Turns the bytes of a watch into events. */
function watchLines(sink: WatchSink, maxLineBytes: number): StreamSink {
  const splitter = createLineSplitter((line) => sink.onEvent(parseEvent(line)), maxLineBytes)
  return {
    onChunk(chunk) {
      sink.onActivity?.()
      splitter.push(chunk)
    },
    onFinish: () => splitter.finish(),
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
  const known = typeof event === 'object' && event !== null && 'type' in event && 'object' in event
  if (!known) throw new TransportError('the watch sent a line that is no event')
  return event as WatchEvent
}

interface TimeLimit {
  readonly expired: boolean
  clear(): void
}

function createTimeLimit(
  clock: Clock,
  request: ApiRequest,
  onExpired: (error: TransportError) => void,
): TimeLimit {
  const { signal } = request
  if (signal?.aborted === true) {
    onExpired(abortError(request))
    return { expired: true, clear() {} }
  }
  const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const clear = (): void => {
    timer.cancel()
    signal?.removeEventListener('abort', onAbort)
  }
  const timer = clock.setTimer(timeoutMs, () => {
    clear()
    const message = `${request.method} ${request.path}: no answer within ${timeoutMs} ms`
    onExpired(new TransportError(message))
  })
  const onAbort = (): void => {
    clear()
    onExpired(abortError(request))
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  return { expired: false, clear }
}

function abortError(request: ApiRequest): TransportError {
  return new TransportError(`${request.method} ${request.path}: aborted`, {
    cause: request.signal?.reason,
  })
}

function encodeBody(request: ApiRequest): {
  readonly body: string | Uint8Array | null
  readonly contentType?: Readonly<Record<string, string>>
} {
  const { body } = request
  if (body === undefined) return { body: null }
  if (body instanceof Uint8Array) return { body }
  const given = request.headers?.['content-type']
  if (given === undefined) {
    return { body: JSON.stringify(body), contentType: { 'content-type': 'application/json' } }
  }
  if (typeof body === 'string' && !given.includes('json')) return { body }
  return { body: JSON.stringify(body) }
}

function decodeResponse(
  head: ExchangeHead | undefined,
  chunks: readonly Uint8Array[],
  action: string,
): ApiResponse {
  if (head === undefined) throw new TransportError(`${action}: the answer has no head`)
  const text = Buffer.concat(chunks).toString('utf8')
  const { status, headers } = head
  if (!headers['content-type']?.includes('json')) return { status, headers, body: text }
  try {
    return { status, headers, body: JSON.parse(text) }
  } catch (cause) {
    if (status >= 400) return { status, headers, body: text }
    throw new TransportError(`${action}: the answer is no valid JSON`, { cause })
  }
}
