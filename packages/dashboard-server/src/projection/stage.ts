/** MissionStage to row. */
import { LABELS, type MissionStage, type PhaseCounts, type StageRow } from '@sortie/api'
import { parseDuration, type Stored } from '@sortie/machinery'
import { flag, identity, millis, positive, rowOf, said, some } from './row.ts'

const NO_TASKS: PhaseCounts = {
  total: 0,
  pending: 0,
  scheduled: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
}

export function stageRow(stage: Stored<MissionStage>): StageRow {
  const { metadata, spec, status } = stage
  const { config } = spec
  return rowOf<StageRow>({
    ...identity(stage),
    mission: spec.missionRef?.name ?? '',
    stage: metadata.labels?.[LABELS.stageName] ?? spec.stageName ?? metadata.name,
    index: spec.stageIndex ?? 0,
    stageType: spec.stageType ?? 'parallel',
    dependsOn: spec.dependsOn ?? [],
    phase: status?.phase ?? 'Pending',
    tasks: status?.counts ?? { ...NO_TASKS, total: spec.flightTasks?.length ?? 0 },
    message: said(status?.message),
    started: millis(status?.startTime),
    completed: millis(status?.completionTime),
    timeoutSeconds: secondsOf(config?.timeout),
    suspendedSeconds: positive(status?.suspendedSeconds),
    suspended: flag(spec.suspend),
    gates: (spec.startGates ?? []).map(({ name }) => name),
    conditions: some(config?.dependencies?.conditions?.map(({ type }) => type)),
    attempt: spec.attempt ?? 0,
    gang: flag(config?.synchronization?.waitForAll),
  })
}

/** The CRD lets only durations through, but an object may be older than its rule. */
function secondsOf(duration: string | undefined): number | undefined {
  if (duration === undefined) return undefined
  try {
    return parseDuration(duration) / 1000
  } catch {
    return undefined
  }
}
