/** Nobody grants what they lack: checks of who writes roles and bindings. */
import { deepEqual } from '@sortie/machinery'
import type { Update, UserInfo, WriteContext } from '../registry/definition.ts'
import { forbiddenObject, notFound } from '../registry/failures.ts'
import type { ApiObject, StoredObject } from '../store/index.ts'
import { isMaster } from './authorizer.ts'
import { describeRules, missingRules, quotedList } from './coverage.ts'
import { findRole } from './grants.ts'
import { type PolicyRule, RBAC_GROUP, type RoleRef, roleRefOf, rulesOfRole } from './model.ts'

/** One write of a role or a binding. */
interface Attempt {
  readonly plural: string
  readonly object: ApiObject
  /** Empty where the object is new: the request does not name it. */
  readonly requestName: string
  readonly context: WriteContext
}

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: [], nonResourceURLs: [] },
  { verbs: ['*'], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: ['*'] },
]

/** @throws ApiStatusError Forbidden where the role would hold more than its writer does */
export function checkNewRole(plural: string, object: ApiObject, context: WriteContext): void {
  checkRole({ plural, object, requestName: '', context })
}

/** @throws ApiStatusError Forbidden where the role would hold more than its writer does */
export function checkRoleUpdate(
  plural: string,
  { object, old }: Update,
  context: WriteContext,
): void {
  checkRole({ plural, object, requestName: old.metadata.name, context })
}

function checkRole(attempt: Attempt): void {
  const { plural, object, context } = attempt
  if (isMaster(context.user) || mayDo('escalate', attempt)) return
  const name = object.metadata.name ?? ''
  const problem = escalation(attempt, rulesOfRole(object))
  if (problem !== undefined) throw forbiddenObject({ group: RBAC_GROUP, plural }, name, problem)
  if (object['aggregationRule'] === undefined) return
  if (escalation(attempt, EVERYTHING) === undefined) return
  const why = 'must have cluster-admin privileges to use the aggregationRule'
  throw forbiddenObject({ group: RBAC_GROUP, plural }, name, why)
}

/** @throws ApiStatusError Forbidden where the role holds more than the binding's writer does, NotFound where there is none */
export function checkBinding(
  plural: string,
  binding: { readonly object: ApiObject; readonly requestName: string },
  context: WriteContext,
): void {
  const { object } = binding
  const attempt = { plural, ...binding, context }
  const roleRef = roleRefOf(object)
  if (isMaster(context.user) || mayBind(attempt, roleRef)) return
  const role = findRole(context.store, roleRef, object.metadata.namespace ?? '')
  if (role === undefined) throw notFound({ group: RBAC_GROUP, plural }, roleRef.name)
  const problem = escalation(attempt, rulesOfRole(role))
  if (problem === undefined) return
  throw forbiddenObject({ group: RBAC_GROUP, plural }, object.metadata.name ?? '', problem)
}

function mayDo(verb: string, { plural, object, requestName, context }: Attempt): boolean {
  return context.authorizer.authorize({
    user: context.user,
    verb,
    group: RBAC_GROUP,
    version: '*',
    resource: plural,
    subresource: '',
    namespace: object.metadata.namespace ?? '',
    name: requestName,
  }).allowed
}

function mayBind(attempt: Attempt, { kind, name }: RoleRef): boolean {
  const plural = kind === 'Role' ? 'roles' : 'clusterroles'
  return mayDo('bind', { ...attempt, plural, requestName: name })
}

/** Why these rules are not for this user to give; undefined where they are. */
function escalation(attempt: Attempt, wanted: readonly PolicyRule[]): string | undefined {
  const { context, object, plural } = attempt
  const { user } = context
  const held = context.authorizer.rulesFor(user, object.metadata.namespace ?? '')
  const missing = missingRules(
    [
      ...held.resourceRules.map((rule) => ({
        resourceNames: [],
        ...rule,
        nonResourceURLs: [],
      })),
      ...held.nonResourceRules.map((rule) => ({
        ...rule,
        apiGroups: [],
        resources: [],
        resourceNames: [],
      })),
    ],
    wanted,
  )
  if (missing.length === 0) return undefined
  return `${attempting(user)}:\n${describeRules(missing)}${resolutionErrors(held.errors, plural)}`
}

function attempting({ name, groups }: UserInfo): string {
  return `user ${JSON.stringify(name)} (groups=${quotedList(groups)}) is attempting to grant RBAC permissions not currently held`
}

/** The API server names a role that it does not find by the resource that is written. */
function resolutionErrors(errors: readonly string[] | undefined, plural: string): string {
  if (errors === undefined) return ''
  const shown = errors.map((error) => error.replace(/^[a-z]+(?=\.)/, plural))
  return `; resolution errors: [${shown.join(' ')}]`
}

/** Owners and finalizers are let go by those who clean up, who need not hold what the binding gives. */
export function onlyReleases(next: ApiObject, old: StoredObject): boolean {
  const rest = ({ metadata, ...content }: ApiObject) => {
    const { ownerReferences: _, finalizers: __, managedFields: ___, ...kept } = metadata
    return { ...content, metadata: kept }
  }
  return deepEqual(rest(next), rest(old))
}
