/** A stage's status as a function of what was observed, and whether it is worth a write now. */
import { type MissionStageStatus, REASONS, STAGE_CONDITIONS } from '@sortie/api'
import {
  type Condition,
  deepEqual,
  formatTime,
  type Instant,
  setCondition,
} from '@sortie/machinery'
import type { Plan, PlannedEvent } from '@sortie/runtime'
import { stageEvents } from './events.ts'
import { gangSaid } from './gang.ts'
import type { ObservedStage } from './observe.ts'
import { endTimeAt, isEndedPhase } from './phase.ts'
import { recordResults } from './results.ts'
import { taskRows } from './rows.ts'
import { driftSaid, type Said, suspendedSaid } from './said.ts'
import type { SuspensionRecord } from './suspension.ts'
import { type Tally, tasksProgress, withUnmadeCancelled } from './tally.ts'

/** Counters and messages move at most this often; phases, conditions and ends at once. */
export const COUNTER_INTERVAL_MS = 1000

export interface Draft {
  readonly phase: MissionStageStatus['phase']
  readonly tally: Tally
  readonly message: string
  readonly suspension: SuspensionRecord
  /** Tasks that were never made will not be. */
  readonly stopping?: boolean
  readonly complete?: Said
  /** Why the spec cannot be carried out. */
  readonly refused?: string | undefined
  /** What started tasks do not follow; undefined leaves the condition as it is. */
  readonly drift?: readonly string[] | undefined
  readonly events?: readonly PlannedEvent[]
}

/**
 * The part of a plan that is about the status: the whole of it, or nothing and when to come back.
 */
export function planStatus(
  observed: ObservedStage,
  now: Instant,
  draft: Draft,
): Plan<MissionStageStatus> {
  const { stage, writtenAt } = observed
  const before = stage.status
  const conditions = conditionsOf(observed, now, draft)
  const events = draft.events ?? []
  const isUrgent =
    before?.phase !== draft.phase ||
    conditions !== before.conditions ||
    before.suspendedSince !== draft.suspension.suspendedSince ||
    observed.unrecorded ||
    observed.isNextRun
  const due = (writtenAt ?? Number.NEGATIVE_INFINITY) + COUNTER_INTERVAL_MS
  // A clock that was set back must not hold the counters for as long as it was ahead.
  if (!isUrgent && now < due && now >= due - COUNTER_INTERVAL_MS) return { events, requeueAt: due }
  const status = buildStatus(observed, now, { ...draft, conditions })
  if (deepEqual(before, status) && !observed.isNextRun) return { events }
  return { status, events: [...events, ...stageEvents(before, status)] }
}

function buildStatus(
  { stage, attempt, roster }: ObservedStage,
  now: Instant,
  draft: Draft & { readonly conditions: readonly Condition[] | undefined },
): MissionStageStatus {
  const stopping = draft.stopping === true
  const counts = stopping ? withUnmadeCancelled(draft.tally) : draft.tally.counts
  const hasStarted = draft.phase === 'Running' || stage.status?.startTime !== undefined
  const startTime = stage.status?.startTime ?? formatTime(now)
  const results = recordResults(roster.entries)
  return {
    ...keptFields(stage.status),
    phase: draft.phase,
    flightTasksStatus: taskRows(roster, stopping),
    ...(results === undefined ? {} : { results }),
    counts,
    tasksProgress: tasksProgress(counts),
    ...(hasStarted ? { startTime } : {}),
    ...(isEndedPhase(draft.phase)
      ? { completionTime: endTimeAt(hasStarted ? startTime : undefined, now) }
      : {}),
    message: draft.message,
    ...(draft.conditions === undefined ? {} : { conditions: draft.conditions }),
    ...draft.suspension,
    ...(stage.metadata.generation === undefined
      ? {}
      : { observedGeneration: stage.metadata.generation }),
    ...(attempt === 0 && stage.spec.attempt === undefined ? {} : { observedAttempt: attempt }),
  } as MissionStageStatus
}

/** What was said before and is not said anew: fields that a later version may have written. */
function keptFields(status: MissionStageStatus | undefined): Partial<MissionStageStatus> {
  const { suspendedSince: _since, suspendedSeconds: _seconds, ...kept } = status ?? {}
  return kept
}

/** The list as it stands, where nothing in it changes: others' conditions are kept. */
function conditionsOf(
  { stage, podByPod }: ObservedStage,
  now: Instant,
  draft: Draft,
): readonly Condition[] | undefined {
  let conditions = stage.status?.conditions
  const held = conditions
  const set = (type: string, said: Said | undefined): void => {
    if (said !== undefined) conditions = setCondition(conditions, { type, ...said }, now)
  }
  const { accepted, complete, suspended, specDrift, gangScheduled } = STAGE_CONDITIONS
  if (draft.refused !== undefined) {
    set(accepted, { status: 'False', reason: REASONS.invalid, message: draft.refused })
  }
  set(complete, draft.complete)
  set(suspended, suspendedSaid(stage.spec.suspend === true, { type: suspended, held }))
  if (draft.phase === 'Running') set(gangScheduled, gangSaid(stage, podByPod))
  set(specDrift, driftSaid(draft.drift, 'tasks', { type: specDrift, held }))
  return conditions
}
