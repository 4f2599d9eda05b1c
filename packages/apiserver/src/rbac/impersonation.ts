/** A request made as somebody else, by whoever may `impersonate` all that the other one is. */
import type { ApiRequest } from '@sortie/machinery'
import type { UserInfo } from '../registry/definition.ts'
import { badRequest, forbiddenObject } from '../registry/failures.ts'
import { goSyntax } from '../schema/fielderror.ts'
import { type Authorizer, forbiddenMessage } from '../server/authorization.ts'
import { serviceAccountGroups, serviceAccountOf } from './serviceaccounts.ts'

type Headers = NonNullable<ApiRequest['headers']>

const PREFIX = 'impersonate-'
const EXTRA = 'impersonate-extra-'
const AUTHENTICATION = 'authentication.k8s.io'

interface Wanted {
  readonly name: string
  readonly uid: string
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

/**
 * Who the request is to be answered as: its user, or whom its Impersonate headers name.
 * @throws ApiStatusError BadRequest for headers without a user's name, Forbidden where the user may not
 */
export function effectiveUser(
  authorizer: Authorizer,
  user: UserInfo,
  headers: ApiRequest['headers'],
): UserInfo {
  if (headers === undefined || !impersonates(headers)) return user
  const wanted = wantedUser(headers)
  if (wanted.name === '') throw withoutName(wanted)
  for (const asked of questionsOf(wanted)) {
    const attributes = {
      user,
      verb: 'impersonate',
      version: 'v1',
      subresource: '',
      namespace: '',
      ...asked,
    }
    const decision = authorizer.authorize(attributes)
    if (decision.allowed) continue
    const { group, resource, name } = attributes
    const why = forbiddenMessage(attributes, decision)
    throw forbiddenObject({ group, plural: resource }, name, why)
  }
  return impersonated(wanted)
}

function impersonates(headers: Headers): boolean {
  for (const name in headers) if (name.startsWith(PREFIX)) return true
  return false
}

/** Several headers of one name come as one with commas. */
function valuesOf(header: string | undefined): readonly string[] {
  return header === undefined || header === '' ? [] : header.split(/,\s*/)
}

function wantedUser(headers: Headers): Wanted {
  const extra: Record<string, readonly string[]> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(EXTRA)) extra[unescaped(name.slice(EXTRA.length))] = valuesOf(value)
  }
  return {
    name: headers['impersonate-user'] ?? '',
    uid: headers['impersonate-uid'] ?? '',
    groups: valuesOf(headers['impersonate-group']),
    extra,
  }
}

function unescaped(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

function withoutName({ uid, groups }: Wanted): Error {
  const list = `[]string{${groups.map(goSyntax).join(', ')}}`
  return badRequest(
    `requested &user.DefaultInfo{Name:"", UID:${goSyntax(uid)}, Groups:${list}, Extra:map[string][]string(nil)} without impersonating a user name`,
  )
}

interface Question {
  readonly group: string
  readonly resource: string
  readonly namespace?: string
  readonly subresource?: string
  readonly name: string
}

/** All that the user has to be allowed: each name by itself. */
function questionsOf({ name, uid, groups, extra }: Wanted): readonly Question[] {
  const account = serviceAccountOf(name)
  const whom: Question =
    account === undefined
      ? { group: '', resource: 'users', name }
      : { group: '', resource: 'serviceaccounts', ...account }
  return [
    whom,
    ...groups.map((group) => ({ group: '', resource: 'groups', name: group })),
    ...(uid === '' ? [] : [{ group: AUTHENTICATION, resource: 'uids', name: uid }]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => ({
        group: AUTHENTICATION,
        resource: 'userextras',
        subresource: key,
        name: value,
      })),
    ),
  ]
}

const ANONYMOUS = 'system:anonymous'
const AUTHENTICATED = 'system:authenticated'
const UNAUTHENTICATED = 'system:unauthenticated'

function impersonated({ name, uid, groups, extra }: Wanted): UserInfo {
  const account = serviceAccountOf(name)
  const given =
    groups.length === 0 && account !== undefined ? serviceAccountGroups(account.namespace) : groups
  const last = name === ANONYMOUS ? UNAUTHENTICATED : AUTHENTICATED
  const known = given.includes(AUTHENTICATED) || given.includes(UNAUTHENTICATED)
  return {
    name,
    ...(uid === '' ? {} : { uid }),
    groups: known ? given : [...given, last],
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  }
}
