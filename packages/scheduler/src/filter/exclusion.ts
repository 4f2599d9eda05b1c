/** Whom the pods on nodes keep out of their domains by required anti-affinity. */
import type { NodeInfo } from '../snapshot/nodeinfo.ts'
import type { PodInfo } from '../snapshot/podinfo.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { domainOf, type PodSet, podSetOf } from './topology.ts'

/** Pods that are kept out of some domains. */
export interface Exclusion extends PodSet {
  readonly domains: ReadonlySet<string>
}

/** Terms that are alike are one exclusion. */
export function exclusionsOf(snapshot: Snapshot): readonly Exclusion[] {
  const byTerm = new Map<string, PodSet & { readonly domains: Set<string> }>()
  for (const { pod, node } of snapshot.antiAffinePods()) {
    const info = snapshot.get(node)
    for (const term of pod.antiAffinity) {
      const domain = info === undefined ? undefined : domainOf(info, term.topologyKey)
      if (domain === undefined) continue
      const key = JSON.stringify([pod.namespace, term])
      const exclusion = byTerm.get(key) ?? { ...podSetOf(term, pod), domains: new Set() }
      exclusion.domains.add(domain)
      byTerm.set(key, exclusion)
    }
  }
  return [...byTerm.values()]
}

/** The class of a pod: equal for pods that can go to the same nodes of the snapshot at the same cost. */
export function classesIn(snapshot: Snapshot): (pod: PodInfo) => string {
  const exclusions = exclusionsOf(snapshot)
  return (pod) => {
    const own = exclusions.flatMap(({ has }, index) => (has(pod) ? [index] : []))
    return `${own.join()}${pod.signature}`
  }
}

/** Whether some pod in the domains of a node keeps a pod away from it. */
export function exclusionFrom(node: NodeInfo, snapshot: Snapshot): (pod: PodInfo) => boolean {
  const excluded: PodSet[] = []
  for (const { pod, node: name } of snapshot.antiAffinePods()) {
    const info = snapshot.get(name)
    for (const term of pod.antiAffinity) {
      const domain = domainOf(node, term.topologyKey)
      const isNear = info !== undefined && domainOf(info, term.topologyKey) === domain
      if (isNear && domain !== undefined) excluded.push(podSetOf(term, pod))
    }
  }
  return (pod) => excluded.some(({ has }) => has(pod))
}
