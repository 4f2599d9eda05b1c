/** The questions that are asked of the API server with a person's own credentials. */
import type { AccessAnswer, AccessQuestion, RowKind } from '@sortie/api'
import type { Client } from '@sortie/client'
import { RESOURCE_OF } from '../source/open.ts'
import { EVERYWHERE, type Grant, type Grants, grantsOf, namespacesGranted } from './grants.ts'
import { mayListAndWatch, type RulesStatus } from './rules.ts'

const AUTHORIZATION = '/apis/authorization.k8s.io/v1'
const IDENTITY = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const ACCESS_REVIEW = 'SelfSubjectAccessReview'
const RULES_REVIEW = 'SelfSubjectRulesReview'

export interface UserIdentity {
  readonly name: string
  readonly groups: readonly string[]
}

/** Who the credentials belong to, as the API server says. @throws ApiStatusError, TransportError */
export async function whoAmI(client: Client): Promise<UserIdentity> {
  const response = await client.raw({
    method: 'POST',
    path: IDENTITY,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  })
  const { status } = response.body as {
    readonly status?: { userInfo?: { username?: string; groups?: readonly string[] } }
  }
  return { name: status?.userInfo?.username ?? '', groups: status?.userInfo?.groups ?? [] }
}

/** Asks one question. @throws ApiStatusError, TransportError: no answer is no permission */
export async function mayI(client: Client, question: AccessQuestion): Promise<AccessAnswer> {
  const status = await review<{ allowed?: boolean; reason?: string }>(client, ACCESS_REVIEW, {
    resourceAttributes: question,
  })
  return {
    allowed: status.allowed === true,
    ...(status.reason === undefined || status.reason === '' ? {} : { reason: status.reason }),
  }
}

/**
 * Everything that the stream must know of a person: at cluster scope by one question per verb and kind, else by the rules of
 * each namespace.
 * @throws ApiStatusError, TransportError where a question stays without answer: then nothing is granted
 */
export async function reviewGrants(
  client: Client,
  namespacesOf: () => Promise<readonly string[]>,
): Promise<Grants> {
  const kinds = Object.keys(RESOURCE_OF) as Exclude<RowKind, 'summary'>[]
  const wide = new Set<string>()
  await Promise.all(
    kinds.map(async (kind) => {
      if (await mayListEverywhere(client, kind)) wide.add(kind)
    }),
  )
  const narrow = kinds.filter((kind) => !wide.has(kind) && RESOURCE_OF[kind].namespaced)
  const rules = narrow.length === 0 ? [] : await rulesOf(client, await namespacesOf())
  return grantsOf((kind): Grant => {
    if (wide.has(kind)) return EVERYWHERE
    if (!RESOURCE_OF[kind].namespaced) return namespacesGranted([])
    const held = rules.filter(({ status }) => mayListAndWatch(status, RESOURCE_OF[kind]))
    return namespacesGranted(held.map(({ namespace }) => namespace))
  })
}

async function mayListEverywhere(
  client: Client,
  kind: Exclude<RowKind, 'summary'>,
): Promise<boolean> {
  const { group, plural: resource } = RESOURCE_OF[kind]
  // metrics.k8s.io has no watch.
  const verbs = kind === 'usage' ? ['list'] : ['list', 'watch']
  const answers = await Promise.all(verbs.map((verb) => mayI(client, { verb, group, resource })))
  return answers.every(({ allowed }) => allowed)
}

async function rulesOf(
  client: Client,
  namespaces: readonly string[],
): Promise<readonly { readonly namespace: string; readonly status: RulesStatus }[]> {
  return Promise.all(
    namespaces.map(async (namespace) => ({
      namespace,
      status: await review<RulesStatus>(client, RULES_REVIEW, { namespace }),
    })),
  )
}

async function review<Status>(client: Client, kind: string, spec: object): Promise<Status> {
  const response = await client.raw({
    method: 'POST',
    path: `${AUTHORIZATION}/${kind.toLowerCase()}s`,
    body: { apiVersion: 'authorization.k8s.io/v1', kind, spec },
  })
  return ((response.body as { status?: Status }).status ?? {}) as Status
}
