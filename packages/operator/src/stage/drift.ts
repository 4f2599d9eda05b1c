/**
 * A changed stage: tasks that have not started follow the spec, started ones keep theirs and the
 * difference is recorded.
 */
import { FLIGHT_TASKS, type FlightTask, isGangStage, type MissionStage } from '@sortie/api'
import { createMergePatch, isDeleting, type JsonObject, type Stored } from '@sortie/machinery'
import { deleteInBackground, type Operation, patchSpec, refAsSeen } from '@sortie/runtime'
import { type FlightTaskOptions, flightTaskSpec, withoutDefaultPolicies } from './flighttask.ts'
import type { ObservedStage } from './observe.ts'
import { isTaskEnded } from './roster.ts'

export interface SpecFollowing {
  readonly operations: readonly Operation[]
  /**
   * What started tasks do not follow; undefined where the spec has not changed since it was last
   * compared.
   */
  readonly drift: readonly string[] | undefined
}

/**
 * Compared once per generation of the spec, so that a stage of thousands pays for it when it
 * changes only. A task that is no longer planned may come later than the change, by a write long on its way; it may just
 * have started.
 */
export function followSpec(observed: ObservedStage): SpecFollowing {
  const { stage, roster, tasks } = observed
  const operations: Operation[] = []
  const drift: string[] = []
  for (const child of roster.surplus) {
    if (hasTaskStarted(child))
      drift.push(`flightTasks[${taskNameOf(child)}]: removed, but it has started`)
    else if (!isDeleting(child as FlightTask))
      operations.push(deleteInBackground(FLIGHT_TASKS, refAsSeen(child)))
  }
  if (stage.status?.observedGeneration === stage.metadata.generation)
    return { operations, drift: undefined }
  const isGang = isGangStage(stage)
  roster.entries.forEach(({ object, planned, phase }, place) => {
    const task = tasks[place]
    if (object === undefined || task === undefined || isTaskEnded(phase)) return
    const change = taskChange(stage, object, { task, name: object.metadata.name, isGang })
    if (change === undefined) return
    if (hasTaskStarted(object) || observed.hasPod(object))
      drift.push(...driftOf(planned.name, change))
    else operations.push(patchSpec(FLIGHT_TASKS, refAsSeen(object), change))
  })
  return { operations, drift }
}

/** True where a pod was made for the task: from then on it keeps its spec. */
export function hasTaskStarted({ status }: Stored<FlightTask>): boolean {
  return status?.podRef !== undefined || (status?.phase ?? 'Pending') !== 'Pending'
}

/** Fields of a task that belong to whoever changes them, not to the stage's spec. */
const NOT_COMPARED = ['suspend', 'cancel', 'startGates']

function taskChange(
  stage: Stored<MissionStage>,
  object: Stored<FlightTask>,
  options: FlightTaskOptions,
): JsonObject | undefined {
  // Tasks of an operator before this one say the default policies.
  const held = withoutDefaultPolicies(object.spec)
  return specChange(held, flightTaskSpec(stage, options), NOT_COMPARED)
}

/**
 * The merge patch that makes `held` what is wanted, but for the named fields; undefined where there
 * is no difference.
 */
export function specChange(
  held: object,
  wanted: object,
  notCompared: readonly string[],
): JsonObject | undefined {
  const difference = {
    ...(createMergePatch(held as JsonObject, wanted as JsonObject) as JsonObject),
  }
  for (const field of notCompared) delete (difference as Record<string, unknown>)[field]
  return Object.keys(difference).length === 0 ? undefined : difference
}

/**
 * Places in lists: they shift when something is inserted, and mean nothing to a task that has
 * started.
 */
const NO_DRIFT: ReadonlySet<string> = new Set(['taskIndex', 'stageIndex'])

function driftOf(name: string, change: JsonObject): string[] {
  const fields = Object.keys(change).filter((field) => !NO_DRIFT.has(field))
  return fields.map((field) => `flightTasks[${name}].${field}`)
}

function taskNameOf(task: Stored<FlightTask>): string {
  return task.spec.taskName ?? task.metadata.name
}
