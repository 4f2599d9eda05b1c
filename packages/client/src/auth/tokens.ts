/** Credentials that are a header: bearer tokens and passwords. */
import { readFile } from 'node:fs/promises'
import { type Clock, SortieError } from '@sortie/machinery'
import type { AuthProvider, Credentials } from './credentials.ts'
import { fileAuth } from './files.ts'

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
  const { path, clock, fallback } = options
  const read = async (): Promise<Credentials> => {
    try {
      const token = (await readFile(path, 'utf8')).trim()
      if (token === '') throw new Error('the file is empty')
      return bearer(token)
    } catch (cause) {
      throw new SortieError('retryable', `the token file ${path} can't be read: ${text(cause)}`, {
        cause,
        code: 'TokenFileUnreadable',
      })
    }
  }
  const spare = fallback === undefined ? {} : { fallback: bearer(fallback) }
  return fileAuth({ clock, maxAgeMs: TOKEN_FILE_MS, read, ...spare })
}

function bearer(token: string): Credentials {
  return { headers: { authorization: `Bearer ${token}` } }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
