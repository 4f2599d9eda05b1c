/**
 * A stage that is run again: `spec.attempt` says which run is wanted, `status.observedAttempt` which one the status is about. The
 * mission's controller raises the first, the stage's own begins the run and writes the second with its first status.
 */
import {
  type FlightTask,
  type MissionStage,
  type MissionStageStatus,
  STAGE_CONDITIONS,
  type TaskCounts,
} from '@sortie/api'
import type { Stored } from '@sortie/machinery'
import { isEndedPhase } from './phase.ts'
import { readResults, recordNames } from './results.ts'

/** The run that the status is about; the wanted one where nothing is on record yet. */
export function flownAttempt({ spec, status }: Pick<MissionStage, 'spec' | 'status'>): number {
  const hasBegun = status?.startTime !== undefined || isEndedPhase(status?.phase)
  return (hasBegun ? status?.observedAttempt : spec.attempt) ?? 0
}

/** True where the stage has ended, and no other run of it is wanted. */
export function isSettled({ spec, status }: Pick<MissionStage, 'spec' | 'status'>): boolean {
  if (!isEndedPhase(status?.phase)) return false
  return (spec.attempt ?? 0) <= (status?.observedAttempt ?? 0)
}

/** The stage as its next run finds it: as it stands, or as one that has not begun where it has ended and is to run again. */
export function asNextRun(stage: Stored<MissionStage>): Stored<MissionStage> {
  if (stage.status === undefined || !isEndedPhase(stage.status.phase)) return stage
  return isSettled(stage) ? stage : { ...stage, status: withoutRun(stage.status) }
}

/** A status without what belongs to the run that is over: only what succeeded stays. */
export function withoutRun(status: MissionStageStatus): MissionStageStatus {
  const {
    startTime: _start,
    completionTime: _completion,
    suspendedSince: _since,
    suspendedSeconds: _seconds,
    message: _message,
    results: _results,
    flightTasksStatus: rows = [],
    counts,
    conditions,
    ...kept
  } = status
  const names = [...readResults(status)].filter(([, phase]) => phase === 'Succeeded')
  const results = recordNames({ succeeded: names.map(([name]) => name) })
  return {
    ...kept,
    phase: 'Pending',
    flightTasksStatus: rows.filter(({ phase }) => phase === 'Succeeded'),
    ...(counts === undefined ? {} : { counts: remaining(counts) }),
    ...(status.results === undefined || results === undefined ? {} : { results }),
    ...(conditions === undefined
      ? {}
      : { conditions: conditions.filter(({ type }) => type !== STAGE_CONDITIONS.complete) }),
  }
}

function remaining({ total, succeeded }: TaskCounts): TaskCounts {
  const none = { scheduled: 0, running: 0, failed: 0, cancelled: 0 }
  return { ...none, total, succeeded, pending: total - succeeded }
}

/** True where a task belongs to the run: it was made for it, or succeeded in an earlier one; one that is still alive is never left out. */
export function belongsToRun({ spec, status }: Stored<FlightTask>, attempt: number): boolean {
  if ((spec.attempt ?? 0) === attempt) return true
  return status?.phase !== 'Failed' && status?.phase !== 'Cancelled'
}
