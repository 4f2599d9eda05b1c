/** The cluster as the scheduler plans on it, and copies of it to plan on. */
import { type NodeInfo, withPod } from './nodeinfo.ts'
import type { PodInfo } from './podinfo.ts'

export interface PlacedPod {
  readonly pod: PodInfo
  readonly node: string
}

export interface Snapshot {
  readonly size: number
  get(name: string): NodeInfo | undefined
  nodes(): Iterable<NodeInfo>
  /** Pods on nodes that keep others away from them. */
  antiAffinePods(): Iterable<PlacedPod>
}

/** A copy that changes alone: only what differs from its base is held. */
export interface Plan extends Snapshot {
  /** @throws RangeError where there is no such node */
  place(pod: PodInfo, node: string): void
  /** Takes back the latest placements until `count` are left. */
  undoTo(count: number): void
  /** How many pods were placed. */
  readonly placed: number
  /** Another number after each placement that is made or taken back. */
  readonly version: number
  /** The placements after the first `count`. */
  placedSince(count: number): readonly PlacedPod[]
}

export function forkSnapshot(base: Snapshot): Plan {
  const changed = new Map<string, NodeInfo>()
  const log: (PlacedPod & { readonly before: NodeInfo })[] = []
  const antiAffine: PlacedPod[] = []
  let version = 0
  const get = (name: string): NodeInfo | undefined => changed.get(name) ?? base.get(name)
  return {
    get size() {
      return base.size
    },
    get placed() {
      return log.length
    },
    get version() {
      return version
    },
    get,
    *nodes() {
      for (const node of base.nodes()) yield changed.get(node.name) ?? node
    },
    *antiAffinePods() {
      yield* base.antiAffinePods()
      yield* antiAffine
    },
    place(pod, node) {
      const before = get(node)
      if (before === undefined) throw new RangeError(`no node ${node} in the snapshot`)
      version++
      log.push({ pod, node, before })
      changed.set(node, withPod(before, pod))
      if (pod.antiAffinity.length > 0) antiAffine.push({ pod, node })
    },
    placedSince: (count) => log.slice(count),
    undoTo(count) {
      while (log.length > count) {
        const step = log.pop()
        if (step === undefined) return
        version++
        changed.set(step.node, step.before)
        if (step.pod.antiAffinity.length > 0) antiAffine.pop()
      }
    },
  }
}
