/** What follows when an attempt is over: another one, a replacement without using the budget, or the end. */

import type { FlightTaskStatus } from '@sortie/api'
import { REASONS, TASK_CONDITIONS } from '@sortie/api'
import { formatTime, type Instant, type Random } from '@sortie/machinery'
import type { PodFacts } from '../pod/index.ts'
import { retryDelayMs } from './backoff.ts'
import { retriesOf, type TaskObservation } from './observation.ts'
import { excludeNode, type Failure, fail, formatDue, stopPods, type TaskPlan } from './plan.ts'
import { startTimeOf, withCondition, withFields } from './status.ts'

/** How often a pod that never ran may be replaced before the task is given up. */
export const MAX_REPLACEMENTS = 10

/** Conditions about a pod that is no longer the present one. */
const OF_THE_POD: ReadonlySet<string> = new Set([
  TASK_CONDITIONS.podCreated,
  TASK_CONDITIONS.podScheduled,
  TASK_CONDITIONS.imagePullFailed,
])

/** A failed attempt: tried again while the budget lasts. The record names the next attempt before its pod exists. */
export function failAttempt(
  observed: TaskObservation,
  failure: Failure,
  { now, random }: { readonly now: Instant; readonly random: Random },
): TaskPlan {
  const retries = retriesOf(observed)
  const { maxRetries } = observed.order.retry
  if (retries >= maxRetries) return exhaust(observed, failure, now)
  const retry = retries + 1
  const delay = retryDelayMs(observed.order.retry, retry, random)
  const due = delay === 0 ? undefined : formatDue(now + delay)
  const when = due === undefined ? 'at once' : `after ${due}`
  const where = failure.pod?.node === undefined ? '' : ` on ${failure.pod.node}`
  const message = `attempt ${retry}${where} failed: ${failure.message}; attempt ${retry + 1} of ${maxRetries + 1} starts ${when}`
  const status = withFields(giveUpPod(observed, failure, now), {
    retryCount: retry,
    lastRetryTime: formatTime(now),
    nextRetryTime: due,
    excludedNodes: excludeNode(observed.status, blamedNode(failure)),
    message,
  })
  return {
    operations: stopPods(observed, observed.pods, now),
    status: withCondition(status, retrying(failure.reason, message), now),
    recordFirst: true,
    ...(due === undefined ? {} : { requeueAt: Math.ceil((now + delay) / 1000) * 1000 }),
  }
}

/** The aircraft that failed the task; somebody's delete is no fault of it. */
function blamedNode({ reason, pod }: Failure): string | undefined {
  return reason === REASONS.podDeleted ? undefined : pod?.node
}

function exhaust(observed: TaskObservation, failure: Failure, now: Instant): TaskPlan {
  const retries = retriesOf(observed)
  const message =
    retries === 0
      ? failure.message
      : `attempt ${retries + 1}, the last one, failed: ${failure.message}`
  const reason = retries === 0 ? failure.reason : REASONS.retriesExhausted
  return fail(
    withStart(observed, failure.pod, now),
    {
      ...failure,
      message,
      condition: { type: TASK_CONDITIONS.retrying, status: 'False', reason, message },
    },
    now,
  )
}

/** Keeps the place and the start of the pod, which the record may not have yet. */
function withStart(
  observed: TaskObservation,
  pod: PodFacts | undefined,
  now: Instant,
): TaskObservation {
  if (pod === undefined) return observed
  const { podRef, schedulingInfo } = observed.status
  const status = withFields(observed.status, {
    podRef: podRef?.uid === pod.uid ? podRef : refOf(pod),
    startTime: startTimeOf(observed.status, pod, now),
    ...(pod.node === undefined || schedulingInfo?.assignedNode === pod.node
      ? {}
      : { schedulingInfo: { ...schedulingInfo, assignedNode: pod.node } }),
  })
  return { ...observed, status }
}

/** A pod that never ran and went away through no fault of its own: replaced without using the budget, but counted. */
export function replacePod(observed: TaskObservation, failure: Failure, now: Instant): TaskPlan {
  const replacements = (observed.status.replacements ?? 0) + 1
  if (replacements > MAX_REPLACEMENTS) {
    const message = `its pod was replaced ${MAX_REPLACEMENTS} times without ever running; last: ${failure.message}`
    return fail(
      observed,
      {
        ...failure,
        message,
        condition: {
          type: TASK_CONDITIONS.retrying,
          status: 'False',
          reason: failure.reason,
          message,
        },
      },
      now,
    )
  }
  const message = `the pod is replaced, having never run: ${failure.message}`
  return restart(observed, { ...failure, reason: REASONS.replaced, message }, { now, replacements })
}

/** A running pod that a controller of ours wants replaced, as for a weapon's new image: nothing is counted. */
export function renewPod(observed: TaskObservation, pod: PodFacts, now: Instant): TaskPlan {
  const message = `the pod is replaced: ${(pod.replace ?? '').slice(0, 256)}`
  return restart(observed, { reason: REASONS.replaced, message, pod }, { now })
}

function restart(
  observed: TaskObservation,
  failure: Failure,
  { now, replacements }: { readonly now: Instant; readonly replacements?: number },
): TaskPlan {
  const { message } = failure
  const status = withFields(giveUpPod(observed, failure, now), {
    ...(replacements === undefined ? {} : { replacements }),
    message,
  })
  const lost = observed.pods.filter(({ uid }) => uid === failure.pod?.uid)
  return {
    // Another one of the same attempt, if there is one already, is its replacement.
    operations: stopPods(observed, lost, now),
    status: withCondition(status, retrying(failure.reason, message), now),
    recordFirst: true,
  }
}

/**
 * Back to Pending. The reference to the pod that was given up stays: with Retrying=True it says which pod is not the present one
 * any more, whatever becomes of it.
 */
function giveUpPod(observed: TaskObservation, { pod }: Failure, now: Instant): FlightTaskStatus {
  const { status } = observed
  return withFields(status, {
    phase: 'Pending',
    schedulingInfo: undefined,
    podRef: pod === undefined ? status.podRef : refOf(pod),
    startTime: pod === undefined ? status.startTime : startTimeOf(status, pod, now),
    conditions: (status.conditions ?? []).filter(({ type }) => !OF_THE_POD.has(type)),
    observedGeneration: observed.generation,
  })
}

function refOf({ namespace, name, uid }: PodFacts): NonNullable<FlightTaskStatus['podRef']> {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, uid }
}

function retrying(reason: string, message: string) {
  return { type: TASK_CONDITIONS.retrying, status: 'True' as const, reason, message }
}
