/** Cuts a failing run down: fewer faults, actions, missions, stages and tasks, as long as it goes on failing in the same way. */
import type { MissionPlan, Scenario, StagePlan } from './scenario/scenario.ts'

export interface ShrinkOptions {
  /** Runs that may be spent. */
  readonly budget: number
  /** Whether the scenario still fails as the first one did. */
  fails(scenario: Scenario): Promise<boolean>
}

export interface Shrunk {
  readonly scenario: Scenario
  /** Runs that were spent. */
  readonly runs: number
}

/** Greedy: takes away what it can, the largest pieces first, until nothing more can go or the budget is spent. */
export async function shrinkScenario(from: Scenario, options: ShrinkOptions): Promise<Shrunk> {
  let scenario = from
  let runs = 0
  for (let progress = true; progress; ) {
    progress = false
    for (let tried = 0; ; tried++) {
      const candidate = nth(candidatesOf(scenario), tried)
      if (candidate === undefined) break
      if (runs >= options.budget) return { scenario, runs }
      runs++
      if (!(await options.fails(candidate))) continue
      scenario = candidate
      progress = true
      // What took this one's place in the order comes next.
      tried--
    }
  }
  return { scenario, runs }
}

function nth<T>(values: Iterable<T>, index: number): T | undefined {
  let left = index
  for (const value of values) if (left-- === 0) return value
  return undefined
}

function* candidatesOf(scenario: Scenario): Generator<Scenario> {
  for (const faults of withoutParts(scenario.faults)) yield { ...scenario, faults }
  for (const actions of withoutParts(scenario.actions)) yield { ...scenario, actions }
  for (const missions of fewerMissions(scenario.missions)) yield { ...scenario, missions }
  for (const missions of lesserMissions(scenario.missions)) yield { ...scenario, missions }
  const { rules } = scenario.fleet
  for (const fewer of withoutOne(rules)) {
    yield { ...scenario, fleet: { ...scenario.fleet, rules: fewer } }
  }
  if (scenario.latencyMs > 0) yield { ...scenario, latencyMs: 0 }
}

/** One less, and never none. */
export function* fewerMissions(
  missions: readonly MissionPlan[],
): Generator<readonly MissionPlan[]> {
  if (missions.length > 1) yield* withoutOne(missions)
}

/** One of them with a stage or a task less. */
export function lesserMissions(
  missions: readonly MissionPlan[],
): Generator<readonly MissionPlan[]> {
  return replacedOne(missions, smallerMissions)
}

function* smallerMissions(mission: MissionPlan): Generator<MissionPlan> {
  const stages = mission.spec.stages ?? []
  const withStages = (next: readonly StagePlan[]): MissionPlan => ({
    ...mission,
    spec: { ...mission.spec, stages: next },
  })
  for (let index = stages.length - 1; index >= 0 && stages.length > 1; index--) {
    yield withStages(withoutStage(stages, index))
  }
  for (const next of replacedOne(stages, smallerStages)) yield withStages(next)
}

function withoutStage(stages: readonly StagePlan[], index: number): StagePlan[] {
  const name = stages[index]?.name
  return stages.toSpliced(index, 1).map((stage) => {
    const { dependsOn, ...rest } = stage
    const left = dependsOn?.filter((other) => other !== name) ?? []
    return left.length === 0 ? rest : { ...rest, dependsOn: left }
  })
}

function* smallerStages(stage: StagePlan): Generator<StagePlan> {
  const tasks = stage.flightTasks ?? []
  if (tasks.length < 2) return
  for (const [index, gone] of tasks.entries()) {
    const flightTasks = tasks.toSpliced(index, 1).map((task) => {
      const { dependsOn, ...rest } = task
      const left = dependsOn?.filter((name) => name !== gone.name) ?? []
      return left.length === 0 ? rest : { ...rest, dependsOn: left }
    })
    yield { ...stage, flightTasks }
  }
}

/** Halves first, then single ones. */
function* withoutParts<T>(list: readonly T[]): Generator<readonly T[]> {
  if (list.length > 3) {
    const half = Math.floor(list.length / 2)
    yield []
    yield list.slice(half)
    yield list.slice(0, half)
  }
  yield* withoutOne(list)
}

function* withoutOne<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let index = list.length - 1; index >= 0; index--) yield list.toSpliced(index, 1)
}

function* replacedOne<T>(
  list: readonly T[],
  variants: (item: T) => Iterable<T>,
): Generator<readonly T[]> {
  for (const [index, item] of list.entries()) {
    for (const variant of variants(item)) yield list.with(index, variant)
  }
}
