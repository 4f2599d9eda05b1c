/** One request, from the checks that all pass to the part that answers it. */
import { FLIGHT_TASKS, SIGN_IN_BY_LINK } from '@sortie/api'
import { ApiStatusError, type Logger, TransportError } from '@sortie/machinery'
import { serveAsset } from '../assets/serve.ts'
import { matchTask } from '../diagnosis/aircraft.ts'
import { askableType, explainWhy } from '../diagnosis/why.ts'
import { clientAddress } from '../http/address.ts'
import { readJson } from '../http/body.ts'
import {
  checkContentType,
  checkCsrf,
  checkHost,
  checkOrigin,
  checkSite,
  type HostCheck,
  isUnsafe,
  type Refusal,
} from '../http/checks.ts'
import {
  type Exchange,
  notFound,
  refuse,
  send,
  sendJson,
  sendStatus,
  setSecurityHeaders,
} from '../http/respond.ts'
import { proxyRequest } from '../proxy/proxy.ts'
import { type CookieSettings, clearCookie, readCookie, setCookie } from '../session/cookies.ts'
import type { LaunchCodes } from '../session/launch.ts'
import type { RateLimits } from '../session/limits.ts'
import type { Principals } from '../session/principals.ts'
import type { Session, Sessions } from '../session/sessions.ts'
import { accessAnswers } from './access.ts'
import { schemaOf, sessionInfo } from './api.ts'
import type { DashboardServerOptions } from './options.ts'

/** What requests are answered from. */
export interface Site {
  readonly options: DashboardServerOptions
  readonly log: Logger
  readonly isAllowedHost: HostCheck
  readonly cookie: CookieSettings
  readonly sessions: Sessions
  readonly principals: Principals
  readonly launches: LaunchCodes
  /** Of sign-ins, by the client's address: each asks the API server something. */
  readonly signIns: RateLimits
}

interface Target {
  /** Undecoded. */
  readonly path: string
  readonly query: URLSearchParams
}

const PROXY = '/api/kube'
const LAUNCH = '/launch/'
const WHY = /^\/api\/why\/(\w+)\/([a-z0-9][-a-z0-9]*)\/([a-z0-9][-a-z0-9.]*)(\/aircraft)?$/

/** Answers a request; nothing that goes wrong leaves here. */
export async function handleRequest(site: Site, exchange: Exchange): Promise<void> {
  setSecurityHeaders(exchange.response)
  try {
    const target = targetOf(exchange)
    const refusal = target === undefined ? badTarget() : checkRequest(site, exchange, target)
    if (target === undefined || refusal !== undefined) refuse(exchange, refusal ?? badTarget())
    else await dispatch(site, exchange, target)
  } catch (error) {
    fail(site, exchange, error)
  }
}

/** The session of a request that is to become a stream, or why there is none. */
export function checkUpgrade(
  site: Site,
  { request }: Pick<Exchange, 'request'>,
): Session | Refusal {
  const { headers } = request
  const refusal = checkHost(headers, site.isAllowedHost) ?? checkOrigin(headers)
  if (refusal !== undefined) return refusal
  if (request.url !== '/api/stream') return { status: 404, message: 'not found' }
  return site.sessions.find(readCookie(site.cookie, headers.cookie)) ?? signedOut(site)
}

function targetOf({ request }: Exchange): Target | undefined {
  const { url = '' } = request
  // The absolute form, and what a proxy would read as another host.
  if (!url.startsWith('/') || url.startsWith('//')) return undefined
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  return { path, query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)) }
}

function badTarget(): Refusal {
  return { status: 400, message: 'the request target must be a path' }
}

function signedOut({ options }: Site): Refusal {
  const refusal = { status: 401, message: 'sign in first' }
  return options.signIn === 'launch' ? { ...refusal, reason: SIGN_IN_BY_LINK } : refusal
}

function checkRequest(site: Site, { request }: Exchange, { path }: Target): Refusal | undefined {
  const { headers, method } = request
  const wrongHost = checkHost(headers, site.isAllowedHost)
  if (wrongHost !== undefined) return wrongHost
  if (isUnsafe(method)) return checkOrigin(headers) ?? checkCsrf(headers)
  return path.startsWith('/api/') ? checkSite(headers) : undefined
}

async function dispatch(site: Site, exchange: Exchange, target: Target): Promise<void> {
  const { path } = target
  if (path.startsWith('/api/')) return dispatchApi(site, exchange, target)
  if (isUnsafe(exchange.request.method)) return notFound(exchange)
  if (path === '/healthz') {
    const headers = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
    return send(exchange, { status: 200, headers, body: 'ok\n' })
  }
  // A look at the head must not spend the code.
  if (path.startsWith(LAUNCH) && exchange.request.method !== 'GET') return notFound(exchange)
  if (path.startsWith(LAUNCH)) return launch(site, exchange, path.slice(LAUNCH.length))
  return serveAsset(exchange, site.options.assets, path)
}

async function dispatchApi(site: Site, exchange: Exchange, target: Target): Promise<void> {
  const { request } = exchange
  const { path } = target
  if (path === '/api/session' && request.method === 'POST') return signIn(site, exchange)
  const session = site.sessions.find(readCookie(site.cookie, request.headers.cookie))
  if (session === undefined) return refuse(exchange, signedOut(site))
  session.touch()
  if (path.startsWith(`${PROXY}/`)) {
    const inner = { ...target, path: path.slice(PROXY.length) }
    return proxyRequest(exchange, { session, log: site.log }, inner)
  }
  return answerSession(site, exchange, { session, path })
}

