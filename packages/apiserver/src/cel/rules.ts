/**
 * x-kubernetes-validations over a compiled schema: which rules apply where, and what their failures
 * say.
 */
import type { RuleChecker } from '../schema/compiled.ts'
import { isUnchanged } from '../schema/equality.ts'
import { duplicate, type FieldError, forbidden, invalid, required } from '../schema/fielderror.ts'
import type { SchemaNode } from '../schema/node.ts'
import { childText, type FieldPath, pathText } from '../schema/path.ts'
import { type Fields, isFields, type JsonSchema, type ValidationRule } from '../schema/types.ts'
import { declareType } from './declare.ts'
import { CelCostError, CelError } from './errors.ts'
import { compileExpression, PER_CALL_LIMIT, type Program, RUNTIME_BUDGET } from './expression.ts'
import { type CelType, optionalOf } from './types.ts'
import { Optional } from './values.ts'

export interface CompiledRule {
  readonly rule: ValidationRule
  readonly program: Program
  readonly usesOldSelf: boolean
  readonly message: Program | undefined
}

/**
 * Compiles one rule of a schema of this type.
 * @throws CelCompileError where it does not compile or is not a bool.
 */
export function compileRule(rule: ValidationRule, self: CelType): CompiledRule {
  const oldSelf = rule.optionalOldSelf === true ? optionalOf(self) : self
  const variables = new Map([
    ['self', self],
    ['oldSelf', oldSelf],
  ])
  const program = compileExpression(rule.rule, variables)
  const usesOldSelf = program.uses.has('oldSelf')
  const text = rule.messageExpression
  const message = text === undefined ? undefined : compileExpression(text, variables)
  return { rule, program, usesOldSelf, message }
}

/** The rules of a node and of what lies below it. */
interface RuleTree {
  readonly rules: readonly CompiledRule[]
  readonly schema: JsonSchema
  readonly items: RuleTree | undefined
  readonly fields: ReadonlyMap<string, RuleTree>
  readonly additional: RuleTree | undefined
}

/**
 * The checker of a schema's rules; undefined where it has none. @throws CelCompileError for a rule
 * that does not compile.
 */
export function ruleChecker(root: SchemaNode): RuleChecker | undefined {
  const tree = treeOf(root, true)
  if (tree === undefined) return undefined
  return {
    check(value, oldValue) {
      const run: Run = { path: [], errors: [], budget: RUNTIME_BUDGET }
      checkTree(tree, { value, old: oldValue }, run)
      return run.errors
    },
  }
}

function treeOf(node: SchemaNode, isRoot: boolean): RuleTree | undefined {
  const { schema } = node
  const items = node.items === undefined ? undefined : treeOf(node.items, false)
  const additional = node.additional === undefined ? undefined : treeOf(node.additional, false)
  const fields = new Map<string, RuleTree>()
  for (const [name, child] of node.fields) {
    const tree = treeOf(child, false)
    if (tree !== undefined) fields.set(name, tree)
  }
  const type = declareType(schema, isRoot)
  const written = type === undefined ? [] : (schema['x-kubernetes-validations'] ?? [])
  const rules = written.map((rule) => compileRule(rule, type as CelType))
  if (rules.length === 0 && items === undefined && additional === undefined && fields.size === 0) {
    return undefined
  }
  return { rules, schema, items, fields, additional }
}

interface Run {
  readonly path: FieldPath
  readonly errors: FieldError[]
  /** What may still be spent; below zero nothing more is run. */
  budget: number
}

interface Pair {
  readonly value: unknown
  /** What was stored at this place; undefined where there is nothing that corresponds. */
  readonly old: unknown
}

function checkTree(tree: RuleTree, pair: Pair, run: Run): void {
  if (pair.value === null || pair.value === undefined) return
  for (const rule of tree.rules) {
    if (run.budget < 0) return
    checkRule(tree, rule, { pair, run })
  }
  if (Array.isArray(pair.value)) checkItems(tree, pair, run)
  else if (isFields(pair.value)) checkFieldRules(tree, pair.value, { pair, run })
}

function checkItems(tree: RuleTree, pair: Pair, run: Run): void {
  const { items } = tree
  if (items === undefined) return
  const find = correlate(tree.schema, pair.old)
  for (const [index, item] of (pair.value as readonly unknown[]).entries()) {
    if (run.budget < 0) return
    run.path.push(index)
    checkTree(items, { value: item, old: find(item) }, run)
    run.path.pop()
  }
}

/** Items of old and new lists belong together only where the list is a map: by its keys. */
function correlate(schema: JsonSchema, old: unknown): (item: unknown) => unknown {
  const keys = schema['x-kubernetes-list-map-keys']
  if (schema['x-kubernetes-list-type'] !== 'map' || keys === undefined || !Array.isArray(old)) {
    return () => undefined
  }
  const identity = (item: unknown) =>
    isFields(item) ? JSON.stringify(keys.map((key) => item[key])) : ''
  const byKey = new Map(old.map((item) => [identity(item), item]))
  return (item) => byKey.get(identity(item))
}

