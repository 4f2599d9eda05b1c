/**
 * A stage's tasks as they stand: what the spec plans, paired by name with what exists and with what
 * is on record.
 */
import type { FlightTask, TaskPhase } from '@sortie/api'
import type { Stored } from '@sortie/machinery'

/** One task that the stage's spec asks for, copies counted out. */
export interface PlannedTask {
  /** Name within the stage. */
  readonly name: string
  /** 1-based place among the stage's tasks, copies counted. */
  readonly index: number
  /** Name of the entry of spec.flightTasks that it comes from: its own, but for copies. */
  readonly group: string
  /**
   * Names of tasks or entries of the same stage that must have succeeded first; stages of type
   * mixed only.
   */
  readonly dependsOn: readonly string[]
  /** Its failure leaves the stage unharmed. */
  readonly optional: boolean
}

/** Phases that a task does not leave. */
export type TaskOutcome = 'Succeeded' | 'Failed' | 'Cancelled'

export interface RosterEntry {
  readonly planned: PlannedTask
  readonly object: Stored<FlightTask> | undefined
  /** The object's phase, else the recorded one, else Pending. */
  readonly phase: TaskPhase
}

export interface Roster {
  /** In the order of the spec. */
  readonly entries: readonly RosterEntry[]
  /** Tasks of this stage that its spec does not ask for any more. */
  readonly surplus: readonly Stored<FlightTask>[]
}

export interface RosterSources<Task extends PlannedTask> {
  readonly planned: readonly Task[]
  /** FlightTasks whose controlling owner is the stage. */
  readonly children: Iterable<Stored<FlightTask>>
  /** The run of the stage; children of earlier ones are found by their task's name. Default 0. */
  readonly attempt?: number
  /** Outcome of a task without an object, from the stage's status or from this process's memory. */
  readonly recorded: (name: string) => TaskOutcome | undefined
  /** Names that the task's object may have: the usual one, and the one for where that is taken. */
  readonly objectNames: (task: Task) => readonly [string, () => string]
}

/** Pairs by name, in one pass. An object wins over the record. */
export function buildRoster<Task extends PlannedTask>(sources: RosterSources<Task>): Roster {
  const left = new Map<string, Stored<FlightTask>>()
  const earlier = new Map<string, Stored<FlightTask>>()
  for (const child of sources.children) {
    const isEarlier = (child.spec.attempt ?? 0) < (sources.attempt ?? 0)
    if (isEarlier) earlier.set(child.spec.taskName ?? child.metadata.name, child)
    else left.set(child.metadata.name, child)
  }
  const entries = sources.planned.map((planned): RosterEntry => {
    const object =
      takeChild(left, sources.objectNames(planned)) ?? takeEarlier(earlier, planned.name)
    const phase = object?.status?.phase ?? sources.recorded(planned.name) ?? 'Pending'
    return { planned, object, phase }
  })
  return { entries, surplus: [...left.values(), ...earlier.values()] }
}

/** What an earlier run of the stage left: it succeeded, and is not flown again. */
function takeEarlier(
  earlier: Map<string, Stored<FlightTask>>,
  name: string,
): Stored<FlightTask> | undefined {
  const child = earlier.get(name)
  earlier.delete(name)
  return child
}

function takeChild(
  left: Map<string, Stored<FlightTask>>,
  [usual, fallback]: readonly [string, () => string],
): Stored<FlightTask> | undefined {
  if (left.size === 0) return undefined
  const child = left.get(usual)
  if (child !== undefined) {
    left.delete(usual)
    return child
  }
  const other = fallback()
  const found = left.get(other)
  left.delete(other)
  return found
}

export function isTaskEnded(phase: string | undefined): phase is TaskOutcome {
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Cancelled'
}

/** True where there is nothing to create: the task exists, or its end is on record. */
export function isMade(entry: RosterEntry): boolean {
  return entry.object !== undefined || isTaskEnded(entry.phase)
}

/** True where the task has an object and has not ended: it counts against maxParallelTasks. */
export function isActive(entry: RosterEntry): boolean {
  return entry.object !== undefined && !isTaskEnded(entry.phase)
}
