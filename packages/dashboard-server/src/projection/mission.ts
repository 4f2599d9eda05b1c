/** Mission to row. */
import { MISSION_CONDITIONS, type Mission, type MissionRow, type PhaseCounts } from '@sortie/api'
import { isConditionTrue, type Stored } from '@sortie/machinery'
import { flag, identity, millis, positive, rowOf, said } from './row.ts'

const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Cancelled'])

export function missionRow(mission: Stored<Mission>): MissionRow {
  const { spec, status } = mission
  return rowOf<MissionRow>({
    ...identity(mission),
    phase: status?.phase ?? 'Pending',
    title: said(spec.missionName),
    missionType: spec.missionType,
    priority: spec.priority ?? 'medium',
    ...stagesOf(mission),
    tasks: countsOf(mission),
    message: said(status?.message),
    started: millis(status?.startTime),
    completed: millis(status?.completionTime),
    suspended: flag(spec.suspend),
    cancelled: flag(spec.cancel),
    stageRetries: positive(sum(Object.values(status?.stageRetries ?? {}))),
    drift: flag(isConditionTrue(status?.conditions, MISSION_CONDITIONS.specDrift)),
    templateRef: said(spec.templateRef?.name),
    stageFailureAction: said(spec.config?.failurePolicy?.stageFailureAction),
  })
}

function stagesOf({ spec, status }: Stored<Mission>): {
  readonly stagesDone: number
  readonly stagesTotal: number
} {
  const summary = status?.stagesSummary ?? []
  return {
    stagesDone: summary.filter(({ phase }) => ENDED.has(phase ?? '')).length,
    // Before its controller has seen the mission, the spec is all there is.
    stagesTotal: summary.length > 0 ? summary.length : (spec.stages?.length ?? 0),
  }
}

/** A mission counts tasks that have an aircraft among the pending ones. */
function countsOf({ status }: Stored<Mission>): PhaseCounts {
  const counts = status?.statistics
  return {
    total: counts?.totalFlightTasks ?? 0,
    pending: counts?.pendingTasks ?? 0,
    scheduled: 0,
    running: counts?.runningTasks ?? 0,
    succeeded: counts?.succeededTasks ?? 0,
    failed: counts?.failedTasks ?? 0,
    cancelled: counts?.cancelledTasks ?? 0,
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
