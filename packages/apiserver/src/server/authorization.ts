/** Who may do what. */
import type { UserInfo } from '../registry/definition.ts'

export interface AccessAttributes {
  readonly user: UserInfo
  readonly verb: string
  /** Empty for a path that names no resource. */
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** Set for a path that names no resource. */
  readonly path?: string
}

export interface AccessDecision {
  readonly allowed: boolean
  readonly reason?: string
}

/** authorization/v1 ResourceRule and NonResourceRule. */
export interface AccessRules {
  readonly resourceRules: readonly {
    readonly verbs: readonly string[]
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly resourceNames?: readonly string[]
  }[]
  readonly nonResourceRules: readonly {
    readonly verbs: readonly string[]
    readonly nonResourceURLs: readonly string[]
  }[]
  /** What went wrong on the way: the rules may not be all. */
  readonly errors?: readonly string[]
}

/** The seam to authorisation: asked once for every request. */
export interface Authorizer {
  authorize(attributes: AccessAttributes): AccessDecision
  /** What a user may do in a namespace, for SelfSubjectRulesReview. */
  rulesFor(user: UserInfo, namespace: string): AccessRules
}

/** Why a request is refused, in the API server's words. */
export function forbiddenMessage(attributes: AccessAttributes, { reason }: AccessDecision): string {
  const { user, verb, group, path, namespace } = attributes
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`
  const suffix = reason === undefined ? '' : `: ${reason}`
  if (path !== undefined) return `${who} path ${JSON.stringify(path)}${suffix}`
  const resource =
    attributes.subresource === ''
      ? attributes.resource
      : `${attributes.resource}/${attributes.subresource}`
  const scope =
    namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`
  return `${who} resource "${resource}" in API group "${group}" ${scope}${suffix}`
}
