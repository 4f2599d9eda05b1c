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

/** @throws ApiStatusError where the answer's status is 300 or more: API servers redirect nobody, login pages do */
export function assertSuccess(response: ApiResponse): ApiResponse {
  if (response.status >= 300) throw toStatusError(response)
  return response
}

/** The error in an answer: its Status body, or one made up from the code and the text of a proxy or an older server. */
export function toStatusError(response: ApiResponse): ApiStatusError {
  const { body, status: code } = response
  const status = isStatusObject(body)
    ? { ...body, code: body.code ?? code }
    : madeUpStatus(code, problemOf(response))
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

function problemOf({ status, headers, body }: ApiResponse): string {
  const location = headers['location']
  if (status < 400 && location !== undefined) {
    return `it sends on to ${location}, so the URL is hardly that of an API server`
  }
  return typeof body === 'string' ? body.trim().slice(0, MAX_MESSAGE_CHARS) : ''
}

function madeUpStatus(code: number, problem: string): StatusObject {
  const answered = `the server answered ${code}`
  return {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    reason: reasonOf(code),
    message: problem === '' ? answered : `${answered}: ${problem}`,
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
