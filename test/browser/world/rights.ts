/** Rights of people, as roles and bindings. */
import { GROUP } from '@sortie/api'
import type { ResourceType } from '@sortie/machinery'
import type { Planned } from '../site/site.ts'
import { plan } from './objects.ts'
import type { Fields } from './sketches.ts'

const RBAC = 'rbac.authorization.k8s.io'
const rbac = (plural: string, kind: string): ResourceType => ({
  group: RBAC,
  version: 'v1',
  plural,
  kind,
  namespaced: !kind.startsWith('Cluster'),
})
const READ = ['get', 'list', 'watch']

/** What a user may do, in one namespace or in all. */
export function rights(
  user: string,
  rules: readonly Fields[],
  namespace?: string,
): readonly Planned[] {
  const isAll = namespace === undefined
  const at = Date.now()
  const [role, binding] = isAll ? ['ClusterRole', 'ClusterRoleBinding'] : ['Role', 'RoleBinding']
  const metadata = isAll ? { name: user } : { name: user, namespace }
  return [
    plan(rbac(`${role.toLowerCase()}s`, role), at, { metadata, rules }),
    plan(rbac(`${binding.toLowerCase()}s`, binding), at, {
      metadata,
      roleRef: { apiGroup: RBAC, kind: role, name: user },
      subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
    }),
  ]
}

/** Reads everything of Sortie's. */
export const VIEWER = { apiGroups: [GROUP, ''], resources: ['*'], verbs: READ }
/** Does everything with Sortie's own. */
export const PLANNER = { apiGroups: [GROUP], resources: ['*'], verbs: ['*'] }
