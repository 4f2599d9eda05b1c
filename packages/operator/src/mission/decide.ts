/** What a mission's controller does: pure, one table test per rule. */
import {
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionStage,
  type MissionStatus,
  REASONS,
} from '@sortie/api'
import { formatTime, type Instant, isDeleting, parseTime, type Stored } from '@sortie/machinery'
import {
  deleteInBackground,
  type Operation,
  type Plan,
  type PlannedEvent,
  patchSpec,
  refAsSeen,
} from '@sortie/runtime'
import { holdOf } from '../stage/hold.ts'
import { isEndedPhase } from '../stage/phase.ts'
import type { Said } from '../stage/said.ts'
import { beingStopped, counted } from '../stage/words.ts'
import { driftAtEnd, planChildren } from './children.ts'
import type { Refusal } from './definitions.ts'
import type { ObservedMission } from './observe.ts'
import {
  dueReruns,
  hasNewRequest,
  noted,
  reopened,
  requestedReruns,
  stageRetryEvents,
  withoutUntold,
  withReruns,
} from './rerun.ts'
import { hasStageStarted, isLost, phaseOf, type StageSlot } from './slots.ts'
import { type Draft, planStatus } from './status.ts'
import { isStopping, lostMessage, type StopCause, stopCauseOf } from './stop.ts'

type MissionPlan = Plan<MissionStatus>

export function decideMission(observed: ObservedMission, now: Instant): MissionPlan {
  const { mission } = observed
  if (isDeleting(mission as Mission)) return {}
  if (!isEndedPhase(mission.status?.phase)) {
    // A request that came with the mission asks for nothing.
    const asked = isNew(mission) && hasNewRequest(mission)
    return decideLiving(asked ? noted(observed) : observed, now)
  }
  // Where a stage of it seems to live this view of the stages may be old: what there is to run again shows when they have ended.
  const isOver = liveStages(withoutUntold(observed)).every((one) => isDeleting(one as MissionStage))
  return hasNewRequest(mission) && isOver ? planRequested(observed, now) : planEnded(observed, now)
}

function isNew({ status }: Stored<Mission>): boolean {
  return status?.observedGeneration === undefined
}

/**
 * A request to run again is for a mission that has finished. One that comes while all is well is noted and refused; one that comes
 * while the mission stops, or is about to, is heard when it has.
 */
function planGoingOn(observed: ObservedMission, now: Instant): MissionPlan {
  const isHandled = observed.record?.handledRetry !== undefined
  if (isHandled || !hasNewRequest(observed.mission)) return planRun(observed, now)
  const message = 'the mission has not finished; ask again when it has'
  const refused: PlannedEvent = { type: 'Warning', reason: REASONS.retryRefused, message }
  return withEvents(planRun(noted(observed), now), [refused])
}

function decideLiving(observed: ObservedMission, now: Instant): MissionPlan {
  const { mission, slots, refusal, accepted } = observed
  if (refusal?.isFinal === true && !accepted) {
    return planRejected(observed, now, refusal)
  }
  const cause = stopCauseOf(mission, slots)
  if (cause !== undefined) return planStop(withoutUntold(observed), now, cause)
  if (refusal !== undefined && !accepted) return planWaiting(observed, now, refusal)
  const due = dueReruns(observed)
  if (due.length > 0) {
    return withEvents(planRun(withReruns(observed, due), now), stageRetryEvents(observed, due))
  }
  const isFinished =
    slots.every(({ phase }) => isEndedPhase(phase)) && liveStages(observed).length === 0
  return isFinished ? planFinished(observed, now) : planGoingOn(observed, now)
}

function withEvents(plan: MissionPlan, events: readonly PlannedEvent[]): MissionPlan {
  return { ...plan, events: [...(plan.events ?? []), ...events] }
}

/** Runs what failed or was cancelled again; where that cannot be, the request is noted and refused. */
function planRequested(observed: ObservedMission, now: Instant): MissionPlan {
  const { mission } = observed
  const ended = withoutUntold(observed)
  const lost = requestedReruns(ended)
  const refused = refusalOf(ended, lost)
  if (refused !== undefined) {
    const { record } = noted(observed)
    const status = { ...mission.status, ...record } as MissionStatus
    const event = { type: 'Warning', reason: REASONS.retryRefused, message: refused } as const
    return { status, stamp: { lastUpdateTime: formatTime(now) }, events: [event] }
  }
  const plan = decideLiving(withReruns(reopened(ended), lost), now)
  const what = lost.length === 0 ? 'from its start' : `from what was lost: ${namesOf(lost)}`
  const message = `the mission runs again, ${what}`
  return withEvents(plan, [{ type: 'Normal', reason: REASONS.retried, message }])
}

