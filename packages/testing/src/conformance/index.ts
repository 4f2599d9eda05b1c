export {
  type CaseRun,
  type ConformanceCase,
  type ConformanceContext,
  type ConformanceServer,
  casesOf,
  type ServerKind,
} from './case.ts'
export { CONFORMANCE_CASES } from './cases/index.ts'
export { openEmbeddedServer } from './embedded.ts'
export { type ConformanceOptions, declareConformance } from './suite.ts'
