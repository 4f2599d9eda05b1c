/** What is to be done about one task: pure, total, and by the first step of a chain that has an answer. */
import { REASONS, TASK_CONDITIONS } from '@sortie/api'
import { type Instant, type Random, soonest } from '@sortie/machinery'
import type { PodFacts } from '../pod/index.ts'
import { failAttempt, renewPod, replacePod } from './attempts.ts'
import {
  currentPod,
  hasEnded,
  missesItsPod,
  missingPod,
  pendingGhost,
  type TaskObservation,
} from './observation.ts'
import {
  asSeen,
  deletePod,
  leaveAlone,
  nodeLostAt,
  stopPods,
  sweep,
  type TaskPlan,
  windDownEnd,
} from './plan.ts'
import { planStart } from './start.ts'
import {
  endTimes,
  mirrorPod,
  startTimeOf,
  withCondition,
  withFields,
  withoutTrouble,
} from './status.ts'

export interface Moment {
  readonly now: Instant
  readonly random: Random
}

type Step = (observed: TaskObservation, moment: Moment) => TaskPlan | undefined

/** In this order; the first that answers decides. */
const STEPS: Readonly<Record<string, Step>> = {
  beingDeleted: (observed) => (observed.deleting ? leaveAlone(observed) : undefined),
  ended: decideEnded,
  cancelled: decideCancelled,
  podMissing: decideMissing,
  podPresent: decidePresent,
  start: (observed, { now }) => planStart(observed, now),
}

export function decideTask(observed: TaskObservation, moment: Moment): TaskPlan {
  for (const step of Object.values(STEPS)) {
    const plan = step(observed, moment)
    if (plan !== undefined) return plan
  }
  return leaveAlone(observed)
}

/**
 * An ended task is never written again. A pod of it that is still alive goes: it came too late, or a companion holds it. As it was
 * seen: one that has ended since stays to be read.
 */
function decideEnded(observed: TaskObservation, { now }: Moment): TaskPlan | undefined {
  if (!hasEnded(observed.status)) return undefined
  const unread = isCleanedUp(observed)
    ? observed.pods.filter((pod) => pod.finished && pod.deletedAt === undefined)
    : []
  return {
    operations: [
      ...asSeen(stopPods(observed, observed.pods, now), observed.pods),
      ...unread.map((pod) => deletePod(observed, pod, now)),
    ],
    status: observed.status,
    requeueAt: windDownEnd(observed.pods, now),
  }
}

function isCleanedUp({ order, status, cleanup }: TaskObservation): boolean {
  return cleanup && (order.cancel || status.phase === 'Cancelled')
}

/** Pods are asked to end first; Cancelled is recorded once they were, so that a crash between forgets none. */
function decideCancelled(observed: TaskObservation, { now }: Moment): TaskPlan | undefined {
  if (!observed.order.cancel) return undefined
  const pod = currentPod(observed)
  if (pod !== undefined && hasSucceeded(pod)) return undefined
  const stops = stopPods(observed, observed.pods, now)
  if (stops.length > 0) return { operations: stops, status: observed.status }
  const ended = withFields(observed.status, {
    phase: 'Cancelled',
    ...endTimes(observed.status, pod, now),
    message: 'cancelled',
    nextRetryTime: undefined,
    observedGeneration: observed.generation,
  })
  const settled = {
    type: TASK_CONDITIONS.retrying,
    reason: REASONS.cancelled,
    message: 'cancelled',
  }
  return { operations: [], status: withoutTrouble(ended, settled, now), recordFirst: true }
}

/** An end that someone's delete brought about is none of the task's own. */
function endedByItself({ end, deletedAt }: PodFacts): boolean {
  if (end === undefined) return false
  return deletedAt === undefined || (end.at !== undefined && end.at <= deletedAt)
}

function hasSucceeded(pod: PodFacts): boolean {
  return endedByItself(pod) && pod.end?.succeeded === true
}

