/** The tasks of a stage as they are flown: names filled in, copies counted out. */
import type { MissionStageSpec } from '../kinds/missionstage.ts'
import type { NamedStageTask, StageTask } from '../kinds/tasks.ts'

const MAX_STEM = 52

/** The task with its default name where it has none: `<aircraft>-<NN>`, or `task-<NN>`; NN is its place, from 01. */
export function defaultTaskName(aircraft: string | undefined, place: number): string {
  const plain = (aircraft ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, MAX_STEM)
    .replace(/-+$/, '')
  return `${plain === '' ? 'task' : plain}-${String(place).padStart(2, '0')}`
}

/** The tasks with every name filled in, as a MissionStage's spec holds them. */
export function nameTasks(tasks: readonly StageTask[]): readonly NamedStageTask[] {
  return tasks.map((task, index) => ({
    ...task,
    name: task.name ?? defaultTaskName(task.aircraft, index + 1),
  }))
}

/** One task to be flown. */
export interface ExpandedTask {
  /** Name within the stage, with the suffix of its copy. */
  readonly name: string
  /** Name that a dependsOn uses: it means every copy. */
  readonly base: string
  /** Place in the stage, from 1, copies counted out. */
  readonly index: number
  /** Which copy it is, from 1; missing where the task has no count. */
  readonly copy?: number
  readonly task: NamedStageTask
}

/**
 * The tasks of a stage with copies counted out: a task with `count` becomes `<name>-0001` to `<name>-NNNN`, one without
 * stays itself. Shares the task objects. Names are different if `validateMission` has no errors.
 */
export function expandTasks(stage: {
  readonly flightTasks?: readonly StageTask[]
}): readonly ExpandedTask[] {
  const expanded: ExpandedTask[] = []
  for (const task of nameTasks(stage.flightTasks ?? [])) {
    if (task.count === undefined) {
      expanded.push({ name: task.name, base: task.name, index: expanded.length + 1, task })
      continue
    }
    for (let copy = 1; copy <= task.count; copy++) {
      const name = copyName(task.name, copy)
      expanded.push({ name, base: task.name, index: expanded.length + 1, copy, task })
    }
  }
  return expanded
}

/** How many tasks a stage has, copies counted, without making them. */
export function countTasks(stage: { readonly flightTasks?: readonly StageTask[] }): number {
  let total = 0
  for (const task of stage.flightTasks ?? []) total += task.count ?? 1
  return total
}

export function copyName(base: string, copy: number): string {
  return `${base}-${String(copy).padStart(4, '0')}`
}

/** Whether the stage's tasks are placed together or not at all: only tasks that all start together can be. */
export function isGangStage({ spec }: { readonly spec: MissionStageSpec }): boolean {
  const waitForAll = spec.config?.synchronization?.waitForAll === true
  return waitForAll && (spec.stageType ?? 'parallel') === 'parallel'
}
