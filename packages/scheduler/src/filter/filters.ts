/** All checks in the order in which they are made, and what they come to for one pod. */
import type { NodeInfo } from '../snapshot/nodeinfo.ts'
import type { PodInfo } from '../snapshot/podinfo.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import { nodePorts, nodeResourcesFit } from './capacityfilters.ts'
import type { Filter, FilterName, NodeCheck, Refusal } from './filter.ts'
import {
  nodeAffinity,
  nodeName,
  nodeReady,
  nodeSelector,
  nodeUnschedulable,
  taintToleration,
} from './nodefilters.ts'
import { interPodAffinity, podTopologySpread } from './topologyfilters.ts'

/** Cheap and telling ones first: the first that refuses is the reason given. */
export const FILTERS: readonly Filter[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeReady,
  nodeSelector,
  nodeAffinity,
  nodeResourcesFit,
  nodePorts,
  podTopologySpread,
  interPodAffinity,
]

/** How many nodes were refused for each reason. */
export type Refusals = ReadonlyMap<string, number>

export interface Filtered {
  readonly feasible: readonly NodeInfo[]
  readonly refusals: Refusals
  /** How many nodes each check refused; a node counts for the first that did. */
  readonly refusedBy: ReadonlyMap<FilterName, number>
}

/** Remembers what the static checks say of a node, by pod signature, for as long as its Node object does not change. */
const PASSED = 'passed'

export interface StaticVerdicts {
  /** `undefined` is a node that is not known, `PASSED` one that none refuses. */
  verdictOf(signature: string): WeakMap<object, Refusal | typeof PASSED>
}

const MAX_SIGNATURES = 512

export function createStaticVerdicts(): StaticVerdicts {
  const verdicts = new Map<string, ReturnType<StaticVerdicts['verdictOf']>>()
  return {
    verdictOf(signature) {
      const known = verdicts.get(signature) ?? new WeakMap<object, Refusal | typeof PASSED>()
      verdicts.delete(signature)
      verdicts.set(signature, known)
      const oldest = verdicts.keys().next().value
      if (verdicts.size > MAX_SIGNATURES && oldest !== undefined) verdicts.delete(oldest)
      return known
    },
  }
}

/** The nodes that a pod can go to, and why not to the others. */
export function filterNodes(pod: PodInfo, snapshot: Snapshot, verdicts: StaticVerdicts): Filtered {
  const feasible: NodeInfo[] = []
  const refusals = new Map<string, number>()
  const refusedBy = new Map<FilterName, number>()
  const check = checkAll(pod, snapshot, verdicts)
  for (const node of snapshot.nodes()) {
    const refusal = check(node)
    if (refusal === undefined) feasible.push(node)
    else countRefusal(refusal, { refusals, refusedBy })
  }
  return { feasible, refusals, refusedBy }
}

/** Adds a node that was refused to the counts. */
export function countRefusal(
  { filter, reasons }: Refusal,
  counts: {
    readonly refusals: Map<string, number>
    readonly refusedBy: Map<FilterName, number>
  },
): void {
  const { refusals, refusedBy } = counts
  refusedBy.set(filter, (refusedBy.get(filter) ?? 0) + 1)
  for (const reason of reasons) refusals.set(reason, (refusals.get(reason) ?? 0) + 1)
}

/** All checks of a pod as one; undefined for a node that none refuses. */
export type WholeCheck = (node: NodeInfo) => Refusal | undefined

export function checkAll(pod: PodInfo, snapshot: Snapshot, verdicts: StaticVerdicts): WholeCheck {
  const staticCheck = staticCheckOf(pod, snapshot, verdicts)
  const checks = prepareAll(pod, snapshot, false)
  return (node) => staticCheck(node) ?? firstRefusal(checks, node)
}

function firstRefusal(checks: readonly NamedCheck[], node: NodeInfo): Refusal | undefined {
  for (const { filter, check } of checks) {
    const reasons = check(node)
    if (reasons.length > 0) return { filter, reasons }
  }
  return undefined
}

/** Whether a node as it is described could take the pod, were there nothing on it. */
export function couldEverTake(pod: PodInfo, node: NodeInfo, context: EverContext): boolean {
  const { snapshot, verdicts } = context
  if (staticCheckOf(pod, snapshot, verdicts)(node) !== undefined) return false
  for (const name in pod.requests) {
    if ((pod.requests[name] ?? 0) > (node.allocatable[name] ?? 0)) return false
  }
  return true
}

export interface EverContext {
  readonly snapshot: Snapshot
  readonly verdicts: StaticVerdicts
}

function staticCheckOf(pod: PodInfo, snapshot: Snapshot, verdicts: StaticVerdicts): WholeCheck {
  const known = verdicts.verdictOf(pod.signature)
  let checks: readonly NamedCheck[] | undefined
  return (info) => {
    const before = known.get(info.node)
    if (before !== undefined) return before === PASSED ? undefined : before
    checks ??= prepareAll(pod, snapshot, true)
    const refusal = firstRefusal(checks, info)
    known.set(info.node, refusal ?? PASSED)
    return refusal
  }
}

interface NamedCheck {
  readonly filter: FilterName
  readonly check: NodeCheck
}

function prepareAll(pod: PodInfo, snapshot: Snapshot, isStatic: boolean): readonly NamedCheck[] {
  const checks: NamedCheck[] = []
  for (const filter of FILTERS) {
    if (filter.isStatic !== isStatic) continue
    const check = filter.prepare(pod, snapshot)
    if (check !== undefined) checks.push({ filter: filter.name, check })
  }
  return checks
}

/** kube-scheduler's sentence: `0/12 nodes are available: 3 Insufficient aircraft.mil/slot, 9 node(s) …`. */
export function writeRefusals(refusals: Refusals, nodes: number): string {
  if (nodes === 0) return 'no nodes available to schedule pods'
  const parts = [...refusals].map(([reason, count]) => `${count} ${reason}`).sort()
  const why = parts.length === 0 ? '' : `: ${parts.join(', ')}`
  return `0/${nodes} nodes are available${why}.`
}
