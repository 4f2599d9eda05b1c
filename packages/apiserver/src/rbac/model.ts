/** The kinds of rbac.authorization.k8s.io as the authorizer reads them. */
import { type Fields, listOf, objectOf, textOf } from '../resources/pods/fields.ts'
import type { ApiObject } from '../store/index.ts'

export const RBAC_GROUP = 'rbac.authorization.k8s.io'

/** The store's names of the four kinds. */
export const RBAC_STORAGE = {
  clusterRoles: `${RBAC_GROUP}/clusterroles`,
  clusterRoleBindings: `${RBAC_GROUP}/clusterrolebindings`,
  roles: `${RBAC_GROUP}/roles`,
  roleBindings: `${RBAC_GROUP}/rolebindings`,
} as const

/** rbac/v1 PolicyRule; a list that is not given is empty. */
export interface PolicyRule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
  readonly nonResourceURLs: readonly string[]
}

export interface RoleRef {
  readonly kind: string
  readonly name: string
}

export interface Subject {
  readonly kind: string
  readonly name: string
  /** Of a service account. */
  readonly namespace: string
}

/** The texts of the list under `key`. */
export function textsOf(fields: Fields, key: string): readonly string[] {
  const list = fields[key]
  return Array.isArray(list) ? list.filter((one): one is string => typeof one === 'string') : []
}

function ruleOf(fields: Fields): PolicyRule {
  return {
    verbs: textsOf(fields, 'verbs'),
    apiGroups: textsOf(fields, 'apiGroups'),
    resources: textsOf(fields, 'resources'),
    resourceNames: textsOf(fields, 'resourceNames'),
    nonResourceURLs: textsOf(fields, 'nonResourceURLs'),
  }
}

const known = new WeakMap<object, readonly PolicyRule[]>()

/** The rules of a Role or a ClusterRole; read once for each list of rules. */
export function rulesOfRole(role: ApiObject): readonly PolicyRule[] {
  const { rules } = role
  if (!Array.isArray(rules)) return []
  const found = known.get(rules)
  if (found !== undefined) return found
  const read = listOf(role, 'rules').map(ruleOf)
  known.set(rules, read)
  return read
}

export function roleRefOf(binding: ApiObject): RoleRef {
  const ref = objectOf(binding, 'roleRef')
  return { kind: textOf(ref, 'kind'), name: textOf(ref, 'name') }
}

export function subjectsOf(binding: ApiObject): readonly Subject[] {
  return listOf(binding, 'subjects').map((subject) => ({
    kind: textOf(subject, 'kind'),
    name: textOf(subject, 'name'),
    namespace: textOf(subject, 'namespace'),
  }))
}
