export * from './aircraftview.ts'
export * from './assignment.ts'
export * from './diagnose.ts'
export * from './evidence.ts'
export * from './finding.ts'
export * from './gathering.ts'
export * from './matrix.ts'
export { LEASE_NAMES } from './parts.ts'
export type { Change, Relaxation } from './relaxation.ts'
export {
  type Requirement,
  type RequirementCode,
  type Verdict,
  writeAmount,
} from './requirements.ts'
export { NO_MESSAGE } from './scene.ts'
export { ADVISED_FINDINGS } from './sentences.ts'
