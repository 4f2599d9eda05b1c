/** How often somebody may do something. */
import type { Clock } from '@sortie/machinery'

export interface RateLimit {
  /** Counts one; what is returned is how many seconds to wait, or undefined where it is allowed. */
  take(): number | undefined
}

/** A limit for each of many who are told apart by a key. */
export interface RateLimits {
  /** As of one limit, for the one of this key. */
  take(key: string): number | undefined
}

export interface RateLimitOptions {
  readonly most: number
  readonly windowMillis: number
}

/** @param options of more than `mostKeys` the one that has taken least lately is forgotten, and begins anew */
export function createRateLimits(
  clock: Clock,
  options: RateLimitOptions & { readonly mostKeys: number },
): RateLimits {
  /** The one that has taken least lately first. */
  const limits = new Map<string, RateLimit>()
  return {
    take(key) {
      const limit = limits.get(key) ?? createRateLimit(clock, options)
      limits.delete(key)
      limits.set(key, limit)
      const [oldest] = limits.keys()
      if (limits.size > options.mostKeys && oldest !== undefined) limits.delete(oldest)
      return limit.take()
    },
  }
}

/** At most `most` within any `windowMillis`. */
export function createRateLimit(clock: Clock, { most, windowMillis }: RateLimitOptions): RateLimit {
  /** Times of what was allowed, oldest first; never more than `most`. */
  let taken: number[] = []
  return {
    take() {
      const now = clock.monotonic()
      taken = taken.filter((time) => now - time < windowMillis)
      const [oldest] = taken
      if (oldest !== undefined && taken.length >= most) {
        return Math.max(1, Math.ceil((oldest + windowMillis - now) / 1000))
      }
      taken.push(now)
      return undefined
    },
  }
}
