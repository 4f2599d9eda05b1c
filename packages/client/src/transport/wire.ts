/** What all exchanges of one transport share: its sockets, its credentials, how a request looks on the wire. */
import { type ApiRequest, type Clock, TransportError } from '@sortie/machinery'
import {
  type AuthProvider,
  anonymous,
  type Credentials,
  type TlsOptions,
} from '../auth/credentials.ts'
import { encodeBody } from './bodies.ts'
import { type Connections, openConnections } from './connections.ts'
import type { Outgoing } from './exchange.ts'
import { type Patience, waitFor } from './patience.ts'

export interface HttpTransportOptions {
  /** Base URL of the API server; a path in it is put before each request's. */
  readonly server: string
  readonly clock: Clock
  readonly auth?: AuthProvider
  readonly tls?: TlsOptions
  /** `http://`, `https://` or `socks5://`, with the proxy's user and password if it wants any. */
  readonly proxyUrl?: string
  /** Sockets for requests; watches and streams have one each beside them. Default 32. */
  readonly maxConnections?: number
  readonly userAgent?: string
  /** Longest line of a watch, in bytes; a longer one breaks the stream. Default 32 MiB. */
  readonly maxLineBytes?: number
}

/** Credentials and the sockets that go with them. */
export interface Access {
  readonly credentials: Credentials
  readonly connections: Connections
}

export interface Wire {
  readonly clock: Clock
  /** @throws TransportError once closed or where patience ends, and what the auth provider throws */
  access(patience: Patience): Promise<Access>
  /** After a 401: true where another try makes sense. */
  rejected(credentials: Credentials): boolean
  outgoing(request: ApiRequest, credentials: Credentials): Outgoing
  close(): Promise<void>
}

const DEFAULT_MAX_CONNECTIONS = 32

export function createWire(options: HttpTransportOptions): Wire {
  const base = new URL(options.server)
  const prefix = base.pathname.replace(/\/+$/, '')
  const auth = options.auth ?? anonymous
  const keeper = createKeeper(options)
  const closing = new AbortController()
  const asked = (given: Promise<Credentials>, patience: Patience): Promise<Credentials> => {
    const limit = { limitMs: patience.forCredentials(), what: 'credentials' }
    return waitFor(given, patience, { ...limit, clock: options.clock, closing: closing.signal })
  }
  const constant = { accept: 'application/json', 'user-agent': options.userAgent ?? 'sortie' }
  return {
    clock: options.clock,
    async access(patience) {
      keeper.assertOpen()
      const given = auth.credentials()
      const credentials = given instanceof Promise ? await asked(given, patience) : given
      return { credentials, connections: keeper.connectionsFor(credentials) }
    },
    rejected: (credentials) => auth.rejected?.(credentials) === true,
    outgoing(request, credentials) {
      const query = new URLSearchParams(request.query).toString()
      const { body, headers } = encodeBody(request)
      return {
        origin: base.origin,
        method: request.method,
        path: `${prefix}${request.path}${query === '' ? '' : `?${query}`}`,
        headers: { ...constant, ...headers, ...request.headers, ...credentials.headers },
        body,
      }
    },
    close() {
      closing.abort(closedError())
      return keeper.close()
    },
  }
}

interface Keeper {
  connectionsFor(credentials: Credentials): Connections
  /** @throws TransportError once closed */
  assertOpen(): void
  close(): Promise<void>
}

/** Keeps the connections of the current client certificate; a new certificate gets new ones. */
function createKeeper(options: HttpTransportOptions): Keeper {
  const settings = { ...options, maxConnections: options.maxConnections ?? DEFAULT_MAX_CONNECTIONS }
  let current: { readonly certificate: Certificate; readonly connections: Connections } | undefined
  const retired = new Set<Connections>()
  let closed = false
  const assertOpen = (): void => {
    if (closed) throw closedError()
  }
  const retire = (connections: Connections): void => {
    retired.add(connections)
    // Watches live on until their time-out; what is retired is forgotten once the last one ended.
    void connections.retire().finally(() => retired.delete(connections))
  }
  return {
    assertOpen,
    connectionsFor(credentials) {
      assertOpen()
      const certificate = credentials.clientCertificate
      if (current !== undefined) {
        if (isSame(current.certificate, certificate)) return current.connections
        retire(current.connections)
      }
      const connections = openConnections(settings, certificate)
      current = { certificate, connections }
      return connections
    },
    async close() {
      closed = true
      const open = [...retired, ...(current === undefined ? [] : [current.connections])]
      await Promise.all(open.map((connections) => connections.destroy()))
    },
  }
}

function closedError(): TransportError {
  return new TransportError('the transport is closed')
}

type Certificate = Credentials['clientCertificate']

function isSame(a: Certificate, b: Certificate): boolean {
  return a === b || (a?.cert === b?.cert && a?.key === b?.key)
}
