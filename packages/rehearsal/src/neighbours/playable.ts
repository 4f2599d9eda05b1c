/** Whether a run can be played to an end, as every run that is drawn can. */
import { API_VERSION, validate } from '@sortie/api'
import { slotsOf } from '../scenario/fleets.ts'
import type {
  Action,
  Edit,
  MissionPlan,
  Scenario,
  StagePlan,
  TaskPlan,
} from '../scenario/scenario.ts'

export function isPlayable(scenario: Scenario): boolean {
  const { missions, actions, faults } = scenario
  const names = new Set(missions.map(({ name }) => name))
  return (
    missions.length > 0 &&
    names.size === missions.length &&
    missions.every((mission) => isMissionPlayable(mission, scenario)) &&
    actions.every((action) => isActionPlayable(action, scenario)) &&
    faults.every(({ kind, part }) => kind !== 'twin' || part !== 'fleet')
  )
}

/** Whether what it is done to is part of the run, and the fleet can fly what it brings. */
export function isActionPlayable(action: Action, scenario: Scenario): boolean {
  const { missions, weapons } = scenario
  if ('mission' in action && missions.every(({ name }) => name !== action.mission)) return false
  if (action.kind === 'weaponImage') return weapons.some(({ name }) => name === action.weapon)
  if (action.kind === 'deleteNamespace') {
    return missions.some(({ namespace }) => namespace === action.namespace)
  }
  return action.kind !== 'edit' || isEditPlayable(action.edit, scenario)
}

function isMissionPlayable({ name, spec }: MissionPlan, scenario: Scenario): boolean {
  const object = { apiVersion: API_VERSION, kind: 'Mission', metadata: { name }, spec }
  return (
    validate(object).every(({ severity }) => severity !== 'error') &&
    (spec.stages ?? []).every((stage) => isStagePlayable(stage, scenario))
  )
}

function isEditPlayable(edit: Edit, scenario: Scenario): boolean {
  if (edit.kind === 'addStage' || edit.kind === 'insertStage') {
    return isStagePlayable(edit.stage, scenario)
  }
  return edit.kind !== 'addTask' || isTaskPlayable(edit.task, scenario)
}

function isStagePlayable(stage: StagePlan, scenario: Scenario): boolean {
  const tasks = stage.flightTasks ?? []
  if (!tasks.every((task) => isTaskPlayable(task, scenario))) return false
  return stage.synchronization?.waitForAll !== true || isGangPlayable(stage, scenario)
}

/** It has to fit into the fleet as a whole. */
function isGangPlayable({ type, flightTasks = [] }: StagePlan, { fleet }: Scenario): boolean {
  const [first] = flightTasks
  const size = flightTasks.reduce((sum, { count = 1 }) => sum + count, 0)
  return (
    (type ?? 'parallel') === 'parallel' &&
    flightTasks.every(({ aircraft }) => aircraft === first?.aircraft) &&
    size <= slotsOf(fleet, first?.aircraft ?? '')
  )
}

function isTaskPlayable(task: TaskPlan, { fleet, weapons }: Scenario): boolean {
  const { aircraft = '', weaponLoadout = [], podTemplate, timeout } = task
  const isKnown = aircraft === '' || fleet.aircraft.some(({ type }) => type === aircraft)
  const isArmed = weaponLoadout.every(({ weapon }) => weapons.some(({ name }) => name === weapon))
  // What is started again for ever ends by its time limit alone.
  const isEnding = podTemplate?.spec?.restartPolicy !== 'OnFailure' || timeout !== undefined
  return isKnown && isArmed && isEnding
}
