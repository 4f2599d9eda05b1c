/** Checking a schema's rules when a CRD is made: do they compile, and may they cost too much. */
import { type FieldError, forbidden, GoText, goJson, invalid } from '../schema/fielderror.ts'
import type { JsonSchema, ValidationRule } from '../schema/types.ts'
import { declareType, MAX_REQUEST_BYTES, minSerializedSize } from './declare.ts'
import { CelCompileError } from './errors.ts'
import { type CompiledRule, compileRule } from './rules.ts'
import type { CelType } from './types.ts'

/** Most that one rule may cost by estimate, over all the places where it may apply. */
export const RULE_COST_LIMIT = 10_000_000
/** Most that all rules of a schema may cost together. */
export const SCHEMA_COST_LIMIT = 100_000_000

interface Walk {
  readonly errors: FieldError[]
  readonly costs: { readonly path: string; readonly cost: number }[]
}

interface Place {
  readonly path: string
  /** How many times the schema may apply in one object; Infinity where no bound is declared. */
  readonly cardinality: number
  /** Path of the nearest list or map whose old items cannot be found again. */
  readonly uncorrelated: string | undefined
  readonly root: boolean
}

/**
 * Compile errors and cost errors of every rule of a structural schema. The estimate follows
 * cel-go's checker and
 * Kubernetes' cardinalities; it agrees with the server to about a factor of two: constants of rarer
 * functions are rounded, and the
 * size of computed lists and strings is the largest of what goes in.
 */
export function checkSchemaRules(
  schema: JsonSchema,
  path = 'spec.validation.openAPIV3Schema',
): FieldError[] {
  const walk: Walk = { errors: [], costs: [] }
  visit(schema, { path, cardinality: 1, uncorrelated: undefined, root: true }, walk)
  const total = walk.costs.reduce((sum, { cost }) => sum + cost, 0)
  if (total > SCHEMA_COST_LIMIT) walk.errors.push(...totalErrors(walk, path, total))
  return walk.errors
}

function totalErrors(walk: Walk, path: string, total: number): FieldError[] {
  const detail =
    'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema'
  const large = walk.costs.filter(({ cost }) => cost > SCHEMA_COST_LIMIT / 100)
  large.sort((a, b) => b.cost - a.cost)
  const parts = large.slice(0, 4).map((one) => forbidden(one.path, detail))
  const name = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
  return [...parts, forbidden(path, costMessage(name, total, SCHEMA_COST_LIMIT))]
}

function costMessage(name: string, cost: number, limit: number): string {
  const factor = cost / limit
  const shown =
    factor > 100 ? 'more than 100x' : `${factor < 1.5 ? factor.toFixed(6) : factor.toFixed(1)}x`
  return `${name} exceeds budget by factor of ${shown} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`
}

function visit(schema: JsonSchema, place: Place, walk: Walk): void {
  checkRules(schema, place, walk)
  const { path } = place
  const inner = { ...place, root: false }
  const mapAtomic = schema['x-kubernetes-map-type'] === 'atomic'
  const below = mapAtomic ? (place.uncorrelated ?? path) : place.uncorrelated
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    visit(property, { ...inner, uncorrelated: below, path: `${path}.properties[${name}]` }, walk)
  }
  const { additionalProperties: additional, items } = schema
  if (typeof additional === 'object') {
    const cardinality = multiplied(place.cardinality, schema.maxProperties)
    const next = { ...inner, uncorrelated: below, cardinality }
    visit(additional, { ...next, path: `${path}.additionalProperties` }, walk)
  }
  if (items !== undefined) {
    const keyed = schema['x-kubernetes-list-type'] === 'map'
    const uncorrelated = keyed ? place.uncorrelated : (place.uncorrelated ?? path)
    const cardinality = multiplied(place.cardinality, schema.maxItems)
    visit(items, { ...inner, uncorrelated, cardinality, path: `${path}.items` }, walk)
  }
}

