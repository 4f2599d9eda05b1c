/**
 * A schema ready for use: compiled once per version of a kind, then applied to every object of it.
 */
import { setOwn } from '@sortie/machinery'
import { type FieldError, invalid } from './fielderror.ts'
import { type CompileOptions, NodeCompiler, type SchemaNode } from './node.ts'
import { type Normalised, normaliseTree, prepareDefaults, unknownFieldPaths } from './normalise.ts'
import { isFields, type JsonSchema } from './types.ts'
import { checkEmbedded, checkUniqueness, embeddedMetadata } from './uniqueness.ts'
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
  /** The metadata of embedded objects, by path. */
  embeddedMetadata(value: unknown): readonly (readonly [string, unknown])[]
  /**
   * Types, bounds and enums, then list uniqueness, then CEL rules, as the API server orders them.
   */
  validate(value: unknown, options?: ValidateOptions): FieldError[]
  /** As `validate`, for a write of the status: nothing else is checked but by rules and for repeated items. */
  validateStatus(value: unknown, options?: ValidateOptions): FieldError[]
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
  const hasEmbedded = compiled.embeddedBelow
  return {
    schema,
    root,
    prune: (value) => normaliseTree(root, value, PRUNE).value,
    fillGaps: (value) => normaliseTree(root, value, GAPS).value,
    applyDefaults: (value) => normaliseTree(root, value, FILL).value,
    normalise: (value) => normaliseTree(root, value, BOTH),
    unknownFields: createSearch(root),
    embeddedMetadata: hasEmbedded ? (value) => embeddedMetadata(root, value) : () => NO_METADATA,
    validate: (value, { oldValue } = {}) => validateTree(root, value, { oldValue, rules }),
    validateStatus: (value, { oldValue } = {}) =>
      validateStatusOf(root, value, { oldValue, rules }),
  }
}

/** Looks for unknown fields, and not again in parts of an object that had none: most writes leave most parts as they were. */
function createSearch(root: SchemaNode): (value: unknown) => string[] {
  const clean = new WeakMap<object, string>()
  return (value) => {
    if (!isFields(value)) return unknownFieldPaths(root, value)
    const fresh: Record<string, unknown> = {}
    for (const key in value) {
      const part = value[key]
      if (typeof part === 'object' && part !== null && clean.get(part) === key) continue
      setOwn(fresh, key, part)
    }
    const found = unknownFieldPaths(root, fresh)
    if (found.length > 0) return found
    for (const key in fresh) {
      const part = fresh[key]
      if (typeof part === 'object' && part !== null) clean.set(part, key)
    }
    return found
  }
}

const NO_METADATA: readonly (readonly [string, unknown])[] = []

interface Judgement {
  readonly oldValue: unknown
  readonly rules: RuleChecker | undefined
}

function validateTree(root: SchemaNode, value: unknown, judgement: Judgement): FieldError[] {
  const { oldValue } = judgement
  const at: ValueWalk = { path: [], errors: [], old: oldValue }
  validateValue(root, value, at)
  if (root.embeddedBelow) checkEmbedded(root, value, at)
  return withRules(root, value, { ...judgement, errors: at.errors })
}

/** The status alone, as its subresource writes it: named within itself in the texts. */
function validateStatusOf(root: SchemaNode, value: unknown, judgement: Judgement): FieldError[] {
  const { oldValue } = judgement
  const node = root.fields.get('status')
  const errors: FieldError[] = []
  if (node !== undefined && isFields(value) && value['status'] !== undefined) {
    // A status that was not there was null.
    const old = isFields(oldValue) ? (oldValue['status'] ?? null) : undefined
    validateValue(node, value['status'], { path: [], errors, old })
  }
  const named = errors.map((error) => ({ ...error, field: withinStatus(error.field) }))
  return withRules(root, value, { ...judgement, errors: named })
}

function withinStatus(field: string): string {
  if (field === '' || field === '<nil>') return 'status'
  if (field.startsWith('.')) return `status${field}`
  return field.startsWith('[') ? `status${field}` : `status.${field}`
}

/** Then come lists that repeat themselves, unless they did so before, and the rules. */
function withRules(
  root: SchemaNode,
  value: unknown,
  { oldValue, rules, errors }: Judgement & { readonly errors: FieldError[] },
): FieldError[] {
  if (root.uniqueBelow && !repeats(root, oldValue)) {
    checkUniqueness(root, value, { path: [], errors })
  }
  if (rules === undefined) return errors
  if (errors.some((error) => BLOCKING.has(error.type))) {
    errors.push(invalid('<nil>', null, NOT_CHECKED))
  } else errors.push(...rules.check(value, oldValue))
  return errors
}

function repeats(root: SchemaNode, oldValue: unknown): boolean {
  if (oldValue === undefined) return false
  const at: ValueWalk = { path: [], errors: [] }
  checkUniqueness(root, oldValue, at)
  return at.errors.length > 0
}
