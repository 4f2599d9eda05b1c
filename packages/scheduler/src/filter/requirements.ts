/** Node selector terms, as nodeSelector, node affinity and preferences use them. */
import type { NodeObject, NodeSelectorRequirement, NodeSelectorTerm } from '@sortie/machinery'

type Labels = Readonly<Record<string, string>>

/** Whether a term holds on a node. A term without any requirement holds nowhere. */
export function matchesTerm(term: NodeSelectorTerm, node: NodeObject): boolean {
  return termHasRequirements(term) && failingRequirement(term, node) === undefined
}

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

export function meetsRequirement(
  { key, operator, values }: NodeSelectorRequirement,
  labels: Labels,
): boolean {
  const value = labels[key]
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

const INTEGER = /^[+-]?\d{1,15}$/

/** Gt and Lt compare whole numbers; what is none meets neither. */
function isBeyond(operator: string, value: string | undefined, limit: string | undefined): boolean {
  if (value === undefined || limit === undefined) return false
  if (!INTEGER.test(value) || !INTEGER.test(limit)) return false
  return operator === 'Gt' ? Number(value) > Number(limit) : Number(value) < Number(limit)
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
