/**
 * Stages that run again: by stageFailureAction `retry`, or because somebody asked a finished mission to. status.stageRetries says
 * which run of each stage is wanted. It is written before a stage is told, so a crash between the two changes nothing: a stage that
 * is behind its record is told again.
 */
import {
  ANNOTATIONS,
  MISSION_CONDITIONS,
  type Mission,
  type MissionStatus,
  REASONS,
} from '@sortie/api'
import type { JsonObject, Stored } from '@sortie/machinery'
import type { PlannedEvent } from '@sortie/runtime'
import { recordedCause } from '../stage/stop.ts'
import type { ObservedMission } from './observe.ts'
import { isLost, phaseOf, type StageSlot, slotOfRun, wantedAttempt } from './slots.ts'

/** What is put on record before anything is done about it. */
export interface MissionRecord {
  readonly stageRetries?: Readonly<Record<string, number>>
  readonly handledRetry?: string
  readonly parallelShares?: Readonly<Record<string, number>>
}

/** Longest value of the annotation that the record takes. */
const LONGEST_REQUEST = 1024

/** The value of the annotation `retry`; undefined where there is none. */
export function requestedRetry({ metadata }: Stored<Mission>): string | undefined {
  const value = metadata.annotations?.[ANNOTATIONS.retry]
  return value === undefined || value === '' ? undefined : value.slice(0, LONGEST_REQUEST)
}

/** True where the annotation says something that was not acted on yet. */
export function hasNewRequest(mission: Stored<Mission>): boolean {
  const requested = requestedRetry(mission)
  return requested !== undefined && requested !== mission.status?.handledRetry
}

/** Why a stage will fail again however often it runs: its spec is wrong. */
const HOPELESS: ReadonlySet<string> = new Set([REASONS.invalid, REASONS.cycle])

/** True where the failed stage, or one that is about to fail, has a run left under stageFailureAction `retry`. */
export function mayRunAgain(mission: Stored<Mission>, slot: StageSlot): boolean {
  const { stageFailureAction, maxStageRetries = 1 } = mission.spec.config?.failurePolicy ?? {}
  if (stageFailureAction !== 'retry' || slot.phase === 'Cancelled') return false
  const cause = slot.child && recordedCause(slot.child)
  if (cause !== undefined && (cause.outcome !== 'Failed' || HOPELESS.has(cause.reason)))
    return false
  return wantedAttempt(mission, slot.definition.name) < maxStageRetries
}

/** Failed stages whose tasks have all ended and that have a run left. */
export function dueReruns({ mission, slots }: ObservedMission): readonly StageSlot[] {
  return slots.filter((slot) => slot.phase === 'Failed' && mayRunAgain(mission, slot))
}

/** Stages of a finished mission that a request runs again. */
export function requestedReruns({ slots }: ObservedMission): readonly StageSlot[] {
  return slots.filter(isLost)
}

/** The mission with these stages about to run again, as yet on nobody's record. */
export function withReruns(
  observed: ObservedMission,
  reruns: readonly StageSlot[],
): ObservedMission {
  const retries = Object.fromEntries(
    reruns.map(({ definition: { name }, child }) => {
      const flown = Math.max(wantedAttempt(observed.mission, name), child?.spec.attempt ?? 0)
      return [name, flown + 1]
    }),
  )
  const stageRetries = { ...observed.mission.status?.stageRetries, ...retries }
  const slots = observed.slots.map((slot) => {
    const wanted = retries[slot.definition.name]
    return wanted === undefined ? slot : slotOfRun(slot, wanted)
  })
  return {
    ...observed,
    slots,
    record: { ...observed.record, stageRetries, ...sharesLeft(observed, retries) },
  }
}

/** The shares on record without those of the runs that are over. */
function sharesLeft(
  { mission }: ObservedMission,
  retries: Readonly<Record<string, number>>,
): MissionRecord {
  const { parallelShares } = mission.status ?? {}
  if (parallelShares === undefined) return {}
  const left = Object.entries(parallelShares).filter(([name]) => retries[name] === undefined)
  return { parallelShares: Object.fromEntries(left) }
}

/** Stages that were to run again but have not been told are as they ended: where the mission stops, they will not be. */
export function withoutUntold(observed: ObservedMission): ObservedMission {
  const slots = observed.slots.map((slot) => {
    const { untold, ...rest } = slot
    return untold === undefined ? slot : { ...rest, child: untold, phase: phaseOf(untold) }
  })
  return { ...observed, slots }
}

/** What tells a stage to run again, beside what else is to change in it. */
export function rerunFields({ untold, attempt }: StageSlot): JsonObject {
  if (untold === undefined) return {}
  const { cancel, maxParallelTasks } = untold.spec
  return {
    attempt,
    ...(cancel === undefined ? {} : { cancel: null }),
    // The share of the run that is over: another stage may have it by now.
    ...(maxParallelTasks === undefined ? {} : { maxParallelTasks: null }),
  }
}

/** A finished mission as one that goes on: without its end, and with what was asked on record. */
export function reopened(observed: ObservedMission): ObservedMission {
  const { mission } = observed
  const {
    completionTime: _end,
    conditions = [],
    ...status
  } = mission.status ?? { phase: 'Pending' }
  const open: MissionStatus = {
    ...status,
    phase: 'Pending',
    conditions: conditions.filter(({ type }) => type !== MISSION_CONDITIONS.complete),
  }
  return { ...noted(observed), mission: { ...mission, status: open } }
}

/** With the request on record, whatever became of it. */
export function noted(observed: ObservedMission): ObservedMission {
  const handledRetry = requestedRetry(observed.mission)
  if (handledRetry === undefined) return observed
  return { ...observed, record: { ...observed.record, handledRetry } }
}

/** Why each stage runs again, how often it may, and when: at once. */
export function stageRetryEvents(
  { mission }: ObservedMission,
  reruns: readonly StageSlot[],
): readonly PlannedEvent[] {
  const most = mission.spec.config?.failurePolicy?.maxStageRetries ?? 1
  return reruns.map((slot) => {
    const { name } = slot.definition
    const cause = slot.child && (recordedCause(slot.child)?.message ?? slot.child.status?.message)
    const why = cause === undefined ? '' : `: ${cause}`
    const run = wantedAttempt(mission, name) + 1
    const message = `stage ${name} failed${why}; it runs again at once (retry ${run} of ${most})`
    return { type: 'Warning', reason: REASONS.stageRetried, message }
  })
}
