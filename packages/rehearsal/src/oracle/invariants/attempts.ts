/** Invariants of a task's attempts: each is counted, and an end has its cause. */
import type { FlightTask } from '@sortie/api'
import { durationProblem, parseDuration, parseTime, type Stored } from '@sortie/machinery'
import { type Invariant, type Seen, seenAs, type Witness } from '../invariant.ts'
import { type Entry, hasEnded, isFlying, type PodEntry, type TaskEntry } from '../model.ts'
import { isGivenUp } from './order.ts'

/** Of behaviour.md, "Failure, level by level", 2. */
export const attemptsCounted: Invariant = {
  number: 5,
  name: 'every attempt is counted',
  onCommit(seen, witness) {
    const pod = seenAs(seen, 'Pod')
    if (pod?.entry.ranAt === witness.now()) countAttempts(pod.entry, witness)
    const task = seenAs(seen, 'FlightTask')
    const before = task?.commit.previous as Stored<FlightTask> | undefined
    const { podRef } = task?.entry.object.status ?? {}
    if (podRef?.uid === undefined || podRef.uid === before?.status?.podRef?.uid) return
    const next = witness.model.pods.get(podRef.uid)
    if (next?.ranAt !== undefined) countAttempts(next, witness)
  },
}

/** How long until a count that may be late is looked at again. */
const LOOK_MS = 1_000

/** Whether all attempts of the task are counted now that this pod of it flies. */
function countAttempts(pod: PodEntry, witness: Witness): void {
  const task = witness.model.taskOf(pod)
  if (task === undefined || !isFlying(pod)) return
  // A weapon's update replaces pods without counting.
  if ((task.object.spec.weaponLoadout?.length ?? 0) > 0) return
  // One that was stopped within moments of its start may have been taken for one that never ran.
  const ran = witness.model
    .podsOf(task)
    .filter((one) => one === pod || hasFlown(one))
    .filter((one) => one.object.status?.reason === undefined)
    .filter((one) => one === pod || !wasUnseen(one, task, witness))
  const counted = (task.object.status?.retryCount ?? 0) + 1
  const late = ran.filter((one) => one !== pod && isYetToBeCounted(one, task, witness)).length
  if (ran.length > counted + late) {
    witness.report(`${ran.length} pods of the task ran, ${counted} attempts are counted`, task)
  } else if (ran.length > counted) {
    witness.at(witness.now() + LOOK_MS, () => {
      if (!hasEnded(task)) countAttempts(pod, witness)
    })
  }
}

/**
 * It is on record still, so whoever learns of its end counts it before the other is taken for the present one; a process with an old
 * view, which knew neither, made that in its place.
 */
function isYetToBeCounted(pod: PodEntry, task: TaskEntry, { mustKnow }: Witness): boolean {
  const isOnRecord = task.object.status?.podRef?.uid === pod.object.metadata.uid
  return isOnRecord && !mustKnow('operator', pod.landedAt ?? pod.createdAt)
}

/** Somebody deleted it before it was on record, and the operator was struck meanwhile: nobody could count it. */
function wasUnseen(pod: PodEntry, task: TaskEntry, { struck }: Witness): boolean {
  const isOnRecord = task.recordedPods.has(pod.object.metadata.uid)
  return !isOnRecord && pod.deletingAt !== undefined && struck.has('operator')
}

/** It ran and ended, and was not on its way out when it was first said to run. */
function hasFlown({ ranAt, landedAt, deletingAt }: PodEntry): boolean {
  if (ranAt === undefined || landedAt === undefined) return false
  return deletingAt === undefined || ranAt < deletingAt
}

const MOST_REPLACEMENTS = 10

export const failuresJustified: Invariant = {
  number: 6,
  name: 'a task ends as Failed for a cause, and as Succeeded when its pod did',
  onCommit(seen, witness) {
    const task = seenAs(seen, 'FlightTask')
    if (task === undefined || task.from === task.to) return
    const { entry } = task
    if (task.to === 'Failed' && !isJustified(task)) {
      witness.report('Failed with retries left and nothing refused', entry)
    }
    if (task.to !== 'Succeeded') return
    const pods = witness.model.podsOf(entry)
    if (!pods.some(hasSucceeded)) witness.report('Succeeded without a pod that did', entry, ...pods)
  },
}

