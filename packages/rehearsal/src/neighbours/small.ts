/**
 * Small runs: one of those made by hand, to which what goes wrong is added by the steps that neighbours are made by. Most mistakes need no
 * more than a few tasks, and several such runs cost as much as one of the usual size.
 */
import { chanceOf, randomFor } from '../scenario/chance.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { BASES } from './bases.ts'
import { takeStep } from './neighbour.ts'

/** Nothing goes wrong in the runs to start from. */
const STEP_COUNTS = [2, 3, 4, 6, 8, 12] as const

export function drawSmall(seed: number): Scenario {
  const chance = chanceOf(randomFor(seed, 'small'))
  let scenario = chance.oneOf(BASES)
  for (let left = chance.oneOf(STEP_COUNTS); left > 0; left--) {
    scenario = takeStep(scenario, { chance, other: chance.oneOf(BASES) })
  }
  return scenario
}
