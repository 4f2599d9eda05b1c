/**
 * A mission's stages as they stand: what the plan says, paired with the MissionStages that exist.
 */
import {
  childName,
  GATES,
  LABELS,
  type Mission,
  type MissionStage,
  type MissionStageTemplate,
  type StagePhase,
  stageObjectName,
} from '@sortie/api'
import { isConditionTrue, type Stored } from '@sortie/machinery'
import { BUDGET_GATE } from '../stage/hold.ts'
import { isEndedPhase } from '../stage/phase.ts'
import { asNextRun, flownAttempt } from '../stage/rerun.ts'
import { isFailing } from '../stage/stop.ts'

export interface StageSlot {
  readonly definition: MissionStageTemplate
  /** 1-based place in the mission. */
  readonly index: number
  readonly child: Stored<MissionStage> | undefined
  /** The child's phase; where it is gone the recorded end, else Pending. */
  readonly phase: StagePhase
  /** The run of the stage that is wanted, from 0; an ended child of an earlier one is shown as if it had not begun. */
  readonly attempt: number
  /** The child as it stands, where it has ended and was not told yet to run again. */
  readonly untold?: Stored<MissionStage>
}

export interface Slots {
  /** In the order of the plan. */
  readonly slots: readonly StageSlot[]
  /** Stages of this mission that its plan does not name any more. */
  readonly surplus: readonly Stored<MissionStage>[]
}

/**
 * Names that the object of a stage may have: the usual one, and the one for where that is taken.
 */
export function stageNames(mission: Stored<Mission>, stage: string): readonly [string, string] {
  const usual = stageObjectName(mission.metadata.name, stage)
  return [usual, childName(usual, { parentUid: mission.metadata.uid, key: stage })]
}

/**
 * Pairs definitions with the mission's children by name; a stage that ended keeps its end when its
 * object is deleted.
 */
export function pairStages(
  mission: Stored<Mission>,
  definitions: readonly MissionStageTemplate[],
  children: readonly Stored<MissionStage>[],
): Slots {
  const left = new Map(children.map((child) => [child.metadata.name, child]))
  const recorded = new Map(mission.status?.stagesSummary?.map((row) => [row.name, row.phase]))
  const slots = definitions.map((definition, place): StageSlot => {
    const name = stageNames(mission, definition.name).find((candidate) => left.has(candidate))
    const child = name === undefined ? undefined : left.get(name)
    if (name !== undefined) left.delete(name)
    const past = recorded.get(definition.name)
    const phase = child === undefined ? (isEndedPhase(past) ? past : 'Pending') : phaseOf(child)
    const slot = { definition, index: place + 1, child, phase, attempt: 0 }
    const attempt = wantedAttempt(mission, definition.name)
    return attempt === 0 || child === undefined ? { ...slot, attempt } : slotOfRun(slot, attempt)
  })
  return { slots, surplus: [...left.values()] }
}

/** The run of a stage that is wanted, from 0. */
export function wantedAttempt(mission: Stored<Mission>, stage: string): number {
  return mission.status?.stageRetries?.[stage] ?? 0
}

/** The slot of a stage as the wanted run of it finds it. */
export function slotOfRun(slot: StageSlot, wanted: number): StageSlot {
  const { child } = slot
  if (child === undefined) return { ...slot, attempt: wanted, phase: 'Pending' }
  const isUntold = (child.spec.attempt ?? 0) < wanted
  // A stage that has not ended finishes its present run first.
  if (isUntold && !isEndedPhase(phaseOf(child))) return { ...slot, attempt: wanted }
  // Its share and what stopped it belong to the run that is over.
  const { maxParallelTasks: _share, cancel: _cancel, ...spec } = child.spec
  const told = isUntold ? { ...child, spec: { ...spec, attempt: wanted } } : child
  const next = asNextRun(told)
  if (next === told) return { ...slot, attempt: wanted }
  const untold = isUntold ? { untold: child } : {}
  return { ...slot, ...untold, attempt: wanted, child: next, phase: 'Pending' }
}

export function phaseOf(stage: Stored<MissionStage>): StagePhase {
  return stage.status?.phase ?? 'Pending'
}

/** True where the stage has begun: from then on it keeps its spec. */
export function hasStageStarted(stage: Stored<MissionStage>): boolean {
  return stage.status?.startTime !== undefined || phaseOf(stage) !== 'Pending'
}

/**
 * True where the stage failed, is about to, or was cancelled while its mission was not. One that is about to fail in a run before the
 * wanted one is not: that it runs again is decided, and this view of it is older than the decision.
 */
export function isLost({ child, phase, attempt }: StageSlot): boolean {
  if (phase === 'Failed' || phase === 'Cancelled') return true
  return child !== undefined && isFailing(child) && flownAttempt(child) >= attempt
}

/** Names of the stages that others may go on after. */
export function passedStages(slots: readonly StageSlot[], continues: boolean): Set<string> {
  const passed = slots.filter(
    ({ phase }) => phase === 'Succeeded' || (continues && isEndedPhase(phase)),
  )
  return new Set(passed.map(({ definition }) => definition.name))
}

/** True where the conditions that the stage waits for are True. */
export function areConditionsMet({ definition, child }: StageSlot): boolean {
  const wanted = definition.dependencies?.conditions ?? []
  return wanted.every(({ type }) => isConditionTrue(child?.status?.conditions, type))
}

/** Gates that the mission's controller puts on and takes away; all others belong to people. */
export const OWN_GATES: ReadonlySet<string> = new Set([GATES.dependencies, BUDGET_GATE])

export function gatesOf(stage: Stored<MissionStage>): readonly string[] {
  return stage.spec.startGates?.map(({ name }) => name) ?? []
}

/** What the stage is called in the plan. */
export function nameOf(stage: Stored<MissionStage>): string {
  return stage.metadata.labels?.[LABELS.stageName] ?? stage.metadata.name
}
