/**
 * maxParallelTasks of a mission: who holds what of it, and what is to change.
 *
 * What a stage may have is on record, in status.parallelShares, before the stage gets it. Only a process whose view of the mission is
 * current can put it there, so shares that are long on their way, or were dealt from an old view of the stages, are counted all the same.
 */
import { countTasks, isGangStage, LIMITS, type MissionStage, type MissionStatus } from '@sortie/api'
import type { Stored } from '@sortie/machinery'
import { isEndedPhase } from '../stage/phase.ts'
import type { ObservedMission } from './observe.ts'
import { boundOf, dealShares, demandOf, type Shareholder } from './shares.ts'
import {
  areConditionsMet,
  gatesOf,
  hasStageStarted,
  isLost,
  nameOf,
  OWN_GATES,
  type StageSlot,
} from './slots.ts'
import { countsOf } from './statistics.ts'

export type Shares = NonNullable<MissionStatus['parallelShares']>

export interface Deal {
  /** Shares that are to be written to the specs of stages, by the stage's name. */
  readonly changes: ReadonlyMap<string, number>
  /** Some stage gets more than it has: that is on record first. */
  readonly isRaise: boolean
  /** What is to be put on record; undefined where it stays as it is. */
  readonly record?: Shares
}

const NO_DEAL: Deal = { changes: new Map(), isRaise: false }

/** A stage of the plan, with what its spec gives it now. */
interface Holding extends Shareholder {
  readonly isMade: boolean
  /** 0 where it has not been opened. */
  readonly given: number
}

/**
 * What changes in the shares of a mission's stages.
 *
 * @param isUnblocked the stages that it depends on let the stage go on
 */
export function dealBudget(
  observed: ObservedMission,
  isUnblocked: (slot: StageSlot) => boolean,
): Deal {
  const budget = budgetOf(observed)
  if (budget === undefined) return NO_DEAL
  const recorded = recordedShares(observed)
  const holdings = observed.slots.map((slot) =>
    holdingOf(slot, { observed, recorded, isUnblocked: isUnblocked(slot) }),
  )
  const planned = new Set(holdings.map(({ name }) => name))
  const formers = observed.surplus
    .filter((stage) => !isEndedPhase(stage.status?.phase))
    .map((stage) => formerHolder(stage, recorded, planned))
  const holders = [...holdings, ...formers]
  const dealt = dealShares(budget, holders)
  const changes = new Map<string, number>()
  let isRaise = false
  for (const { name, held, given, isMade, isOpenable } of holdings) {
    const share = dealt.get(name) ?? held
    if (!isMade || share === given || (share > given && !isOpenable)) continue
    changes.set(name, share)
    isRaise ||= share > given
  }
  if (dealt.size === 0) return { changes, isRaise }
  return { changes, isRaise, record: recordOf(holders, dealt) }
}

/** What each stage may have as far as is on record. */
export function recordedShares({ mission, record }: ObservedMission): Shares {
  return record?.parallelShares ?? mission.status?.parallelShares ?? {}
}

/** All that hold a share, each with no more than it can use: what it cannot was counted as free. */
function recordOf(holders: readonly Shareholder[], dealt: ReadonlyMap<string, number>): Shares {
  const shares = holders
    .filter(({ name, held }) => held > 0 || dealt.has(name))
    .map((holder) => [holder.name, dealt.get(holder.name) ?? boundOf(holder)])
  return Object.fromEntries(shares)
}

/**
 * Where the change that lowered the cap is not followed, because a gang would never fit, the cap is what the largest gang needs:
 * the mission goes on as it was planned.
 */
function budgetOf({ mission, slots, refusal }: ObservedMission): number | undefined {
  const { maxParallelTasks } = mission.spec
  if (maxParallelTasks === undefined || refusal === undefined) return maxParallelTasks
  const gangs = slots.map(({ definition }) =>
    isGangStage({ spec: kindOf(definition) }) ? countTasks(definition) : 0,
  )
  return Math.max(maxParallelTasks, ...gangs)
}

