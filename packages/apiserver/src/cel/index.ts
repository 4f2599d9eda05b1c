export { checkSchemaRules, RULE_COST_LIMIT, SCHEMA_COST_LIMIT } from './cost.ts'
export { declareType, escapeProperty } from './declare.ts'
export { CelCompileError, CelCostError, CelError } from './errors.ts'
export {
  compileExpression,
  type Evaluation,
  PER_CALL_LIMIT,
  type Program,
  RUNTIME_BUDGET,
} from './expression.ts'
export {
  type AccessQuestion,
  type AskAccess,
  AuthorizerValue,
  CheckValue,
} from './library/authorization.ts'
export { type CompiledRule, compileRule, ruleChecker } from './rules.ts'
export * from './types.ts'
export { Duration, Optional, Timestamp } from './values.ts'
