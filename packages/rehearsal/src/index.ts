export type { Fault, FaultKind, PartName } from './faults/fault.ts'
export type { Violation } from './oracle/violation.ts'
export {
  playScenario,
  type RunOptions,
  type RunOutcome,
  type RunStatistics,
  runScenario,
} from './run.ts'
export { drawScenario } from './scenario/generate.ts'
export type { Action, MissionPlan, Scenario } from './scenario/scenario.ts'
