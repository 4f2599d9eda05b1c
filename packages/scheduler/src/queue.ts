/** The pods that wait: those to be looked at now, and those put aside until something happens that could help them. */
import { type AsideGroup, createAsidePods } from './aside.ts'
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
  /** Single pods of one signature stand and fall together, unless others exclude them. */
  readonly #aside = createAsidePods()
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
      if (entry !== undefined && this.#aside.has(uid)) members.push(entry)
    }
    return members
  }

  hasGang(gang: string): boolean {
    return this.#gangs.has(gang)
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
      this.#putAside(entry)
    }
    return taken
  }

  #putAside({ info, order }: QueuedPod): void {
    const { uid, signature } = info
    this.#aside.drop(uid)
    this.#aside.put({ uid, signature, order, gang: this.#gangOf.get(uid) })
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
    this.#active.delete(uid)
    this.#aside.drop(uid)
  }

  join(uid: string, gang: string | undefined): void {
    const entry = this.#entries.get(uid)
    if (entry === undefined || this.#gangOf.get(uid) === gang) return
    this.#leaveGang(uid)
    if (gang !== undefined) {
      this.#gangOf.set(uid, gang)
      addTo(this.#gangs, gang, uid)
    }
    if (this.#aside.has(uid)) this.#putAside(entry)
  }

  #leaveGang(uid: string): void {
    const gang = this.#gangOf.get(uid)
    if (gang === undefined) return
    this.#gangOf.delete(uid)
    removeFrom(this.#gangs, gang, uid)
  }

  wake(uid: string): void {
    if (!this.#entries.has(uid)) return
    this.#aside.drop(uid)
    this.#active.add(uid)
    this.#onActive()
  }

  wakeGang(gang: string): void {
    for (const uid of [...(this.#gangs.get(gang) ?? [])]) this.wake(uid)
  }

  wakeFor(node: NodeInfo, room: number, suits: Suitability): void {
    const gangs = new Set<string>()
    const singles: string[] = []
    for (const group of this.#aside.groups()) {
      const sample = this.#infoOf(sampleOf(group))
      if (sample === undefined || !suits.fits(sample, node)) continue
      singles.push(...this.#foremost(group, room, suits))
      for (const gang of group.gangs.keys()) gangs.add(gang)
    }
    for (const uid of singles) this.wake(uid)
    for (const gang of gangs) this.wakeGang(gang)
  }

  #infoOf(uid: string | undefined): PodInfo | undefined {
    return uid === undefined ? undefined : this.#entries.get(uid)?.info
  }

  /** The `room` single pods that go first and that nobody keeps away. */
  #foremost({ singles }: AsideGroup, room: number, suits: Suitability): readonly string[] {
    const chosen: string[] = []
    for (const { uid } of singles) {
      if (chosen.length >= room) break
      const info = this.#infoOf(uid)
      if (info !== undefined && !suits.isExcluded(info)) chosen.push(uid)
    }
    return chosen
  }

  wakeWhere(isMeant: (pod: PodInfo) => boolean): void {
    for (const uid of [...this.#aside.uids()]) {
      const info = this.#infoOf(uid)
      if (info !== undefined && isMeant(info)) this.wake(uid)
    }
  }

  wakeInteracting(): void {
    for (const uid of this.#interacting) if (this.#aside.has(uid)) this.wake(uid)
  }
}

function sampleOf({ singles, gangs }: AsideGroup): string | undefined {
  const [gang] = gangs.values()
  return singles[0]?.uid ?? gang?.values().next().value
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
