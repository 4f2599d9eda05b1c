/** The tasks of a stage, wherever the stage is written. */

import type { JsonObject, JsonValue } from '@sortie/machinery'
import { parseDuration } from '@sortie/machinery'
import { LIMITS } from '../constants.ts'
import type { StageTask, StageType } from '../kinds/tasks.ts'
import { copyName, countTasks, nameTasks } from '../naming/tasks.ts'
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

/** What `copyName` adds: four digits, or five for the last copy that there can be. */
const COPY = /^(.+)-(\d{4}|1\d{4})$/

/**
 * Names that two tasks would share once copies are counted out, found without counting them out: two plain names, two
 * bases, or a plain name that is a copy's.
 */
function checkTaskNames(tasks: readonly StageTask[]): readonly Problem[] {
  const plain = new Map<string, number>()
  const copied = new Map<string, number>()
  const found: Problem[] = []
  const named = nameTasks(tasks)
  const clash = (place: number, first: number, name: string): void => {
    const own = tasks[place]?.name === undefined ? ' (made from aircraft and place)' : ''
    const message = `${show(name)}${own} is the name of task ${first + 1} of the stage already; give it another name`
    found.push(problem([place, 'name'], 'Duplicate', message))
  }
  named.forEach((task, place) => {
    const names = task.count === undefined ? plain : copied
    const first = names.get(task.name)
    if (first === undefined) names.set(task.name, place)
    else clash(place, first, task.count === undefined ? task.name : copyName(task.name, 1))
  })
  for (const [name, place] of plain) {
    const base = copyBase(name, named, copied)
    if (base !== undefined) clash(Math.max(place, base), Math.min(place, base), name)
  }
  return found
}

/** Place of the task one of whose copies has this name. */
function copyBase(
  name: string,
  tasks: readonly StageTask[],
  copied: ReadonlyMap<string, number>,
): number | undefined {
  const [, base = '', digits = ''] = COPY.exec(name) ?? []
  const place = copied.get(base)
  const copy = Number(digits)
  return place !== undefined && copy >= 1 && copy <= (tasks[place]?.count ?? 0) ? place : undefined
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
