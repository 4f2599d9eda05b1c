/** Credentials in files that somebody writes anew before they expire. */
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '@sortie/machinery'
import type { AuthProvider, Credentials } from './credentials.ts'

export interface FileAuthOptions {
  readonly clock: Clock
  /** How old a reading may get, milliseconds. */
  readonly maxAgeMs: number
  /** @throws where the files can't be read, or hold nothing of use */
  read(): Promise<Credentials>
  /** Used until the files can be read. */
  readonly fallback?: Credentials
  /** Whether the fallback is a reading. Default: it is not. */
  readonly isFresh?: boolean
}

/**
 * What is in the files, which are read again when the last reading is too old (meanwhile the old credentials go on being used) and
 * after a 401. Where a reading fails the last one stays.
 */
export function fileAuth(options: FileAuthOptions): AuthProvider {
  const { clock, maxAgeMs, isFresh = false } = options
  let current = options.fallback
  let readAt = isFresh ? clock.monotonic() : Number.NEGATIVE_INFINITY
  let reading: Promise<Credentials> | undefined
  let mustRead = !isFresh

  const read = async (): Promise<Credentials> => {
    try {
      const found = await options.read()
      // The same as before stays the same object, by which a refusal is known to be of what is in use.
      if (current === undefined || !isDeepStrictEqual(found, current)) current = found
      return current
    } catch (error) {
      if (current !== undefined) return current
      throw error
    } finally {
      readAt = clock.monotonic()
      mustRead = false
      reading = undefined
    }
  }
  return {
    credentials() {
      if (clock.monotonic() - readAt >= maxAgeMs) reading ??= read()
      if (current !== undefined && !mustRead) {
        // Rejects only where there is nothing at all, and here there is something.
        reading?.catch(() => {})
        return current
      }
      reading ??= read()
      return reading
    },
    rejected(refused) {
      if (refused === current) mustRead = true
      return true
    },
  }
}
