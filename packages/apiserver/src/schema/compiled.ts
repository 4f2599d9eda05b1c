/**
 * A schema ready for use: compiled once per version of a kind, then applied to every object of it.
 */

import { jsonEquals } from './equality.ts'
import { type FieldError, fieldErrorMessage, invalid } from './fielderror.ts'
import { type CompileOptions, NodeCompiler, type SchemaNode } from './node.ts'
import { type Normalised, normaliseTree, prepareDefaults, unknownFieldPaths } from './normalise.ts'
import { isFields, type JsonSchema } from './types.ts'
import { checkEmbedded, checkUniqueness } from './uniqueness.ts'
import { type ValueWalk, validateValue } from './values.ts'

export interface ValidateOptions {
  /**
   * The object as it is stored, on an update: what `oldSelf` means, and what unchanged invalid
   * values are judged by.
   */
  readonly oldValue?: unknown
}

/**
 * What checks x-kubernetes-validations: given by the CEL engine, so that this folder does not
 * depend on it.
 */
export interface RuleChecker {
  check(value: unknown, oldValue: unknown): readonly FieldError[]
}

export interface CompileSchemaOptions extends CompileOptions {
  /**
   * False where the schema is a part and not a whole object: then apiVersion, kind and metadata are
   * nothing special.
   */
  readonly resourceRoot?: boolean
  /** Makes the checker of CEL rules; called once, and only where the schema has rules. */
  readonly rules?: (root: SchemaNode) => RuleChecker | undefined
}

export interface CompiledSchema {
  readonly schema: JsonSchema
  readonly root: SchemaNode
  /** Drops fields that the schema does not know. */
  prune(value: unknown): unknown
  /** Fills in defaults, and drops nulls that the schema does not take. */
  applyDefaults(value: unknown): unknown
  /** Fills in defaults, and leaves all that is there, nulls too. */
  fillGaps(value: unknown): unknown
  /**
   * prune and applyDefaults in one pass. Never changes its input; returns it where nothing had to
   * change.
   */
  normalise(value: unknown): Normalised
  /** Paths of fields that the schema does not know. */
  unknownFields(value: unknown): string[]
  /**
   * Types, bounds and enums, then list uniqueness, then CEL rules, as the API server orders them.
   */
  validate(value: unknown, options?: ValidateOptions): FieldError[]
}

const BOTH = { prune: true, fill: true }
const PRUNE = { prune: true, fill: false }
const FILL = { prune: false, fill: true }
const GAPS = { prune: false, fill: true, keepNulls: true }

/** Errors that make the outcome of a rule meaningless, so that rules are not run. */
const BLOCKING: ReadonlySet<string> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])

const NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; ' +
  'correct the existing errors to complete validation'

/**
 * @throws SyntaxError for a pattern that is no regular expression; Error for a `$ref` to nothing.
 */
export function compileSchema(
  schema: JsonSchema,
  options: CompileSchemaOptions = {},
): CompiledSchema {
  const whole = options.resourceRoot ?? true
  const compiled = new NodeCompiler(options).compile(schema)
  const root: SchemaNode = whole ? { ...compiled, embedded: true, inert: false } : compiled
  prepareDefaults(root)
  const rules = options.rules?.(root)
  return {
    schema,
    root,
    prune: (value) => normaliseTree(root, value, PRUNE).value,
    fillGaps: (value) => normaliseTree(root, value, GAPS).value,
    applyDefaults: (value) => normaliseTree(root, value, FILL).value,
    normalise: (value) => normaliseTree(root, value, BOTH),
    unknownFields: (value) => unknownFieldPaths(root, value),
    validate: (value, { oldValue } = {}) => validateTree(root, value, { oldValue, rules }),
  }
}

interface Judgement {
  readonly oldValue: unknown
  readonly rules: RuleChecker | undefined
}

function validateTree(root: SchemaNode, value: unknown, judgement: Judgement): FieldError[] {
  const at: ValueWalk = { path: [], errors: [] }
  validateValue(root, value, at)
  if (root.embeddedBelow) checkEmbedded(root, value, at)
  if (root.uniqueBelow) checkUniqueness(root, value, at)
  const { rules, oldValue } = judgement
  if (at.errors.length > 0 && oldValue !== undefined) ratchet(root, at, { value, oldValue })
  if (rules === undefined) return at.errors
  if (at.errors.some((error) => BLOCKING.has(error.type))) {
    at.errors.push(invalid('<nil>', null, NOT_CHECKED))
  } else at.errors.push(...rules.check(value, oldValue))
  return at.errors
}

/**
 * Lets pass what was already wrong in the stored object and has not changed, so that a schema may
 * be tightened (CRD validation
 * ratcheting). Missing fields and items of lists are always reported: whether their surroundings
 * changed is not known here.
 */
function ratchet(
  root: SchemaNode,
  at: ValueWalk,
  { value, oldValue }: { readonly value: unknown; readonly oldValue: unknown },
): void {
  const before: ValueWalk = { path: [], errors: [] }
  validateValue(root, oldValue, before)
  const known = new Set(before.errors.filter(mayRatchet).map(fieldErrorMessage))
  // Some messages do not show the value that they are about.
  const isOld = (error: FieldError): boolean =>
    known.has(fieldErrorMessage(error)) &&
    jsonEquals(valueAt(value, error.field), valueAt(oldValue, error.field))
  const left = at.errors.filter((error) => !isOld(error))
  at.errors.splice(0, at.errors.length, ...left)
}

/** @param field dotted: errors with brackets in their path do not come here */
function valueAt(value: unknown, field: string): unknown {
  let current = value
  for (const key of field === '' ? [] : field.split('.')) {
    current = isFields(current) ? current[key] : undefined
  }
  return current
}

function mayRatchet({ type, field }: FieldError): boolean {
  return type !== 'FieldValueRequired' && field !== '<nil>' && !field.includes('[')
}
