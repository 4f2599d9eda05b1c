/** Requests made as somebody else, by whoever has the right to `impersonate`. */
import { combinedAuth } from './combined.ts'
import type { AuthProvider, Credentials } from './credentials.ts'

export interface Impersonation {
  readonly user: string
  readonly uid?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** The credentials of `provider`, with the headers that say whom to answer. */
export function impersonating(provider: AuthProvider, wanted: Impersonation): AuthProvider {
  const added = { headers: headersOf(wanted) }
  return combinedAuth([provider, { credentials: () => added }])
}

function headersOf({ user, uid, groups = [], extra = {} }: Impersonation): Credentials['headers'] {
  const extras = Object.entries(extra).map(
    ([name, values]) => [`impersonate-extra-${escaped(name)}`, values.map(inBytes)] as const,
  )
  return {
    'impersonate-user': inBytes(user),
    ...(uid === undefined ? {} : { 'impersonate-uid': inBytes(uid) }),
    ...(groups.length === 0 ? {} : { 'impersonate-group': groups.map(inBytes) }),
    ...Object.fromEntries(extras),
  }
}

/** A name of an extra may have any character, one of a header not: the others are written as `%2f`, by their bytes. */
function escaped(name: string): string {
  const text = inBytes(name).replace(
    /[^!#$&'*+\-.0-9a-z^_`|~]/gi,
    (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return text.toLowerCase()
}

/** One character for each byte of UTF-8, which is how a header's value is sent. */
function inBytes(text: string): string {
  return Buffer.from(text).toString('latin1')
}
