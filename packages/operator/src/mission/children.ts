/** What a mission's controller does to the stages below it while it runs. */
import { GATES, MISSION_STAGES, type MissionStage } from '@sortie/api'
import { isDeleting, type JsonObject, type Stored } from '@sortie/machinery'
import {
  type CreateOperation,
  deleteInBackground,
  type Operation,
  type PatchOperation,
  patchSpec,
  refAsSeen,
  refTo,
} from '@sortie/runtime'
import { specChange } from '../stage/drift.ts'
import { BUDGET_GATE } from '../stage/hold.ts'
import { isEndedPhase } from '../stage/phase.ts'
import { type Deal, dealBudget, recordedShares, type Shares } from './budget.ts'
import { stageFor, stageSpec } from './child.ts'
import type { ObservedMission } from './observe.ts'
import { rerunFields } from './rerun.ts'
import {
  gatesOf,
  hasStageStarted,
  nameOf,
  OWN_GATES,
  passedStages,
  type StageSlot,
} from './slots.ts'
import { failureActionOf } from './stop.ts'

export interface ChildPlan {
  readonly operations: readonly Operation[]
  /**
   * What started stages do not follow; undefined where the spec has not changed since it was last
   * compared.
   */
  readonly drift: readonly string[] | undefined
  /** An old view of the mission would get some of it wrong, and take back what a newer one asked for. */
  readonly ifCurrent: boolean
  /** A stage gets more of the mission's maxParallelTasks than it has: only once that is on record. */
  readonly isRaise: boolean
  /** The shares to be put on record; undefined where they stay as they are. */
  readonly parallelShares: Shares | undefined
}

/**
 * Makes missing stages, opens gates, copies settings down, follows a changed spec, removes what it
 * does not name.
 *
 * @param isSaid a status follows, which says what was compared. The first of a mission is gathered for: until then each stage that
 *   comes would have all of them compared
 */
export function planChildren(observed: ObservedMission, isSaid = true): ChildPlan {
  const context = contextOf(observed, isSaid)
  const drift: string[] = []
  const operations: Operation[] = []
  // One that was made by a write long on its way comes after the change that removed it. It may just have started.
  for (const stage of observed.surplus) {
    if (hasStageStarted(stage)) drift.push(removalOf(stage))
    else if (!isDeleting(stage as MissionStage))
      operations.push(deleteInBackground(MISSION_STAGES, refAsSeen(stage)))
  }
  for (const stage of observed.surplus) operations.push(...suspendOf(stage, observed))
  let ifCurrent = operations.length > 0
  for (const slot of observed.slots) {
    if (slot.child === undefined) {
      if (isEndedPhase(slot.phase)) continue
      const create = createOf(slot, context)
      operations.push(create)
      ifCurrent ||= observed.isGone(create.object.metadata.name ?? '')
      continue
    }
    const update = updateOf(slot, slot.child, { context, drift })
    if (update === undefined) continue
    operations.push(update)
    ifCurrent ||= !isTurn(update) || !isAsPlanned(slot, slot.child, context)
  }
  const { isRaise, record: parallelShares } = context.deal
  return {
    operations,
    drift: context.isChanged ? drift : undefined,
    ifCurrent,
    isRaise,
    parallelShares,
  }
}

/** What a stage gets when its turn has come. */
const DEALT: ReadonlySet<string> = new Set(['startGates', 'maxParallelTasks'])

function isTurn({ patch }: PatchOperation): boolean {
  const { spec } = patch.body as { readonly spec: JsonObject }
  return Object.keys(spec).every((field) => DEALT.has(field))
}

/** Where the stage waits for its turn with another spec than the mission has, the mission's may be the older one. */
function isAsPlanned(
  { definition, index }: StageSlot,
  child: Stored<MissionStage>,
  { observed }: Context,
): boolean {
  if (hasStageStarted(child)) return true
  const wanted = stageSpec(observed.mission, { definition, index })
  return specChange(child.spec, wanted, NOT_COMPARED) === undefined
}

/**
 * What a mission that stops or ends does not follow any more; undefined where the spec has not changed since it was last compared.
 */
export function driftAtEnd(observed: ObservedMission): readonly string[] | undefined {
  const context = contextOf(observed)
  if (!context.isChanged) return undefined
  const drift = observed.surplus.filter(hasStageStarted).map(removalOf)
  for (const slot of observed.slots) {
    if (slot.child !== undefined)
      followedFields({ ...slot, phase: 'Cancelled' }, slot.child, { context, drift })
  }
  return drift
}

