/** How well a node that can take a pod suits it: 0 to 100 by each of some named criteria, weighted. */
import { AIRCRAFT, EXTENDED_RESOURCES } from '@sortie/api'
import { isTolerated, matchesTerm, type PodAffinityTerm } from '@sortie/machinery'
import { countByDomain, domainOf, podSetOf } from '../filter/topology.ts'
import { spreadCounts } from '../filter/topologyfilters.ts'
import type { NodeInfo } from '../snapshot/nodeinfo.ts'
import type { PodInfo } from '../snapshot/podinfo.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

export type ScoreName =
  | 'NodeAffinity'
  | 'LeastAllocated'
  | 'TaintToleration'
  | 'PodTopologySpread'
  | 'InterPodAffinity'
  | 'LeastCapable'

export type NodeScore = (node: NodeInfo) => number

export interface Scorer {
  readonly name: ScoreName
  readonly weight: number
  /** Once per pod and snapshot; undefined where all nodes score the same. */
  prepare(pod: PodInfo, snapshot: Snapshot): NodeScore | undefined
}

const MOST = 100

/** Preferences of the pod, among them its place: the share of their weight that the node has. */
const preferredNodeAffinity: Scorer = {
  name: 'NodeAffinity',
  weight: 4,
  prepare({ pod }) {
    const terms =
      pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const total = terms.reduce((sum, { weight }) => sum + weight, 0)
    if (total === 0) return undefined
    return ({ node }) => {
      let met = 0
      for (const { weight, preference } of terms) if (matchesTerm(preference, node)) met += weight
      return (met / total) * MOST
    }
  },
}

/** Pods that share nodes are spread over what is free of CPU and memory. */
const leastAllocated: Scorer = {
  name: 'LeastAllocated',
  weight: 1,
  prepare({ requests, takesSlot }) {
    if (takesSlot) return undefined
    return (node) =>
      (freeShare(node, 'cpu', requests['cpu'] ?? 0) +
        freeShare(node, 'memory', requests['memory'] ?? 0)) *
      (MOST / 2)
  },
}

function freeShare(node: NodeInfo, resource: string, wanted: number): number {
  const has = node.allocatable[resource] ?? 0
  if (has <= 0) return 0
  return Math.max(0, has - (node.requested[resource] ?? 0) - wanted) / has
}

/** Nodes that would rather not take pods come last. */
const preferNoSchedule: Scorer = {
  name: 'TaintToleration',
  weight: 3,
  prepare({ pod }) {
    return ({ node }) => {
      const taints = node.spec?.taints ?? []
      const unwanted = taints.filter(
        (taint) => taint.effect === 'PreferNoSchedule' && !isTolerated(taint, pod.spec.tolerations),
      )
      return Math.max(0, MOST - unwanted.length * (MOST / 4))
    }
  },
}

