/** Steps that bring what a second run has into the first. */
import type { Chance } from '../scenario/chance.ts'
import type { Action, Scenario } from '../scenario/scenario.ts'
import { inOrder } from './events.ts'
import { isActionPlayable } from './playable.ts'
import type { Step } from './step.ts'

/** Some of its faults that follow each other. */
export const graftFaults: Step = (from, { chance, other }) => {
  if (other.faults.length === 0) return undefined
  return { ...from, faults: inOrder([...from.faults, ...drawSlice(other.faults, chance)]) }
}

export const graftActions: Step = (from, { chance, other }) => {
  const actions = adopted(other.actions, { from: other, to: from })
  if (actions.length === 0) return undefined
  return { ...from, actions: inOrder([...from.actions, ...drawSlice(actions, chance)]) }
}

export const takeFaults: Step = (from, { other }) => ({ ...from, faults: other.faults })

export const takeActions: Step = (from, { other }) => ({
  ...from,
  actions: adopted(other.actions, { from: other, to: from }),
})

/** What flies there, with what goes wrong here. */
export const takeMissions: Step = (from, { other }) => ({
  ...other,
  actions: adopted(from.actions, { from, to: other }),
  faults: from.faults,
  latencyMs: from.latencyMs,
})

/** Those that can be done in the other run, to the mission that stands where theirs did. */
function adopted(
  actions: readonly Action[],
  { from, to }: { readonly from: Scenario; readonly to: Scenario },
): readonly Action[] {
  const nameIn = (mission: string): string => {
    const index = from.missions.findIndex(({ name }) => name === mission)
    return to.missions[Math.max(0, index) % to.missions.length]?.name ?? mission
  }
  return actions
    .map((action) =>
      'mission' in action ? { ...action, mission: nameIn(action.mission) } : action,
    )
    .filter((action) => isActionPlayable(action, to))
}

function drawSlice<T>(list: readonly T[], chance: Chance): readonly T[] {
  const start = chance.between(0, list.length - 1)
  return list.slice(start, start + chance.between(1, list.length - start))
}
