/** The checks that look at where other pods are: topology spread, and affinity between pods. */
import type { TopologySpreadConstraint } from '@sortie/machinery'
import type { NodeInfo } from '../snapshot/nodeinfo.ts'
import type { PodInfo } from '../snapshot/podinfo.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { exclusionsOf } from './exclusion.ts'
import { type Filter, type NodeCheck, PASSES, type Reasons } from './filter.ts'
import { nodeAffinity, nodeSelector, nodeUnschedulable, taintToleration } from './nodefilters.ts'
import { countByDomain, domainOf, type PodSet, podSetOf, selectorIn, selects } from './topology.ts'

const SPREAD = ["node(s) didn't match pod topology spread constraints"]
const SPREAD_NO_LABEL = [
  "node(s) didn't match pod topology spread constraints (missing required label)",
]

export const podTopologySpread: Filter = {
  name: 'PodTopologySpread',
  isStatic: false,
  prepare(pod, snapshot) {
    const checks = (pod.pod.spec.topologySpreadConstraints ?? [])
      .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule')
      .map((constraint) => spreadCheck(constraint, pod, snapshot))
    return checks.length === 0 ? undefined : (node) => firstRefusal(checks, node)
  },
}

function firstRefusal(checks: readonly NodeCheck[], node: NodeInfo): Reasons {
  for (const check of checks) {
    const reasons = check(node)
    if (reasons.length > 0) return reasons
  }
  return PASSES
}

function spreadCheck(
  constraint: TopologySpreadConstraint,
  pod: PodInfo,
  snapshot: Snapshot,
): NodeCheck {
  const { topologyKey, maxSkew } = constraint
  const { counts, least } = spreadCounts(constraint, pod, snapshot)
  const selector = selectorIn(constraint, pod)
  const self = selects(selector, pod) ? 1 : 0
  return (node) => {
    const domain = domainOf(node, topologyKey)
    if (domain === undefined) return SPREAD_NO_LABEL
    return (counts.get(domain) ?? 0) + self - least > maxSkew ? SPREAD : PASSES
  }
}

/** Matching pods by domain, over the domains of nodes that count for the constraint, and the smallest count. */
export function spreadCounts(
  constraint: TopologySpreadConstraint,
  pod: PodInfo,
  snapshot: Snapshot,
): { readonly counts: ReadonlyMap<string, number>; readonly least: number } {
  const { topologyKey, minDomains = 1 } = constraint
  const selector = selectorIn(constraint, pod)
  const allowed = inclusionFilters(constraint).map((filter) => filter.prepare(pod, snapshot))
  const counts = new Map<string, number>()
  for (const node of snapshot.nodes()) {
    const domain = domainOf(node, topologyKey)
    if (domain === undefined || allowed.some((check) => (check?.(node) ?? PASSES).length > 0))
      continue
    let count = counts.get(domain) ?? 0
    for (const other of node.pods.values()) {
      if (other.namespace === pod.namespace && selects(selector, other)) count++
    }
    counts.set(domain, count)
  }
  let least = counts.size < minDomains ? 0 : Number.POSITIVE_INFINITY
  for (const count of counts.values()) least = Math.min(least, count)
  return { counts, least: Number.isFinite(least) ? least : 0 }
}

/** By default the pod's selector and affinity rule nodes out, and taints do not. */
function inclusionFilters(constraint: TopologySpreadConstraint): readonly Filter[] {
  const { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = constraint
  return [
    ...(nodeAffinityPolicy === 'Honor' ? [nodeSelector, nodeAffinity] : []),
    ...(nodeTaintsPolicy === 'Honor' ? [nodeUnschedulable, taintToleration] : []),
  ]
}

const AFFINITY = ["node(s) didn't match pod affinity rules"]
const ANTI_AFFINITY = ["node(s) didn't match pod anti-affinity rules"]
const EXISTING_ANTI_AFFINITY = ["node(s) didn't satisfy existing pods anti-affinity rules"]

export const interPodAffinity: Filter = {
  name: 'InterPodAffinity',
  isStatic: false,
  prepare(pod, snapshot) {
    const { podAffinity } = pod.pod.spec.affinity ?? {}
    const wanted = podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    const checks = [
      ...existingAntiAffinityChecks(pod, snapshot),
      ...pod.antiAffinity.map((term) => awayCheck(podSetOf(term, pod), snapshot)),
      ...wanted.map((term) => nearCheck(podSetOf(term, pod), pod, snapshot)),
    ]
    return checks.length === 0 ? undefined : (node) => firstRefusal(checks, node)
  },
}

function awayCheck({ topologyKey, has }: PodSet, snapshot: Snapshot): NodeCheck {
  const counts = countByDomain(snapshot, topologyKey, has)
  return (node) => {
    const domain = domainOf(node, topologyKey)
    return domain !== undefined && counts.has(domain) ? ANTI_AFFINITY : PASSES
  }
}

/** The first pod of a group that wants to be together may go anywhere: there is nobody to be near yet. */
function nearCheck({ topologyKey, has }: PodSet, pod: PodInfo, snapshot: Snapshot): NodeCheck {
  const counts = countByDomain(snapshot, topologyKey, has)
  const isFirst = counts.size === 0 && has(pod)
  return (node) => {
    const domain = domainOf(node, topologyKey)
    if (domain === undefined) return AFFINITY
    return isFirst || counts.has(domain) ? PASSES : AFFINITY
  }
}

/** Pods that run already may not want this one in their domain. */
function existingAntiAffinityChecks(pod: PodInfo, snapshot: Snapshot): readonly NodeCheck[] {
  return exclusionsOf(snapshot)
    .filter(({ has }) => has(pod))
    .map(({ topologyKey, domains }) => (node) => {
      const domain = domainOf(node, topologyKey)
      return domain !== undefined && domains.has(domain) ? EXISTING_ANTI_AFFINITY : PASSES
    })
}
