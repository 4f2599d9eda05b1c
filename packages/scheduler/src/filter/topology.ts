/** Pods counted by topology domain: what spreading and pod affinity are decided by. */
import {
  type LabelRequirements,
  type LabelSelector,
  labelSelectorOf,
  matchesLabels,
  type NodeSelectorRequirement,
  noLabels,
  type PodAffinityTerm,
} from '@sortie/machinery'
import type { NodeInfo } from '../snapshot/nodeinfo.ts'
import type { PodInfo } from '../snapshot/podinfo.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

/** Which pods a term is about. */
export interface PodSet {
  readonly topologyKey: string
  has(pod: PodInfo): boolean
}

/** The pods that a term of `owner` selects: those of its own namespace where it names none. */
export function podSetOf(term: PodAffinityTerm, owner: PodInfo): PodSet {
  const selector = selectorIn(term, owner)
  const namespaces = term.namespaces ?? []
  const isEverywhere = term.namespaceSelector !== undefined && isEmpty(term.namespaceSelector)
  return {
    topologyKey: term.topologyKey,
    has(pod) {
      const isInside =
        isEverywhere ||
        (namespaces.length === 0
          ? pod.namespace === owner.namespace
          : namespaces.includes(pod.namespace))
      return isInside && matchesLabels(selector, pod.pod.metadata.labels)
    },
  }
}

/** A selector that selects everything. */
export function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0
}

interface Selecting {
  readonly labelSelector?: LabelSelector
  readonly matchLabelKeys?: readonly string[]
  readonly mismatchLabelKeys?: readonly string[]
}

/** Whom a term or constraint of `owner` selects by labels; nobody where the selector cannot be read. */
export function selectorIn(term: Selecting, owner: PodInfo): LabelRequirements {
  const { labelSelector, matchLabelKeys, mismatchLabelKeys } = term
  if (labelSelector === undefined) return noLabels
  const matchExpressions = [
    ...(labelSelector.matchExpressions ?? []),
    ...ownValues(owner, matchLabelKeys, 'In'),
    ...ownValues(owner, mismatchLabelKeys, 'NotIn'),
  ]
  try {
    return labelSelectorOf({ ...labelSelector, matchExpressions })
  } catch {
    return noLabels
  }
}

/** Of the keys those count that the pod itself has. */
function ownValues(
  { pod }: PodInfo,
  keys: readonly string[] = [],
  operator: 'In' | 'NotIn',
): readonly (NodeSelectorRequirement & { readonly operator: 'In' | 'NotIn' })[] {
  return keys.flatMap((key) => {
    const value = pod.metadata.labels?.[key]
    return value === undefined ? [] : [{ key, operator, values: [value] }]
  })
}

/** The domain that a node is in; undefined where it lacks the label. */
export function domainOf({ node }: NodeInfo, topologyKey: string): string | undefined {
  return node.metadata.labels?.[topologyKey]
}

/** How many pods of a set each domain has. Domains without any are left out. */
export function countByDomain(
  snapshot: Snapshot,
  topologyKey: string,
  has: (pod: PodInfo) => boolean,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const node of snapshot.nodes()) {
    if (node.pods.size === 0) continue
    const domain = domainOf(node, topologyKey)
    if (domain === undefined) continue
    for (const pod of node.pods.values()) {
      if (has(pod)) counts.set(domain, (counts.get(domain) ?? 0) + 1)
    }
  }
  return counts
}

export function selects(selector: LabelRequirements, pod: PodInfo): boolean {
  return matchesLabels(selector, pod.pod.metadata.labels)
}