function removalOf(stage: Stored<MissionStage>): string {
  return `stages[${nameOf(stage)}]: removed, but it has started`
}

interface Context {
  readonly observed: ObservedMission
  /** Names of stages that others may go on after. */
  readonly passed: ReadonlySet<string>
  /** How shares of the budget change. */
  readonly deal: Deal
  /** The spec has changed since it was last compared with the children, or a stage is to run again. */
  readonly isChanged: boolean
}

function contextOf(observed: ObservedMission, isSaid = true): Context {
  const { mission, slots, refusal } = observed
  const passed = passedStages(slots, failureActionOf(mission) === 'continue')
  const seen = mission.status?.observedGeneration
  // A run that begins anew takes over all that was changed since the last one began.
  const isRerun = slots.some(({ untold }) => untold !== undefined)
  const isNews = seen === undefined ? isSaid : seen !== mission.metadata.generation
  const isChanged = refusal === undefined && (isRerun || isNews)
  const deal = dealBudget(observed, (slot) => isUnblocked(slot, passed))
  return { observed, passed, deal, isChanged }
}

function isUnblocked({ definition }: StageSlot, passed: ReadonlySet<string>): boolean {
  return (definition.dependsOn ?? []).every((name) => passed.has(name))
}

/** It gets its share once it is there: one that came with it, by a write long on its way, would be on top of those dealt meanwhile. */
function createOf(slot: StageSlot, { observed, passed }: Context): CreateOperation {
  const { definition, index, attempt } = slot
  const { mission } = observed
  const isCapped = mission.spec.maxParallelTasks !== undefined
  const gates = [
    ...(definition.startGates ?? []).map(({ name }) => name),
    ...(isUnblocked(slot, passed) ? [] : [GATES.dependencies]),
    ...(isCapped ? [BUDGET_GATE] : []),
  ]
  const name = observed.nameFor(definition.name)
  const own = { definition, index, name, gates: [...new Set(gates)], attempt }
  const object = stageFor(mission, own)
  return { kind: 'create', type: MISSION_STAGES, object }
}

interface Update {
  readonly context: Context
  /** Filled with what a started stage does not follow. */
  readonly drift: string[]
}

/** One patch for all that is to change in a stage, or none. */
function updateOf(
  slot: StageSlot,
  child: Stored<MissionStage>,
  update: Update,
): PatchOperation | undefined {
  if (isDeleting(child as MissionStage)) return undefined
  const { context } = update
  const followed = context.isChanged ? followedFields(slot, child, update) : {}
  const body = {
    ...rerunFields(slot),
    ...followed,
    ...('flightTasks' in followed ? shareForMore(slot, child, context) : {}),
    ...(isEndedPhase(slot.phase) ? {} : livingFields(slot, child, context)),
  }
  if (Object.keys(body).length === 0) return undefined
  // A patch of the gates, a list, holds only for the version that it was made from; what only a stage that has not started follows
  // must not reach it later, nor what begins a run the one that it has begun, nor a share the stage that was given another since.
  const isAsSeen =
    'startGates' in body ||
    context.deal.isRaise ||
    slot.untold !== undefined ||
    (!hasStageStarted(child) && Object.keys(followed).length > 0)
  return patchSpec(MISSION_STAGES, isAsSeen ? refAsSeen(child) : refTo(child), body)
}

/** What of its share it had no tasks left for may have been dealt out: the tasks that it gets more do not bring that back. */
function shareForMore(
  { definition }: StageSlot,
  { spec }: Stored<MissionStage>,
  { observed }: Context,
): JsonObject {
  const share = recordedShares(observed)[definition.name] ?? Number.POSITIVE_INFINITY
  return share < (spec.maxParallelTasks ?? 0) ? { maxParallelTasks: share } : {}
}

