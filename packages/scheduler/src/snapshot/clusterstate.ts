/** The cluster as the watches tell it, changed by one event at a time, with the pods bound by us that they do not show yet. */
import type { NodeObject, Pod, Stored } from '@sortie/machinery'
import { createNodeInfo, type NodeInfo, withoutPod, withPod } from './nodeinfo.ts'
import { hasEnded, type PodInfo, podInfo } from './podinfo.ts'
import type { PlacedPod, Snapshot } from './snapshot.ts'

export interface ClusterState extends Snapshot {
  setNode(node: Stored<NodeObject>): void
  removeNode(name: string): void
  /** Takes a pod's state from the watch; one that has ended or has no node takes nothing. */
  setPod(pod: Stored<Pod>): void
  removePod(uid: string): void
  /** Counts a pod as bound before the watch says so. */
  assume(pod: PodInfo, node: string): void
  /** Takes that back; does nothing once the watch has shown the pod on a node. */
  forget(uid: string): void
  /** Where a pod is, seen or assumed. */
  nodeOf(uid: string): string | undefined
  readonly assumed: number
}

interface Place extends PlacedPod {
  /** The watch has not shown it yet. */
  readonly isAssumed: boolean
}

export function createClusterState(): ClusterState {
  return new WatchedState()
}

class WatchedState implements ClusterState {
  readonly #nodes = new Map<string, NodeInfo>()
  readonly #places = new Map<string, Place>()
  /** Pods on nodes that are not known (yet). */
  readonly #strays = new Map<string, Map<string, PodInfo>>()
  readonly #antiAffine = new Map<string, PlacedPod>()
  readonly #assumed = new Map<string, Place>()

  get size(): number {
    return this.#nodes.size
  }

  get assumed(): number {
    return this.#assumed.size
  }

  get(name: string): NodeInfo | undefined {
    return this.#nodes.get(name)
  }

  nodes(): Iterable<NodeInfo> {
    return this.#nodes.values()
  }

  antiAffinePods(): Iterable<PlacedPod> {
    return this.#antiAffine.values()
  }

  nodeOf(uid: string): string | undefined {
    return this.#places.get(uid)?.node
  }

  setNode(node: Stored<NodeObject>): void {
    const { name } = node.metadata
    let info = createNodeInfo(node, this.#nodes.get(name))
    for (const pod of this.#strays.get(name)?.values() ?? []) info = withPod(info, pod)
    this.#strays.delete(name)
    this.#nodes.set(name, info)
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name)
    if (info === undefined) return
    this.#nodes.delete(name)
    if (info.pods.size > 0) this.#strays.set(name, new Map(info.pods))
  }

  setPod(pod: Stored<Pod>): void {
    const { uid } = pod.metadata
    const node = pod.spec.nodeName ?? ''
    const before = this.#places.get(uid)
    if (hasEnded(pod)) this.#remove(uid)
    if (hasEnded(pod) || node === '') return
    if (before?.node === node && before.pod.pod.spec === pod.spec && hasSameLabels(before, pod)) {
      if (before.isAssumed) this.#confirm(before)
      return
    }
    this.#remove(uid)
    this.#put({ pod: podInfo(pod), node, isAssumed: false })
  }

  removePod(uid: string): void {
    this.#remove(uid)
  }

  assume(pod: PodInfo, node: string): void {
    this.#remove(pod.uid)
    this.#put({ pod, node, isAssumed: true })
  }

  forget(uid: string): void {
    if (this.#assumed.has(uid)) this.#remove(uid)
  }

  #confirm({ pod, node }: Place): void {
    this.#places.set(pod.uid, { pod, node, isAssumed: false })
    this.#assumed.delete(pod.uid)
  }

  #put(place: Place): void {
    const { pod, node } = place
    this.#places.set(pod.uid, place)
    if (place.isAssumed) this.#assumed.set(pod.uid, place)
    if (pod.antiAffinity.length > 0) this.#antiAffine.set(pod.uid, place)
    const info = this.#nodes.get(node)
    if (info !== undefined) this.#nodes.set(node, withPod(info, pod))
    else {
      const strays = this.#strays.get(node) ?? new Map<string, PodInfo>()
      this.#strays.set(node, strays.set(pod.uid, pod))
    }
  }

  #remove(uid: string): void {
    const place = this.#places.get(uid)
    if (place === undefined) return
    this.#places.delete(uid)
    this.#assumed.delete(uid)
    this.#antiAffine.delete(uid)
    const info = this.#nodes.get(place.node)
    if (info !== undefined) this.#nodes.set(place.node, withoutPod(info, uid))
    const strays = this.#strays.get(place.node)
    strays?.delete(uid)
    if (strays?.size === 0) this.#strays.delete(place.node)
  }
}

function hasSameLabels({ pod }: Place, after: Stored<Pod>): boolean {
  return pod.pod.metadata.labels === after.metadata.labels
}
