/** One small change of a run. */
import type { Chance } from '../scenario/chance.ts'
import type { Scenario } from '../scenario/scenario.ts'

export interface StepTools {
  readonly chance: Chance
  /** A second run that was kept. */
  readonly other: Scenario
}

/** Undefined where the run has nothing that could be changed so. */
export type Step = (from: Scenario, tools: StepTools) => Scenario | undefined
