/** The tasks that a stage's spec asks for, copies counted out, and what is wrong with them. */
import {
  childName,
  countTasks,
  type ExpandedTask,
  expandTasks,
  findCycle,
  LIMITS,
  MAX_TASK_NAME,
  type MissionStage,
  stageObjectName,
  taskObjectName,
} from '@sortie/api'
import { boundedName, type Stored } from '@sortie/machinery'
import { type StageTask, stageNameOf } from './flighttask.ts'
import { flownAttempt } from './rerun.ts'

export interface Expansion {
  readonly tasks: readonly StageTask[]
  /** Usual name of each task's object, in the order of `tasks`. */
  readonly objectNames: readonly string[]
  /**
   * What keeps the spec from being carried out; a mission's own stages were checked before they
   * were made.
   */
  readonly problems: readonly string[]
}

export function expandStage(stage: Stored<MissionStage>): Expansion {
  const total = countTasks(stage.spec)
  if (total > LIMITS.copies) {
    const problem = `spec.flightTasks: ${total} tasks once copies are counted out; at most ${LIMITS.copies} are allowed`
    return { tasks: [], objectNames: [], problems: [problem] }
  }
  const tasks = expandTasks(stage.spec).map(stageTaskOf)
  const objectNames = tasks.map((task) => objectNameOf(stage, task))
  return { tasks, objectNames, problems: problemsOf(stage, tasks) }
}

function stageTaskOf({ name, base, index, task }: ExpandedTask): StageTask {
  const { dependsOn = [], optional = false } = task
  return { name, index, group: base, dependsOn, optional, entry: task }
}

/**
 * `<mission>-<stage>-<task>`; below a stage that has not its usual name itself, `<stage
 * object>-<task>`.
 */
function objectNameOf(stage: Stored<MissionStage>, { name }: StageTask): string {
  const mission = stage.spec.missionRef?.name
  const stageName = stageNameOf(stage)
  const attempt = flownAttempt(stage)
  if (mission !== undefined && stageObjectName(mission, stageName) === stage.metadata.name) {
    return taskObjectName({ mission, stage: stageName, task: name, attempt })
  }
  const parts = [stage.metadata.name, name, ...(attempt > 0 ? [`r${attempt}`] : [])]
  return boundedName(parts, MAX_TASK_NAME)
}

/** The name for where someone else's object has the usual one. */
export function fallbackNameOf(
  stage: Stored<MissionStage>,
  task: StageTask,
  usualName: string,
): string {
  const key = `${task.name}/${flownAttempt(stage)}`
  return childName(usualName, { parentUid: stage.metadata.uid, key }, MAX_TASK_NAME)
}

function problemsOf(stage: Stored<MissionStage>, tasks: readonly StageTask[]): string[] {
  const names = new Set<string>()
  const repeated = new Set<string>()
  for (const { name } of tasks) {
    if (names.has(name)) repeated.add(name)
    names.add(name)
  }
  return [
    ...[...repeated].map((name) => `spec.flightTasks: two tasks are named ${name}`),
    ...(stage.spec.stageType === 'mixed' ? dependencyProblems(stage, names) : []),
  ]
}

function dependencyProblems(stage: Stored<MissionStage>, names: ReadonlySet<string>): string[] {
  const entries = stage.spec.flightTasks ?? []
  const groups = new Set(entries.map(({ name }) => name))
  const unknown = entries.flatMap(({ name, dependsOn = [] }) =>
    dependsOn
      .filter((dependency) => !groups.has(dependency) && !names.has(dependency))
      .map((dependency) => `spec.flightTasks[${name}].dependsOn: no task is named ${dependency}`),
  )
  const cycle = findCycle(entries)
  if (cycle === undefined) return unknown
  return [...unknown, `spec.flightTasks: the dependencies go round: ${cycle.join(' → ')}`]
}
