/** A node with the pods on it. Immutable: adding a pod makes another one. */
import { AIRCRAFT } from '@sortie/api'
import {
  type Amounts,
  addAmounts,
  amountsOf,
  type NodeObject,
  type Stored,
  subtractAmounts,
} from '@sortie/machinery'
import { hashText } from './hash.ts'
import type { PodInfo } from './podinfo.ts'

export interface NodeInfo {
  readonly name: string
  readonly node: Stored<NodeObject>
  readonly hash: number
  readonly allocatable: Amounts
  readonly requested: Amounts
  /** By uid. */
  readonly pods: ReadonlyMap<string, PodInfo>
  readonly facts: AircraftFacts
}

/** What scores compare aircraft by. */
export interface AircraftFacts {
  readonly fuel: number
  readonly hardpoints: number
  readonly capabilities: readonly string[]
}

const NO_PODS: ReadonlyMap<string, PodInfo> = new Map()

export function createNodeInfo(node: Stored<NodeObject>, before?: NodeInfo): NodeInfo {
  const isSameNode = before?.node === node
  if (isSameNode && before !== undefined) return before
  return {
    name: node.metadata.name,
    node,
    hash: before?.hash ?? hashText(node.metadata.name),
    allocatable: amountsOf(node.status?.allocatable),
    requested: before?.requested ?? {},
    pods: before?.pods ?? NO_PODS,
    facts: factsOf(node.metadata.labels ?? {}),
  }
}

export function withPod(info: NodeInfo, pod: PodInfo): NodeInfo {
  const before = info.pods.get(pod.uid)
  const pods = new Map(info.pods).set(pod.uid, pod)
  if (before !== undefined && before.requests === pod.requests) return { ...info, pods }
  const requested = { ...info.requested }
  if (before !== undefined) subtractAmounts(requested, before.requests)
  addAmounts(requested, pod.requests)
  return { ...info, pods, requested }
}

export function withoutPod(info: NodeInfo, uid: string): NodeInfo {
  const before = info.pods.get(uid)
  if (before === undefined) return info
  const pods = new Map(info.pods)
  pods.delete(uid)
  const requested = { ...info.requested }
  subtractAmounts(requested, before.requests)
  return { ...info, pods, requested }
}

/** What is left of a resource. */
export function freeOf(info: NodeInfo, resource: string): number {
  return (info.allocatable[resource] ?? 0) - (info.requested[resource] ?? 0)
}

function factsOf(labels: Readonly<Record<string, string>>): AircraftFacts {
  const capabilities: string[] = []
  for (const key in labels) {
    if (key.startsWith(AIRCRAFT.capabilityPrefix) && labels[key] === 'true') {
      capabilities.push(key.slice(AIRCRAFT.capabilityPrefix.length))
    }
  }
  return {
    fuel: numberIn(labels[AIRCRAFT.fuelLevel]),
    hardpoints: numberIn(labels[AIRCRAFT.hardpointTotal]),
    capabilities,
  }
}

function numberIn(text: string | undefined): number {
  const number = Number(text)
  return text !== undefined && Number.isFinite(number) && number > 0 ? number : 0
}
