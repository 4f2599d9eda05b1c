/**
 * Tokens of service accounts: signed by the server, good until they expire, and only while the account that they were made
 * for is there. The key is made with the first token and kept with the objects, so that tokens outlive a restart on the same
 * data. It is symmetric: nobody but the server can check a token, others ask by TokenReview.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Clock, isJsonObject, type Random } from '@sortie/machinery'
import {
  type AccountName,
  serviceAccountGroups,
  serviceAccountUser,
} from '../rbac/serviceaccounts.ts'
import type { UserInfo } from '../registry/definition.ts'
import { type Fields, objectOf, textOf } from '../resources/pods/fields.ts'
import type { Store, StoredObject } from '../store/index.ts'

/** Who issues the tokens, and the audience of those that are meant for the server itself. */
export const ISSUER = 'https://kubernetes.default.svc'

/** An object without which the token is worth nothing. */
export interface BoundObject {
  readonly kind: 'Node' | 'Pod' | 'Secret'
  readonly name: string
  readonly uid: string
}

export interface TokenWish {
  readonly account: AccountName & { readonly uid: string }
  readonly audiences: readonly string[]
  readonly seconds: number
  readonly bound?: BoundObject
}

export interface VerifiedToken {
  readonly user: UserInfo
  readonly audiences: readonly string[]
}

export interface AccountTokens {
  issue(wish: TokenWish): string
  /** Undefined for what is no token of this server, or is no longer good. */
  verify(token: string): VerifiedToken | undefined
}

export interface AccountTokenParts {
  readonly store: Store
  readonly clock: Clock
  readonly random: Random
}

const KEYS = 'sortie.internal/signingkeys'
const KEY_PLACE = { namespace: '', name: 'service-accounts' }
const HEADER = encode({ alg: 'HS256', typ: 'JWT' })
/** Users of tokens seen lately, so that what is known of a user is found again. */
const MAX_USERS = 1_000
const STORAGES = { Node: 'nodes', Pod: 'pods', Secret: 'secrets' } as const

export function createAccountTokens(parts: AccountTokenParts): AccountTokens {
  const { store, clock, random } = parts
  const users = new Map<string, UserInfo>()
  const userOf = (claims: Fields): UserInfo => {
    const id = textOf(claims, 'jti')
    const found = users.get(id)
    if (found !== undefined) return found
    if (users.size >= MAX_USERS) users.clear()
    const made = userOfClaims(claims)
    users.set(id, made)
    return made
  }
  return {
    issue(wish) {
      const claims = claimsOf(wish, { now: Math.floor(clock.now() / 1000), id: random.uuid() })
      const text = `${HEADER}.${encode(claims)}`
      return `${text}.${sign(signingKey(parts), text)}`
    },
    verify(token) {
      const claims = verifiedClaims(store, token)
      if (claims === undefined || !isCurrent(claims, clock) || !isBacked(claims, store)) {
        return undefined
      }
      const { aud } = claims
      const audiences = Array.isArray(aud) ? aud.map(String) : []
      return { user: userOf(claims), audiences }
    },
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function sign(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

function presentKey(store: Store): string | undefined {
  const held = store.get(KEYS, KEY_PLACE)
  return held === undefined ? undefined : textOf(held, 'key')
}

function signingKey({ store, random }: AccountTokenParts): string {
  const present = presentKey(store)
  if (present !== undefined) return present
  const key = [random.uuid(), random.uuid(), random.uuid()].join('')
  const metadata = { name: KEY_PLACE.name, uid: random.uuid() }
  store.put(KEYS, { apiVersion: 'sortie.internal/v1', kind: 'SigningKey', metadata, key })
  return key
}

function claimsOf(wish: TokenWish, at: { readonly now: number; readonly id: string }): object {
  const { account, audiences, seconds, bound } = wish
  const reference =
    bound === undefined ? {} : { [bound.kind.toLowerCase()]: { name: bound.name, uid: bound.uid } }
  return {
    aud: audiences,
    exp: at.now + seconds,
    iat: at.now,
    iss: ISSUER,
    jti: at.id,
    'kubernetes.io': {
      namespace: account.namespace,
      ...reference,
      serviceaccount: { name: account.name, uid: account.uid },
    },
    nbf: at.now,
    sub: serviceAccountUser(account),
  }
}

function verifiedClaims(store: Store, token: string): Fields | undefined {
  const key = presentKey(store)
  const [header = '', body = '', signature = '', ...rest] = token.split('.')
  if (key === undefined || header !== HEADER || rest.length > 0) return undefined
  const wanted = Buffer.from(sign(key, `${header}.${body}`))
  const given = Buffer.from(signature)
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return undefined
  const claims: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
  return isJsonObject(claims) ? claims : undefined
}

function isCurrent(claims: Fields, clock: Clock): boolean {
  const now = clock.now() / 1000
  return now < Number(claims['exp']) && now >= Number(claims['nbf'])
}

/** The account, and what the token is bound to, must be there, and be the ones of then. */
function isBacked(claims: Fields, store: Store): boolean {
  const own = objectOf(claims, 'kubernetes.io')
  const namespace = textOf(own, 'namespace')
  const lives = (storage: string, reference: Fields, place: string): boolean => {
    const name = textOf(reference, 'name')
    const object: StoredObject | undefined = store.get(storage, { namespace: place, name })
    return object !== undefined && object.metadata.uid === reference['uid']
  }
  if (!lives('serviceaccounts', objectOf(own, 'serviceaccount'), namespace)) return false
  return Object.entries(STORAGES).every(([kind, storage]) => {
    const reference = own[kind.toLowerCase()]
    if (!isJsonObject(reference)) return true
    return lives(storage, reference, kind === 'Node' ? '' : namespace)
  })
}

const EXTRA = 'authentication.kubernetes.io'

function userOfClaims(claims: Fields): UserInfo {
  const own = objectOf(claims, 'kubernetes.io')
  const account = objectOf(own, 'serviceaccount')
  const namespace = textOf(own, 'namespace')
  const extra: Record<string, readonly string[]> = {
    [`${EXTRA}/credential-id`]: [`JTI=${textOf(claims, 'jti')}`],
  }
  for (const kind of ['pod', 'node']) {
    const reference = objectOf(own, kind)
    if (textOf(reference, 'name') === '') continue
    extra[`${EXTRA}/${kind}-name`] = [textOf(reference, 'name')]
    extra[`${EXTRA}/${kind}-uid`] = [textOf(reference, 'uid')]
  }
  return {
    name: serviceAccountUser({ namespace, name: textOf(account, 'name') }),
    uid: textOf(account, 'uid'),
    groups: [...serviceAccountGroups(namespace), 'system:authenticated'],
    extra,
  }
}
