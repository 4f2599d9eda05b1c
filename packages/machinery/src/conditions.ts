import { formatTime, type Instant } from './clock.ts'
import type { Condition } from './meta.ts'

/** A condition as a controller decides it; the time is `setCondition`'s business. */
export type ConditionState = Omit<Condition, 'lastTransitionTime'>

export function findCondition(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  return conditions?.find((condition) => condition.type === type)
}

/** True where the condition is there and its status is `True`. */
export function isConditionTrue(
  conditions: readonly Condition[] | undefined,
  type: string,
): boolean {
  return findCondition(conditions, type)?.status === 'True'
}

/**
 * The list with the condition of that type set, at its old place or else at the end.
 * lastTransitionTime becomes `now` only where the status moves. Returns the same list where nothing
 * changes.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  state: ConditionState,
  now: Instant,
): readonly Condition[] {
  const list = conditions ?? []
  const index = list.findIndex((condition) => condition.type === state.type)
  const old = list[index]
  if (old === undefined) return [...list, { ...state, lastTransitionTime: formatTime(now) }]
  if (sameState(old, state)) return list
  const lastTransitionTime = old.status === state.status ? old.lastTransitionTime : formatTime(now)
  return list.with(index, { ...state, lastTransitionTime })
}

function sameState(a: ConditionState, b: ConditionState): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.observedGeneration === b.observedGeneration
  )
}
