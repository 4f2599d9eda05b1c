/** Answers, with the headers that every answer has. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { failureStatus, type StatusObject, type StatusReason } from '@sortie/machinery'
import type { Refusal } from './checks.ts'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

/** Nothing inline, nothing of others, no frame around it. Styles of the page's own making carry the answer's nonce. */
export function contentSecurityPolicy(nonce?: string): string {
  const styles = nonce === undefined ? `'self'` : `'self' 'nonce-${nonce}'`
  return [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src ${styles}`,
    `img-src 'self' data:`,
    `font-src 'self'`,
    `connect-src 'self'`,
    `worker-src 'self'`,
    `manifest-src 'self'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ')
}

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': contentSecurityPolicy(),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
}

export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export function send({ request, response }: Exchange, { status, headers, body }: Answer): void {
  if (response.destroyed || response.headersSent) return
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
  response.statusCode = status
  // What was not read of the body would be taken for the next request.
  if (!request.complete && request.method !== 'GET') response.setHeader('connection', 'close')
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  if (status !== 304 && status !== 204) response.setHeader('content-length', bytes?.length ?? 0)
  if (request.method === 'HEAD' || bytes === undefined) response.end()
  else response.end(bytes)
}

export function sendJson(exchange: Exchange, status: number, value: unknown): void {
  send(exchange, {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: JSON.stringify(value),
  })
}

/** Failures look like the API server's own, whoever found them. */
export function sendStatus(exchange: Exchange, status: StatusObject): void {
  sendJson(exchange, status.code ?? 500, status)
}

const REASONS: Readonly<Record<number, StatusReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

export function statusOf({ status, message, reason }: Refusal): StatusObject {
  const found = failureStatus(REASONS[status] ?? 'InternalError', { message, code: status })
  return reason === undefined ? found : { ...found, reason }
}

export function refuse(exchange: Exchange, refusal: Refusal): void {
  for (const [name, value] of Object.entries(refusal.headers ?? {})) {
    exchange.response.setHeader(name, value)
  }
  sendStatus(exchange, statusOf(refusal))
}

export function notFound(exchange: Exchange): void {
  refuse(exchange, { status: 404, message: 'not found' })
}
