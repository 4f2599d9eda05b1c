/** Steps that change what flies, and where. */
import { drawEdit } from '../scenario/actions.ts'
import { applyEdit } from '../scenario/edits.ts'
import { drawFleet } from '../scenario/fleets.ts'
import { drawConfig, drawTask, gangMember, type MissionDraw } from '../scenario/missions.ts'
import type { MissionPlan, StagePlan } from '../scenario/scenario.ts'
import { fewerMissions, lesserMissions } from '../shrink.ts'
import { shifted } from './events.ts'
import { isActionPlayable } from './playable.ts'
import type { Step } from './step.ts'

/** One field of the policies for failure and cancellation. */
export const changePolicy: Step = onMission((mission, { chance }) => {
  const { failurePolicy = {}, cancellationPolicy = {} } = mission.spec.config ?? {}
  const drawn = drawConfig(chance)
  const field = chance.oneOf(POLICY_FIELDS)
  const config = {
    failurePolicy: { ...failurePolicy, ...fieldOf(drawn.failurePolicy, field) },
    cancellationPolicy: { ...cancellationPolicy, ...fieldOf(drawn.cancellationPolicy, field) },
  }
  return { ...mission, spec: { ...mission.spec, config } }
})

const POLICY_FIELDS = [
  'maxRetries',
  'retryStrategy',
  'stageFailureAction',
  'maxStageRetries',
  'gracePeriod',
]

function fieldOf(policy: object | undefined, field: string): object {
  return Object.fromEntries(Object.entries(policy ?? {}).filter(([key]) => key === field))
}

/** What people may do to it in flight, done before: a cap, a stage more or less, a type, a timeout. */
export const editMission: Step = onMission((mission, draw) => {
  const spec = applyEdit(mission.spec as Parameters<typeof applyEdit>[0], drawEdit(draw))
  return spec === undefined ? undefined : { ...mission, spec }
})

export const dropMission: Step = (from, { chance }) => {
  const choices = [...fewerMissions(from.missions)]
  if (choices.length === 0) return undefined
  const fewer = { ...from, missions: chance.oneOf(choices) }
  return { ...fewer, actions: from.actions.filter((action) => isActionPlayable(action, fewer)) }
}

/** By a stage or a task. */
export const lessenMission: Step = (from, { chance }) => {
  const choices = [...lesserMissions(from.missions)]
  return choices.length === 0 ? undefined : { ...from, missions: chance.oneOf(choices) }
}

/** A task of the same name, aircraft and dependencies. */
export const changeTask: Step = onMission((mission, draw) => {
  const { chance } = draw
  const stages = mission.spec.stages ?? []
  const index = chance.between(0, stages.length - 1)
  const stage = stages[index]
  if (stage === undefined) return undefined
  return { ...mission, spec: { ...mission.spec, stages: stages.with(index, redraw(stage, draw)) } }
})

function redraw(stage: StagePlan, draw: MissionDraw): StagePlan {
  const tasks = stage.flightTasks ?? []
  const index = draw.chance.between(0, tasks.length - 1)
  const before = tasks[index]
  if (before === undefined) return stage
  const { name = '', aircraft = '', dependsOn } = before
  const task = drawTask(draw, { name, mixed: false, before: [] })
  const isGang = stage.synchronization?.waitForAll === true
  const drawn = isGang ? gangMember(task, aircraft) : { ...task, aircraft }
  const kept = dependsOn === undefined ? drawn : { ...drawn, dependsOn }
  return { ...stage, flightTasks: tasks.with(index, kept) }
}

export const shiftMission: Step = onMission((mission, { chance }) => ({
  ...mission,
  at: shifted(mission.at, chance),
}))

/** How pods play out. */
export const redrawRules: Step = (from, { chance }) => {
  const { rules } = drawFleet(chance)
  return { ...from, fleet: { ...from.fleet, rules } }
}

export const withLatency: Step = (from, { chance }) => ({
  ...from,
  latencyMs: chance.oneOf([0, 5, 30, 100].filter((ms) => ms !== from.latencyMs)),
})

/** The same plan, in which whatever chance decides as it is played falls otherwise. */
export const withOtherDice: Step = (from, { chance }) => ({
  ...from,
  seed: chance.between(1, 2 ** 31),
})

function onMission(
  change: (mission: MissionPlan, draw: MissionDraw) => MissionPlan | undefined,
): Step {
  return (from, { chance }) => {
    const { fleet, missions, weapons } = from
    const index = chance.between(0, missions.length - 1)
    const mission = missions[index]
    if (mission === undefined) return undefined
    const draw = { chance, fleet, weapons: weapons.map(({ name }) => name) }
    const changed = change(mission, draw)
    return changed === undefined ? undefined : { ...from, missions: missions.with(index, changed) }
  }
}
