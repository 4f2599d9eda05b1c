/**
 * What is wrong with a mission's plan as a whole: what no schema can say. The API server has
 * checked the rest.
 */
import {
  checkDependencies,
  countTasks,
  expandTasks,
  formatProblem,
  LIMITS,
  type MissionSpec,
  type MissionStageTemplate,
  nameTasks,
  type Path,
  type Problem,
  problem,
  show,
} from '@sortie/api'

const STAGES: Path = ['spec', 'stages']

export interface PlanCheck {
  /** Texts for people, each with the path of the field. */
  readonly problems: readonly string[]
  /** True where the dependencies go round in a circle. */
  readonly hasCycle: boolean
}

type Check = (stages: readonly MissionStageTemplate[], spec: MissionSpec) => readonly Problem[]

const CHECKS: readonly Check[] = [someStage, differentNames, stageDependencies, tasks, gangsFit]

export function checkPlan(spec: MissionSpec, stages: readonly MissionStageTemplate[]): PlanCheck {
  const found = CHECKS.flatMap((check) => check(stages, spec))
  const errors = found.filter(({ severity }) => severity === 'error')
  return {
    problems: errors.map(formatProblem),
    hasCycle: errors.some(({ code }) => code === 'Cycle'),
  }
}

function someStage(stages: readonly MissionStageTemplate[]): Problem[] {
  return stages.length > 0
    ? []
    : [problem(STAGES, 'Required', 'a mission needs at least one stage')]
}

function differentNames(stages: readonly MissionStageTemplate[]): Problem[] {
  return repetitions(stages.map(({ name }) => name)).map(({ name, index }) =>
    problem(
      [...STAGES, index, 'name'],
      'Duplicate',
      `another stage is named ${show(name)} already`,
    ),
  )
}

function repetitions(names: readonly string[]): { name: string; index: number }[] {
  const seen = new Set<string>()
  return names.flatMap((name, index) => {
    if (seen.has(name)) return [{ name, index }]
    seen.add(name)
    return []
  })
}

function stageDependencies(stages: readonly MissionStageTemplate[]): readonly Problem[] {
  return checkDependencies('stage', stages, STAGES)
}

function tasks(stages: readonly MissionStageTemplate[]): readonly Problem[] {
  return stages.flatMap((stage, index) => {
    const path = [...STAGES, index, 'flightTasks']
    const total = countTasks(stage)
    if (total > LIMITS.copies) {
      const message = `has ${total} tasks once copies are counted out; at most ${LIMITS.copies} are allowed`
      return [problem(path, 'TooMany', message)]
    }
    const repeated = repetitions(expandTasks(stage).map(({ name }) => name))
    const named = nameTasks(stage.flightTasks ?? [])
    return [
      ...repeated.map(({ name }) =>
        problem(path, 'Duplicate', `two tasks of the stage are named ${show(name)}`),
      ),
      ...(stage.type === 'mixed' ? checkDependencies('task', named, path) : []),
    ]
  })
}

/** A gang that is larger than the budget would wait for ever. */
function gangsFit(stages: readonly MissionStageTemplate[], spec: MissionSpec): Problem[] {
  const budget = spec.maxParallelTasks
  if (budget === undefined) return []
  return stages.flatMap((stage, index) => {
    const size = countTasks(stage)
    const isGang =
      stage.synchronization?.waitForAll === true && (stage.type ?? 'parallel') === 'parallel'
    if (!isGang || size <= budget) return []
    const message = `all ${size} tasks must fly together, but spec.maxParallelTasks allows ${budget}`
    return [problem([...STAGES, index, 'synchronization', 'waitForAll'], 'Bounds', message)]
  })
}
