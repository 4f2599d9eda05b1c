/** The cluster as the oracle knows it: from committed writes alone. */
import type { FlightTask, Mission, MissionStage, Weapon } from '@sortie/api'
import type { KubeObject, NodeObject, Pod, Stored } from '@sortie/machinery'
import { controllerOf } from '@sortie/machinery'
import type { Commit } from '../world/commits.ts'

/** An object and when things about it were committed, in milliseconds from the start. */
export interface Entry<T extends KubeObject> {
  object: Stored<T>
  readonly createdAt: number
  deletedAt?: number
  /** When each phase was first committed. */
  readonly phases: Map<string, number>
}

export interface MissionEntry extends Entry<Mission> {
  /** Specs that held before, with the time at which they ceased to. */
  readonly formerSpecs: { readonly spec: Mission['spec']; readonly until: number }[]
  suspendedAt?: number
  resumedAt?: number
  cancelledAt?: number
}

export interface TaskEntry extends Entry<FlightTask> {
  /** Uids of all pods that its status ever named. */
  readonly recordedPods: Set<string>
  /** When its status last counted an attempt more. */
  countedAt?: number
}

export interface PodEntry extends Entry<Pod> {
  boundAt?: number
  /** When its main container was first reported to run. */
  ranAt?: number
  endedAt?: number
  /** When its deletion was asked for. */
  deletingAt?: number
  /** When its main containers had ended for good; sidecars may end later. */
  landedAt?: number
}

export interface NodeEntry extends Entry<NodeObject> {
  /** Since when it has taken no pods: not ready, cordoned or tainted. */
  closedAt?: number
  /** Since when it has taken pods again. */
  openedAt?: number
  /** Since when its condition says that it is not ready. */
  notReadySince?: number
}

export interface Kinds {
  readonly Mission: MissionEntry
  readonly MissionStage: Entry<MissionStage>
  readonly FlightTask: TaskEntry
  readonly Pod: PodEntry
  readonly Node: NodeEntry
  readonly Weapon: Entry<Weapon>
}
export type KindName = keyof Kinds

export class Model {
  readonly missions = new Map<string, MissionEntry>()
  readonly stages = new Map<string, Entry<MissionStage>>()
  readonly tasks = new Map<string, TaskEntry>()
  readonly pods = new Map<string, PodEntry>()
  readonly nodes = new Map<string, NodeEntry>()
  readonly weapons = new Map<string, Entry<Weapon>>()
  /** Owner's uid to the uids of all children that there ever were. */
  readonly #children = new Map<string, Set<string>>()

  /** Takes a commit in; undefined where it is of a kind that is not followed. */
  take(commit: Commit, now: number): Kinds[KindName] | undefined {
    const kind = commit.object.kind as KindName
    const entries = this.#entriesOf(kind)
    if (entries === undefined) return undefined
    const { uid } = commit.object.metadata
    let entry = entries.get(uid)
    if (entry === undefined) {
      entry = newEntry(commit.object, now)
      entries.set(uid, entry)
      this.#adopt(commit.object)
    }
    const before = entry.object
    entry.object = commit.object
    if (commit.type === 'DELETED') entry.deletedAt = now
    const phase = phaseOf(commit.object)
    if (!entry.phases.has(phase)) entry.phases.set(phase, now)
    if (kind === 'Mission') noteMission(entry as MissionEntry, before as Stored<Mission>, now)
    if (kind === 'FlightTask') noteTask(entry as TaskEntry, before as Stored<FlightTask>, now)
    if (kind === 'Pod') notePod(entry as PodEntry, now)
    if (kind === 'Node') noteNode(entry as NodeEntry, now)
    return entry as Kinds[KindName]
  }

  ownerOf(object: KubeObject): Entry<KubeObject> | undefined {
    const uid = controllerOf(object)?.uid ?? ''
    return this.tasks.get(uid) ?? this.stages.get(uid) ?? this.missions.get(uid)
  }

  taskOf(pod: PodEntry): TaskEntry | undefined {
    return this.tasks.get(controllerOf(pod.object)?.uid ?? '')
  }

  stageOf(task: Entry<FlightTask>): Entry<MissionStage> | undefined {
    return this.stages.get(controllerOf(task.object)?.uid ?? '')
  }

  missionOf(stage: Entry<MissionStage>): MissionEntry | undefined {
    return this.missions.get(controllerOf(stage.object)?.uid ?? '')
  }

  /** Of all that there ever were. */
  stagesOf(mission: MissionEntry): Entry<MissionStage>[] {
    return this.#childrenOf(mission, this.stages)
  }

  tasksOf(stage: Entry<MissionStage>): TaskEntry[] {
    return this.#childrenOf(stage, this.tasks)
  }

  podsOf(task: Entry<FlightTask>): PodEntry[] {
    return this.#childrenOf(task, this.pods)
  }

  /** The node of this name that there is now. */
  nodeNamed(name: string | undefined): NodeEntry | undefined {
    for (const node of this.nodes.values()) {
      if (node.object.metadata.name === name && node.deletedAt === undefined) return node
    }
    return undefined
  }

  /** A mission and all below it that has not ended: what a reader wants to see where it hangs. */
  unfinished(mission: MissionEntry): Entry<KubeObject>[] {
    const stages = this.stagesOf(mission)
    const tasks = stages.flatMap((stage) => this.tasksOf(stage))
    const pods = tasks.flatMap((task) => this.podsOf(task))
    const below = [...stages, ...tasks, ...pods] as Entry<KubeObject>[]
    return [mission, ...below.filter((entry) => entry.deletedAt === undefined && !hasEnded(entry))]
  }