const spread: Scorer = {
  name: 'PodTopologySpread',
  weight: 2,
  prepare(pod, snapshot) {
    const constraints = (pod.pod.spec.topologySpreadConstraints ?? []).filter(
      ({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway',
    )
    if (constraints.length === 0) return undefined
    const scores = constraints.map((constraint): NodeScore => {
      const { counts, least } = spreadCounts(constraint, pod, snapshot)
      const most = Math.max(1, ...counts.values())
      return (node) => {
        const domain = domainOf(node, constraint.topologyKey)
        if (domain === undefined) return 0
        return (1 - ((counts.get(domain) ?? 0) - least) / most) * MOST
      }
    })
    return (node) => scores.reduce((sum, score) => sum + score(node), 0) / scores.length
  },
}

/** The share of the weight of preferences for and against other pods that the node meets. */
const preferredPodAffinity: Scorer = {
  name: 'InterPodAffinity',
  weight: 2,
  prepare(pod, snapshot) {
    const { podAffinity, podAntiAffinity } = pod.pod.spec.affinity ?? {}
    const near = podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const away = podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const total = [...near, ...away].reduce((sum, { weight }) => sum + weight, 0)
    if (total === 0) return undefined
    const wishes = [
      ...near.map((term) => wish(term, pod, { snapshot, wanted: true })),
      ...away.map((term) => wish(term, pod, { snapshot, wanted: false })),
    ]
    return (node) => (wishes.reduce((sum, met) => sum + met(node), 0) / total) * MOST
  },
}

function wish(
  {
    weight,
    podAffinityTerm,
  }: { readonly weight: number; readonly podAffinityTerm: PodAffinityTerm },
  pod: PodInfo,
  { snapshot, wanted }: { readonly snapshot: Snapshot; readonly wanted: boolean },
): NodeScore {
  const { topologyKey, has } = podSetOf(podAffinityTerm, pod)
  const counts = countByDomain(snapshot, topologyKey, has)
  return (node) => (counts.has(domainOf(node, topologyKey) ?? '') === wanted ? weight : 0)
}

/** Hardpoints, capabilities and fuel that a task would leave unused, at the most that count. */
const EXCESS = { hardpoints: 12, capabilities: 6, fuel: 100 }
const SHARES = { hardpoints: 0.4, capabilities: 0.4, fuel: 0.2 }

/** The least capable aircraft that still does: what is scarce stays free for those who need it. */
const leastCapable: Scorer = {
  name: 'LeastCapable',
  weight: 2,
  prepare(pod) {
    if (!pod.takesSlot) return undefined
    const need = needsOf(pod)
    return ({ facts }) => {
      const hardpoints = excess(facts.hardpoints - need.hardpoints, EXCESS.hardpoints)
      const spare = facts.capabilities.length - need.capabilities
      const capabilities = excess(spare, EXCESS.capabilities)
      const fuel = excess(facts.fuel - need.fuel, EXCESS.fuel)
      const total =
        hardpoints * SHARES.hardpoints + capabilities * SHARES.capabilities + fuel * SHARES.fuel
      return (1 - total) * MOST
    }
  },
}

function excess(amount: number, most: number): number {
  return Math.min(1, Math.max(0, amount) / most)
}

interface Needs {
  readonly hardpoints: number
  readonly capabilities: number
  readonly fuel: number
}

/** What a task needs, read from its pod's requests and required node affinity. */
export function needsOf({ pod, requests }: PodInfo): Needs {
  const terms =
    pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
      ?.nodeSelectorTerms ?? []
  const expressions = terms[0]?.matchExpressions ?? []
  const capabilities = expressions.filter(({ key }) => key.startsWith(AIRCRAFT.capabilityPrefix))
  const above = (label: string): number => {
    const limits = expressions
      .filter(({ key, operator }) => key === label && operator === 'Gt')
      .map(({ values }) => Number(values?.[0]) + 1)
    return Math.max(0, ...limits.filter(Number.isFinite))
  }
  return {
    hardpoints: Math.max(
      requests[EXTENDED_RESOURCES.hardpoint] ?? 0,
      above(AIRCRAFT.hardpointAvailable),
    ),
    capabilities: capabilities.length,
    fuel: above(AIRCRAFT.fuelLevel),
  }
}

export const SCORERS: readonly Scorer[] = [
  preferredNodeAffinity,
  leastAllocated,
  preferNoSchedule,
  spread,
  preferredPodAffinity,
  leastCapable,
]

/** The most that a node can score in all. */
export const MAX_SCORE = SCORERS.reduce((sum, { weight }) => sum + weight * MOST, 0)

export interface Scoring {
  /** Whole number, 0 to MAX_SCORE. Criteria by which all nodes are equal count in full. */
  score(node: NodeInfo): number
  /** By criterion, 0 to 100. */
  parts(node: NodeInfo): Readonly<Partial<Record<ScoreName, number>>>
}

export function prepareScores(pod: PodInfo, snapshot: Snapshot): Scoring {
  const active: { name: ScoreName; weight: number; score: NodeScore }[] = []
  let base = 0
  for (const { name, weight, prepare } of SCORERS) {
    const score = prepare(pod, snapshot)
    if (score === undefined) base += weight * MOST
    else active.push({ name, weight, score })
  }
  return {
    score: (node) =>
      Math.round(active.reduce((sum, { weight, score }) => sum + weight * score(node), base)),
    parts: (node) =>
      Object.fromEntries(active.map(({ name, score }) => [name, Math.round(score(node))])),
  }
}