function refusalOf(
  { mission, accepted }: ObservedMission,
  lost: readonly StageSlot[],
): string | undefined {
  if (mission.spec.cancel === true) {
    return 'a mission that was cancelled does not run again; make a new one'
  }
  if (lost.length > 0 || !accepted) return undefined
  return 'no stage failed or was cancelled: there is nothing to run again'
}

/** Times are written in whole seconds, cut: with this much more nothing is deleted early. */
const TIME_RESOLUTION_MS = 1000

/**
 * A mission that has ended is only waited for until its time to live has passed. A stage that still lives came too late, by a write
 * that was long on its way: it is stopped, unless the mission runs again by now.
 */
function planEnded(observed: ObservedMission, now: Instant): MissionPlan {
  const late = liveStages(withoutUntold(observed)).filter(isToBeStopped)
  const expiry = planExpiry(observed.mission, now)
  if (late.length === 0) return expiry
  return { ...expiry, operations: late.map(stopStage), ifCurrent: true }
}

/** As it was seen: a stage that has begun to run again since is not stopped by whoever still thinks that it failed. */
function stopStage(stage: Stored<MissionStage>): Operation {
  return patchSpec(MISSION_STAGES, refAsSeen(stage), { cancel: true })
}

function isToBeStopped(stage: Stored<MissionStage>): boolean {
  return stage.spec.cancel !== true && !isDeleting(stage as MissionStage)
}

function planExpiry(mission: Stored<Mission>, now: Instant): MissionPlan {
  const { spec, status } = mission
  const ended = parseTime(status?.completionTime)
  if (spec.ttlSecondsAfterFinished === undefined || ended === undefined) return {}
  const due = ended + TIME_RESOLUTION_MS + spec.ttlSecondsAfterFinished * 1000
  if (now < due) return { requeueAt: due }
  // As it was seen: it may have been asked to run again.
  return { operations: [deleteInBackground(MISSIONS, refAsSeen(mission))] }
}

/** Nothing below a mission with a wrong spec is made. */
function planRejected(observed: ObservedMission, now: Instant, refusal: Refusal): MissionPlan {
  const { reason, message } = refusal
  const said: Said = { status: 'False', reason, message }
  return planStatus(observed, now, {
    phase: 'Failed',
    message,
    accepted: said,
    progressing: said,
    complete: said,
    isFollowed: true,
    events: [{ type: 'Warning', reason, message }],
  })
}

function planWaiting(observed: ObservedMission, now: Instant, refusal: Refusal): MissionPlan {
  const { reason, message } = refusal
  return planStatus(observed, now, {
    phase: 'Pending',
    message,
    accepted: { status: 'Unknown', reason, message },
    progressing: { status: 'False', reason, message },
    complete: INCOMPLETE,
    isFollowed: false,
  })
}

/** Stops what runs; the mission has ended once every stage below it has. */
function planStop(observed: ObservedMission, now: Instant, cause: StopCause): MissionPlan {
  const live = liveStages(observed)
  const { outcome, reason } = cause
  const hasEnded = live.length === 0
  const message = hasEnded
    ? cause.message
    : `${cause.message}; ${beingStopped(live.length, 'stage')}`
  const said: Said = { status: 'False', reason, message: cause.message }
  const begins = outcome === 'Failed' && !isStopping(observed.mission)
  const plan = planStatus(observed, now, {
    phase: hasEnded ? outcome : phaseWhileLive(observed),
    message,
    accepted: acceptedSaid(observed),
    progressing: said,
    complete: said,
    drift: driftAtEnd(observed),
    stopping: true,
    isFollowed: observed.refusal === undefined,
    events: begins ? [{ type: 'Warning', reason, message: cause.message }] : [],
  })
  const operations = live.filter(isToBeStopped).map(stopStage)
  return { ...plan, operations, statusFirst: true }
}

function liveStages({ slots, surplus }: ObservedMission): Stored<MissionStage>[] {
  const all = [...slots.flatMap(({ child }) => child ?? []), ...surplus]
  return all.filter((stage) => !isEndedPhase(phaseOf(stage)))
}

/** Once Running a mission is not Pending again, whatever becomes of its stages. */
function phaseWhileLive({ mission, slots, surplus }: ObservedMission): 'Pending' | 'Running' {
  if (mission.status?.phase === 'Running') return 'Running'
  const stages = [...slots.flatMap(({ child }) => child ?? []), ...surplus]
  return stages.some(hasStageStarted) ? 'Running' : 'Pending'
}