async function answerSession(
  site: Site,
  exchange: Exchange,
  { session, path }: { readonly session: Session; readonly path: string },
): Promise<void> {
  const { method } = exchange.request
  const asked = `${method} ${path}`
  if (asked === 'GET /api/session') {
    return sendJson(exchange, 200, await sessionInfo(site.options, session.principal))
  }
  if (asked === 'DELETE /api/session') {
    session.end()
    const headers = { 'set-cookie': clearCookie(site.cookie), 'clear-site-data': '"cache"' }
    return send(exchange, { status: 204, headers })
  }
  if (asked === 'POST /api/access') {
    const wrongType = checkContentType('POST', exchange.request.headers)
    if (wrongType !== undefined) return refuse(exchange, wrongType)
    const body = await readJson(exchange.request)
    return sendJson(exchange, 200, await accessAnswers(session, site.options.clock, body))
  }
  if (method === 'GET') return answerDocument(site, exchange, { session, path })
  notFound(exchange)
}

/** `/api/schemas/<Kind>`, `/api/why/<Kind>/<namespace>/<name>`, and for a flight task `…/aircraft` after it. */
async function answerDocument(
  { options }: Site,
  exchange: Exchange,
  { session, path }: { readonly session: Session; readonly path: string },
): Promise<void> {
  const schema = schemaOf(/^\/api\/schemas\/(\w+)$/.exec(path)?.[1] ?? '')
  if (schema !== undefined) return sendJson(exchange, 200, schema)
  const [, kind = '', namespace = '', name = '', aircraft] = WHY.exec(path) ?? []
  const type = askableType(kind)
  const { client } = session.principal
  if (type === undefined || (aircraft !== undefined && type !== FLIGHT_TASKS))
    return notFound(exchange)
  if (aircraft !== undefined) {
    return sendJson(exchange, 200, await matchTask(client, { namespace, name }))
  }
  const diagnosis = await explainWhy(client, { type, namespace, name }, options.clock.now())
  sendJson(exchange, 200, diagnosis)
}

async function signIn(site: Site, exchange: Exchange): Promise<void> {
  const { request } = exchange
  const wrongType = checkContentType('POST', request.headers)
  if (wrongType !== undefined) return refuse(exchange, wrongType)
  if (site.options.signIn === 'launch') {
    const message = 'sign in by the link that the server printed when it started'
    return refuse(exchange, { status: 403, message })
  }
  // Nobody else's attempts keep out who is signed in.
  const before = site.sessions.find(readCookie(site.cookie, request.headers.cookie))
  const wait =
    before === undefined
      ? site.signIns.take(clientAddress(request, site.options.secure === true))
      : before.trials.take()
  if (wait !== undefined) {
    const message = `too many sign-ins; the next may be made in ${wait} s`
    return refuse(exchange, { status: 429, message, headers: { 'retry-after': String(wait) } })
  }
  const body = (await readJson(request)) as { readonly token?: unknown } | undefined
  const token = typeof body?.token === 'string' ? body.token.trim() : ''
  // What no header can carry is no token.
  if (!/^[\x21-\x7e]{1,16384}$/.test(token)) {
    return refuse(exchange, { status: 400, message: 'a token is needed' })
  }
  const principal = await site.principals.signIn(token)
  // The old one is not carried on: whoever knew it would be signed in too.
  before?.end()
  const { secret, session } = site.sessions.open(principal)
  exchange.response.setHeader('set-cookie', setCookie(site.cookie, secret))
  sendJson(exchange, 200, await sessionInfo(site.options, session.principal))
}

async function launch(site: Site, exchange: Exchange, code: string): Promise<void> {
  const headers = { 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' }
  const isGood = site.options.signIn === 'launch' && site.launches.isGood(code)
  const principal = isGood ? await site.principals.signIn(undefined) : undefined
  // Spent only now: one whose API server was away for a moment can be asked for again.
  if (principal === undefined || !site.launches.redeem(code)) {
    principal?.release()
    const body =
      'This link was used already, or is too old. Start the dashboard again for a new one.\n'
    return send(exchange, { status: 410, headers, body })
  }
  const { secret } = site.sessions.open(principal)
  const cookie = setCookie(site.cookie, secret)
  send(exchange, { status: 303, headers: { ...headers, location: '/', 'set-cookie': cookie } })
}

function fail({ log }: Site, exchange: Exchange, error: unknown): void {
  if (error instanceof ApiStatusError) {
    sendStatus(exchange, error.status)
    return
  }
  if (error instanceof TransportError) {
    const message = `the API server does not answer: ${error.message}`
    refuse(exchange, { status: 503, message })
    return
  }
  const { method, url, destroyed } = exchange.request
  // A client that went away in the middle of its request needs no answer.
  if (destroyed && !exchange.request.complete) return
  log.error('request failed', { method, path: url?.split('?')[0], error })
  if (exchange.response.headersSent) exchange.response.destroy()
  else
    refuse(exchange, { status: 500, message: 'the dashboard failed to answer; its log says why' })
}
