/**
 * Small runs: a mission or two of a few tasks that fly for moments, to which what goes wrong is added by the steps that neighbours are
 * made by. Most mistakes need no more, and many such runs cost as much as one of the usual size.
 */
import type { FleetSpec } from '@sortie/fleet'
import { type Chance, chanceOf, randomFor } from '../scenario/chance.ts'
import { drawScenario } from '../scenario/generate.ts'
import type { MissionPlan, Scenario, StagePlan, TaskPlan } from '../scenario/scenario.ts'
import { takeStep } from './neighbour.ts'

const MOST_STAGES = 2
const MOST_TASKS = 2
const MOST_COPIES = 2
const LONGEST_FLIGHT_MS = 3_000
const LATEST_MISSION_MS = 1_000
const STEP_COUNTS = [2, 3, 4, 6, 8, 12] as const

export function drawSmall(seed: number): Scenario {
  const chance = chanceOf(randomFor(seed, 'small'))
  const calm = reduced(drawScenario(seed, { faults: false, actions: false }), chance)
  // Steps may take of its faults and actions what they like.
  const other = drawScenario(seed)
  let scenario = calm
  for (let left = chance.oneOf(STEP_COUNTS); left > 0; left--) {
    scenario = takeStep(scenario, { chance, other: { ...other, missions: calm.missions } })
  }
  return scenario
}

function reduced(scenario: Scenario, chance: Chance): Scenario {
  const count = chance.happens(0.75) ? 1 : 2
  return {
    ...scenario,
    fleet: reducedFleet(scenario.fleet),
    missions: scenario.missions.slice(0, count).map(reducedMission),
    decoys: false,
  }
}

/** Flights are over soon. */
function reducedFleet(fleet: FleetSpec): FleetSpec {
  const rules = fleet.rules.map((rule) => {
    const { duration } = rule
    if (typeof duration !== 'object') return rule
    return { ...rule, duration: { ...duration, max: Math.min(duration.max, LONGEST_FLIGHT_MS) } }
  })
  return { ...fleet, rules }
}

function reducedMission(mission: MissionPlan): MissionPlan {
  const stages = (mission.spec.stages ?? []).slice(0, MOST_STAGES).map(reducedStage)
  return {
    ...mission,
    at: Math.min(mission.at, LATEST_MISSION_MS),
    spec: { ...mission.spec, stages },
  }
}

/** What it depends on comes before it, so that it is there still. */
function reducedStage(stage: StagePlan): StagePlan {
  return { ...stage, flightTasks: (stage.flightTasks ?? []).slice(0, MOST_TASKS).map(reducedTask) }
}

function reducedTask(task: TaskPlan): TaskPlan {
  const { count } = task
  return count === undefined ? task : { ...task, count: Math.min(count, MOST_COPIES) }
}
