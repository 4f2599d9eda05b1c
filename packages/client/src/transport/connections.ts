/** Sockets: a bounded pool for requests, and one connection of its own for each stream. */
import { Agent, type Dispatcher, Pool, ProxyAgent } from 'undici'
import type { Credentials, TlsOptions } from '../auth/credentials.ts'

export interface PoolOptions {
  /** Base URL, may have a path. */
  readonly server: string
  readonly tls?: TlsOptions
  /** `http://`, `https://` or `socks5://`. */
  readonly proxyUrl?: string
  readonly maxConnections: number
}

export interface Connections {
  readonly requests: Dispatcher
  readonly streams: Dispatcher
  /** Ends every request and stream; resolves when the sockets are closed. */
  destroy(): Promise<void>
  /** Takes no new requests and lets those under way end; resolves when they have. Never rejects. */
  retire(): Promise<void>
}

/** Longer than a controller's usual pause, shorter than an API server keeps an idle connection. */
const KEEP_ALIVE_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000

export function openConnections(
  options: PoolOptions,
  certificate: Credentials['clientCertificate'],
): Connections {
  const common = {
    // HTTP/2 would put all requests and watches on one socket, to stall and die together.
    allowH2: false,
    connect: { ...tlsConnect(options.tls, certificate), timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Time limits are the transport's own, by its clock.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
  const bounded = { ...common, connections: options.maxConnections }
  const origin = new URL(options.server).origin
  const [requests, streams] =
    options.proxyUrl === undefined
      ? [new Pool(origin, bounded), new Agent(common)]
      : [throughProxy(options.proxyUrl, bounded), throughProxy(options.proxyUrl, common)]
  return {
    requests,
    streams,
    async destroy() {
      await Promise.all([requests.destroy(), streams.destroy()])
    },
    async retire() {
      await Promise.allSettled([requests.close(), streams.close()])
    },
  }
}

/** CONNECT for `https` servers, plain forwarding for others, as curl and kubectl do. */
function throughProxy(
  uri: string,
  options: { readonly connect: object; readonly connections?: number },
): Dispatcher {
  const { connect, ...rest } = options
  // Of itself it forgets the bound, and how long a connection is kept, where it forwards.
  const factory = (origin: string | URL, own: object): Dispatcher =>
    new Pool(origin, { ...rest, ...own })
  const connectTimeout = CONNECT_TIMEOUT_MS
  return new ProxyAgent({ ...rest, uri, factory, requestTls: connect, connectTimeout })
}

function tlsConnect(
  tls: TlsOptions | undefined,
  certificate: Credentials['clientCertificate'],
): Record<string, string | boolean> {
  const cert = certificate?.cert ?? tls?.cert
  const key = certificate?.key ?? tls?.key
  return {
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls?.insecure === true ? { rejectUnauthorized: false } : {}),
  }
}