/** Every stage ended, and the failure policy tolerates how. */
function planFinished(observed: ObservedMission, now: Instant): MissionPlan {
  const { slots } = observed
  const lost = slots.filter(isLost)
  const total = slots.length
  const good = total - lost.length
  const [phase, reason, message] =
    lost.length === 0
      ? ([
          'Succeeded',
          REASONS.succeeded,
          `${total > 1 ? 'all ' : ''}${counted(total, 'stage')} succeeded`,
        ] as const)
      : good > 0
        ? ([
            'Succeeded',
            REASONS.succeededWithFailures,
            `${good} of ${counted(total, 'stage')} succeeded; ${lostMessage(lost)}`,
          ] as const)
        : (['Failed', REASONS.failed, `no stage succeeded; ${lostMessage(lost)}`] as const)
  const isGood = phase === 'Succeeded'
  return planStatus(observed, now, {
    phase,
    message,
    accepted: acceptedSaid(observed),
    progressing: { status: 'False', reason, message },
    complete: { status: isGood ? 'True' : 'False', reason, message },
    drift: driftAtEnd(observed),
    isFollowed: observed.refusal === undefined,
    events: lost.length === 0 ? [] : [{ type: 'Warning', reason, message }],
  })
}

function planRun(observed: ObservedMission, now: Instant): MissionPlan {
  const gatherUntil = gatheringEnd(observed)
  const isGathering = gatherUntil !== undefined && now < gatherUntil
  const { drift, isRaise, parallelShares, ...children } = planChildren(observed, !isGathering)
  if (isGathering && !isRaise) return { ...children, requeueAt: gatherUntil }
  const record =
    parallelShares === undefined ? {} : { record: { ...observed.record, parallelShares } }
  const plan = planStatus({ ...observed, ...record }, now, {
    phase: phaseWhileLive(observed),
    ...progressOf(observed),
    accepted: acceptedSaid(observed),
    complete: INCOMPLETE,
    drift,
    isFollowed: observed.refusal === undefined,
  })
  const isRecordedFirst = isRaise || observed.record?.stageRetries !== undefined
  return { ...plan, ...children, ...(isRecordedFirst ? { statusFirst: true } : {}) }
}

/**
 * A new mission's first stage starts within milliseconds: one write says both, accepted and
 * Running.
 */
const GATHERING_MS = 100

/** Until when the first status is held back; undefined where there is nothing to gather. */
function gatheringEnd(observed: ObservedMission): Instant | undefined {
  const { firstSeenAt, mission, refusal, record } = observed
  const isPlain = isNew(mission) && refusal === undefined && record === undefined
  if (firstSeenAt === undefined || !isPlain || mission.spec.suspend === true) return undefined
  return phaseWhileLive(observed) === 'Running' ? undefined : firstSeenAt + GATHERING_MS
}

const INCOMPLETE: Said = {
  status: 'False',
  reason: REASONS.running,
  message: 'not every stage has ended',
}

function acceptedSaid({ refusal }: ObservedMission): Said {
  if (refusal === undefined) {
    return { status: 'True', reason: REASONS.accepted, message: 'the plan is valid' }
  }
  const message = `the change is not followed: ${refusal.message}`
  return { status: 'False', reason: refusal.reason, message }
}

/**
 * What is happening: a sentence that moves with the stages, a condition that does so only when its
 * reason changes.
 */
function progressOf({
  mission,
  slots,
  refusal,
}: ObservedMission): Pick<Draft, 'message' | 'progressing'> {
  const running = slots.filter(({ phase }) => phase === 'Running')
  const ended = slots.filter(({ phase }) => isEndedPhase(phase)).length
  const waits = slots.flatMap(waitOf)
  const parts = [
    ...(refusal === undefined ? [] : [`the change is not followed: ${refusal.message}`]),
    ...(mission.spec.suspend === true ? ['suspended: no new task starts'] : []),
    `${ended} of ${counted(slots.length, 'stage')} ended`,
    ...(running.length === 0 ? [] : [`running: ${namesOf(running)}`]),
    ...waits.map(({ text }) => text),
  ]
  return { message: parts.join('; '), progressing: progressingSaid(mission, running, waits) }
}

interface Wait {
  readonly reason: string
  readonly text: string
}

/** Stages whose turn has come but that wait for people. */
function waitOf({ child, definition, phase }: StageSlot): Wait[] {
  if (child === undefined || phase !== 'Pending') return []
  const hold = holdOf(child)
  if (hold?.needsPeople !== true || hold.reason === REASONS.suspended) return []
  return [{ reason: hold.reason, text: `${definition.name} ${hold.message}` }]
}

function progressingSaid(
  mission: Stored<Mission>,
  running: readonly StageSlot[],
  waits: readonly Wait[],
): Said {
  if (mission.spec.suspend === true) {
    return { status: 'False', reason: REASONS.suspended, message: 'no new task starts' }
  }
  const [wait] = waits
  if (running.length > 0 || wait === undefined) {
    return { status: 'True', reason: REASONS.running, message: 'stages run as the plan says' }
  }
  return { status: 'False', reason: wait.reason, message: wait.text }
}

function namesOf(slots: readonly StageSlot[]): string {
  return slots.map(({ definition }) => definition.name).join(', ')
}
