/** Conditions that a mission and its stages say alike. */
import { REASONS } from '@sortie/api'
import { type Condition, type ConditionState, findCondition } from '@sortie/machinery'

/** What a condition says, without its type and times. */
export type Said = Pick<ConditionState, 'status' | 'reason' | 'message'>

/** A condition that is only there once it was True. */
interface Occasional {
  readonly type: string
  readonly held: readonly Condition[] | undefined
}

export function suspendedSaid(isSuspended: boolean, { type, held }: Occasional): Said | undefined {
  if (isSuspended) {
    return { status: 'True', reason: REASONS.suspended, message: 'no new task starts' }
  }
  if (findCondition(held, type) === undefined) return undefined
  return { status: 'False', reason: REASONS.resumed, message: 'tasks start' }
}

/** Fields that the condition SpecDrift names; the rest is counted. */
const SHOWN_DRIFT = 20

/**
 * @param drift fields that what has started does not follow; undefined where they were not compared
 * @param what `stages` or `tasks`
 */
export function driftSaid(
  drift: readonly string[] | undefined,
  what: string,
  { type, held }: Occasional,
): Said | undefined {
  if (drift === undefined) return undefined
  const reason = REASONS.specDrift
  if (drift.length === 0) {
    if (findCondition(held, type) === undefined) return undefined
    return { status: 'False', reason, message: `all ${what} follow the spec` }
  }
  const more = drift.length - SHOWN_DRIFT
  const shown = drift.slice(0, SHOWN_DRIFT).join(', ') + (more > 0 ? ` and ${more} more` : '')
  return {
    status: 'True',
    reason,
    message: `started ${what} keep the spec they started with; changed: ${shown}`,
  }
}
