/** What is refused before anything else looks at a request. */
import type { IncomingHttpHeaders } from 'node:http'
import { CSRF_HEADER } from '@sortie/api'

/** Why a request is refused. */
export interface Refusal {
  readonly status: number
  readonly message: string
  /** In place of Kubernetes' own reason for the status. */
  readonly reason?: string
  readonly headers?: Readonly<Record<string, string>>
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD'])

export function isUnsafe(method: string | undefined): boolean {
  return !SAFE.has(method ?? 'GET')
}

/**
 * The Host must be one of ours: a name that somebody else's DNS points at this machine is the attacker's, and so would be an
 * Origin that equals it.
 */
export function checkHost(
  headers: IncomingHttpHeaders,
  isAllowed: (host: string) => boolean,
): Refusal | undefined {
  const { host } = headers
  if (host !== undefined && isAllowed(host.toLowerCase())) return undefined
  return { status: 421, message: 'this server does not answer for the Host that was asked for' }
}

/** For unsafe requests and upgrades: the page that asks must be ours. */
export function checkOrigin({
  origin,
  host,
  ...headers
}: IncomingHttpHeaders): Refusal | undefined {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return foreign()
  const named = /^https?:\/\/([^/]+)$/.exec(origin ?? '')?.[1]
  return named !== undefined && named.toLowerCase() === host?.toLowerCase() ? undefined : foreign()
}

/** For data: another site's page may not even ask, so that it learns nothing from how long the answer takes. */
export function checkSite(headers: IncomingHttpHeaders): Refusal | undefined {
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none' ? undefined : foreign()
}

/** A header that no form of another site can set. */
export function checkCsrf(headers: IncomingHttpHeaders): Refusal | undefined {
  const value = headers[CSRF_HEADER]
  if (typeof value === 'string' && value !== '') return undefined
  return { status: 403, message: `the header ${CSRF_HEADER} is missing` }
}

function foreign(): Refusal {
  return { status: 403, message: 'the request comes from another site' }
}

/** Bodies are JSON, whatever kind of patch they are; a form's content types never pass. */
const PATCH_TYPES: ReadonlySet<string> = new Set([
  'application/merge-patch+json',
  'application/json-patch+json',
  'application/strategic-merge-patch+json',
  // Apply has no other name before Kubernetes 1.34; the body must be JSON all the same.
  'application/apply-patch+yaml',
])

export function checkContentType(
  method: string,
  headers: IncomingHttpHeaders,
): Refusal | undefined {
  const type = contentTypeOf(headers)
  const allowed = method === 'PATCH' ? PATCH_TYPES.has(type) : type === 'application/json'
  if (allowed) return undefined
  if (method === 'DELETE' && type === '' && !hasBody(headers)) return undefined
  return { status: 415, message: 'the body must be JSON' }
}

/** Without parameters, in lower case; empty where there is none. */
export function contentTypeOf(headers: IncomingHttpHeaders): string {
  return (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

export type HostCheck = (host: string) => boolean

/** @param allowed names with or without port: without, any port will do */
export function hostCheck(allowed: readonly string[]): HostCheck {
  const names = new Set(allowed.map((host) => host.toLowerCase()))
  return (host) => names.has(host) || names.has(host.replace(/:\d+$/, ''))
}
