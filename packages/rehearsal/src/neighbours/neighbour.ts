/**
 * Neighbours of runs that have found something: one of them, changed by a few small steps. Where one mistake was, others are likely,
 * and what they need to show (two processes with views of different age, an answer that is lost, a retry at that moment) is rare.
 */
import { stableHash } from '@sortie/machinery'
import { type Chance, chanceOf, randomFor } from '../scenario/chance.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { isPlayable } from './playable.ts'
import type { Step } from './step.ts'
import { STEPS } from './steps.ts'

/** A run that was kept, by a name that stays the same. */
export interface KeptRun {
  readonly name: string
  readonly scenario: Scenario
}

/** Most neighbours are close by. */
const STEP_COUNTS = [1, 1, 2, 2, 3, 4, 6] as const
/** How often a step is drawn anew that cannot be made, or would make a run that cannot be played. */
const TRIES = 20

const WEIGHTED: readonly Step[] = STEPS.flatMap(({ weight, step }) =>
  Array.from({ length: weight }, () => step),
)

/**
 * The neighbour of one of the runs that the seed stands for. The same seed and the same runs, in whatever order, give the same; one
 * more run changes few.
 * @throws RangeError where no run is given
 */
export function drawNeighbour(seed: number, kept: readonly KeptRun[]): Scenario {
  const chance = chanceOf(randomFor(seed, 'neighbour'))
  const [base, ...others] = byRank(seed, kept)
  if (base === undefined) throw new RangeError('there is no run to start from')
  const other = others[0] ?? base
  let scenario = base.scenario
  for (let left = chance.oneOf(STEP_COUNTS); left > 0; left--) {
    scenario = takeStep(scenario, { chance, other: other.scenario })
  }
  return scenario
}

/** In an order of the seed's own in which one run more moves no two others. */
function byRank(seed: number, kept: readonly KeptRun[]): KeptRun[] {
  const rankOf = ({ name }: KeptRun): string => stableHash(`${seed}/${name}`)
  return kept.toSorted((a, b) => (rankOf(a) < rankOf(b) ? -1 : 1))
}

/** The run, changed by one step; as it was where none can be made. */
export function takeStep(
  from: Scenario,
  tools: { readonly chance: Chance; readonly other: Scenario },
): Scenario {
  for (let tries = 0; tries < TRIES; tries++) {
    const next = tools.chance.oneOf(WEIGHTED)(from, tools)
    if (next !== undefined && isPlayable(next)) return next
  }
  return from
}
