/**
 * maxParallelTasks: how a mission's budget is dealt out to its stages.
 *
 * Each open stage holds a share in its spec and never has more active tasks than that. The shares
 * of open stages never add up to more than the budget, so the cap holds whatever the caches have
 * missed: a stage can only be behind, and then it starts less. A stage's share that it cannot use
 * any more (fewer tasks are left than it holds) is dealt out again; ended tasks never come back, so
 * a stale count errs on the safe side. Shares of running stages are only raised, and only after
 * every open stage has acknowledged the share it was last given.
 */
import { isGangStage } from '@sortie/api'

export interface Shareholder {
  readonly name: string
  /** What its spec grants it now; 0 where it has not been opened. */
  readonly held: number
  /** Tasks that have not ended. */
  readonly remaining: number
  /** Tasks that are known to be with an aircraft. */
  readonly placed: number
  /** Most tasks that it could have active at once: 1 for a sequential stage. */
  readonly demand: number
  /** It may start tasks now, but for its share. */
  readonly isOpenable: boolean
  /** Its controller has acted on the spec that it has now. */
  readonly hasAcknowledged: boolean
  readonly isGang: boolean
}

/** Shares by stage, for the stages whose share is to be other than what they hold. */
export function dealShares(
  budget: number,
  holders: readonly Shareholder[],
): ReadonlyMap<string, number> {
  const granted = holders.reduce((sum, { held, remaining }) => sum + Math.min(held, remaining), 0)
  if (granted > budget) return cutShares(budget, holders)
  if (holders.some((holder) => holder.held > 0 && !holder.hasAcknowledged)) return new Map()
  const bound = holders.reduce((sum, holder) => sum + boundOf(holder), 0)
  return raiseShares(budget - bound, holders)
}

/** What the stage counts for: its share, or what flies above a share that was lowered. */
function usedBy({ held, placed }: Shareholder): number {
  return held === 0 ? 0 : Math.max(held, placed)
}

/** Most tasks that the stage can have active from now on, as long as its share stays. */
export function boundOf(holder: Shareholder): number {
  return Math.min(holder.remaining, usedBy(holder))
}

/** The budget was lowered: each keeps what is left for it, in order, and at least one. */
function cutShares(budget: number, holders: readonly Shareholder[]): Map<string, number> {
  const shares = new Map<string, number>()
  let left = budget
  for (const holder of holders) {
    if (holder.held === 0) continue
    const share = Math.max(1, Math.min(holder.held, left))
    left = Math.max(0, left - Math.min(share, holder.remaining))
    if (share < holder.held) shares.set(holder.name, share)
  }
  return shares
}

/**
 * Deals what is free evenly to the stages that can use it; a gang gets all that it needs, or waits
 * and is not overtaken.
 */
function raiseShares(free: number, holders: readonly Shareholder[]): Map<string, number> {
  const wishes = holders
    .filter(({ isOpenable }) => isOpenable)
    .map((holder) => ({ holder, need: holder.demand - usedBy(holder), given: 0 }))
    .filter(({ need }) => need > 0)
  let left = Math.max(0, free)
  const queue: typeof wishes = []
  for (const wish of wishes) {
    if (!wish.holder.isGang) queue.push(wish)
    else if (wish.need > left) break
    else {
      wish.given = wish.need
      left -= wish.need
    }
  }
  for (let open = queue; left > 0 && open.length > 0; ) {
    const portion = Math.max(1, Math.floor(left / open.length))
    for (const wish of open) {
      const more = Math.min(portion, wish.need - wish.given, left)
      wish.given += more
      left -= more
    }
    open = open.filter(({ need, given }) => given < need)
  }
  const granted = wishes.filter(({ given }) => given > 0)
  return new Map(granted.map(({ holder, given }) => [holder.name, usedBy(holder) + given]))
}

/** What a stage's tasks ask of the budget at once. */
export function demandOf(
  spec: Parameters<typeof isGangStage>[0]['spec'],
  remaining: number,
): { readonly demand: number; readonly isGang: boolean } {
  const demand = spec.stageType === 'sequential' ? Math.min(1, remaining) : remaining
  return { demand, isGang: isGangStage({ spec }) }
}
