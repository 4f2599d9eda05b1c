/** Turns answers that are no success into errors. */
import {
  type ApiResponse,
  ApiStatusError,
  STATUS_CODES,
  type StatusObject,
  type StatusReason,
} from '@sortie/machinery'

/** How much of an answer that is no Status goes into the message. */
const MAX_MESSAGE_CHARS = 300

/** @throws ApiStatusError where the answer's status is 400 or more */
export function assertSuccess(response: ApiResponse): ApiResponse {
  if (response.status >= 400) throw toStatusError(response)
  return response
}

/** The error in an answer: its Status body, or one made up from the code and the text of a proxy or an older server. */
export function toStatusError(response: ApiResponse): ApiStatusError {
  const { body, status: code } = response
  const status = isStatusObject(body)
    ? { ...body, code: body.code ?? code }
    : madeUpStatus(code, body)
  return new ApiStatusError(withRetryAfter(status, retryAfterHeader(response)))
}

/** True for a meta/v1 Status. */
export function isStatusObject(value: unknown): value is StatusObject {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status'
}

/** Seconds by the header Retry-After, where it holds a number; dates are not used by API servers. */
export function retryAfterHeader(response: ApiResponse): number | undefined {
  const text = response.headers['retry-after']
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined
}

function withRetryAfter(status: StatusObject, seconds: number | undefined): StatusObject {
  if (seconds === undefined || status.details?.retryAfterSeconds !== undefined) return status
  return { ...status, details: { ...status.details, retryAfterSeconds: seconds } }
}

function madeUpStatus(code: number, body: unknown): StatusObject {
  const text = typeof body === 'string' ? body.trim().slice(0, MAX_MESSAGE_CHARS) : ''
  return {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    reason: reasonOf(code),
    message: text === '' ? `the server answered ${code}` : `the server answered ${code}: ${text}`,
    code,
  }
}

const REASON_OF_CODE: Readonly<Record<number, StatusReason>> = {
  409: 'Conflict',
  410: 'Expired',
  500: 'InternalError',
}

function reasonOf(code: number): string {
  const fixed = REASON_OF_CODE[code]
  if (fixed !== undefined) return fixed
  const match = Object.entries(STATUS_CODES).find(([, value]) => value === code)
  return match?.[0] ?? (code >= 500 ? 'InternalError' : 'BadRequest')
}
