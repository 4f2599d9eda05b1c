/** Whether somebody's rules cover others: nobody may grant what they lack. */
import { quoted } from '../schema/fielderror.ts'
import { matchesPath } from './matching.ts'
import type { PolicyRule } from './model.ts'

const ALL = '*'

/** What of `wanted` none of `held` covers, each part by itself. */
export function missingRules(
  held: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  return wanted.flatMap(partsOf).filter((part) => !held.some((rule) => covers(rule, part)))
}

const NOTHING: PolicyRule = {
  verbs: [],
  apiGroups: [],
  resources: [],
  resourceNames: [],
  nonResourceURLs: [],
}

/** A rule as rules of one verb, one group, one resource and at most one name, or of one path. */
function partsOf(rule: PolicyRule): readonly PolicyRule[] {
  const names = rule.resourceNames.length === 0 ? [[]] : rule.resourceNames.map((name) => [name])
  const resources = rule.apiGroups.flatMap((group) =>
    rule.resources.flatMap((resource) =>
      rule.verbs.flatMap((verb) =>
        names.map((resourceNames) => ({
          ...NOTHING,
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          resourceNames,
        })),
      ),
    ),
  )
  const paths = rule.nonResourceURLs.flatMap((url) =>
    rule.verbs.map((verb) => ({ ...NOTHING, verbs: [verb], nonResourceURLs: [url] })),
  )
  return [...resources, ...paths]
}

function covers(rule: PolicyRule, part: PolicyRule): boolean {
  return (
    hasAll(rule.verbs, part.verbs) &&
    hasAll(rule.apiGroups, part.apiGroups) &&
    part.resources.every((resource) => coversResource(rule.resources, resource)) &&
    part.nonResourceURLs.every((url) =>
      rule.nonResourceURLs.some((own) => matchesPath(own, url)),
    ) &&
    coversNames(rule.resourceNames, part.resourceNames)
  )
}

function hasAll(list: readonly string[], wanted: readonly string[]): boolean {
  return list.includes(ALL) || wanted.every((one) => list.includes(one))
}

function coversResource(list: readonly string[], resource: string): boolean {
  if (list.includes(ALL) || list.includes(resource)) return true
  const slash = resource.indexOf('/')
  return slash >= 0 && list.includes(`${ALL}${resource.slice(slash)}`)
}

/** No names means all of them. */
function coversNames(list: readonly string[], wanted: readonly string[]): boolean {
  if (list.length === 0) return true
  return wanted.length > 0 && wanted.every((one) => list.includes(one))
}

/** Rules in the API server's words, a line each: parts that differ in nothing but the verb are one. */
export function describeRules(parts: readonly PolicyRule[]): string {
  const joined = new Map<string, PolicyRule>()
  for (const part of parts) {
    const key = JSON.stringify({ ...part, verbs: part.resources.length === 0 ? part.verbs : [] })
    const before = joined.get(key)
    joined.set(key, before === undefined ? part : withVerbs(before, part.verbs))
  }
  const lines = new Set([...joined.values()].map(describeRule))
  return [...lines].sort().join('\n')
}

function withVerbs(rule: PolicyRule, verbs: readonly string[]): PolicyRule {
  const added = verbs.filter((verb) => !rule.verbs.includes(verb))
  return { ...rule, verbs: [...rule.verbs, ...added] }
}

function describeRule(rule: PolicyRule): string {
  const parts = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ] as const
  const shown = parts.filter(([, list]) => list.length > 0)
  return `{${shown.map(([name, list]) => `${name}:${quotedList(list)}`).join(', ')}}`
}

/** A list of texts as Go's `%q` prints it. */
export function quotedList(list: readonly string[]): string {
  return `[${list.map(quoted).join(' ')}]`
}
