/** What a stage's controller does: pure, one table test per rule. */
import {
  FLIGHT_TASKS,
  type FlightTask,
  isGangStage,
  type MissionStage,
  type MissionStageStatus,
  REASONS,
} from '@sortie/api'
import { type Instant, isDeleting, type Stored, soonest } from '@sortie/machinery'
import {
  type CreateOperation,
  type ObjectRef,
  type Operation,
  type Plan,
  type PlannedEvent,
  patchSpec,
  refAsSeen,
  refTo,
} from '@sortie/runtime'
import { followSpec, hasTaskStarted } from './drift.ts'
import { flightTaskFor, type StageTask } from './flighttask.ts'
import { type Hold, holdOf, missionHold } from './hold.ts'
import type { ObservedStage } from './observe.ts'
import { tasksWhoseTurnHasCome } from './order.ts'
import { isEndedPhase } from './phase.ts'
import { isTaskEnded } from './roster.ts'
import { type Draft, planStatus } from './status.ts'
import {
  failureCause,
  failureMessage,
  isFailing,
  recordedCause,
  type StopCause,
  stopCauseOf,
} from './stop.ts'
import { deadlineOf, recordSuspension, type SuspensionRecord } from './suspension.ts'
import { type Tally, tallyRoster } from './tally.ts'
import { beingStopped, counted } from './words.ts'

/**
 * Tasks made in one pass of a large stage: the status and newer facts get their turn in between.
 */
export const CREATES_PER_PASS = 512

/** What every branch of the decision goes by. */
interface Facts {
  readonly observed: ObservedStage
  readonly stage: Stored<MissionStage>
  readonly tally: Tally
  readonly suspension: SuspensionRecord
  readonly deadline: Instant | undefined
  readonly now: Instant
}

export function decideStage(observed: ObservedStage, now: Instant): Plan<MissionStageStatus> {
  const { stage } = observed
  if (isDeleting(stage as MissionStage)) return {}
  if (isEndedPhase(stage.status?.phase)) return planEnded(observed)
  const tally = tallyRoster(observed.roster)
  const suspension = recordSuspension(stage, now)
  const deadline = deadlineOf(stage, suspension)
  const facts: Facts = { observed, stage, tally, suspension, deadline, now }
  const recorded = recordedCause(stage)
  if (recorded !== undefined) return planStop(facts, recorded)
  if (observed.problems.length > 0) return planStop(facts, invalidCause(observed))
  const isFinished = hasStarted(facts) && tally.active === 0 && tally.unmade === 0
  if (isFinished && tally.failures.count === 0) return planSucceeded(facts)
  const cause = stopCauseOf({ stage, tally, deadline, now })
  if (cause !== undefined) return planStop(facts, cause)
  if (isFinished) return planStop(facts, failureCause(tally))
  const hold = hasStarted(facts) ? undefined : (holdOf(stage) ?? missionHold(observed))
  return hold === undefined ? planRun(facts) : planHold(facts, hold)
}

function hasStarted({ stage }: Facts): boolean {
  return stage.status?.startTime !== undefined
}

function planSucceeded(facts: Facts): Plan<MissionStageStatus> {
  const { counts, toleratedFailures } = facts.tally
  const message =
    toleratedFailures === 0
      ? `${counts.total > 1 ? 'all ' : ''}${counted(counts.total, 'task')} succeeded`
      : `${counts.succeeded} of ${counted(counts.total, 'task')} succeeded; the others are optional`
  return planStatus(facts.observed, facts.now, {
    ...draftOf(facts, 'Succeeded', message),
    complete: { status: 'True', reason: REASONS.succeeded, message },
  })
}

/** A spec that cannot be carried out. One that someone made so while the stage ran stops what runs, like any other failure. */
function invalidCause({ problems }: ObservedStage): StopCause {
  return { outcome: 'Failed', reason: REASONS.invalid, message: problems.join('; ') }
}

/**
 * A task that still lives in a stage that has ended came too late, by a write that was long on its way: it is stopped, unless it is of
 * a run that has begun since.
 */
function planEnded(observed: ObservedStage): Plan<MissionStageStatus> {
  const late = liveTasks(observed).filter(isToBeStopped)
  if (late.length === 0) return {}
  return { operations: late.map((task) => stopTask(refAsSeen(task))), ifCurrent: true }
}

function stopTask(ref: ObjectRef): Operation {
  return patchSpec(FLIGHT_TASKS, ref, { cancel: true })
}

function liveTasks({ roster }: ObservedStage): Stored<FlightTask>[] {
  const all = [...roster.entries.flatMap(({ object }) => object ?? []), ...roster.surplus]
  return all.filter((task) => !isTaskEnded(task.status?.phase))
}

function isToBeStopped(task: Stored<FlightTask>): boolean {
  return task.spec.cancel !== true && !isDeleting(task as FlightTask)
}

/** Stops what runs; the stage has ended once everything in it has. */
function planStop(facts: Facts, cause: StopCause): Plan<MissionStageStatus> {
  const { observed, stage, tally } = facts
  const live = liveTasks(observed)
  const ended = live.length === 0
  const message = ended ? cause.message : `${cause.message}; ${beingStopped(live.length, 'task')}`
  const begins = !isFailing(stage) && cause.outcome === 'Failed'
  const plan = planStatus(observed, facts.now, {
    phase: ended ? cause.outcome : hasStarted(facts) ? 'Running' : 'Pending',
    tally,
    message,
    suspension: facts.suspension,
    stopping: true,
    refused: observed.problems.length === 0 ? undefined : observed.problems.join('; '),
    complete: { status: 'False', reason: cause.reason, message: cause.message },
    events: begins ? [failureEvent(cause)] : [],
  })
  const operations = live.filter(isToBeStopped).map((task) => stopTask(refTo(task)))
  return { ...plan, operations, statusFirst: true }
}

