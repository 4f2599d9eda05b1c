/** A mission's counts: the sum over its stages. */
import { countTasks, type MissionStatus, type StagePhase, type TaskCounts } from '@sortie/api'
import { isEndedPhase } from '../stage/phase.ts'
import type { ObservedMission } from './observe.ts'
import type { StageSlot } from './slots.ts'

export type Statistics = Required<NonNullable<MissionStatus['statistics']>>

/** Counts of a stage that has not said any, or is gone: all its tasks stand as it stands. */
const WHOLE_STAGE: Readonly<Record<StagePhase, keyof Omit<TaskCounts, 'total'>>> = {
  Pending: 'pending',
  Running: 'pending',
  Succeeded: 'succeeded',
  Failed: 'failed',
  Cancelled: 'cancelled',
}

const NONE: TaskCounts = {
  total: 0,
  pending: 0,
  scheduled: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
}

/** The stage's own counts, else what its plan and phase say. */
export function countsOf({ child, definition, phase }: StageSlot, stopping: boolean): TaskCounts {
  const counts = child?.status?.counts
  if (counts !== undefined) return counts
  const total = countTasks(definition)
  const whole = stopping && !isEndedPhase(phase) ? 'cancelled' : WHOLE_STAGE[phase]
  return { ...NONE, total, [whole]: total }
}

export function statisticsOf(observed: ObservedMission, stopping: boolean): Statistics {
  const sum = { ...NONE }
  const all = [
    ...observed.slots.map((slot) => countsOf(slot, stopping)),
    ...observed.surplus.flatMap((stage) => stage.status?.counts ?? []),
  ]
  for (const counts of all) {
    for (const key of Object.keys(sum) as (keyof TaskCounts)[]) sum[key] += counts[key] ?? 0
  }
  return {
    totalFlightTasks: sum.total,
    succeededTasks: sum.succeeded,
    failedTasks: sum.failed,
    runningTasks: sum.running,
    pendingTasks: sum.pending + sum.scheduled,
    cancelledTasks: sum.cancelled,
  }
}