function isJustified({ entry: { object }, commit }: Seen<'FlightTask'>): boolean {
  const { spec, status } = object
  const before = commit.previous as typeof object | undefined
  const budgets = [spec.retry?.maxRetries ?? 0, before?.spec.retry?.maxRetries ?? 0]
  if ((status?.retryCount ?? 0) >= Math.min(...budgets)) return true
  // Every plan that is drawn can be flown: nothing in it is refused for good.
  return (status?.replacements ?? 0) >= MOST_REPLACEMENTS
}

function hasSucceeded({ object: { status } }: PodEntry): boolean {
  if (status?.phase === 'Succeeded') return true
  const mains = status?.containerStatuses ?? []
  return mains.some(({ state }) => state?.terminated?.exitCode === 0)
}

/** A controller has this long to notice that a time is over. */
const NOTICE_MS = 5_000

export const timeoutsKept: Invariant = {
  number: 11,
  name: 'a task that timed out is stopped',
  onCommit(seen, witness) {
    const pod = seenAs(seen, 'Pod')
    if (pod === undefined || pod.entry.ranAt !== witness.now()) return
    const task = witness.model.taskOf(pod.entry)
    const timeout = task?.object.spec.timeout
    if (task === undefined || timeout === undefined || durationProblem(timeout) !== undefined)
      return
    const allowed = parseDuration(timeout) + graceOf(task) + NOTICE_MS
    const { entry } = pod
    witness.at(witness.due(witness.now(), allowed, ['operator', 'fleet']), () =>
      checkStopped(entry, task, witness),
    )
  },
}

function checkStopped(pod: PodEntry, task: Entry<FlightTask>, { report, model }: Witness): void {
  // Of a task that somebody deleted the garbage collector ends the pod, within the pod's own grace.
  if (!isFlying(pod) || task.deletedAt !== undefined) return
  const name = pod.object.spec.nodeName
  const nodes = [...model.nodes.values()].filter(({ object }) => object.metadata.name === name)
  const ready = nodes.find(({ deletedAt }) => deletedAt === undefined)?.object.status?.conditions
  const isSilent = ready?.find(({ type }) => type === 'Ready')?.status !== 'True'
  // Its kubelet went with it, whatever has been registered under the name since.
  const wentAway = nodes.some(({ deletedAt = 0 }) => deletedAt > pod.createdAt)
  if (!isSilent && !wentAway) report(`flies longer than ${task.object.spec.timeout}`, pod, task)
}

function graceOf({ object }: Entry<FlightTask>): number {
  const text = object.spec.cancellationPolicy?.gracePeriod ?? '30s'
  return durationProblem(text) === undefined ? parseDuration(text) : 0
}

/** Seconds before each retry, by the strategy; the server fills in what a policy leaves out. */
function waitOf({ object: { spec } }: Entry<FlightTask>, retry: number): number {
  const { retryStrategy = 'exponential', backoff } = spec.retry ?? {}
  if (retryStrategy === 'immediate') return 0
  if (retryStrategy === 'exponential') return Math.min(300, 2 ** retry)
  if (backoff === undefined) return 0
  const { baseSeconds = 0, factor = 1, maxSeconds = 0 } = backoff
  return Math.min(maxSeconds, baseSeconds * factor ** (retry - 1))
}

/** Times on record are whole seconds. */
const RESOLUTION_MS = 1_000

/** Of behaviour.md, "Failure, level by level", 2. */
export const retriesWait: Invariant = {
  number: 5,
  name: 'a retry waits as long as its strategy says',
  onCommit(seen, witness) {
    const pod = seenAs(seen, 'Pod')
    if (pod === undefined || seen.commit.type !== 'ADDED' || !witness.isClockTrue) return
    const task = witness.model.taskOf(pod.entry)
    const { retryCount: retry = 0, lastRetryTime } = task?.object.status ?? {}
    const failedAt = parseTime(lastRetryTime)
    if (task === undefined || retry === 0 || failedAt === undefined) return
    // It may come at any time; whether it flies is asked when it is bound.
    if (isGivenUp(pod.entry, task)) return
    const due = failedAt + waitOf(task, retry) * 1000
    if (witness.wallTime() + RESOLUTION_MS >= due) return
    witness.report(`retry ${retry} comes ${due - witness.wallTime()} ms early`, pod.entry, task)
  },
}