const multiplied = (cardinality: number, bound: number | undefined): number =>
  bound === undefined ? Number.POSITIVE_INFINITY : cardinality * bound

const NO_TYPE =
  'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations'

function checkRules(schema: JsonSchema, place: Place, walk: Walk): void {
  const rules = schema['x-kubernetes-validations'] ?? []
  if (rules.length === 0) return
  const type = declareType(schema, place.root)
  if (type === undefined) {
    const field = `${place.path}.x-kubernetes-validations`
    walk.errors.push({ type: 'InternalError', field, detail: NO_TYPE })
    return
  }
  for (const [index, rule] of rules.entries()) {
    const path = `${place.path}.x-kubernetes-validations[${index}]`
    checkOne(rule, { ...place, path, schema, type }, walk)
  }
}

interface RulePlace extends Place {
  readonly schema: JsonSchema
  readonly type: CelType
}

function checkOne(rule: ValidationRule, place: RulePlace, walk: Walk): void {
  const { path } = place
  const compiled = compiledOr(rule, place, walk)
  if (compiled === undefined) {
    // What does not compile uses nothing.
    checkOldSelf({ rule, usesOldSelf: false }, place, walk)
    return
  }
  const { program, message } = compiled
  if (program.type.kind !== 'bool' && program.type.kind !== 'dyn') {
    walk.errors.push(
      invalid(`${path}.rule`, ruleSyntax(rule), 'cel expression must evaluate to a bool'),
    )
  }
  observe(`${path}.rule`, { name: 'estimated rule cost', cost: program.maxCost, place }, walk)
  if (message !== undefined) {
    if (message.type.kind !== 'string') {
      const detail = 'messageExpression must evaluate to a string'
      walk.errors.push(invalid(`${path}.messageExpression`, ruleSyntax(rule), detail))
    }
    const once = { ...place, cardinality: 1 }
    const name = 'estimated messageExpression cost'
    observe(`${path}.messageExpression`, { name, cost: message.maxCost, place: once }, walk)
  }
  checkOldSelf(compiled, place, walk)
}

function compiledOr(rule: ValidationRule, place: RulePlace, walk: Walk): CompiledRule | undefined {
  try {
    return compileRule(rule, place.type)
  } catch (error) {
    if (!(error instanceof CelCompileError)) throw error
    const detail = `compilation failed: ${error.message}`
    walk.errors.push(invalid(`${place.path}.rule`, ruleSyntax(rule), detail))
    return undefined
  }
}

function checkOldSelf(
  compiled: Pick<CompiledRule, 'rule' | 'usesOldSelf'>,
  place: RulePlace,
  walk: Walk,
): void {
  const { rule, usesOldSelf } = compiled
  if (usesOldSelf && place.uncorrelated !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelated}`
    walk.errors.push(invalid(`${place.path}.rule`, rule.rule, detail))
  }
  if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
    const detail = 'may not be set if oldSelf is not used in rule'
    walk.errors.push(invalid(`${place.path}.optionalOldSelf`, rule.optionalOldSelf, detail))
  }
}

interface Observed {
  readonly name: string
  readonly cost: number
  readonly place: RulePlace
}

function observe(path: string, { name, cost, place }: Observed, walk: Walk): void {
  const times = Number.isFinite(place.cardinality) ? place.cardinality : mostTimes(place.schema)
  const whole = cost * times
  walk.costs.push({ path, cost: whole })
  if (whole > RULE_COST_LIMIT) {
    walk.errors.push(forbidden(path, costMessage(name, whole, RULE_COST_LIMIT)))
  }
}

/** How often the smallest value of a schema fits into a request. */
function mostTimes(schema: JsonSchema): number {
  return Math.floor(MAX_REQUEST_BYTES / (minSerializedSize(schema) + 1))
}

/** A rule as Go prints it in the server's errors. */
function ruleSyntax(rule: ValidationRule): GoText {
  const shown = {
    Rule: rule.rule,
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  }
  return new GoText(goJson(shown))
}
