/** The tasks of a stage, wherever the stage is written. */

import type { JsonObject, JsonValue } from '@sortie/machinery'
import { parseDuration } from '@sortie/machinery'
import { LIMITS } from '../constants.ts'
import type { StageTask, StageType } from '../kinds/tasks.ts'
import { countTasks, expandTasks, nameTasks } from '../naming/tasks.ts'
import { checkDependencies } from './dag.ts'
import { checkPodPolicy, type PodPolicy } from './podpolicy.ts'
import { checkPodTemplate } from './podtemplate.ts'
import { type Path, type Problem, problem, show, under, warning } from './problem.ts'

export interface StageTasksContext {
  readonly type: StageType
  readonly podPolicy?: PodPolicy | undefined
}

/** Checks a stage's list of tasks. Paths start at the list. */
export function checkStageTasks(
  tasks: readonly StageTask[],
  context: StageTasksContext,
): readonly Problem[] {
  const found = tasks.flatMap((task, index) => under([index], checkStageTask(task, context)))
  const total = countTasks({ flightTasks: tasks })
  if (total > LIMITS.copies) {
    const what = `the stage has ${total} tasks with all copies; at most ${LIMITS.copies} are allowed`
    return [...found, problem([], 'TooMany', what)]
  }
  return [...found, ...checkTaskNames(tasks), ...checkTaskOrder(tasks, context.type)]
}

function checkStageTask(task: StageTask, context: StageTasksContext): readonly Problem[] {
  const armed = (task.weaponLoadout?.length ?? 0) > 0 || task.loadoutRef !== undefined
  return [
    ...under(['podTemplate'], checkTemplate(task.podTemplate, armed, context.podPolicy)),
    ...under(['weaponLoadout'], checkQuantities(task.weaponLoadout ?? [])),
    ...checkLimit(task.timeout, ['timeout']),
  ]
}

/** A podTemplate against its own rules, and against a policy where one is given. */
export function checkTemplate(
  template: JsonObject | undefined,
  armed: boolean,
  policy: PodPolicy | undefined,
): readonly Problem[] {
  const own = checkPodTemplate(template as JsonValue | undefined, { armed })
  if (policy === undefined || template === undefined) return own
  // What the template's own rules refuse already is not said twice.
  const said = new Set(own.map((found) => found.path.join('/')))
  const more = checkPodPolicy(template, policy).filter((found) => !said.has(found.path.join('/')))
  return [...own, ...more]
}

export function checkQuantities(
  weapons: readonly { readonly quantity: number }[],
): readonly Problem[] {
  return weapons.flatMap((weapon, index) =>
    weapon.quantity === 0
      ? [
          warning(
            [index, 'quantity'],
            'NoEffect',
            'is 0, so nothing is carried; leave the weapon out',
          ),
        ]
      : [],
  )
}

/** A deadline that the schema lets pass may still be longer than any mission. */
export function checkLimit(duration: string | undefined, path: Path): readonly Problem[] {
  if (duration === undefined || !isReadable(duration)) return []
  if (parseDuration(duration) <= LIMITS.durationMillis) return []
  return [
    problem(path, 'Duration', `${show(duration)} is longer than a year; at most 8760h is allowed`),
  ]
}

function isReadable(duration: string): boolean {
  try {
    return parseDuration(duration) >= 0
  } catch {
    return false
  }
}

function checkTaskNames(tasks: readonly StageTask[]): readonly Problem[] {
  const seen = new Map<string, number>()
  const clashing = new Set<number>()
  const found: Problem[] = []
  const places = copyPlaces(tasks)
  expandTasks({ flightTasks: tasks }).forEach((task, position) => {
    const place = places[position] ?? 0
    const first = seen.get(task.name)
    if (first === undefined) {
      seen.set(task.name, place)
      return
    }
    if (clashing.has(place)) return
    clashing.add(place)
    const own = tasks[place]?.name === undefined ? ' (made from aircraft and place)' : ''
    const message = `${show(task.name)}${own} is the name of task ${first + 1} of the stage already; give it another name`
    found.push(problem([place, 'name'], 'Duplicate', message))
  })
  return found
}

/** For every task flown, its place in the list as written. */
function copyPlaces(tasks: readonly StageTask[]): readonly number[] {
  return tasks.flatMap((task, place) => new Array<number>(task.count ?? 1).fill(place))
}

function checkTaskOrder(tasks: readonly StageTask[], type: StageType): readonly Problem[] {
  if (type === 'mixed') return checkDependencies('task', nameTasks(tasks), [])
  return tasks.flatMap((task, index) =>
    (task.dependsOn?.length ?? 0) > 0
      ? [
          warning(
            [index, 'dependsOn'],
            'NoEffect',
            `has no effect in a ${type} stage; make its type mixed`,
          ),
        ]
      : [],
  )
}
