/** The pods that wait: those to be looked at now, and those put aside until something happens that could help them. */
import type { NodeInfo } from './snapshot/nodeinfo.ts'
import type { PodInfo } from './snapshot/podinfo.ts'

/** A pod that waits. Those with a lower `order` go first. */
export interface QueuedPod {
  readonly info: PodInfo
  readonly order: number
}

/** Whom a node that has got room could help. */
export interface Suitability {
  /** Asked once for all pods of one signature. */
  fits(pod: PodInfo, node: NodeInfo): boolean
  /** Pods of one signature that fit may differ in labels by which others keep them away. */
  isExcluded(pod: PodInfo): boolean
}

export interface WaitingQueue {
  /** Adds a pod, or takes its new state. One that is new or has other needs is looked at next. */
  set(pod: QueuedPod): void
  remove(uid: string): void
  get(uid: string): QueuedPod | undefined
  /** The first of what is to be looked at, `limit` at most but gangs whole; put aside unless woken again. */
  take(limit: number): readonly QueuedPod[]
  /** Keeps a pod out of everything until it is woken by itself. */
  hold(uid: string): void
  /** Notes the gang that a pod waits in, so that the gang can be woken as a whole; undefined where it waits for itself. */
  join(uid: string, gang: string | undefined): void
  wake(uid: string): void
  wakeGang(gang: string): void
  /** Wakes what could go to a node that has got room for so many more pods, as far as `suits` can tell. */
  wakeFor(node: NodeInfo, room: number, suits: Suitability): void
  /** Wakes what was put aside and is meant. */
  wakeWhere(isMeant: (pod: PodInfo) => boolean): void
  /** Wakes those whose place depends on where other pods are. */
  wakeInteracting(): void
  /** The members of a gang that were put aside. */
  asideOf(gang: string): readonly QueuedPod[]
  /** Whether some member of a gang waits. */
  hasGang(gang: string): boolean
  readonly size: number
  readonly active: number
}

/** @param onActive called when there is something to look at that was not there before */
export function createWaitingQueue(onActive: () => void): WaitingQueue {
  return new SignatureQueue(onActive)
}

class SignatureQueue implements WaitingQueue {
  readonly #onActive: () => void
  readonly #entries = new Map<string, QueuedPod>()
  readonly #active = new Set<string>()
  /** What was put aside, by signature: single pods of one signature stand and fall together, unless others exclude them. */
  readonly #aside = new Map<string, Set<string>>()
  readonly #gangs = new Map<string, Set<string>>()
  /** The gang of each pod that has one. */
  readonly #gangOf = new Map<string, string>()
  readonly #interacting = new Set<string>()

  constructor(onActive: () => void) {
    this.#onActive = onActive
  }

  get size(): number {
    return this.#entries.size
  }

  get active(): number {
    return this.#active.size
  }

  get(uid: string): QueuedPod | undefined {
    return this.#entries.get(uid)
  }

  asideOf(gang: string): readonly QueuedPod[] {
    const members: QueuedPod[] = []
    for (const uid of this.#gangs.get(gang) ?? []) {
      const entry = this.#entries.get(uid)
      if (entry !== undefined && this.#isAside(entry)) members.push(entry)
    }
    return members
  }

  hasGang(gang: string): boolean {
    return this.#gangs.has(gang)
  }

  #isAside({ info }: QueuedPod): boolean {
    return this.#aside.get(info.signature)?.has(info.uid) === true
  }

  set(pod: QueuedPod): void {
    const { uid, signature, interacts } = pod.info
    const before = this.#entries.get(uid)
    if (before?.info.signature === signature && before.order === pod.order) {
      this.#entries.set(uid, pod)
      return
    }
    this.remove(uid)
    this.#entries.set(uid, pod)
    if (interacts) this.#interacting.add(uid)
    this.wake(uid)
  }

  remove(uid: string): void {
    const entry = this.#entries.get(uid)
    if (entry === undefined) return
    this.hold(uid)
    this.#entries.delete(uid)
    this.#interacting.delete(uid)
    this.#leaveGang(uid)
  }

