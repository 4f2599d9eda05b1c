/** Groups of waiting pods that are placed together or not at all, in the order in which they are considered. */
import type { Instant } from '@sortie/machinery'
import type { PodInfo } from '../snapshot/podinfo.ts'

/** A pod that waits for an aircraft, with what its order depends on. */
export interface WaitingPod {
  readonly info: PodInfo
  /** As `orderOf` gives it: the lower goes first. */
  readonly order: number
  /** Absent where it is placed alone. */
  readonly gang?: Gang
}

export interface Gang {
  /** The stage's uid. */
  readonly key: string
  /** `namespace/name` of the stage. */
  readonly name: string
  /** Tasks of the stage that have not ended and whose turn has come. */
  readonly size: number
  /** How many of them have an aircraft already. */
  readonly placed: number
}

export interface Unit {
  readonly pods: readonly WaitingPod[]
  readonly gang?: Gang
}

/** Head start of each level of the mission's priority over the one below, ms: so long a lower one waits at the most. */
const MISSION_LEVEL_MS = 300_000
/** The same of the task's priority. All its levels together stay below one of the mission's. */
const TASK_LEVEL_MS = 60_000

export interface Urgency {
  /** 0 for low to 3 for critical. */
  readonly missionPriority: number
  readonly taskPriority: number
  /** Since when the pod waits. */
  readonly since: Instant
}

/**
 * One number that orders pods by mission priority, task priority and age, in which age makes up for priority in the end, so that
 * none waits for ever. It does not change with time.
 */
export function orderOf({ missionPriority, taskPriority, since }: Urgency): number {
  return since - missionPriority * MISSION_LEVEL_MS - taskPriority * TASK_LEVEL_MS
}

/** Whole gangs and single pods, those that go first first; the same for the same input in any order. */
export function orderUnits(waiting: readonly WaitingPod[]): readonly Unit[] {
  const gangs = new Map<string, WaitingPod[]>()
  const ranked: { readonly unit: Unit; readonly order: number }[] = []
  for (const pod of waiting) {
    if (pod.gang === undefined) ranked.push({ unit: { pods: [pod] }, order: pod.order })
    else append(gangs, pod.gang.key, pod)
  }
  for (const pods of gangs.values()) {
    const gang = pods[0]?.gang
    const sorted = pods.toSorted((a, b) => compareText(a.info.key, b.info.key))
    const order = Math.min(...pods.map((pod) => pod.order))
    if (gang !== undefined) ranked.push({ unit: { pods: sorted, gang }, order })
  }
  ranked.sort((a, b) => a.order - b.order || compareText(keyOfUnit(a.unit), keyOfUnit(b.unit)))
  return ranked.map(({ unit }) => unit)
}

function keyOfUnit({ pods }: Unit): string {
  return pods[0]?.info.key ?? ''
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** How many members of a gang are neither placed nor here to be placed. */
export function absentees({ gang, pods }: Unit): number {
  return gang === undefined ? 0 : Math.max(0, gang.size - gang.placed - pods.length)
}

function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}
