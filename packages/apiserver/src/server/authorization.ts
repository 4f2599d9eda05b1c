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
}

/** The seam to authorisation: asked once for every request. */
export interface Authorizer {
  authorize(attributes: AccessAttributes): AccessDecision
  /** What a user may do in a namespace, for SelfSubjectRulesReview. */
  rulesFor(user: UserInfo, namespace: string): AccessRules
}

/** Allows everything: the embedded server's users are those who hold its token. */
export const allowEverything: Authorizer = {
  authorize: () => ({ allowed: true }),
  rulesFor: () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
  }),
}