/** Fields that the mission's controller changes while a stage lives. */
function livingFields(slot: StageSlot, child: Stored<MissionStage>, context: Context): JsonObject {
  const { mission } = context.observed
  const suspend = mission.spec.suspend === true
  const share = context.deal.changes.get(slot.definition.name)
  const isUncapped = mission.spec.maxParallelTasks === undefined
  const gates = hasStageStarted(child) ? undefined : changedGates(slot, child, context)
  return {
    ...((child.spec.suspend === true) === suspend ? {} : { suspend: suspend ? true : null }),
    ...(gates === undefined ? {} : { startGates: gates.map((name) => ({ name })) }),
    ...(share === undefined ? {} : { maxParallelTasks: share }),
    ...(isUncapped && child.spec.maxParallelTasks !== undefined ? { maxParallelTasks: null } : {}),
  }
}

/**
 * The stage's gates as they should be, where that differs: ours by what is known now, others'
 * untouched.
 */
function changedGates(
  slot: StageSlot,
  child: Stored<MissionStage>,
  context: Context,
): readonly string[] | undefined {
  const { mission } = context.observed
  const held = gatesOf(child)
  const isSuspended = mission.spec.suspend === true
  const hasShare =
    mission.spec.maxParallelTasks === undefined ||
    context.deal.changes.has(slot.definition.name) ||
    child.spec.maxParallelTasks !== undefined
  const wanted = held.filter((gate) => !OWN_GATES.has(gate))
  // While the mission is suspended no gate is opened: what it will wait for then is decided then.
  const keeps = (gate: string): boolean => isSuspended && held.includes(gate)
  const isBlocked = !isUnblocked(slot, context.passed)
  if (isBlocked || keeps(GATES.dependencies)) wanted.push(GATES.dependencies)
  if (!hasShare || keeps(BUDGET_GATE)) wanted.push(BUDGET_GATE)
  const isSame = wanted.length === held.length && wanted.every((gate) => held.includes(gate))
  return isSame ? undefined : wanted
}

/** What is changed in another way, or says nothing about the work. */
const NOT_COMPARED = ['startGates', 'maxParallelTasks', 'suspend', 'cancel', 'attempt']
/** What a stage that runs takes over: its controller keeps started tasks as they are. */
const FOLLOWED_WHILE_RUNNING: ReadonlySet<string> = new Set([
  'flightTasks',
  'priority',
  'failurePolicy',
  'cancellationPolicy',
  'coordination',
])
/**
 * What changes when a mission's list of stages does, and makes no difference to one that has begun.
 */
const NO_DRIFT: ReadonlySet<string> = new Set(['stageIndex', 'missionName', 'missionType'])

/** The changed fields of the spec that the stage takes over; the others are recorded. */
function followedFields(
  { definition, index, phase }: StageSlot,
  child: Stored<MissionStage>,
  { context, drift }: Update,
): JsonObject {
  const wanted = stageSpec(context.observed.mission, { definition, index })
  const change = specChange(child.spec, wanted, NOT_COMPARED)
  if (change === undefined) return {}
  if (!hasStageStarted(child)) return change
  const isRunning = !isEndedPhase(phase)
  const fields = Object.entries(change).filter(([field]) => !NO_DRIFT.has(field))
  const follows = ([field]: [string, unknown]): boolean =>
    isRunning && FOLLOWED_WHILE_RUNNING.has(field)
  const kept = fields.filter((entry) => !follows(entry) && isPartOfPlan(entry[0]))
  drift.push(...kept.map(([field]) => `stages[${definition.name}].${planField(field)}`))
  return Object.fromEntries(fields.filter(follows))
}

/** Settings of the mission as a whole are of no interest to a stage that has ended. */
function isPartOfPlan(field: string): boolean {
  return field === 'flightTasks' || !FOLLOWED_WHILE_RUNNING.has(field)
}

const PLAN_FIELDS: Readonly<Record<string, string>> = {
  stageType: 'type',
  stageName: 'displayName',
}

/** The field's name in the mission's spec. */
function planField(field: string): string {
  return PLAN_FIELDS[field] ?? field
}

/** A stage that the plan has dropped but that runs on is suspended with the others. */
function suspendOf(stage: Stored<MissionStage>, { mission }: ObservedMission): Operation[] {
  const suspend = mission.spec.suspend === true
  if (!isAtWork(stage) || (stage.spec.suspend === true) === suspend) return []
  return [patchSpec(MISSION_STAGES, refTo(stage), { suspend: suspend ? true : null })]
}

function isAtWork(stage: Stored<MissionStage>): boolean {
  return hasStageStarted(stage) && !isEndedPhase(stage.status?.phase)
}