function checkFieldRules(tree: RuleTree, value: Fields, at: { pair: Pair; run: Run }): void {
  const { run } = at
  const old = isFields(at.pair.old) ? at.pair.old : undefined
  const correlated = tree.schema['x-kubernetes-map-type'] !== 'atomic'
  for (const key in value) {
    if (run.budget < 0) return
    const field = tree.fields.get(key)
    const child = field ?? tree.additional
    if (child === undefined) continue
    run.path.push(field === undefined ? `[${key}]` : key)
    checkTree(child, { value: value[key], old: correlated ? old?.[key] : undefined }, run)
    run.path.pop()
  }
}

const OUT_OF_BUDGET =
  'validation failed due to running out of cost budget, no further validation rules will be run'

interface RulePlace {
  readonly pair: Pair
  readonly run: Run
}

function checkRule(tree: RuleTree, compiled: CompiledRule, { pair, run }: RulePlace): void {
  const optional = compiled.rule.optionalOldSelf === true
  // What was null was nothing.
  const isNew = pair.old === undefined || pair.old === null
  if (compiled.usesOldSelf && isNew && !optional) return
  const values = [pair.value, optional ? optionalOfOld(pair.old) : pair.old]
  try {
    const { value, cost } = compiled.program.evaluate(values, Math.min(PER_CALL_LIMIT, run.budget))
    run.budget -= cost
    if (value === true) return
  } catch (error) {
    const field = fieldText(run.path)
    const shown = tree.schema.type ?? ''
    run.errors.push(invalid(field, shown, evaluationDetail(compiled.rule, error, run)))
    return
  }
  if (isRatcheted(compiled, tree.schema, pair)) return
  const detail = failureDetail(compiled, values, run)
  run.errors.push(failure(compiled.rule, { path: run.path, value: pair.value, detail }))
}

const optionalOfOld = (old: unknown): Optional =>
  old === undefined || old === null ? Optional.none : Optional.of(old)

/**
 * An unchanged value that was stored before its rule existed is let pass, as the API server does.
 */
function isRatcheted(
  { usesOldSelf }: CompiledRule,
  schema: JsonSchema,
  { value, old }: Pair,
): boolean {
  return !usesOldSelf && old !== undefined && isUnchanged(schema, value, old)
}

function evaluationDetail(rule: ValidationRule, error: unknown, run: Run): string {
  if (error instanceof CelCostError) {
    const whole = run.budget < PER_CALL_LIMIT
    run.budget = -1
    if (whole) return OUT_OF_BUDGET
    return `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${ruleText(rule)}`
  }
  if (!(error instanceof CelError)) throw error
  if (error.message.startsWith('no such overload')) {
    return `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${ruleText(rule)}`
  }
  return `${error.message} evaluating rule: ${ruleText(rule)}`
}

/** How a rule is named in errors: by its message, else by its text. */
function ruleText(rule: ValidationRule): string {
  return rule.message?.trim() || rule.rule.trim()
}

const MESSAGE_LIMIT = 5 * 1024

function failureDetail(compiled: CompiledRule, values: readonly unknown[], run: Run): string {
  const written = compiled.rule.message?.trim() || `failed rule: ${compiled.rule.rule.trim()}`
  if (compiled.message === undefined) return written
  try {
    const { value, cost } = compiled.message.evaluate(values, Math.min(PER_CALL_LIMIT, run.budget))
    run.budget -= cost
    const text = typeof value === 'string' ? value.trim() : ''
    return text === '' || text.includes('\n') || text.length > MESSAGE_LIMIT ? written : text
  } catch (error) {
    if (error instanceof CelError) return written
    throw error
  }
}

/** The root has no name of its own: the server prints `<nil>`. */
const fieldText = (path: FieldPath): string => pathText(path) || '<nil>'

function failure(
  rule: ValidationRule,
  at: { path: FieldPath; value: unknown; detail: string },
): FieldError {
  const below = fieldPathSteps(rule.fieldPath)
  const field = below === '' ? fieldText(at.path) : joined(at.path, below)
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return forbidden(field, at.detail)
    case 'FieldValueRequired':
      return required(field, at.detail)
    case 'FieldValueDuplicate':
      return isScalar(at.value)
        ? duplicate(field, at.value)
        : { type: 'FieldValueDuplicate', field, detail: '' }
    default:
      return invalidValue(field, at.value, at.detail)
  }
}

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null

/** A scalar is shown, an object or a list is not. */
function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return isScalar(value)
    ? invalid(field, value, detail)
    : { type: 'FieldValueInvalid', field, detail }
}

function joined(path: FieldPath, below: string): string {
  return below.startsWith('[') ? `${pathText(path)}${below}` : childText(path, below)
}

/** `.spec['a.b']` as the server appends it: `spec.a.b`, map keys in brackets without quotes. */
function fieldPathSteps(path: string | undefined): string {
  if (path === undefined) return ''
  return path
    .trim()
    .replace(/\['((?:\\.|[^'])*)'\]/g, '[$1]')
    .replace(/^\./, '')
}
