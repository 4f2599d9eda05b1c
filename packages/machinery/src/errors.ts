import type { StatusCause, StatusObject } from './meta.ts'

/** The reasons of meta/v1 Status, with the HTTP code that goes with each. */
export const STATUS_CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  ServerTimeout: 500,
  Timeout: 504,
} as const

export type StatusReason = keyof typeof STATUS_CODES

export interface StatusErrorOptions {
  readonly message: string
  /** HTTP code, where it is not the reason's own. */
  readonly code?: number
  /** Sent where they are given, empty ones too. */
  readonly details?: NonNullable<StatusObject['details']>
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
}

/** An answer of the API server that is no success: what it said, as meta/v1 Status. */
export class ApiStatusError extends Error {
  override readonly name = 'ApiStatusError'
  readonly status: StatusObject

  constructor(status: StatusObject) {
    super(status.message ?? status.reason ?? 'unknown API error')
    this.status = status
  }

  get code(): number {
    return this.status.code ?? 500
  }

  get reason(): string {
    return this.status.reason ?? ''
  }

  /** Seconds that the server asked to wait before another try. */
  get retryAfterSeconds(): number | undefined {
    return this.status.details?.retryAfterSeconds
  }
}

/** Builds the Status object of a failure. */
export function failureStatus(reason: StatusReason, options: StatusErrorOptions): StatusObject {
  const details = {
    ...options.details,
    ...(options.causes === undefined ? {} : { causes: options.causes }),
    ...(options.retryAfterSeconds === undefined
      ? {}
      : { retryAfterSeconds: options.retryAfterSeconds }),
  }
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: options.message,
    reason,
    ...(options.details === undefined && Object.keys(details).length === 0 ? {} : { details }),
    code: options.code ?? STATUS_CODES[reason],
  }
}

export function statusError(reason: StatusReason, options: StatusErrorOptions): ApiStatusError {
  return new ApiStatusError(failureStatus(reason, options))
}

/** True where `error` is an API error with one of these reasons. */
export function hasReason(error: unknown, ...reasons: readonly StatusReason[]): boolean {
  return error instanceof ApiStatusError && (reasons as readonly string[]).includes(error.reason)
}

export const isNotFound = (error: unknown): boolean => hasReason(error, 'NotFound')
export const isAlreadyExists = (error: unknown): boolean => hasReason(error, 'AlreadyExists')
export const isConflict = (error: unknown): boolean => hasReason(error, 'Conflict')
export const isGone = (error: unknown): boolean => hasReason(error, 'Gone', 'Expired')
export const isInvalid = (error: unknown): boolean => hasReason(error, 'Invalid')

/**
 * What the caller may do about a failure: `retryable` (later, same call), `terminal` (never, the input is wrong),
 * `conflict` (read again first), `bug` (ours).
 */
export type ErrorKind = 'retryable' | 'terminal' | 'conflict' | 'bug'

/** An error of Sortie's own, with a code that a program can match and a sentence for people. */
export class SortieError extends Error {
  override readonly name = 'SortieError'
  readonly kind: ErrorKind
  readonly code: string

  constructor(kind: ErrorKind, message: string, options: ErrorOptions & { readonly code: string }) {
    super(message, options)
    this.kind = kind
    this.code = options.code
  }
}

/** No answer came: the connection failed, broke or timed out. Whether the server acted is not known. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
}
