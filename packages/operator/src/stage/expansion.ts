/** The tasks that a stage's spec asks for, copies counted out, and what is wrong with them. */
import { LIMITS, type MissionStage, type NamedStageTask } from '@sortie/api'
import { boundedName, type Stored, stableHash } from '@sortie/machinery'
import type { StageTask } from './flighttask.ts'

export interface Expansion {
  readonly tasks: readonly StageTask[]
  /** Usual name of each task's object, in the order of `tasks`. */
  readonly objectNames: readonly string[]
  readonly problems: readonly string[]
}

/** Longest name of a FlightTask: `-pod-<retry>` must still fit behind it. */
const LONGEST_OBJECT_NAME = 240

export function expandStage(stage: Stored<MissionStage>): Expansion {
  const tasks: StageTask[] = []
  for (const entry of stage.spec.flightTasks ?? []) appendTasks(tasks, entry)
  const objectNames = tasks.map((task) => objectNameOf(stage, task))
  return { tasks, objectNames, problems: problemsOf(stage, tasks) }
}

function appendTasks(tasks: StageTask[], entry: NamedStageTask): void {
  for (let copy = 1; copy <= (entry.count ?? 1); copy++) {
    const suffix = entry.count === undefined ? '' : `-${String(copy).padStart(4, '0')}`
    tasks.push({
      name: entry.name + suffix,
      index: tasks.length + 1,
      group: entry.name,
      dependsOn: entry.dependsOn ?? [],
      optional: entry.optional === true,
      entry,
    })
  }
}

function partsOf(stage: Stored<MissionStage>, task: StageTask): string[] {
  const attempt = stage.spec.attempt ?? 0
  return [stage.metadata.name, task.name, ...(attempt > 0 ? [String(attempt)] : [])]
}

/** `<stage>-<task>`, and from the stage's second run on its attempt. */
export function objectNameOf(stage: Stored<MissionStage>, task: StageTask): string {
  return boundedName(partsOf(stage, task), LONGEST_OBJECT_NAME)
}

/** The name for where someone else's object has the usual one. */
export function fallbackNameOf(stage: Stored<MissionStage>, task: StageTask): string {
  const hash = stableHash(stage.metadata.uid)
  return boundedName([...partsOf(stage, task), hash], LONGEST_OBJECT_NAME)
}

function problemsOf(stage: Stored<MissionStage>, tasks: readonly StageTask[]): string[] {
  if (tasks.length > LIMITS.copies) {
    const most = `at most ${LIMITS.copies}`
    return [`spec.flightTasks: ${tasks.length} tasks once copies are counted; ${most} are allowed`]
  }
  const names = new Set<string>()
  const repeated = new Set<string>()
  for (const { name } of tasks) {
    if (names.has(name)) repeated.add(name)
    names.add(name)
  }
  const unknown = stage.spec.stageType === 'mixed' ? unknownDependencies(stage, names) : []
  return [
    ...[...repeated].map((name) => `spec.flightTasks: two tasks are named ${name}`),
    ...unknown,
  ]
}

function unknownDependencies(stage: Stored<MissionStage>, names: ReadonlySet<string>): string[] {
  const entries = stage.spec.flightTasks ?? []
  const groups = new Set(entries.map(({ name }) => name))
  return entries.flatMap(({ name, dependsOn }) =>
    (dependsOn ?? [])
      .filter((dependency) => !groups.has(dependency) && !names.has(dependency))
      .map((dependency) => `spec.flightTasks[${name}].dependsOn: no task is named ${dependency}`),
  )
}
