/** The status of a FlightTask, built up from the stored one by small steps, each a pure function. */
import { type FlightTaskStatus, REASONS, TASK_CONDITIONS } from '@sortie/api'
import {
  type Condition,
  type ConditionStatus,
  findCondition,
  formatTime,
  type Instant,
  parseTime,
  setCondition,
} from '@sortie/machinery'
import type { PlannedEvent } from '@sortie/runtime'
import type { PodFacts } from '../pod/index.ts'
import { hasEnded, type TaskObservation } from './observation.ts'

const MAX_MESSAGE = 4096

export interface ConditionUpdate {
  readonly type: string
  readonly status: ConditionStatus
  readonly reason: string
  readonly message: string
}

/** With these fields set; a field that is undefined is removed. */
export function withFields(
  status: FlightTaskStatus,
  fields: { readonly [K in keyof FlightTaskStatus]?: FlightTaskStatus[K] | undefined },
): FlightTaskStatus {
  const merged = Object.entries({ ...status, ...fields }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(merged) as FlightTaskStatus
}

export function withCondition(
  status: FlightTaskStatus,
  update: ConditionUpdate,
  now: Instant,
): FlightTaskStatus {
  const state = { ...update, message: update.message.slice(0, MAX_MESSAGE) }
  const conditions = setCondition(status.conditions, state, now)
  return conditions === status.conditions ? status : { ...status, conditions }
}

/** Sets a condition to False where it is there and not False; an absent one stays absent. */
export function withoutTrouble(
  status: FlightTaskStatus,
  update: Omit<ConditionUpdate, 'status'>,
  now: Instant,
): FlightTaskStatus {
  const held = findCondition(status.conditions, update.type)
  if (held === undefined || held.status === 'False') return status
  return withCondition(status, { ...update, status: 'False' }, now)
}

/** What the pod says: reference, place, start and the conditions that mirror it. */
export function mirrorPod(
  observed: TaskObservation,
  pod: PodFacts,
  now: Instant,
): FlightTaskStatus {
  const { status } = observed
  const made = `pod ${pod.name}`
  const restarted = { type: TASK_CONDITIONS.retrying, reason: REASONS.started, message: made }
  const referred = withFields(mirrorPlacement({ observed, pod, now }), {
    podRef: podRefOf(pod),
    nextRetryTime: undefined,
    message: undefined,
    retryCount: pod.retry > 0 ? pod.retry : status.retryCount,
  })
  const created = isTrue(TASK_CONDITIONS.podCreated, REASONS.podCreated, made)
  const settled = withoutTrouble(withCondition(referred, created, now), restarted, now)
  return mirrorImage(mirrorScheduling(settled, pod, now), pod, now)
}

function isTrue(type: string, reason: string, message: string): ConditionUpdate {
  return { type, status: 'True', reason, message }
}

function podRefOf({ namespace, name, uid }: PodFacts): NonNullable<FlightTaskStatus['podRef']> {
  return { apiVersion: 'v1', kind: 'Pod', namespace, name, uid }
}

interface Mirrored {
  readonly observed: TaskObservation
  readonly pod: PodFacts
  readonly now: Instant
}

/** Events expire: while the pod stays the same the number of attempts never goes down. */
function mirrorPlacement({ observed, pod, now }: Mirrored): FlightTaskStatus {
  const { status } = observed
  const held = status.podRef?.uid === pod.uid ? status.schedulingInfo : undefined
  const schedulingAttempts = Math.max(held?.schedulingAttempts ?? 0, 1 + observed.failedScheduling)
  if (pod.node === undefined) return withFields(status, { schedulingInfo: { schedulingAttempts } })
  const kept = held?.assignedNode === pod.node ? held.assignedTime : undefined
  return withFields(status, {
    schedulingInfo: {
      assignedNode: pod.node,
      assignedTime: kept ?? formatTime(pod.assignedAt ?? now),
      schedulingAttempts,
    },
  })
}

/** Before a scheduler has said anything there is nothing to mirror. */
function mirrorScheduling(status: FlightTaskStatus, pod: PodFacts, now: Instant): FlightTaskStatus {
  const { scheduled } = pod
  const type = TASK_CONDITIONS.podScheduled
  if (pod.node !== undefined) {
    return withCondition(status, isTrue(type, REASONS.scheduled, `on ${pod.node}`), now)
  }
  if (scheduled === undefined) return status
  const reason = isText(scheduled.reason) ? scheduled.reason : 'Unknown'
  const message = isText(scheduled.message) ? scheduled.message : ''
  const says = scheduled.status === 'False' ? 'False' : 'Unknown'
  return withFields(withCondition(status, { type, status: says, reason, message }, now), {
    message: message === '' ? 'waits for an aircraft' : message.slice(0, MAX_MESSAGE),
  })
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function mirrorImage(status: FlightTaskStatus, pod: PodFacts, now: Instant): FlightTaskStatus {
  const type = TASK_CONDITIONS.imagePullFailed
  const { blocked } = pod
  if (blocked !== undefined && pod.end === undefined) {
    const next = withCondition(status, isTrue(type, blocked.reason, blocked.message), now)
    return withFields(next, { message: `${blocked.reason}: ${blocked.message}` })
  }
  return withoutTrouble(status, { type, reason: REASONS.imagePulled, message: '' }, now)
}

/** The times of an ended task: it never ends before it started. */
export function endTimes(
  status: FlightTaskStatus,
  pod: PodFacts | undefined,
  now: Instant,
): { readonly startTime: string | undefined; readonly completionTime: string } {
  const started = parseTime(status.startTime) ?? startOf(pod, now)
  const ended = Math.max(pod?.end?.at ?? now, started ?? 0)
  return {
    startTime: started === undefined ? undefined : formatTime(started),
    completionTime: formatTime(ended),
  }
}

function startOf(pod: PodFacts | undefined, now: Instant): Instant | undefined {
  if (pod === undefined || !pod.started) return undefined
  return Math.min(pod.startedAt ?? pod.assignedAt ?? pod.createdAt ?? now, pod.end?.at ?? now)
}

/** When the task first ran, kept over retries. */
export function startTimeOf(
  status: FlightTaskStatus,
  pod: PodFacts,
  now: Instant,
): string | undefined {
  if (status.startTime !== undefined) return status.startTime
  const started = startOf(pod, now)
  return started === undefined ? undefined : formatTime(started)
}

/** What people are told when `before` becomes `after`; nothing on the happy path. */
export function eventsOf(
  before: FlightTaskStatus,
  after: FlightTaskStatus,
): readonly PlannedEvent[] {
  const message = after.message ?? ''
  const warn = (reason: string, text = message): PlannedEvent => ({
    type: 'Warning',
    reason,
    message: text,
  })
  if (after.phase === 'Failed' && !hasEnded(before)) return [warn(failureReason(after))]
  if ((after.retryCount ?? 0) > (before.retryCount ?? 0)) return [warn(REASONS.retrying)]
  if ((after.replacements ?? 0) > (before.replacements ?? 0)) return [warn(REASONS.replaced)]
  return TROUBLES.flatMap(({ type, when }) => {
    const held = findCondition(before.conditions, type)
    const next = findCondition(after.conditions, type)
    if (next?.status !== when || held?.status === when) return []
    return [warn(type === 'ImagePullFailed' ? REASONS.imagePullFailed : next.reason, next.message)]
  })
}

/** Conditions that are worth an event when they come to say this. */
const TROUBLES: readonly { readonly type: string; readonly when: Condition['status'] }[] = [
  { type: TASK_CONDITIONS.imagePullFailed, when: 'True' },
  { type: TASK_CONDITIONS.loadoutValid, when: 'False' },
  { type: TASK_CONDITIONS.podCreated, when: 'False' },
]

/** Why a task was given up, where that is more than that it failed. */
const TELLING: ReadonlySet<string> = new Set([REASONS.timedOut, REASONS.retriesExhausted])

function failureReason(status: FlightTaskStatus): string {
  const refused = [TASK_CONDITIONS.podCreated, TASK_CONDITIONS.loadoutValid]
    .map((type) => findCondition(status.conditions, type))
    .find((held) => held?.status === 'False')
  const given = findCondition(status.conditions, TASK_CONDITIONS.retrying)?.reason ?? ''
  return refused?.reason ?? (TELLING.has(given) ? given : REASONS.failed)
}
