/** What a kubelet checks again before it takes a pod in: its node's labels, and what is left of its resources. */
import type {
  Container,
  NodeObject,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  ResourceList,
} from '@sortie/machinery'
import { quantityMilliValue, quantityValue } from '@sortie/machinery'

export interface Refusal {
  readonly reason: string
  readonly message: string
}

/** Amounts by resource: thousandths of cores, bytes, and numbers of everything else. */
export type Amounts = Readonly<Record<string, number>>

/** What a pod asks of its node, as kube-scheduler and the kubelet count it. */
export function requestsOf(pod: Pod): Amounts {
  const running: Record<string, number> = {}
  const starting: Record<string, number> = {}
  const sidecars: Record<string, number> = {}
  for (const container of pod.spec.initContainers ?? []) {
    const requests = amountsOf(containerRequests(container))
    if (container.restartPolicy === 'Always') {
      addTo(sidecars, requests)
      raiseTo(starting, sidecars)
    } else raiseTo(starting, sum(sidecars, requests))
  }
  for (const container of pod.spec.containers)
    addTo(running, amountsOf(containerRequests(container)))
  addTo(running, sidecars)
  raiseTo(running, starting)
  addTo(running, amountsOf(pod.spec.overhead))
  return { ...running, pods: 1 }
}

/** Limits stand in for requests that are not given, as the API server defaults them. */
function containerRequests({ resources }: Container): ResourceList {
  return { ...resources?.limits, ...resources?.requests }
}

export function amountsOf(list: ResourceList | undefined): Amounts {
  const amounts: Record<string, number> = {}
  for (const [name, written] of Object.entries(list ?? {})) {
    amounts[name] = name === 'cpu' ? quantityMilliValue(written) : quantityValue(written)
  }
  return amounts
}

function addTo(target: Record<string, number>, amounts: Amounts): void {
  for (const name of Object.keys(amounts)) target[name] = (target[name] ?? 0) + (amounts[name] ?? 0)
}

function raiseTo(target: Record<string, number>, amounts: Amounts): void {
  for (const name of Object.keys(amounts)) {
    target[name] = Math.max(target[name] ?? 0, amounts[name] ?? 0)
  }
}

function sum(a: Amounts, b: Amounts): Amounts {
  const total: Record<string, number> = { ...a }
  addTo(total, b)
  return total
}

/** Why a node does not take a pod in, beside what it holds already; undefined where it does. */
export function refuse(pod: Pod, node: NodeObject, used: Amounts): Refusal | undefined {
  if (!matchesNode(pod, node)) {
    const message =
      "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
    return { reason: 'NodeAffinity', message: `Pod was rejected: ${message}` }
  }
  const allocatable = amountsOf(node.status?.allocatable)
  for (const [name, requested] of Object.entries(requestsOf(pod))) {
    const [taken, capacity] = [used[name] ?? 0, allocatable[name] ?? 0]
    if (requested === 0 || taken + requested <= capacity) continue
    const figures = `requested: ${requested}, used: ${taken}, capacity: ${capacity}`
    const message = `Node didn't have enough resource: ${name}, ${figures}`
    return { reason: `OutOf${name}`, message: `Pod was rejected: ${message}` }
  }
  return undefined
}

function matchesNode(pod: Pod, node: NodeObject): boolean {
  const labels = node.metadata.labels ?? {}
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) {
    if (labels[key] !== value) return false
  }
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (required === undefined) return true
  return required.nodeSelectorTerms.some((term) => matchesTerm(term, node))
}

function matchesTerm(term: NodeSelectorTerm, node: NodeObject): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  if (matchExpressions.length + matchFields.length === 0) return false
  const fields = { 'metadata.name': node.metadata.name ?? '' }
  return (
    matchExpressions.every((wanted) => holds(wanted, node.metadata.labels ?? {})) &&
    matchFields.every((wanted) => holds(wanted, fields))
  )
}

function holds(
  { key, operator, values = [] }: NodeSelectorRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key]
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return compares(operator, value, values[0])
  }
}

function compares(
  operator: 'Gt' | 'Lt',
  value: string | undefined,
  limit: string | undefined,
): boolean {
  if (!/^-?\d+$/.test(value ?? '') || !/^-?\d+$/.test(limit ?? '')) return false
  return operator === 'Gt' ? Number(value) > Number(limit) : Number(value) < Number(limit)
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
      const amounts = requestsOf(pod)
      held.set(uid, { node, amounts })
      const total = used.get(node) ?? {}
      addTo(total, amounts)
      used.set(node, total)
    },
    release(uid) {
      const entry = held.get(uid)
      if (entry === undefined) return
      held.delete(uid)
      const total = used.get(entry.node) ?? {}
      for (const [name, amount] of Object.entries(entry.amounts)) {
        total[name] = (total[name] ?? 0) - amount
      }
    },
  }
}
