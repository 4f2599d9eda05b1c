/** A named check of whether a pod can go to a node, and why not. */
import type { NodeInfo } from '../snapshot/nodeinfo.ts'
import type { PodInfo } from '../snapshot/podinfo.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

export type FilterName =
  | 'NodeUnschedulable'
  | 'NodeReady'
  | 'NodeName'
  | 'TaintToleration'
  | 'NodeSelector'
  | 'NodeAffinity'
  | 'NodeResourcesFit'
  | 'NodePorts'
  | 'PodTopologySpread'
  | 'InterPodAffinity'

/** Reasons in kube-scheduler's words, none where the node passes. */
export type Reasons = readonly string[]

export const PASSES: Reasons = []

/** What the first check that refuses a node says of it. */
export interface Refusal {
  readonly filter: FilterName
  readonly reasons: Reasons
}

export type NodeCheck = (node: NodeInfo) => Reasons

export interface Filter {
  readonly name: FilterName
  /** The answer depends on nothing but the pod and the Node object, so that it holds until that changes. */
  readonly isStatic: boolean
  /** Once per pod and snapshot; undefined where every node passes. */
  prepare(pod: PodInfo, snapshot: Snapshot): NodeCheck | undefined
  /** What exactly is wrong, for people; only called where the check refuses. */
  explain?(pod: PodInfo, node: NodeInfo): string | undefined
}
