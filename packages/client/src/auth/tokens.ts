/** Credentials that are a header: bearer tokens and passwords. */
import { readFile } from 'node:fs/promises'
import { type Clock, SortieError } from '@sortie/machinery'
import type { AuthProvider, Credentials } from './credentials.ts'

/** A file of a projected service account token is rewritten well before the token in it expires; client-go reads it as often. */
const TOKEN_FILE_MS = 60_000

/** The same token always. */
export function bearerToken(token: string): AuthProvider {
  const credentials = bearer(token)
  return { credentials: () => credentials }
}

/** HTTP basic authentication, for proxies in front of an API server that want it. */
export function basicAuth(username: string, password: string): AuthProvider {
  const encoded = Buffer.from(`${username}:${password}`).toString('base64')
  const credentials = { headers: { authorization: `Basic ${encoded}` } }
  return { credentials: () => credentials }
}

/**
 * The token in a file, which is read again when the last reading is a minute old (meanwhile the old token goes on being used)
 * and after a 401. Where a reading fails the last token stays.
 * @param fallback used until the file can be read
 */
export function tokenFile(options: {
  readonly path: string
  readonly clock: Clock
  readonly fallback?: string
}): AuthProvider {
  const { path, clock } = options
  let current = options.fallback === undefined ? undefined : bearer(options.fallback)
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<Credentials> | undefined
  let mustRead = true

  const read = async (): Promise<Credentials> => {
    try {
      const token = (await readFile(path, 'utf8')).trim()
      if (token === '') throw new Error('the file is empty')
      current = bearer(token)
      return current
    } catch (cause) {
      if (current !== undefined) return current
      throw new SortieError('retryable', `the token file ${path} can't be read: ${text(cause)}`, {
        cause,
        code: 'TokenFileUnreadable',
      })
    } finally {
      readAt = clock.monotonic()
      mustRead = false
      reading = undefined
    }
  }
  return {
    credentials() {
      if (clock.monotonic() - readAt >= TOKEN_FILE_MS) reading ??= read()
      if (current !== undefined && !mustRead) {
        // Rejects only where there is no token at all, and here there is one.
        reading?.catch(() => {})
        return current
      }
      reading ??= read()
      return reading
    },
    rejected(refused) {
      if (refused.headers['authorization'] === current?.headers['authorization']) mustRead = true
      return true
    },
  }
}

function bearer(token: string): Credentials {
  return { headers: { authorization: `Bearer ${token}` } }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
