/** Role-based access control over the roles and bindings in the store. */
import type { UserInfo } from '../registry/definition.ts'
import { quoted } from '../schema/fielderror.ts'
import type { AccessAttributes, AccessDecision, Authorizer } from '../server/authorization.ts'
import type { Store } from '../store/index.ts'
import { createGrantIndex, type Grant, type GrantIndex } from './grants.ts'
import { ruleAllows } from './matching.ts'
import { type PolicyRule, RBAC_GROUP, type RoleRef, type Subject } from './model.ts'

/** Members of this group may do everything, whatever the roles say. */
const MASTERS = 'system:masters'

export function isMaster({ groups }: UserInfo): boolean {
  return groups.includes(MASTERS)
}

const ALLOWED: AccessDecision = { allowed: true }
const NOT_ALLOWED: AccessDecision = { allowed: false }

/** Reads nothing before it is asked of someone who is no administrator. */
export function createRbacAuthorizer(store: Store): Authorizer {
  let index: GrantIndex | undefined
  const grantsFor = (user: UserInfo, namespace: string): readonly (readonly Grant[])[] => {
    index ??= createGrantIndex(store)
    const { cluster, byNamespace } = index.grantsOf(user)
    const own = namespace === '' ? undefined : byNamespace.get(namespace)
    return own === undefined ? [cluster] : [cluster, own]
  }
  return {
    authorize(attributes) {
      const { user, namespace } = attributes
      if (isMaster(user)) return ALLOWED
      return decide(grantsFor(user, namespace), attributes)
    },
    rulesFor(user, namespace) {
      const grants = grantsFor(user, namespace).flat()
      const rules = grants.flatMap((grant) => grant.rules ?? [])
      const missing = missingRoles(grants)
      return {
        resourceRules: rules.filter(({ resources }) => resources.length > 0).map(resourceRule),
        nonResourceRules: rules
          .filter(({ nonResourceURLs }) => nonResourceURLs.length > 0)
          .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
        ...(missing.length === 0 ? {} : { errors: missing }),
      }
    },
  }
}

function decide(
  groups: readonly (readonly Grant[])[],
  attributes: AccessAttributes,
): AccessDecision {
  for (const grants of groups) {
    for (const grant of grants) {
      for (const rule of grant.rules ?? []) {
        if (ruleAllows(rule, attributes)) return { allowed: true, reason: allowedBy(grant) }
      }
    }
  }
  const missing = missingRoles(groups.flat())
  return missing.length === 0
    ? NOT_ALLOWED
    : { allowed: false, reason: `RBAC: ${joinErrors(missing)}` }
}

function resourceRule({ verbs, apiGroups, resources, resourceNames }: PolicyRule) {
  return {
    verbs,
    apiGroups,
    resources,
    ...(resourceNames.length === 0 ? {} : { resourceNames }),
  }
}

/** Bindings to roles that are not there: they grant nothing, and the answer says so. */
function missingRoles(grants: readonly Grant[]): readonly string[] {
  const missing = grants.filter(({ rules }) => rules === undefined)
  return [...new Set(missing.map(({ roleRef }) => missingRole(roleRef)))]
}

function missingRole({ kind, name }: RoleRef): string {
  return `${kind.toLowerCase()}.${RBAC_GROUP} ${quoted(name)} not found`
}

/** Several errors as Go joins them. */
export function joinErrors(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`
}

function allowedBy({ kind, name, namespace, roleRef, subject }: Grant): string {
  const binding = namespace === '' ? name : `${name}/${namespace}`
  return `RBAC: allowed by ${kind} ${quoted(binding)} of ${roleRef.kind} ${quoted(roleRef.name)} to ${subjectText(subject)}`
}

function subjectText({ kind, name, namespace }: Subject): string {
  return `${kind} ${quoted(kind === 'ServiceAccount' ? `${name}/${namespace}` : name)}`
}
