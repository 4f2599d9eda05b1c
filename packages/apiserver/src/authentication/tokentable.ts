/** Who sent a request: bearer tokens, compared in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { UserInfo } from '../registry/definition.ts'

/** Bearer tokens and who comes by each. */
export type TokenTable = ReadonlyMap<string, UserInfo>

export interface TokenAuthenticator {
  /** The user of a token; undefined for a token that is not known. */
  userOf(token: string): UserInfo | undefined
}

export function createTokenAuthenticator(tokens: TokenTable): TokenAuthenticator {
  const entries = [...tokens].map(([token, user]) => ({ digest: digestOf(token), user }))
  return {
    userOf(token) {
      const given = digestOf(token)
      let found: UserInfo | undefined
      for (const { digest, user } of entries) if (timingSafeEqual(digest, given)) found = user
      return found
    },
  }
}

/** Equal lengths, so that the comparison's time says nothing of the token. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/**
 * The token in an Authorization header. Beside Bearer it may be the password of Basic: kubectl sends a kubeconfig's
 * token by TLS only, but the user and password of `http://user:password@127.0.0.1` always.
 */
export function tokenOf(header: string | undefined): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+)\s+(\S+)\s*$/.exec(header ?? '') ?? []
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() !== 'basic') return undefined
  const pair = Buffer.from(value, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  return colon < 0 ? undefined : pair.slice(colon + 1)
}
