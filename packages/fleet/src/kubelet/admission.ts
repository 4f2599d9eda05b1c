/** What a kubelet checks again before it takes a pod in: its node's labels, and what is left of its resources. */
import {
  type Amounts,
  addAmounts,
  amountsOf,
  matchesNode,
  type NodeObject,
  type Pod,
  podRequests,
  subtractAmounts,
} from '@sortie/machinery'

export interface Refusal {
  readonly reason: string
  readonly message: string
}

/** Why a node does not take a pod in, beside what it holds already; undefined where it does. */
export function refuse(pod: Pod, node: NodeObject, used: Amounts): Refusal | undefined {
  if (!matchesNode(pod.spec, node)) {
    const message =
      "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
    return { reason: 'NodeAffinity', message: `Pod was rejected: ${message}` }
  }
  const allocatable = amountsOf(node.status?.allocatable)
  for (const [name, requested] of Object.entries(podRequests(pod.spec))) {
    const [taken, capacity] = [used[name] ?? 0, allocatable[name] ?? 0]
    if (requested === 0 || taken + requested <= capacity) continue
    const figures = `requested: ${requested}, used: ${taken}, capacity: ${capacity}`
    const message = `Node didn't have enough resource: ${name}, ${figures}`
    return { reason: `OutOf${name}`, message: `Pod was rejected: ${message}` }
  }
  return undefined
}

/** What is taken of each node by the pods that were admitted and have not ended. */
export interface NodeBooks {
  usedOn(node: string): Amounts
  take(pod: Pod, node: string): void
  /** Does nothing for a pod that holds nothing. */
  release(uid: string): void
}

export function createNodeBooks(): NodeBooks {
  const used = new Map<string, Record<string, number>>()
  const held = new Map<string, { readonly node: string; readonly amounts: Amounts }>()
  return {
    usedOn: (node) => used.get(node) ?? {},
    take(pod, node) {
      const uid = pod.metadata.uid ?? ''
      if (held.has(uid)) return
      const amounts = podRequests(pod.spec)
      held.set(uid, { node, amounts })
      const total = used.get(node) ?? {}
      addAmounts(total, amounts)
      used.set(node, total)
    },
    release(uid) {
      const entry = held.get(uid)
      if (entry === undefined) return
      held.delete(uid)
      const total = used.get(entry.node)
      if (total !== undefined) subtractAmounts(total, entry.amounts)
    },
  }
}
