/** Pods counted by topology domain: what spreading and pod affinity are decided by. */
import {
  type LabelRequirements,
  labelSelectorOf,
  matchesLabels,
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
  const selector = labelSelectorOf(term.labelSelector)
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

function isEmpty(selector: NonNullable<PodAffinityTerm['namespaceSelector']>): boolean {
  return selector.matchLabels === undefined && selector.matchExpressions === undefined
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