interface Circumstances {
  readonly observed: ObservedMission
  readonly recorded: Shares
  readonly isUnblocked: boolean
}

function holdingOf(slot: StageSlot, { observed, recorded, isUnblocked }: Circumstances): Holding {
  const { child, definition } = slot
  const { name } = definition
  const counts = countsOf(slot, false)
  const isEnded = isEndedPhase(slot.phase)
  const remaining = isEnded ? 0 : counts.total - counts.succeeded - counts.failed - counts.cancelled
  const isSuspended = observed.mission.spec.suspend === true
  const isClosed = child === undefined || isClosedStage(slot, child)
  const isOpenable = isWilling(slot) && isUnblocked && !isSuspended
  const given = isClosed || isEnded ? 0 : heldShare(child, remaining)
  // What it has on record but cannot take is free again, unless all waits.
  const keepsRecord = !isEnded && (!isClosed || isOpenable || isSuspended)
  return {
    name,
    isMade: child !== undefined,
    given,
    held: Math.max(given, keepsRecord ? (recorded[name] ?? 0) : 0),
    remaining,
    placed: counts.scheduled + counts.running,
    // A stage that runs again though all its tasks have succeeded has to begin, to end.
    ...demandOf(kindOf(definition), isClosed && !isEnded ? Math.max(1, remaining) : remaining),
    isOpenable,
    hasAcknowledged: isClosed || child.status?.observedGeneration === child.metadata.generation,
  }
}

/** Behind a gate, or not told yet that it runs again. */
function isClosedStage({ untold }: StageSlot, child: Stored<MissionStage>): boolean {
  return untold !== undefined || (!hasStageStarted(child) && gatesOf(child).length > 0)
}

/** True where nobody but us holds it back. */
function isWilling(slot: StageSlot): boolean {
  const { child, definition } = slot
  const theirGates =
    child === undefined
      ? (definition.startGates ?? [])
      : gatesOf(child).filter((gate) => !OWN_GATES.has(gate))
  return theirGates.length === 0 && areConditionsMet(slot) && !isLost(slot)
}

/** One that is open may have begun, though its status does not say so yet. */
function mayFly(stage: Stored<MissionStage>): boolean {
  return hasStageStarted(stage) || gatesOf(stage).length === 0
}

/**
 * A stage that the plan has dropped keeps its share until it has ended, or is gone.
 *
 * @param planned names of the plan's stages: what is on record under one of them is that stage's
 */
function formerHolder(
  stage: Stored<MissionStage>,
  recorded: Shares,
  planned: ReadonlySet<string>,
): Shareholder {
  const { spec, status, metadata } = stage
  const total = status?.counts?.total ?? countTasks(spec)
  const { succeeded = 0, failed = 0, cancelled = 0 } = status?.counts ?? {}
  const { scheduled = 0, running = 0 } = status?.counts ?? {}
  const remaining = total - succeeded - failed - cancelled
  const name = planned.has(nameOf(stage)) ? metadata.uid : nameOf(stage)
  const given = mayFly(stage) ? heldShare(stage, remaining) : 0
  return {
    name,
    held: Math.max(given, recorded[name] ?? 0),
    remaining,
    placed: scheduled + running,
    demand: 0,
    isOpenable: false,
    hasAcknowledged: true,
    isGang: false,
  }
}

/** What of a stage's spec says how its tasks share the budget. */
function kindOf({ type, synchronization }: StageSlot['definition']): MissionStage['spec'] {
  const config = synchronization === undefined ? {} : { synchronization }
  return { stageType: type ?? 'parallel', config } as MissionStage['spec']
}

/**
 * A stage that was opened without a share, before there was a budget, may use as much as it has
 * left.
 */
function heldShare(child: Stored<MissionStage>, remaining: number): number {
  return child.spec.maxParallelTasks ?? Math.min(remaining, LIMITS.copies)
}
