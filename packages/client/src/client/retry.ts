/** When a failed request is sent again. */
import { type ApiRequest, ApiStatusError, TransportError } from '@sortie/machinery'

export interface RetryPolicy {
  /** How often a request is sent in all; 1 = never again. */
  readonly attempts: number
  /** First wait where the server names none; doubles each time. Milliseconds. */
  readonly baseDelayMs: number
  /** Longest wait, also where the server asks for more. Milliseconds. */
  readonly maxDelayMs: number
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 5, baseDelayMs: 200, maxDelayMs: 20_000 }
export const NO_RETRY: RetryPolicy = { attempts: 1, baseDelayMs: 0, maxDelayMs: 0 }

export interface FailedAttempt {
  readonly request: ApiRequest
  readonly error: unknown
  /** 1 for the first. */
  readonly attempt: number
  /** In [0, 1): spreads the waits of many clients. */
  readonly chance: number
}

/**
 * Milliseconds to wait before the next attempt, or undefined where the error is final. The rule is client-go's: 429 says that
 * nothing was done, a 5xx with Retry-After that a repetition is wanted; any other failure may hide a write that was made,
 * so only requests that can be repeated without harm are.
 */
export function retryDelay(failed: FailedAttempt, policy: RetryPolicy): number | undefined {
  const { error, request, attempt } = failed
  if (attempt >= policy.attempts || request.signal?.aborted === true) return undefined
  if (!isWorthRepeating(request, error)) return undefined
  const wait = policy.baseDelayMs * 2 ** (attempt - 1) * (1 + failed.chance)
  const asked = error instanceof ApiStatusError ? (error.retryAfterSeconds ?? 0) * 1000 : 0
  return Math.min(policy.maxDelayMs, Math.max(wait, asked))
}

function isWorthRepeating(request: ApiRequest, error: unknown): boolean {
  if (error instanceof TransportError) return isRepeatable(request)
  if (!(error instanceof ApiStatusError)) return false
  if (error.code === 429) return true
  if (error.code < 500) return false
  return error.retryAfterSeconds !== undefined || isRepeatable(request)
}

/** True where doing it twice is the same as doing it once: reads and server-side apply. */
export function isRepeatable(request: ApiRequest): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true
  return (
    request.method === 'PATCH' &&
    request.headers?.['content-type']?.startsWith('application/apply-patch') === true
  )
}
