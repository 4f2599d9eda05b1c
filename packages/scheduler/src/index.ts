export { type AssignOptions, assign } from './assign/assign.ts'
export type { Decision } from './assign/decision.ts'
export { createMatching, type Matching, type MatchingProblem } from './assign/matching.ts'
export {
  type AircraftExplanation,
  type CheckResult,
  type Explanation,
  explain,
} from './explain.ts'
export type { FilterName } from './filter/filter.ts'
export { writeRefusals } from './filter/filters.ts'
export { countGang, gangKeyOf, queueOrder, standingOf } from './gang/records.ts'
export { type Gang, orderOf, type WaitingPod } from './gang/units.ts'
export * from './scheduler.ts'
export type { ScoreName } from './score/scores.ts'
export { type ClusterState, createClusterState } from './snapshot/clusterstate.ts'
export type { NodeInfo } from './snapshot/nodeinfo.ts'
export { type PodInfo, podInfo } from './snapshot/podinfo.ts'
export { forkSnapshot, type Plan, type Snapshot } from './snapshot/snapshot.ts'
