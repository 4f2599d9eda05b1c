/** FlightTask to row. */
import {
  ANNOTATIONS,
  type FlightTask,
  type FlightTaskRow,
  LABELS,
  TASK_CONDITIONS,
} from '@sortie/api'
import { type Condition, findCondition, type Stored } from '@sortie/machinery'
import { flag, identity, millis, positive, rowOf, said, some } from './row.ts'

/** Conditions that say why a task stands where it does, the most telling first, with the status that says trouble. */
const EXPLAINING = [
  [TASK_CONDITIONS.loadoutValid, 'False'],
  [TASK_CONDITIONS.imagePullFailed, 'True'],
  [TASK_CONDITIONS.podCreated, 'False'],
  [TASK_CONDITIONS.podScheduled, 'False'],
  [TASK_CONDITIONS.retrying, 'True'],
] as const

const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Cancelled'])

export function taskRow(task: Stored<FlightTask>): FlightTaskRow {
  const { metadata, spec, status } = task
  const labels = metadata.labels ?? {}
  const phase = status?.phase ?? 'Pending'
  return rowOf<FlightTaskRow>({
    ...identity(task),
    mission: said(spec.missionRef?.name) ?? said(labels[LABELS.mission]),
    stage: said(spec.stageName) ?? said(labels[LABELS.stage]),
    stageRef: said(spec.stageRef?.name),
    stageIndex: spec.stageIndex,
    task: said(spec.taskName) ?? metadata.name,
    index: spec.taskIndex ?? 0,
    phase,
    aircraftType: said(spec.aircraftRequirement?.type),
    role: said(spec.role),
    ...standingOf(task),
    message: said(status?.message),
    reason: ENDED.has(phase) ? undefined : reasonOf(status?.conditions),
    weapons: some(spec.weaponLoadout?.map(({ weaponRef }) => weaponRef.name)),
    gates: some(spec.startGates?.map(({ name }) => name)),
    optional: flag(spec.optional),
    suspended: flag(spec.suspend),
  })
}

function standingOf({ metadata, status }: Stored<FlightTask>): Pick<FlightTaskRow, 'retries'> & {
  readonly [K in
    | 'node'
    | 'pod'
    | 'replacements'
    | 'nextRetry'
    | 'assigned'
    | 'started'
    | 'completed']: FlightTaskRow[K] | undefined
} {
  const attempt = Number(metadata.annotations?.[ANNOTATIONS.attempt] ?? 0)
  return {
    node: said(status?.schedulingInfo?.assignedNode),
    pod: said(status?.podRef?.name),
    retries: status?.retryCount ?? (Number.isInteger(attempt) ? attempt : 0),
    replacements: positive(status?.replacements),
    nextRetry: millis(status?.nextRetryTime),
    assigned: millis(status?.schedulingInfo?.assignedTime),
    started: millis(status?.startTime),
    completed: millis(status?.completionTime),
  }
}

function reasonOf(conditions: readonly Condition[] | undefined): string | undefined {
  for (const [type, status] of EXPLAINING) {
    const condition = findCondition(conditions, type)
    if (condition?.status !== status) continue
    return type === TASK_CONDITIONS.imagePullFailed ? type : condition.reason
  }
  return undefined
}
