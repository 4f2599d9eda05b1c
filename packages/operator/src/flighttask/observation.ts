/** Everything that a decision about one task is made from: plain values, no caches, no clients. */
import type { FlightTaskStatus } from '@sortie/api'
import type { Instant } from '@sortie/machinery'
import type { Candidate } from '../aircraft/facts.ts'
import type { MissionFacts, PodFacts, PodRules, TaskOrder } from '../pod/index.ts'
import type { LoadoutObservation } from './loadout.ts'

export interface TaskObservation {
  readonly order: TaskOrder
  readonly facts: MissionFacts
  readonly generation: number
  readonly status: FlightTaskStatus
  /** The task is being deleted: garbage collection does the rest. */
  readonly deleting: boolean
  readonly suspended: boolean
  /** How long pods get to end by themselves when they are stopped. Seconds. */
  readonly graceSeconds: number
  /** Ended pods of a cancelled task are deleted too. */
  readonly cleanup: boolean
  /** Why a task that names a stage it is not owned by must wait; undefined where nothing holds it. */
  readonly heldByStage: string | undefined
  /** A pod of another task of its sequential stage still works. */
  readonly stageBusy: boolean
  /** Pods whose controlling owner is this task, by uid. */
  readonly pods: readonly PodFacts[]
  /** The node of a pod that is not ready, or gone; nodes that are well are not listed. */
  readonly troubledNodes: ReadonlyMap<string, NodeTrouble>
  /** The API server was asked for the recorded pod, and has it not. */
  readonly podConfirmedGone: boolean
  /** The last that was seen of a pod of the present attempt that is gone, where this process saw it. */
  readonly ghost: PodFacts | undefined
  /** The present pod waits for an aircraft, and rules those out that alone could take it now. */
  readonly cornered: boolean
  /** FailedScheduling events of the present pod. */
  readonly failedScheduling: number
  /** What became of the last attempt to create the pod. */
  readonly creation: CreationFailure | undefined
  /** Another's pod holds the plain name. */
  readonly nameTaken: boolean
  /** Only where a pod is about to be made. */
  readonly start: StartObservation | undefined
}

export interface NodeTrouble {
  /** Undefined where the node is gone. */
  readonly notReadySince: Instant | undefined
}

export interface CreationFailure {
  /** True where the server called the pod invalid: it never will be taken. */
  readonly invalid: boolean
  readonly reason: string
  readonly message: string
}

export interface StartObservation {
  readonly loadout: LoadoutObservation
  /** Aircraft that may be asked whether they could take the task. */
  readonly fleet: readonly Candidate[]
  /** Aircraft that the task's gang needs at the same time; 1 for a task that flies alone. */
  readonly gangSize: number
  readonly schedulerName: string
  readonly rules: PodRules
}

export const TERMINAL_PHASES: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Cancelled'])

export function hasEnded(status: { readonly phase?: string | undefined }): boolean {
  return TERMINAL_PHASES.has(status.phase ?? '')
}

/** Retries so far: by the record, or by the number in a pod's annotation where the record is behind. */
export function retriesOf(observed: TaskObservation): number {
  return observed.pods.reduce(
    (most, { retry }) => Math.max(most, retry),
    observed.status.retryCount ?? 0,
  )
}

/** The recorded pod has been given up: the record says that another attempt is to come. */
export function isAwaitingReplacement(status: FlightTaskStatus): boolean {
  return (
    status.conditions?.some(({ type, status: is }) => type === 'Retrying' && is === 'True') === true
  )
}

/**
 * The pod of the present attempt: of several the recorded one, else the oldest. While one is on record no other is taken for it: the
 * cache may have the one before it still and not yet the one on record, or a process with an old view has made another in the place
 * of one that flew and is gone, which has to be counted first.
 */
export function currentPod(observed: TaskObservation): PodFacts | undefined {
  const { status } = observed
  const retry = retriesOf(observed)
  const givenUp = givenUpUid(observed)
  const candidates = observed.pods.filter((pod) => pod.retry === retry && pod.uid !== givenUp)
  const recorded = candidates.find(({ uid }) => uid === status.podRef?.uid)
  if (recorded !== undefined) return recorded
  const isOnRecord = status.podRef?.uid !== undefined && retry === (status.retryCount ?? 0)
  if (isOnRecord && givenUp === undefined) return undefined
  return candidates.reduce<PodFacts | undefined>(
    (oldest, pod) => (oldest === undefined || isOlder(pod, oldest) ? pod : oldest),
    undefined,
  )
}

function isOlder(a: PodFacts, b: PodFacts): boolean {
  const [ageA, ageB] = [a.createdAt ?? 0, b.createdAt ?? 0]
  return ageA < ageB || (ageA === ageB && a.uid < b.uid)
}

/** Uid of the pod that the record gave up; another one is to come, or has come. */
function givenUpUid({ status }: TaskObservation): string | undefined {
  return isAwaitingReplacement(status) ? status.podRef?.uid : undefined
}

/** The last sight of a pod of the present attempt that has not been dealt with yet. */
export function pendingGhost(observed: TaskObservation): PodFacts | undefined {
  const { ghost } = observed
  if (ghost === undefined || ghost.uid === givenUpUid(observed)) return undefined
  return ghost.retry === retriesOf(observed) ? ghost : undefined
}

/** A pod of the present attempt is on record, or was seen, but the cache has it not: lost, or not seen yet. */
export function missesItsPod(observed: TaskObservation): boolean {
  const { status } = observed
  if (hasEnded(status) || currentPod(observed) !== undefined) return false
  const recorded = isAwaitingReplacement(status) ? undefined : status.podRef?.uid
  return recorded !== undefined || pendingGhost(observed) !== undefined
}

/** Name of the pod to ask the API server for. */
export function missingPod(
  observed: TaskObservation,
): { readonly name: string; readonly uid: string } | undefined {
  const ghost = pendingGhost(observed)
  if (ghost !== undefined) return ghost
  const { name, uid } = observed.status.podRef ?? {}
  return name === undefined || uid === undefined ? undefined : { name, uid }
}
