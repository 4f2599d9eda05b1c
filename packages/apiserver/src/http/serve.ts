/** The server on the loopback interface, by node:http. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  type ApiRequest,
  ApiStatusError,
  failureStatus,
  type HttpMethod,
  type StatusObject,
} from '@sortie/machinery'
import {
  createTokenAuthenticator,
  type TokenAuthenticator,
  type TokenTable,
  tokenOf,
} from '../authentication/tokentable.ts'
import type { UserInfo } from '../registry/definition.ts'
import { answerStatus } from '../server/answer.ts'
import type { ApiServer } from '../server/apiserver.ts'
import { createLineEncoder } from './encoding.ts'
import { checkOrigin, readBody, splitTarget } from './guard.ts'
import { type Exchange, respond } from './respond.ts'

export interface ServeOptions {
  /** Only the loopback interface: whoever reaches the server and has the token may do everything. */
  readonly host?: '127.0.0.1'
  /** 0 takes a free one. */
  readonly port: number
  /** Bearer tokens and who comes by each, beside the tokens of service accounts. */
  readonly tokens: TokenTable
  /** PEM; with it the server speaks HTTPS, without it plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

export interface HttpService {
  readonly url: string
  readonly port: number
  /** Ends watches, lets requests under way finish (for up to two seconds), then resolves. */
  close(): Promise<void>
}

const HEAD_AND_BODY_TIMEOUT_MS = 10_000
const TIMEOUT_CHECK_MS = 1_000
const KEEP_ALIVE_MS = 75_000
const MAX_CONNECTIONS = 400
const CLOSE_GRACE_MS = 2_000

/** Serves an API server by HTTP. @throws Error where the port cannot be had */
export async function serveHttp(server: ApiServer, options: ServeOptions): Promise<HttpService> {
  const host = options.host ?? '127.0.0.1'
  const settings = {
    headersTimeout: HEAD_AND_BODY_TIMEOUT_MS,
    requestTimeout: HEAD_AND_BODY_TIMEOUT_MS,
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
  }
  const streams = new Set<ServerResponse>()
  const lines = createLineEncoder()
  const authenticator = createTokenAuthenticator(options.tokens)
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void answer({ server, authenticator }, { request, response, lines, streams })
  }
  const http =
    options.tls === undefined
      ? createServer(settings, listener)
      : createTlsServer({ ...settings, ...options.tls }, listener)
  http.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(options.port, host, resolve)
  })
  const { port } = http.address() as AddressInfo
  const scheme = options.tls === undefined ? 'http' : 'https'
  return {
    url: `${scheme}://${host}:${port}`,
    port,
    close: () => closeServer(server, http, streams),
  }
}

function closeServer(
  { clock }: ApiServer,
  http: Server,
  streams: ReadonlySet<ServerResponse>,
): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(CLOSE_GRACE_MS, () => http.closeAllConnections())
    http.close(() => {
      timer.cancel()
      resolve()
    })
    for (const response of [...streams]) response.end()
    http.closeIdleConnections()
  })
}

interface Service {
  readonly server: ApiServer
  readonly authenticator: TokenAuthenticator
}

/** Answers one request; nothing that goes wrong leaves here. */
async function answer(service: Service, exchange: Exchange): Promise<void> {
  const { request, response } = exchange
  try {
    checkOrigin(request)
    const user = authenticate(service, request)
    const { path, query } = splitTarget(request.url ?? '')
    const body = await readBody(request)
    const apiRequest: ApiRequest = {
      method: (request.method ?? 'GET') as HttpMethod,
      path,
      query,
      headers: request.headers as Readonly<Record<string, string>>,
      ...(body === undefined ? {} : { body }),
    }
    const answered = await service.server.serve(apiRequest, user)
    if (!response.destroyed) respond(answered, exchange)
  } catch (error) {
    fail(service, exchange, error)
  }
}

/** @throws ApiStatusError Unauthorized: there is no anonymous user */
function authenticate({ authenticator, server }: Service, request: IncomingMessage): UserInfo {
  const token = tokenOf(request.headers.authorization)
  const user =
    token === undefined ? undefined : (authenticator.userOf(token) ?? server.userOfToken(token))
  if (user !== undefined) return user
  throw new ApiStatusError(failureStatus('Unauthorized', { message: 'Unauthorized' }))
}

function fail({ server }: Service, exchange: Exchange, error: unknown): void {
  const { request, response } = exchange
  if (request.destroyed && !request.complete) return
  if (response.headersSent || response.destroyed) {
    server.log.error('answer broke off', { path: request.url, error })
    response.destroy()
    return
  }
  response.setHeader('connection', 'close')
  respond(answerStatus(statusOf(server, exchange, error)), exchange)
}

function statusOf(server: ApiServer, { request }: Exchange, error: unknown): StatusObject {
  if (error instanceof ApiStatusError) return error.status
  server.log.error('request failed', { method: request.method, path: request.url, error })
  const message = error instanceof Error ? error.message : String(error)
  return failureStatus('InternalError', { message: `Internal error occurred: ${message}` })
}
