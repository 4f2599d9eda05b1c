/** How often somebody may do something. */
import type { Clock } from '@sortie/machinery'

export interface RateLimit {
  /** Counts one; what is returned is how many seconds to wait, or undefined where it is allowed. */
  take(): number | undefined
}

/** At most `most` within any `windowMillis`. */
export function createRateLimit(
  clock: Clock,
  { most, windowMillis }: { readonly most: number; readonly windowMillis: number },
): RateLimit {
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