  take(limit: number): readonly QueuedPod[] {
    const chosen = this.#first(limit)
    const taken: QueuedPod[] = []
    for (const uid of chosen) {
      const entry = this.#entries.get(uid)
      this.#active.delete(uid)
      if (entry === undefined) continue
      taken.push(entry)
      addTo(this.#aside, entry.info.signature, uid)
    }
    return taken
  }

  #first(limit: number): Iterable<string> {
    if (this.#active.size <= limit) return [...this.#active]
    const order = (uid: string): number => this.#entries.get(uid)?.order ?? 0
    const sorted = [...this.#active].sort((a, b) => order(a) - order(b))
    const chosen = new Set<string>()
    for (const uid of sorted) {
      if (chosen.size >= limit) break
      const gang = this.#gangOf.get(uid)
      if (gang === undefined) chosen.add(uid)
      for (const member of this.#gangs.get(gang ?? '') ?? []) {
        if (this.#active.has(member)) chosen.add(member)
      }
    }
    return chosen
  }

  hold(uid: string): void {
    const entry = this.#entries.get(uid)
    if (entry === undefined) return
    this.#active.delete(uid)
    removeFrom(this.#aside, entry.info.signature, uid)
  }

  join(uid: string, gang: string | undefined): void {
    if (!this.#entries.has(uid) || this.#gangOf.get(uid) === gang) return
    this.#leaveGang(uid)
    if (gang === undefined) return
    this.#gangOf.set(uid, gang)
    addTo(this.#gangs, gang, uid)
  }

  #leaveGang(uid: string): void {
    const gang = this.#gangOf.get(uid)
    if (gang === undefined) return
    this.#gangOf.delete(uid)
    removeFrom(this.#gangs, gang, uid)
  }

  wake(uid: string): void {
    const entry = this.#entries.get(uid)
    if (entry === undefined) return
    removeFrom(this.#aside, entry.info.signature, uid)
    this.#active.add(uid)
    this.#onActive()
  }

  wakeGang(gang: string): void {
    for (const uid of [...(this.#gangs.get(gang) ?? [])]) this.wake(uid)
  }

  wakeFor(node: NodeInfo, room: number, suits: Suitability): void {
    const gangs = new Set<string>()
    for (const uids of [...this.#aside.values()]) {
      const [sample] = uids
      const info = sample === undefined ? undefined : this.#entries.get(sample)?.info
      if (info === undefined || !suits.fits(info, node)) continue
      const singles = this.#singlesOf(uids, gangs).filter(({ info }) => !suits.isExcluded(info))
      for (const uid of foremost(singles, room)) this.wake(uid)
    }
    for (const gang of gangs) this.wakeGang(gang)
  }

  /** The single pods among these; the gangs of the rest are put into `gangs`. */
  #singlesOf(uids: Iterable<string>, gangs: Set<string>): readonly QueuedPod[] {
    const singles: QueuedPod[] = []
    for (const uid of uids) {
      const entry = this.#entries.get(uid)
      const gang = this.#gangOf.get(uid)
      if (gang !== undefined) gangs.add(gang)
      else if (entry !== undefined) singles.push(entry)
    }
    return singles
  }

  wakeWhere(isMeant: (pod: PodInfo) => boolean): void {
    for (const uids of [...this.#aside.values()]) {
      for (const uid of [...uids]) {
        const info = this.#entries.get(uid)?.info
        if (info !== undefined && isMeant(info)) this.wake(uid)
      }
    }
  }

  wakeInteracting(): void {
    for (const uid of this.#interacting) {
      const entry = this.#entries.get(uid)
      if (entry !== undefined && this.#isAside(entry)) this.wake(uid)
    }
  }
}

/** The `room` pods that go first, in any order. */
function foremost(pods: readonly QueuedPod[], room: number): readonly string[] {
  const best: QueuedPod[] = []
  for (const pod of pods) {
    const last = best.at(-1)
    if (best.length >= room && last !== undefined && last.order <= pod.order) continue
    if (best.length >= room) best.pop()
    const at = best.findIndex(({ order }) => order > pod.order)
    best.splice(at < 0 ? best.length : at, 0, pod)
  }
  return best.map(({ info }) => info.uid)
}

function addTo(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key)
  if (set === undefined) sets.set(key, new Set([value]))
  else set.add(value)
}

function removeFrom(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key)
  set?.delete(value)
  if (set?.size === 0) sets.delete(key)
}
