/**
 * What is granted to whom: bindings by their subjects, kept in step with the store. A user's grants are put together once
 * and hold until a role or a binding changes, so that a request looks at the rules of its own user and at nothing else.
 */
import type { UserInfo } from '../registry/definition.ts'
import type { Change, Store, StoredObject } from '../store/index.ts'
import {
  type PolicyRule,
  RBAC_STORAGE,
  type RoleRef,
  roleRefOf,
  rulesOfRole,
  type Subject,
  subjectsOf,
} from './model.ts'

/** One binding that names a user, with the rules of its role. */
export interface Grant {
  readonly kind: 'ClusterRoleBinding' | 'RoleBinding'
  readonly name: string
  /** Empty for a ClusterRoleBinding. */
  readonly namespace: string
  readonly roleRef: RoleRef
  /** The subject by which it names the user. */
  readonly subject: Subject
  /** Undefined where there is no such role. */
  readonly rules: readonly PolicyRule[] | undefined
}

export interface UserGrants {
  readonly cluster: readonly Grant[]
  readonly byNamespace: ReadonlyMap<string, readonly Grant[]>
}

export interface GrantIndex {
  grantsOf(user: UserInfo): UserGrants
}

const SERVICE_ACCOUNT = 'system:serviceaccount:'

interface Held {
  readonly binding: StoredObject
  readonly subject: Subject
}

/** Follows the store from now on. */
export function createGrantIndex(store: Store): GrantIndex {
  const bySubject = new Map<string, Map<string, Held>>()
  let cache = new WeakMap<UserInfo, UserGrants>()
  const forget = (): void => {
    cache = new WeakMap()
  }
  const apply = (changes: readonly Pick<Change, 'type' | 'object' | 'previous'>[]): void => {
    for (const { type, object, previous } of changes) {
      if (previous !== undefined) removeBinding(bySubject, previous)
      if (type !== 'DELETED') addBinding(bySubject, object)
    }
    forget()
  }
  for (const storage of [RBAC_STORAGE.clusterRoleBindings, RBAC_STORAGE.roleBindings]) {
    apply(store.list(storage).map((object) => ({ type: 'ADDED', object, previous: undefined })))
    store.subscribe(storage, apply)
  }
  store.subscribe(RBAC_STORAGE.clusterRoles, forget)
  store.subscribe(RBAC_STORAGE.roles, forget)
  return {
    grantsOf(user) {
      const found = cache.get(user)
      if (found !== undefined) return found
      const made = collect(store, bySubject, user)
      cache.set(user, made)
      return made
    },
  }
}

function subjectKey({ kind, name, namespace }: Subject): string {
  if (kind === 'Group') return `g:${name}`
  return kind === 'ServiceAccount' ? `u:${SERVICE_ACCOUNT}${namespace}:${name}` : `u:${name}`
}

/** Subjects with the namespace that a RoleBinding lends to accounts without one. */
function namedSubjects(binding: StoredObject): readonly Subject[] {
  const own = binding.metadata.namespace ?? ''
  return subjectsOf(binding).map((subject) =>
    subject.kind === 'ServiceAccount' && subject.namespace === ''
      ? { ...subject, namespace: own }
      : subject,
  )
}

const bindingKey = ({ metadata }: StoredObject): string =>
  `${metadata.namespace ?? ''}/${metadata.name}`

function addBinding(index: Map<string, Map<string, Held>>, binding: StoredObject): void {
  for (const subject of namedSubjects(binding)) {
    const key = subjectKey(subject)
    const bindings = index.get(key) ?? new Map<string, Held>()
    index.set(key, bindings)
    if (!bindings.has(bindingKey(binding))) bindings.set(bindingKey(binding), { binding, subject })
  }
}

function removeBinding(index: Map<string, Map<string, Held>>, binding: StoredObject): void {
  for (const subject of namedSubjects(binding)) {
    const key = subjectKey(subject)
    const bindings = index.get(key)
    bindings?.delete(bindingKey(binding))
    if (bindings?.size === 0) index.delete(key)
  }
}

function collect(
  store: Store,
  index: ReadonlyMap<string, ReadonlyMap<string, Held>>,
  user: UserInfo,
): UserGrants {
  const cluster = new Map<string, Grant>()
  const byNamespace = new Map<string, Map<string, Grant>>()
  for (const key of [`u:${user.name}`, ...user.groups.map((group) => `g:${group}`)]) {
    for (const [name, held] of index.get(key) ?? []) {
      const grant = grantOf(store, held)
      const place = byNamespace.get(grant.namespace) ?? new Map<string, Grant>()
      const into = grant.kind === 'ClusterRoleBinding' ? cluster : place
      if (into === place) byNamespace.set(grant.namespace, place)
      if (!into.has(name)) into.set(name, grant)
    }
  }
  return {
    cluster: [...cluster.values()],
    byNamespace: new Map([...byNamespace].map(([name, grants]) => [name, [...grants.values()]])),
  }
}

function grantOf(store: Store, { binding, subject }: Held): Grant {
  const namespace = binding.metadata.namespace ?? ''
  const roleRef = roleRefOf(binding)
  const role = findRole(store, roleRef, namespace)
  return {
    kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
    name: binding.metadata.name,
    namespace,
    roleRef,
    subject,
    rules: role === undefined ? undefined : rulesOfRole(role),
  }
}

/** The role that a binding in this namespace refers to. */
export function findRole(
  store: Store,
  { kind, name }: RoleRef,
  namespace: string,
): StoredObject | undefined {
  if (kind === 'Role') return store.get(RBAC_STORAGE.roles, { namespace, name })
  return store.get(RBAC_STORAGE.clusterRoles, { namespace: '', name })
}
