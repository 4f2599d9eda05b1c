/** Node selectors and node affinity: whether a pod asks for a node's labels, and which requirement a node does not meet. */
import type { NodeObject, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from '../core.ts'

type Labels = Readonly<Record<string, string>>

/** Whether a term holds on a node. A term without any requirement holds nowhere. */
export function matchesTerm(term: NodeSelectorTerm, node: NodeObject): boolean {
  return termHasRequirements(term) && failingRequirement(term, node) === undefined
}

/** False for a term that says nothing, which matches nothing. */
export function termHasRequirements({ matchExpressions, matchFields }: NodeSelectorTerm): boolean {
  return (matchExpressions?.length ?? 0) + (matchFields?.length ?? 0) > 0
}

/** The first requirement of a term that a node does not meet. */
export function failingRequirement(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  node: NodeObject,
): NodeSelectorRequirement | undefined {
  const labels = node.metadata.labels ?? {}
  for (const requirement of matchExpressions) {
    if (!meetsRequirement(requirement, labels)) return requirement
  }
  if (matchFields.length === 0) return undefined
  const fields = { 'metadata.name': node.metadata.name ?? '' }
  return matchFields.find((requirement) => !meetsRequirement(requirement, fields))
}

/** One requirement held against labels (or fields). */
export function meetsRequirement(
  { key, operator, values }: NodeSelectorRequirement,
  labels: Labels,
): boolean {
  // A label may be named like a part of every object, "constructor".
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values?.includes(value) === true
    case 'NotIn':
      return value === undefined || values?.includes(value) !== true
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return isBeyond(operator, value, values?.[0])
  }
}

const INTEGER = /^[+-]?\d{1,19}$/

/** Gt and Lt compare whole numbers of 64 bits; what is none meets neither. */
function isBeyond(operator: string, value: string | undefined, limit: string | undefined): boolean {
  if (value === undefined || limit === undefined) return false
  if (!INTEGER.test(value) || !INTEGER.test(limit)) return false
  const difference = BigInt(value) - BigInt(limit)
  return operator === 'Gt' ? difference > 0n : difference < 0n
}

/** A requirement as people read it: `fuel.level > 69`. */
export function writeRequirement({ key, operator, values = [] }: NodeSelectorRequirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(', ')})`
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} not in (${values.join(', ')})`
    case 'Exists':
      return `${key} present`
    case 'DoesNotExist':
      return `${key} absent`
    default:
      return `${key} ${operator === 'Gt' ? '>' : '<'} ${values[0]}`
  }
}

/** The terms of a pod's required node affinity, of which one must hold; undefined where it has none. */
export function requiredNodeTerms({
  affinity,
}: Pick<PodSpec, 'affinity'>): readonly NodeSelectorTerm[] | undefined {
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required === undefined ? undefined : (required.nodeSelectorTerms ?? [])
}

/** The first label that a pod's nodeSelector asks for and a node has not. */
export function failingLabel(
  { nodeSelector }: Pick<PodSpec, 'nodeSelector'>,
  { metadata }: NodeObject,
): { readonly key: string; readonly value: string } | undefined {
  for (const key in nodeSelector) {
    const value = nodeSelector[key]
    if (value !== undefined && metadata.labels?.[key] !== value) return { key, value }
  }
  return undefined
}

/** Whether a node meets a pod's nodeSelector and required node affinity: what a kubelet asks again. */
export function matchesNode(
  spec: Pick<PodSpec, 'nodeSelector' | 'affinity'>,
  node: NodeObject,
): boolean {
  if (failingLabel(spec, node) !== undefined) return false
  return requiredNodeTerms(spec)?.some((term) => matchesTerm(term, node)) ?? true
}