function failureEvent({ reason, message }: StopCause): PlannedEvent {
  return { type: 'Warning', reason, message }
}

/** A task may be there already: its making and the start went out together, and the start met a gate that had just been shut. */
function planHold(facts: Facts, hold: Hold): Plan<MissionStageStatus> {
  const operations = suspendTasks(facts.observed, true)
  const acts = operations.length === 0 ? {} : { operations, ifCurrent: true }
  const { phase = 'Pending', observedGeneration } = facts.stage.status ?? {}
  // A phase that someone else wrote is put right: the mission goes by it.
  const isUntouched = observedGeneration === undefined && phase === 'Pending'
  const isSilent = !hold.needsPeople && isUntouched && !facts.observed.isNextRun
  if (isSilent) return acts
  const plan = planStatus(facts.observed, facts.now, draftOf(facts, 'Pending', hold.message))
  return { ...plan, ...acts }
}

function planRun(facts: Facts): Plan<MissionStageStatus> {
  const { observed, tally, deadline } = facts
  const { creates, waiting } = createsOf(facts)
  const stuck = creates.length === 0 && !waiting && tally.active === 0 && tally.unmade > 0
  if (stuck) return planStop(facts, STUCK)
  const changes = followSpec(observed)
  const plan = planStatus(observed, facts.now, {
    ...draftOf(facts, 'Running', runningMessage(facts)),
    drift: changes.drift,
  })
  const isSuspended = observed.stage.spec.suspend === true
  const adjustments = [...changes.operations, ...suspendTasks(observed, isSuspended)]
  const isPartial = creates.length === CREATES_PER_PASS
  return {
    ...plan,
    operations: [...adjustments, ...creates],
    // An old view of the stage would take back what a newer one asked of its tasks.
    ifCurrent: adjustments.length > 0 || creates.some((create) => isRemade(create, observed)),
    ...startRecord(facts),
    requeueAt: soonest(plan.requeueAt, deadline, isPartial ? facts.now : undefined),
  }
}

function isRemade(create: CreateOperation, { isGone }: ObservedStage): boolean {
  return isGone(create.object.metadata.name ?? '')
}

/**
 * A start goes on record with the first tasks: after a crash between the two either is made up for by the other. Of a run that
 * comes again only the record tells which tasks are its own, so it goes first.
 */
function startRecord(facts: Facts): Pick<Plan, 'statusFirst' | 'statusBeside'> {
  if (hasStarted(facts)) return {}
  return facts.observed.isNextRun ? { statusFirst: true } : { statusBeside: true }
}

const STUCK: StopCause = {
  outcome: 'Failed',
  reason: REASONS.invalid,
  message: 'the tasks that are left wait for tasks that can no longer succeed',
}

interface Creates {
  readonly creates: readonly CreateOperation[]
  /** Tasks may start later although none can now. */
  readonly waiting: boolean
}

function createsOf({ observed, stage, tally }: Facts): Creates {
  if (stage.spec.suspend === true) return { creates: [], waiting: true }
  const ready = tasksWhoseTurnHasCome(observed.roster.entries, {
    type: stage.spec.stageType ?? 'parallel',
    continues: stage.spec.failurePolicy?.stageFailureAction === 'continue',
    active: tally.active,
  })
  const isGang = isGangStage(stage)
  const share = (stage.spec.maxParallelTasks ?? Number.POSITIVE_INFINITY) - tally.active
  // A gang is made whole: half of it would wait for the other half with its aircraft taken.
  const allowed = isGang ? (ready.length <= share ? ready.length : 0) : Math.max(0, share)
  const chosen = ready.slice(0, isGang ? allowed : Math.min(allowed, CREATES_PER_PASS))
  const creates = chosen.map(({ planned }): CreateOperation => {
    const task = taskOf(observed, planned.index)
    const name = observed.nameFor(task)
    return {
      kind: 'create',
      type: FLIGHT_TASKS,
      object: flightTaskFor(stage, { task, name, isGang }),
    }
  })
  return { creates, waiting: ready.length > 0 }
}

function taskOf(observed: ObservedStage, index: number): StageTask {
  const task = observed.tasks[index - 1]
  if (task === undefined) throw new RangeError(`the stage has no task ${index}`)
  return task
}

/** Tells tasks without a pod to wait while nothing may start in the stage, and to go on afterwards. */
function suspendTasks({ roster }: ObservedStage, suspend: boolean): Operation[] {
  return roster.entries.flatMap(({ object, phase }) => {
    if (object === undefined || isTaskEnded(phase)) return []
    if ((object.spec.suspend === true) === suspend) return []
    if (suspend && hasTaskStarted(object)) return []
    return [patchSpec(FLIGHT_TASKS, refTo(object), { suspend: suspend ? true : null })]
  })
}

function draftOf(
  { tally, suspension }: Facts,
  phase: MissionStageStatus['phase'],
  message: string,
): Draft {
  return { phase, message, tally, suspension }
}

function runningMessage({ stage, tally }: Facts): string {
  const { counts } = tally
  const ended = counts.succeeded + counts.failed + counts.cancelled
  const parts = [`${ended} of ${counted(counts.total, 'task')} ended`]
  if (counts.running > 0) parts.push(`${counts.running} running`)
  if (tally.failures.count > 0) parts.push(failureMessage(tally))
  if (stage.spec.suspend === true) parts.push('suspended: no new task starts')
  return parts.join('; ')
}
