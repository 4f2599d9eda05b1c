/** A decision about one task, as data, and the steps that several decisions share. */
import { type FlightTaskStatus, REASONS, TASK_CONDITIONS } from '@sortie/api'
import { formatTime, type Instant, PODS, soonest } from '@sortie/machinery'
import type { DeleteOperation, Operation, PlannedEvent } from '@sortie/runtime'
import type { PodFacts } from '../pod/index.ts'
import { currentPod, type NodeTrouble, retriesOf, type TaskObservation } from './observation.ts'
import {
  type ConditionUpdate,
  endTimes,
  withCondition,
  withFields,
  withoutTrouble,
} from './status.ts'

export interface TaskPlan {
  readonly operations: readonly Operation[]
  /** The whole status wanted; when it is written is for `gather` to say. */
  readonly status: FlightTaskStatus
  /** Record before acting: the status is written at once, and before the operations. */
  readonly recordFirst?: boolean
  /** Beside those that follow from the change of status. */
  readonly events?: readonly PlannedEvent[]
  readonly requeueAt?: Instant | undefined
  /** The recorded pod is not in the cache: ask the API server, then decide again. */
  readonly askForPod?: boolean
  /** Time has passed sentence on a pod that still ran when it was last seen: read it from the API server, then decide again. */
  readonly confirmPod?: boolean
  /** By the caches its loadout never fits: read what it is about from the API server, then decide again. */
  readonly confirmLoadout?: boolean
  /** Nothing holds the task: observe what its pod needs, then decide again. */
  readonly needsStart?: boolean
}

/** A node that is not ready is given up after that long: well within the 40 s in which it must be noticed. */
export const NODE_GRACE_MS = 30_000

export function leaveAlone(observed: TaskObservation, requeueAt?: Instant): TaskPlan {
  return { operations: [], status: observed.status, requeueAt }
}

/** When the pod's node counts as lost; undefined where it is well. */
export function nodeLostAt(observed: TaskObservation, pod: PodFacts): Instant | undefined {
  const trouble = pod.node === undefined ? undefined : observed.troubledNodes.get(pod.node)
  return trouble === undefined ? undefined : lostAt(trouble)
}

/** When a node in such a trouble counts as lost. */
export function lostAt({ notReadySince }: NodeTrouble): Instant {
  return notReadySince === undefined ? 0 : notReadySince + NODE_GRACE_MS
}

function isLost(observed: TaskObservation, pod: PodFacts, now: Instant): boolean {
  const lostAt = nodeLostAt(observed, pod)
  return lostAt !== undefined && lostAt <= now
}

/** A pod on a lost node has no kubelet that would end it: it is removed without grace. */
export function deletePod(observed: TaskObservation, pod: PodFacts, now: Instant): DeleteOperation {
  return {
    kind: 'delete',
    type: PODS,
    ref: { namespace: pod.namespace, name: pod.name, uid: pod.uid },
    gracePeriodSeconds: isLost(observed, pod, now) ? 0 : observed.graceSeconds,
  }
}

/** How long the kubelet may take to end a pod's sidecars once its main containers have ended. */
const SIDECAR_GRACE_MS = 60_000

/** The main containers have ended and the kubelet is ending the sidecars: the pod stays to be read. */
function isWindingDown(pod: PodFacts, now: Instant): boolean {
  if (pod.finished || pod.companionRunning || pod.end?.at === undefined) return false
  return now < pod.end.at + SIDECAR_GRACE_MS
}

/** When the first of these pods has had time enough to wind down. */
export function windDownEnd(pods: readonly PodFacts[], now: Instant): Instant | undefined {
  const winding = pods.filter((pod) => isWindingDown(pod, now))
  return soonest(...winding.map(({ end }) => (end?.at ?? now) + SIDECAR_GRACE_MS))
}

/**
 * Deletes what is alive of these pods and not being deleted already, or is being deleted by a kubelet that is lost. Under a cancel
 * nothing is given time to wind down.
 */
export function stopPods(
  observed: TaskObservation,
  pods: readonly PodFacts[],
  now: Instant,
): readonly DeleteOperation[] {
  return pods
    .filter((pod) => !pod.finished && (observed.order.cancel || !isWindingDown(pod, now)))
    .filter((pod) => pod.deletedAt === undefined || isLost(observed, pod, now))
    .map((pod) => deletePod(observed, pod, now))
}

/** The same of these pods in the version that was seen only. */
export function asSeen(
  deletes: readonly DeleteOperation[],
  pods: readonly PodFacts[],
): readonly DeleteOperation[] {
  const versions = new Map(pods.map(({ uid, resourceVersion }) => [uid, resourceVersion]))
  return deletes.map((operation) => {
    const resourceVersion = versions.get(operation.ref.uid)
    return resourceVersion === undefined
      ? operation
      : { ...operation, ref: { ...operation.ref, resourceVersion } }
  })
}

/** Everything but the present pod: live pods of other attempts, and an ended one that holds the name of the next. */
export function sweep(observed: TaskObservation, now: Instant): readonly DeleteOperation[] {
  const current = currentPod(observed)
  const others = observed.pods.filter(({ uid }) => uid !== current?.uid)
  const retry = retriesOf(observed)
  const inTheWay = others.filter(
    (pod) =>
      current === undefined &&
      pod.finished &&
      pod.retry === retry &&
      (pod.deletedAt === undefined || isLost(observed, pod, now)),
  )
  return [
    ...stopPods(observed, others, now),
    ...inTheWay.map((pod) => deletePod(observed, pod, now)),
  ]
}

export interface Failure {
  /** Of the condition, and of the event. */
  readonly reason: string
  readonly message: string
  readonly pod?: PodFacts | undefined
}

/** Ends the task as Failed. Recorded first: a pod that is still alive goes after. */
export function fail(
  observed: TaskObservation,
  failure: Failure & { readonly condition: ConditionUpdate },
  now: Instant,
): TaskPlan {
  const ended = withFields(failedBase(observed, now), {
    phase: 'Failed',
    ...endTimes(observed.status, failure.pod, now),
    message: failure.message,
    nextRetryTime: undefined,
    observedGeneration: observed.generation,
  })
  return {
    operations: stopPods(observed, observed.pods, now),
    status: withCondition(ended, failure.condition, now),
    recordFirst: true,
  }
}

function failedBase(observed: TaskObservation, now: Instant): FlightTaskStatus {
  const settled = { reason: REASONS.failed, message: '' }
  return withoutTrouble(observed.status, { type: TASK_CONDITIONS.imagePullFailed, ...settled }, now)
}

/** Excluded aircraft that a status has room for. */
const MAX_EXCLUDED = 100

export function excludeNode(
  status: FlightTaskStatus,
  node: string | undefined,
): readonly string[] | undefined {
  const held = status.excludedNodes
  if (node === undefined || held?.includes(node) === true) return held
  return [...(held ?? []), node].slice(-MAX_EXCLUDED)
}

/** Times in a status have whole seconds: rounded up, so that a wait is never shorter than decided. */
export function formatDue(due: Instant): string {
  return formatTime(Math.ceil(due / 1000) * 1000)
}
