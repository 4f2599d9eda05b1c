/** Who may create a Mission may create pods, so what a pod may say is listed, and the rest refused (behaviour.md). */
import { isJsonObject, type JsonValue } from '@sortie/machinery'
import { RESERVED_PREFIXES, TAINTS } from '../constants.ts'
import { type Allowed, DEFAULT_ALLOWED } from './podallowlist.ts'
import { formatPath, type Path, type Problem, problem, show } from './problem.ts'

/** What an operator allows beside the default. */
export interface PodPolicy {
  /**
   * Paths that are allowed with everything below them, `[]` for any item of a list: `spec.hostNetwork`,
   * `spec.volumes[].hostPath`. With `=` only that value is: `spec.serviceAccountName=simulator`.
   */
  readonly allow: readonly string[]
}

/** The operator's configuration: a policy for every namespace, and what single namespaces get beside it. */
export interface PodPolicies {
  readonly everywhere?: PodPolicy
  readonly namespaces?: Readonly<Record<string, PodPolicy>>
}

/** Nothing beside the allow-list. */
export const DEFAULT_POD_POLICY: PodPolicy = { allow: [] }

/** The policy that holds in a namespace. */
export function podPolicyFor(policies: PodPolicies, namespace: string): PodPolicy {
  const own = policies.namespaces
  const special = own !== undefined && Object.hasOwn(own, namespace) ? own[namespace] : undefined
  return { allow: [...(policies.everywhere?.allow ?? []), ...(special?.allow ?? [])] }
}

/**
 * Everything in a pod (or podTemplate: `{metadata, spec}`) that the policy does not allow. Total over any JSON value. Where
 * a built pod is checked, its metadata is Sortie's own and is left out.
 */
export function checkPodPolicy(
  pod: { readonly metadata?: unknown; readonly spec?: unknown },
  policy: PodPolicy = DEFAULT_POD_POLICY,
): readonly Problem[] {
  const found: Problem[] = []
  const granted = new Set(policy.allow)
  walk(DEFAULT_ALLOWED, pod as JsonValue, { path: [], pattern: '', granted, found })
  found.push(
    ...reservedKeys(pod.metadata as JsonValue),
    ...reservedTolerations(pod.spec as JsonValue),
  )
  return found
}

interface Walk {
  readonly path: Path
  /** The path with `[]` for every index, as a policy writes it. */
  readonly pattern: string
  readonly granted: ReadonlySet<string>
  readonly found: Problem[]
}

function walk(allowed: Allowed, value: JsonValue | undefined, at: Walk): void {
  if (value === undefined || value === null) return
  if (isGranted(value, at)) return
  if (allowed === 'any') checkPlain(value, at)
  else if ('only' in allowed) checkOnly(allowed.only, value, at)
  else if ('items' in allowed) walkItems(allowed.items, value, at)
  else walkFields(allowed.fields, value, at)
}

function isGranted(value: JsonValue, at: Walk): boolean {
  if (at.granted.has(at.pattern)) return true
  const plain = typeof value !== 'object'
  return plain && at.granted.has(`${at.pattern}=${value}`)
}

/** A plain value, or one flat list or map of such: nothing that could hide a field. */
function checkPlain(value: JsonValue, at: Walk): void {
  if (typeof value !== 'object' || value === null) return
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  for (const [key, child] of entries) {
    if (typeof child === 'object' && child !== null) refuse({ ...at, path: [...at.path, key] })
  }
}

function checkOnly(values: readonly unknown[], value: JsonValue, at: Walk): void {
  if (values.includes(value)) return
  const right = values.filter((choice) => choice !== '').map(String)
  refuse(at, `${show(value)} is not allowed here; it must be ${right.join(' or ')}`)
}

function walkItems(allowed: Allowed, value: JsonValue, at: Walk): void {
  if (!Array.isArray(value)) {
    refuse(at, `${show(value)} is not a list`)
    return
  }
  value.forEach((item, index) => {
    walk(allowed, item, { ...at, path: [...at.path, index], pattern: `${at.pattern}[]` })
  })
}

function walkFields(allowed: Readonly<Record<string, Allowed>>, value: JsonValue, at: Walk): void {
  if (!isJsonObject(value)) {
    refuse(at, `${show(value)} is not an object`)
    return
  }
  for (const [name, child] of Object.entries(value)) {
    const pattern = at.pattern === '' ? name : `${at.pattern}.${name}`
    const below = { ...at, path: [...at.path, name], pattern }
    const rule = Object.hasOwn(allowed, name) ? allowed[name] : undefined
    if (rule !== undefined) walk(rule, child, below)
    else if (child !== undefined && child !== null && !isGranted(child, below)) {
      if (!grantedBelow(child, below)) refuse(below)
    }
  }
}

/** Whether grants name something below a field that is not listed; if so, refuses what they do not name. */
function grantedBelow(value: JsonValue, at: Walk): boolean {
  const start = `${at.pattern}.`
  const list = `${at.pattern}[]`
  const near = [...at.granted].some((grant) => grant.startsWith(start) || grant.startsWith(list))
  if (!near || typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const below = { ...at, path: [...at.path, index], pattern: list }
      if (!isGranted(item, below) && !grantedBelow(item, below)) refuse(below)
    }
  } else walkFields({}, value, at)
  return true
}

function refuse(at: Walk, message = 'is not allowed in a task'): void {
  const hint = `ask for ${show(at.pattern)} in the operator's podPolicy if it is needed`
  at.found.push(problem(at.path, 'PodPolicy', `${message}; ${hint}`))
}

function reservedKeys(metadata: JsonValue | undefined): readonly Problem[] {
  if (!isJsonObject(metadata)) return []
  return (['labels', 'annotations'] as const).flatMap((field) => {
    const map = metadata[field]
    if (!isJsonObject(map)) return []
    return Object.keys(map)
      .filter((key) => RESERVED_PREFIXES.some((prefix) => key.startsWith(prefix)))
      .map((key) =>
        problem(
          ['metadata', field, key],
          'PodPolicy',
          `keys that begin with ${keyPrefix(key)} are Sortie's own`,
        ),
      )
  })
}

function keyPrefix(key: string): string {
  return key.slice(0, key.indexOf('/') + 1)
}

/** A task must not talk itself onto an aircraft that was taken out of service. */
function reservedTolerations(spec: JsonValue | undefined): readonly Problem[] {
  const tolerations = isJsonObject(spec) ? spec['tolerations'] : undefined
  if (!Array.isArray(tolerations)) return []
  return tolerations.flatMap((toleration: JsonValue, index) =>
    isJsonObject(toleration) && toleration['key'] === TAINTS.quarantine
      ? [
          problem(
            ['spec', 'tolerations', index],
            'PodPolicy',
            `${TAINTS.quarantine} keeps tasks off an aircraft that failed; it cannot be tolerated`,
          ),
        ]
      : [],
  )
}

/** `spec.hostNetwork, spec.volumes[0].hostPath`: the refused fields, for a condition's message. */
export function refusedFields(problems: readonly Problem[]): string {
  return problems.map((found) => formatPath(found.path)).join(', ')
}
