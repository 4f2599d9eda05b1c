/** Whether a rule allows a request. */
import type { AccessAttributes } from '../server/authorization.ts'
import type { PolicyRule } from './model.ts'

const ALL = '*'

export function ruleAllows(rule: PolicyRule, attributes: AccessAttributes): boolean {
  const { verb, path } = attributes
  if (!has(rule.verbs, verb)) return false
  if (path !== undefined) return rule.nonResourceURLs.some((url) => matchesPath(url, path))
  return (
    has(rule.apiGroups, attributes.group) &&
    matchesResource(rule.resources, attributes) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(attributes.name))
  )
}

function has(list: readonly string[], wanted: string): boolean {
  return list.includes(wanted) || list.includes(ALL)
}

/** `pods`, `pods/log`, `*` for all of them, and `*` + `/log` for a subresource of whatever resource. */
function matchesResource(
  list: readonly string[],
  { resource, subresource }: AccessAttributes,
): boolean {
  if (subresource === '') return has(list, resource)
  return has(list, `${resource}/${subresource}`) || list.includes(`${ALL}/${subresource}`)
}

/** A pattern may end in a star. */
export function matchesPath(pattern: string, path: string): boolean {
  if (pattern === ALL || pattern === path) return true
  return pattern.endsWith(ALL) && path.startsWith(pattern.slice(0, -1))
}
