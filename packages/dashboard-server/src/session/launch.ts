/** Codes that let the person who started the server in: each works once, and not for long. */
import { type Clock, randomToken } from '@sortie/machinery'

const LIFETIME_MILLIS = 10 * 60_000
/** Codes that wait to be used; the oldest goes first. */
const MAX_CODES = 100

export interface LaunchCodes {
  create(): string
  /** Whether `redeem` would take it. */
  isGood(code: string): boolean
  /** True once for each code that was made within ten minutes. */
  redeem(code: string): boolean
}

export function createLaunchCodes(clock: Clock): LaunchCodes {
  const codes = new Map<string, number>()
  const isGood = (code: string): boolean => clock.monotonic() < (codes.get(code) ?? 0)
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
    isGood,
    redeem(code) {
      const good = isGood(code)
      codes.delete(code)
      return good
    },
  }
}