/** Before a pod is declared lost the API server is asked, not the cache. */
function decideMissing(observed: TaskObservation, moment: Moment): TaskPlan | undefined {
  if (!missesItsPod(observed)) return undefined
  if (!observed.podConfirmedGone) return { ...leaveAlone(observed), askForPod: true }
  const ghost = pendingGhost(observed)
  if (ghost !== undefined && endedByItself(ghost)) return decidePodEnd(observed, ghost, moment)
  const name = missingPod(observed)?.name ?? ''
  const ran = hadRun(observed.status, ghost)
  const message = `pod ${name} was deleted ${ran ? 'while' : 'before'} it ran`
  const failure = { reason: REASONS.podDeleted, message, pod: ghost }
  return ran ? failAttempt(observed, failure, moment) : replacePod(observed, failure, moment.now)
}

/**
 * Where this process saw the pod end, or on its way out, that decides. Where a placed pod was gone of a sudden, while no operator ran,
 * its watch was broken, or by force, nobody can tell any more: it is taken to have run, since an attempt that flew uncounted is worse
 * than one counted in vain.
 */
function hadRun({ phase }: TaskObservation['status'], ghost: PodFacts | undefined): boolean {
  if (phase === 'Running') return true
  if (ghost === undefined) return phase === 'Scheduled'
  const isSeenToTheEnd = ghost.deletedAt !== undefined || ghost.end !== undefined
  return ghost.started || (ghost.node !== undefined && !isSeenToTheEnd)
}

const CORNERED = 'no other aircraft could take the task any more'

/** It goes only as it was seen, without an aircraft: one that got its aircraft since flies. What became of it decides on the rest. */
function decideCornered(
  observed: TaskObservation,
  pod: PodFacts,
  { now }: Moment,
): TaskPlan | undefined {
  if (!observed.cornered) return undefined
  const message = `pod ${pod.name} waits in vain and is replaced: ${CORNERED}`
  return {
    operations: asSeen([deletePod(observed, pod, now)], [pod]),
    status: observed.status,
    events: [{ type: 'Normal', reason: REASONS.replaced, message }],
  }
}

/** What may befall a pod, in the order in which it is looked at. */
const FATES: Readonly<
  Record<string, (observed: TaskObservation, pod: PodFacts, moment: Moment) => TaskPlan | undefined>
> = {
  toBeReplaced: (observed, pod, { now }) =>
    pod.replace === undefined || pod.end !== undefined ? undefined : renewPod(observed, pod, now),
  ended: decidePodEnd,
  deletedByOthers: (observed, pod, moment) =>
    pod.deletedAt === undefined
      ? undefined
      : loseAttempt(observed, { pod, reason: REASONS.podDeleted, what: 'was deleted' }, moment),
  nodeLost: decideNodeLost,
  timedOut: decideTimeout,
  cornered: decideCornered,
  active: followPod,
}

function decidePresent(observed: TaskObservation, moment: Moment): TaskPlan | undefined {
  const pod = currentPod(observed)
  if (pod === undefined) return undefined
  for (const fate of Object.values(FATES)) {
    const plan = fate(observed, pod, moment)
    if (plan !== undefined) return plan
  }
  return undefined
}

function decidePodEnd(
  observed: TaskObservation,
  pod: PodFacts,
  moment: Moment,
): TaskPlan | undefined {
  const { end } = pod
  if (end === undefined || !endedByItself(pod)) return undefined
  if (end.succeeded) return succeed(observed, pod, moment.now)
  const failure = { reason: REASONS.podFailed, message: end.message, pod }
  return end.disrupted && !hasRun(observed, pod)
    ? replacePod(observed, failure, moment.now)
    : failAttempt(observed, failure, moment)
}

/** A kubelet that starts anew and does not admit a running pod any more reports it Failed without its containers at first. */
function hasRun({ status }: TaskObservation, pod: PodFacts): boolean {
  return pod.started || (status.phase === 'Running' && status.podRef?.uid === pod.uid)
}

/** The main containers decide: what a companion still does is ended after the record, a sidecar by the kubelet. */
function succeed(observed: TaskObservation, pod: PodFacts, now: Instant): TaskPlan {
  const status = withFields(mirrorPod(observed, pod, now), {
    phase: 'Succeeded',
    ...endTimes(observed.status, pod, now),
    message: undefined,
    observedGeneration: observed.generation,
  })
  return {
    operations: [
      ...sweep(observed, now),
      ...(pod.companionRunning ? stopPods(observed, [pod], now) : []),
    ],
    status: withLoadout(observed, status, now),
    recordFirst: true,
  }
}

