/** Users, roles and bindings of a case: everybody is somebody whom the administrator impersonates. */
import { type Answer, created } from './answer.ts'
import type { ConformanceContext } from './case.ts'
import { type Collection, collectionAt, type Send, sender } from './collection.ts'
import { transportAs } from './impersonating.ts'

export const RBAC = 'rbac.authorization.k8s.io/v1'
const RBAC_GROUP = 'rbac.authorization.k8s.io'

export interface Someone {
  readonly name: string
  readonly send: Send
  /** `namespaced('v1', 'pods')` of the context, as this user. */
  namespaced(groupVersion: string, plural: string): Collection
}

/** A user whom nobody has given anything, with a name of this case alone. */
export function someone(context: ConformanceContext, name = 'pilot', group?: string): Someone {
  const user = context.unique(name)
  const headers = {
    'impersonate-user': user,
    ...(group === undefined ? {} : { 'impersonate-group': group }),
  }
  return somebody(context, user, headers)
}

/** The service account of that name in the case's namespace. */
export function account(context: ConformanceContext, name: string): Someone {
  const user = `system:serviceaccount:${context.namespace}:${name}`
  return somebody(context, user, { 'impersonate-user': user })
}

function somebody(
  context: ConformanceContext,
  name: string,
  headers: Readonly<Record<string, string>>,
): Someone {
  const transport = transportAs(context.server.admin, headers)
  return {
    name,
    send: sender(transport),
    namespaced: (groupVersion, plural) =>
      collectionAt(transport, context.namespaced(groupVersion, plural).path),
  }
}

export interface Rule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

/** `rule('get,list', 'pods,pods/log')` of the core group, or of the group that is named. */
export const rule = (verbs: string, resources: string, group = ''): Rule => ({
  verbs: verbs.split(','),
  apiGroups: [group],
  resources: resources.split(','),
})

export const role = (name: string, ...rules: readonly Rule[]): object => ({
  apiVersion: RBAC,
  kind: 'Role',
  metadata: { name },
  rules,
})

export const clusterRole = (name: string, ...rules: readonly Rule[]): object => ({
  ...role(name, ...rules),
  kind: 'ClusterRole',
})

export const userSubject = (name: string): object => ({ kind: 'User', name })

export interface BindingWish {
  readonly name?: string
  /** `Role/name` or `ClusterRole/name`. */
  readonly role: string
  readonly subjects?: readonly object[]
}

/** A RoleBinding, or with `ClusterRoleBinding` one of the cluster. */
export function binding(wish: BindingWish, kind = 'RoleBinding'): object {
  const [roleKind = '', name = ''] = wish.role.split('/')
  return {
    apiVersion: RBAC,
    kind,
    metadata: { name: wish.name ?? 'b' },
    roleRef: { apiGroup: RBAC_GROUP, kind: roleKind, name },
    subjects: wish.subjects ?? [],
  }
}

/** Gives rules in the case's namespace to a subject, by a role and a binding called `granted`. */
export async function grant(
  context: ConformanceContext,
  subject: object,
  rules: readonly Rule[],
): Promise<void> {
  await grantBy('granted', { context, subject, rules })
}

interface Granting {
  readonly context: ConformanceContext
  readonly subject: object
  readonly rules: readonly Rule[]
}

export async function grantBy(name: string, granting: Granting): Promise<void> {
  const { context, subject, rules } = granting
  created(await context.namespaced(RBAC, 'roles').create(role(name, ...rules)))
  const bindings = context.namespaced(RBAC, 'rolebindings')
  created(await bindings.create(binding({ name, role: `Role/${name}`, subjects: [subject] })))
}

/** Gives rules in the whole cluster; the names are this case's own. */
export async function grantEverywhere(
  context: ConformanceContext,
  subject: object,
  rules: readonly Rule[],
): Promise<void> {
  const name = context.unique('granted')
  created(await context.cluster(RBAC, 'clusterroles').create(clusterRole(name, ...rules)))
  const wish = { name, role: `ClusterRole/${name}`, subjects: [subject] }
  const body = binding(wish, 'ClusterRoleBinding')
  created(await context.cluster(RBAC, 'clusterrolebindings').create(body))
}

/** Waits until the server goes by what was just granted or taken. */
export function untilStatus(
  context: ConformanceContext,
  ask: () => Promise<Answer>,
  status: number,
): Promise<Answer> {
  return context.eventually(ask, (answer) => answer.status === status)
}
