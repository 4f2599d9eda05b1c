export type { Fault, FaultKind, PartName } from './faults/fault.ts'
export type { KeptRun } from './neighbours/neighbour.ts'
export type { Violation } from './oracle/violation.ts'
export {
  addOutcome,
  describeFailure,
  describeTally,
  emptyTally,
  mergeTally,
  type Tally,
} from './report.ts'
export {
  playScenario,
  type RunOptions,
  type RunOutcome,
  type RunStatistics,
  runNeighbour,
  runScenario,
  runSmall,
} from './run.ts'
export { drawScenario, type ScenarioOptions } from './scenario/generate.ts'
export type { Action, MissionPlan, Scenario } from './scenario/scenario.ts'
export { type ShrinkOptions, type Shrunk, shrinkScenario } from './shrink.ts'