interface Loss {
  readonly pod: PodFacts
  readonly reason: string
  /** What befell the pod, as a clause: `was deleted`. */
  readonly what: string
}

/** A pod that goes away before it ran is replaced; one that ran has failed an attempt. */
function loseAttempt(
  observed: TaskObservation,
  { pod, reason, what }: Loss,
  moment: Moment,
): TaskPlan {
  if (!hasRun(observed, pod)) {
    const message = `pod ${pod.name} ${what} before it ran`
    return replacePod(observed, { reason, message, pod }, moment.now)
  }
  return failAttempt(
    observed,
    { reason, message: `pod ${pod.name} ${what} while it ran`, pod },
    moment,
  )
}

function decideNodeLost(
  observed: TaskObservation,
  pod: PodFacts,
  moment: Moment,
): TaskPlan | undefined {
  const lostAt = nodeLostAt(observed, pod)
  if (lostAt === undefined || lostAt > moment.now) return undefined
  const loss = { pod, reason: REASONS.nodeLost, what: `lost its aircraft ${pod.node ?? ''}` }
  return { ...loseAttempt(observed, loss, moment), confirmPod: true }
}

/** One attempt may take that long once its pod runs; waiting for an aircraft does not count. */
function timeoutOf({ order }: TaskObservation, pod: PodFacts): Instant | undefined {
  if (order.timeoutMs === undefined || !pod.started) return undefined
  const started = pod.startedAt ?? pod.assignedAt ?? pod.createdAt
  return started === undefined ? undefined : started + order.timeoutMs
}

function decideTimeout(
  observed: TaskObservation,
  pod: PodFacts,
  moment: Moment,
): TaskPlan | undefined {
  const due = timeoutOf(observed, pod)
  if (due === undefined || due > moment.now) return undefined
  const seconds = (observed.order.timeoutMs ?? 0) / 1000
  const message = `pod ${pod.name} ran longer than the timeout of ${seconds} s`
  const plan = failAttempt(observed, { reason: REASONS.timedOut, message, pod }, moment)
  return { ...plan, confirmPod: true }
}

/** Phases on the way, in their order. */
const RANKS: readonly string[] = ['Pending', 'Scheduled', 'Running']

/** The pod goes its way: its state becomes the task's. A phase never goes back while the pod stays the same. */
function followPod(observed: TaskObservation, pod: PodFacts, { now }: Moment): TaskPlan {
  const { status } = observed
  const isSamePod = status.podRef?.uid === pod.uid
  const reached = isSamePod ? RANKS.indexOf(status.phase) : 0
  const phase = RANKS[Math.max(reached, phaseRank(pod))] as TaskObservation['status']['phase']
  const next = withFields(mirrorPod(observed, pod, now), {
    phase,
    startTime: pod.started ? startTimeOf(status, pod, now) : status.startTime,
    observedGeneration: observed.generation,
  })
  return {
    operations: sweep(observed, now),
    status: withLoadout(observed, next, now),
    requeueAt: soonest(nodeLostAt(observed, pod), timeoutOf(observed, pod)),
  }
}

function phaseRank(pod: PodFacts): number {
  if (pod.started) return 2
  return pod.node === undefined ? 0 : 1
}

/** A pod with weapons is only ever made of a loadout that was found valid. */
function withLoadout(
  { order, status: held }: TaskObservation,
  status: TaskObservation['status'],
  now: Instant,
): TaskObservation['status'] {
  const waited = held.conditions?.some(({ type }) => type === TASK_CONDITIONS.loadoutValid)
  if (order.loadout.length === 0 && waited !== true) return status
  const reason = REASONS.loadoutValid
  const condition = {
    type: TASK_CONDITIONS.loadoutValid,
    status: 'True' as const,
    reason,
    message: '',
  }
  return withCondition(status, condition, now)
}