  /** What is there, one line per mission, stage, task and pod, sorted. */
  summary(): string[] {
    const all = [this.missions, this.stages, this.tasks, this.pods] as readonly ReadonlyMap<
      string,
      Entry<KubeObject>
    >[]
    return all
      .flatMap((entries) => [...entries.values()])
      .filter(({ deletedAt }) => deletedAt === undefined)
      .map(({ object }) => lineOf(object))
      .toSorted()
  }

  #childrenOf<E>(owner: Entry<KubeObject>, entries: ReadonlyMap<string, E>): E[] {
    const found: E[] = []
    for (const uid of this.#children.get(owner.object.metadata.uid) ?? []) {
      const child = entries.get(uid)
      if (child !== undefined) found.push(child)
    }
    return found
  }

  #adopt(object: Stored<KubeObject>): void {
    const owner = controllerOf(object)?.uid
    if (owner === undefined) return
    const children = this.#children.get(owner)
    if (children === undefined) this.#children.set(owner, new Set([object.metadata.uid]))
    else children.add(object.metadata.uid)
  }

  #entriesOf(kind: KindName): Map<string, Entry<KubeObject>> | undefined {
    const all: Readonly<Record<KindName, Map<string, unknown>>> = {
      Mission: this.missions,
      MissionStage: this.stages,
      FlightTask: this.tasks,
      Pod: this.pods,
      Node: this.nodes,
      Weapon: this.weapons,
    }
    return all[kind] as Map<string, Entry<KubeObject>> | undefined
  }
}

function newEntry(object: Stored<KubeObject>, now: number): Entry<KubeObject> {
  const entry: Entry<KubeObject> & { formerSpecs: unknown[]; recordedPods: Set<string> } = {
    object,
    createdAt: now,
    phases: new Map(),
    formerSpecs: [],
    recordedPods: new Set(),
  }
  return entry
}

function noteTask(entry: TaskEntry, before: Stored<FlightTask>, now: number): void {
  const { podRef, retryCount = 0 } = entry.object.status ?? {}
  if (podRef?.uid !== undefined) entry.recordedPods.add(podRef.uid)
  if (retryCount > (before.status?.retryCount ?? 0)) entry.countedAt = now
}

function noteMission(entry: MissionEntry, before: Stored<Mission>, now: number): void {
  const { spec } = entry.object
  if (before.spec !== spec) entry.formerSpecs.push({ spec: before.spec, until: now })
  if (spec.cancel === true) entry.cancelledAt ??= now
  if (spec.suspend === true) {
    if (entry.suspendedAt === undefined) entry.suspendedAt = now
  } else if (entry.suspendedAt !== undefined) {
    delete entry.suspendedAt
    entry.resumedAt = now
  }
}

function notePod(entry: PodEntry, now: number): void {
  const { spec, status } = entry.object
  if ((spec.nodeName ?? '') !== '') entry.boundAt ??= now
  if (status?.containerStatuses?.some(({ state }) => state?.running !== undefined) === true) {
    entry.ranAt ??= now
  }
  const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed'
  if (isOver) entry.endedAt ??= now
  if (entry.object.metadata.deletionTimestamp !== undefined) entry.deletingAt ??= now
  // A weapon's container may outlive them.
  const mains = (status?.containerStatuses ?? []).filter(({ name }) => !name.startsWith('weapon-'))
  const isLanded =
    mains.length > 0 &&
    mains.every(({ state }) => {
      if (state?.terminated === undefined) return false
      // Under OnFailure what failed is started again.
      return spec.restartPolicy === 'Never' || state.terminated.exitCode === 0
    })
  if (isOver || isLanded) entry.landedAt ??= now
}

function noteNode(entry: NodeEntry, now: number): void {
  const { spec, status } = entry.object
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  const isReady = ready === undefined || ready.status === 'True'
  if (isReady) delete entry.notReadySince
  else entry.notReadySince ??= now
  const isTainted = spec?.taints?.some(({ effect }) => effect !== 'PreferNoSchedule') === true
  const isOpen = isReady && !isTainted && spec?.unschedulable !== true
  if (!isOpen) entry.closedAt ??= now
  else if (entry.closedAt !== undefined) {
    delete entry.closedAt
    entry.openedAt = now
  }
}

/** A pod of a started attempt that this commit has bound for the first time. */
export function isNewlyBound(pod: PodEntry, commit: Commit): boolean {
  const before = commit.previous as Stored<Pod> | undefined
  if (commit.type === 'DELETED' || (before?.spec.nodeName ?? '') !== '') return false
  return (pod.object.spec.nodeName ?? '') !== ''
}

function lineOf(object: Stored<KubeObject>): string {
  const { status } = object as { readonly status?: { readonly retryCount?: number } }
  const retries = status?.retryCount === undefined ? '' : ` retries ${status.retryCount}`
  return `${object.kind} ${object.metadata.name} ${phaseOf(object)}${retries}`
}

/** The phase of any object; empty where it has none. */
export function phaseOf(object: KubeObject): string {
  return (object as { status?: { phase?: string } }).status?.phase ?? ''
}

export function hasEnded(entry: Entry<KubeObject>): boolean {
  return isTerminal(phaseOf(entry.object))
}

export function isTerminal(phase: string): boolean {
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Cancelled'
}

/** On an aircraft, and its main containers have not ended. */
export function isFlying(pod: PodEntry): boolean {
  return isPlaced(pod) && pod.landedAt === undefined
}

/** In the API, on a node, and not ended: what takes room on an aircraft. */
export function isPlaced(pod: PodEntry): boolean {
  return pod.deletedAt === undefined && pod.boundAt !== undefined && pod.endedAt === undefined
}

/** In the API and not ended. */
export function isLive(pod: PodEntry): boolean {
  return pod.deletedAt === undefined && pod.endedAt === undefined
}
