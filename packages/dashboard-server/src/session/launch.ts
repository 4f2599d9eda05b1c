/** Codes that let the person who started the server in: each works once, and not for long. */
import { type Clock, randomToken } from '@sortie/machinery'

const LIFETIME_MILLIS = 10 * 60_000
/** Codes that wait to be used; the oldest goes first. */
const MAX_CODES = 100

export interface LaunchCodes {
  create(): string
  /** True once for each code that was made within ten minutes. */
  redeem(code: string): boolean
}

export function createLaunchCodes(clock: Clock): LaunchCodes {
  const codes = new Map<string, number>()
  return {
    create() {
      const code = randomToken()
      codes.set(code, clock.monotonic() + LIFETIME_MILLIS)
      for (const old of codes.keys()) {
        if (codes.size <= MAX_CODES) break
        codes.delete(old)
      }
      return code
    },
    redeem(code) {
      const until = codes.get(code)
      codes.delete(code)
      return until !== undefined && clock.monotonic() < until
    },
  }
}
