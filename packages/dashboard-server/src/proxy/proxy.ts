/** Objects, logs and writes, by the person's own credentials. */
import { FIELD_MANAGERS } from '@sortie/api'
import {
  type ApiResponse,
  ApiStatusError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Logger,
  statusError,
  TransportError,
} from '@sortie/machinery'
import { MAX_BODY_BYTES, MAX_MISSION_BYTES, readJson } from '../http/body.ts'
import { checkContentType, contentTypeOf } from '../http/checks.ts'
import { type Exchange, notFound, refuse, send, sendStatus } from '../http/respond.ts'
import type { Session } from '../session/sessions.ts'
import { openLog } from './log.ts'
import { isCordon, type Route, routeOf } from './routes.ts'

/** Most of a log that is read at once, in bytes; the stream follows longer ones. */
const MAX_LOG_BYTES = 32 * 1024 * 1024
/** Headers of an answer that are handed on; a cookie of the API server's is not. */
const ANSWER_HEADERS = ['content-type', 'warning', 'retry-after'] as const

export interface ProxyContext {
  readonly session: Session
  readonly log: Logger
}

/** @param path what comes after `/api/kube`, undecoded and without query */
export async function proxyRequest(
  exchange: Exchange,
  context: ProxyContext,
  target: { readonly path: string; readonly query: URLSearchParams },
): Promise<void> {
  const method = exchange.request.method ?? 'GET'
  const route = routeOf(method, target.path)
  if (route === undefined) return notFound(exchange)
  const query = queryOf(route, target.query)
  if (route.isLog === true) return sendLog(exchange, context, { route, query })
  if (route.body === undefined) {
    const { path } = route
    await answer(exchange, context, () =>
      context.session.principal.transport.request({
        method: route.method,
        path,
        query,
        headers: { accept: 'application/json' },
      }),
    )
    return
  }
  return write(exchange, context, { route, query })
}

interface Routed {
  readonly route: Route
  readonly query: Readonly<Record<string, string>>
}

async function write(exchange: Exchange, context: ProxyContext, routed: Routed): Promise<void> {
  const { request } = exchange
  const { session, log } = context
  const { route, query } = routed
  const wrongType = checkContentType(route.method, request.headers)
  if (wrongType !== undefined) return refuse(exchange, wrongType)
  const isTrial = query['dryRun'] !== undefined
  const wait = (isTrial ? session.trials : session.writes).take()
  if (wait !== undefined) {
    const message = `too many changes by this session; the next may be made in ${wait} s`
    return refuse(exchange, { status: 429, message, headers: { 'retry-after': String(wait) } })
  }
  const body = await readJson(request, route.isMission ? MAX_MISSION_BYTES : MAX_BODY_BYTES)
  if (route.body === 'cordon' && !isCordon(body)) {
    const message = 'of a node only spec.unschedulable may be changed here'
    return refuse(exchange, { status: 403, message })
  }
  const outgoing = route.method === 'DELETE' ? deleteOptions(body, query) : body
  const contentType = outgoing === body ? contentTypeOf(request.headers) : 'application/json'
  const status = await answer(exchange, context, () =>
    session.principal.transport.request({
      method: route.method,
      path: route.path,
      query: { ...query, fieldManager: FIELD_MANAGERS.dashboard },
      headers: {
        accept: 'application/json',
        ...(contentType === '' ? {} : { 'content-type': contentType }),
      },
      ...(outgoing === undefined ? {} : { body: outgoing }),
    }),
  )
  log.info('write', {
    user: session.principal.user.name,
    session: session.label,
    method: route.method,
    path: route.path,
    trial: isTrial,
    status,
  })
}

/**
 * The body of a deletion, always whole: an API server that finds a body does not look at the query, and a trial with one would
 * delete.
 */
function deleteOptions(given: JsonValue | undefined, query: Routed['query']): JsonObject {
  const { preconditions, propagationPolicy, gracePeriodSeconds } = isJsonObject(given) ? given : {}
  const grace = query['gracePeriodSeconds']
  const options = {
    preconditions,
    propagationPolicy: query['propagationPolicy'] ?? propagationPolicy,
    gracePeriodSeconds: grace === undefined ? gracePeriodSeconds : Number(grace),
    dryRun: query['dryRun'] === undefined ? undefined : ['All'],
  }
  const said = Object.entries(options).filter(([, value]) => value !== undefined)
  return { apiVersion: 'v1', kind: 'DeleteOptions', ...Object.fromEntries(said) }
}

/** Sends what the API server says; what is returned is the status. */
async function answer(
  exchange: Exchange,
  { session }: ProxyContext,
  ask: () => Promise<ApiResponse>,
): Promise<number> {
  try {
    const { status, headers, body } = await ask()
    // The API server no longer takes the token.
    if (status === 401) session.end()
    const kept = ANSWER_HEADERS.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    const isText = typeof body === 'string'
    const type = isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8'
    send(exchange, {
      status,
      headers: { ...Object.fromEntries(kept), 'content-type': type, 'cache-control': 'no-store' },
      body: isText ? body : JSON.stringify(body),
    })
    return status
  } catch (error) {
    const { status } = unreachable(error)
    sendStatus(exchange, status)
    return status.code ?? 500
  }
}

/** @throws the error where it is none of the connection's */
function unreachable(error: unknown): ApiStatusError {
  if (error instanceof ApiStatusError) return error
  if (!(error instanceof TransportError)) throw error
  return noAnswer(error)
}

function noAnswer({ message }: Error): ApiStatusError {
  return statusError('ServiceUnavailable', {
    message: `the API server does not answer: ${message}`,
  })
}

async function sendLog(
  exchange: Exchange,
  { session }: ProxyContext,
  routed: Routed,
): Promise<void> {
  const { response } = exchange
  const stopper = new AbortController()
  response.once('close', () => stopper.abort())
  const begin = (): void => {
    if (response.headersSent) return
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    response.setHeader('cache-control', 'no-store')
    response.writeHead(200)
  }
  try {
    await openLog(
      session.principal.transport,
      {
        method: 'GET',
        path: routed.route.path,
        query: { ...routed.query, limitBytes: String(MAX_LOG_BYTES) },
        signal: stopper.signal,
      },
      {
        onChunk(chunk) {
          begin()
          response.write(chunk)
        },
        onEnd(error) {
          if (error === undefined) {
            begin()
            response.end()
          } else if (response.headersSent) {
            // Cut off, as the log is: an end in order would make half of it look like all.
            response.destroy()
          } else sendStatus(exchange, noAnswer(error).status)
        },
      },
    )
  } catch (error) {
    if (!response.headersSent) sendStatus(exchange, unreachable(error).status)
  }
}

/** The parameters that the route hands on. A trial is one whatever its word: nothing else is meant by it. */
function queryOf(
  { query: allowed }: Route,
  given: URLSearchParams,
): Readonly<Record<string, string>> {
  const query: Record<string, string> = {}
  for (const name of allowed) {
    const value = given.get(name)
    if (value !== null && value !== '') query[name] = name === 'dryRun' ? 'All' : value
  }
  return query
}
