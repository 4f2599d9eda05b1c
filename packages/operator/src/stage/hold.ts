/** Why a stage has not started yet: an ordered chain of checks, the first that holds it speaks. */
import { GATES, type Mission, type MissionStage, REASONS } from '@sortie/api'
import { isConditionTrue, type Stored } from '@sortie/machinery'
import { isEndedPhase } from './phase.ts'

/**
 * A gate of the mission's controller: the stage has no share of the mission's maxParallelTasks yet.
 */
export const BUDGET_GATE = GATES.share

export interface Hold {
  readonly reason: string
  readonly message: string
  /** Whether someone has to do something: worth a write, where waiting for one's turn is not. */
  readonly needsPeople: boolean
}

const HANDS_OF_PEOPLE =
  /waits for (?:(gates? .+) to be removed \(sortie approve\)|(condition .+) to be True)$/

/** What a hold that waited for people says once it is over; undefined for any other text. */
export function noLonger(
  message: string | undefined,
): { readonly reason: string; readonly message: string } | undefined {
  const [, gates, conditions] = HANDS_OF_PEOPLE.exec(message ?? '') ?? []
  const waited = gates ?? conditions
  if (waited === undefined) return undefined
  const reason = gates === undefined ? REASONS.conditionMet : REASONS.gateOpened
  return { reason, message: `no longer waits for ${waited}` }
}

type Check = (stage: Stored<MissionStage>) => Hold | undefined

const CHECKS: readonly Check[] = [dependenciesGate, budgetGate, suspended, ownGates, conditions]

/** What keeps the stage from starting; undefined where nothing does. */
export function holdOf(stage: Stored<MissionStage>): Hold | undefined {
  for (const check of CHECKS) {
    const hold = check(stage)
    if (hold !== undefined) return hold
  }
  return undefined
}

/** Whether anything may start in a mission: it has not ended, and is neither cancelled nor suspended. */
export function goesOn({ spec, status }: Pick<Mission, 'spec' | 'status'>): boolean {
  return spec.cancel !== true && spec.suspend !== true && !isEndedPhase(status?.phase)
}

/** The mission's own word, where the stage has not been told yet: it may have been made by a write that was long on its way. */
export function missionHold({
  missionGoesOn,
}: {
  readonly missionGoesOn: boolean
}): Hold | undefined {
  if (missionGoesOn) return undefined
  const message = 'waits for its mission, which has ended or is suspended'
  return { reason: REASONS.suspended, message, needsPeople: false }
}

function gatesOf(stage: Stored<MissionStage>): readonly string[] {
  return stage.spec.startGates?.map((gate) => gate.name) ?? []
}

function dependenciesGate(stage: Stored<MissionStage>): Hold | undefined {
  if (!gatesOf(stage).includes(GATES.dependencies)) return undefined
  const message = `waits for ${stage.spec.dependsOn?.join(', ') ?? 'the stages before it'}`
  return { reason: REASONS.waitingForDependencies, message, needsPeople: false }
}

function budgetGate(stage: Stored<MissionStage>): Hold | undefined {
  if (!gatesOf(stage).includes(BUDGET_GATE)) return undefined
  const message = "waits for a share of the mission's maxParallelTasks"
  return { reason: REASONS.waitingForGate, message, needsPeople: false }
}

function suspended(stage: Stored<MissionStage>): Hold | undefined {
  if (stage.spec.suspend !== true) return undefined
  return { reason: REASONS.suspended, message: 'suspended', needsPeople: true }
}

function ownGates(stage: Stored<MissionStage>): Hold | undefined {
  const gates = gatesOf(stage)
  if (gates.length === 0) return undefined
  const word = gates.length === 1 ? 'gate' : 'gates'
  const message = `waits for ${word} ${gates.join(', ')} to be removed (sortie approve)`
  return { reason: REASONS.waitingForGate, message, needsPeople: true }
}

function conditions(stage: Stored<MissionStage>): Hold | undefined {
  const wanted = stage.spec.config?.dependencies?.conditions ?? []
  const missing = wanted.filter(({ type }) => !isConditionTrue(stage.status?.conditions, type))
  if (missing.length === 0) return undefined
  const message = `waits for ${missing.map(({ type }) => `condition ${type}`).join(', ')} to be True`
  return { reason: REASONS.waitingForCondition, message, needsPeople: true }
}
