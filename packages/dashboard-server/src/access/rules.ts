/** authorization/v1 SelfSubjectRulesReview: what its rules let someone list and watch in a namespace. */

export interface ResourceRule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
}

export interface RulesStatus {
  /** True where the server could not name all rules: then the answer proves nothing. */
  readonly incomplete?: boolean
  readonly resourceRules?: readonly ResourceRule[]
}

/** Whether the rules allow both list and watch of all objects of the resource. An incomplete answer allows nothing. */
export function mayListAndWatch(
  { incomplete, resourceRules = [] }: RulesStatus,
  resource: { readonly group: string; readonly plural: string },
): boolean {
  if (incomplete !== false) return false
  const verbs = new Set<string>()
  for (const rule of resourceRules) {
    if (!covers(rule, resource)) continue
    for (const verb of rule.verbs) verbs.add(verb)
  }
  return verbs.has('*') || (verbs.has('list') && verbs.has('watch'))
}

function covers(
  { apiGroups = [], resources = [], resourceNames = [] }: ResourceRule,
  { group, plural }: { readonly group: string; readonly plural: string },
): boolean {
  // A rule for some names lets nobody list: a list would show the others too.
  if (resourceNames.length > 0) return false
  const inGroup = apiGroups.includes('*') || apiGroups.includes(group)
  return inGroup && (resources.includes('*') || resources.includes(plural))
}
