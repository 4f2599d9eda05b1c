/** A schema compiled once into a tree of nodes that the hot paths walk. */
import type { JsonValue } from '@sortie/machinery'
import { formatCheck, mindedFormat } from './formats.ts'
import { compilePattern } from './pattern.ts'
import type { JsonSchema } from './types.ts'

/** Keyword checks of strings, present only where the schema has one. */
export interface StringChecks {
  readonly minLength: number | undefined
  readonly maxLength: number | undefined
  readonly pattern: RegExp | undefined
  readonly patternSource: string
  readonly format: ((text: string) => boolean) | undefined
  readonly formatName: string
}

export interface NumberChecks {
  readonly minimum: number | undefined
  readonly maximum: number | undefined
  readonly exclusiveMinimum: boolean
  readonly exclusiveMaximum: boolean
  readonly multipleOf: number | undefined
}

/** A field that has a default, with the default already normalised. */
export interface FieldDefault {
  readonly name: string
  readonly value: unknown
}

export interface SchemaNode {
  readonly schema: JsonSchema
  readonly type: string
  /** Kubernetes' words for the type in errors: `integer,string` for int-or-string. */
  readonly typeWords: string
  /** As far as the server minds it; empty where it does not. */
  readonly format: string
  readonly nullable: boolean
  readonly intOrString: boolean
  readonly preserve: boolean
  readonly embedded: boolean
  readonly fields: ReadonlyMap<string, SchemaNode>
  /** Schema of keys that are not in `fields`; undefined where they are not allowed. */
  readonly additional: SchemaNode | undefined
  readonly items: SchemaNode | undefined
  readonly required: readonly string[]
  readonly minCount: number | undefined
  readonly maxCount: number | undefined
  readonly enumeration: readonly JsonValue[] | undefined
  readonly enumStrings: ReadonlySet<unknown> | undefined
  readonly strings: StringChecks | undefined
  readonly numbers: NumberChecks | undefined
  /** Where strings are checked for nothing but their length: the length that is surely allowed. */
  readonly textLimit: number | undefined
  readonly allOf: readonly SchemaNode[]
  readonly anyOf: readonly SchemaNode[]
  readonly oneOf: readonly SchemaNode[]
  readonly not: SchemaNode | undefined
  readonly logical: boolean
  /** True for a scalar: pruning and defaulting have nothing to do below. */
  readonly inert: boolean
  /** True where a list below (or this one) must hold no duplicates. */
  readonly uniqueBelow: boolean
  /** The fields for which that is so. */
  readonly uniqueFields: readonly (readonly [string, SchemaNode])[]
  readonly embeddedBelow: boolean
  defaults: readonly FieldDefault[]
  default: unknown
  readonly hasDefault: boolean
}

export interface CompileOptions {
  /** Finds what a `$ref` names; only schemas of built-in kinds use references. */
  readonly resolve?: (ref: string) => JsonSchema | undefined
}

type Draft = { -readonly [K in keyof SchemaNode]: SchemaNode[K] } & {
  fields: Map<string, SchemaNode>
}

/** Accepts anything and keeps nothing below: what `additionalProperties: true` means to pruning. */
export const ANYTHING: JsonSchema = {}

export class NodeCompiler {
  readonly #resolve: (ref: string) => JsonSchema | undefined
  readonly #byRef = new Map<string, Draft>()

  constructor(options: CompileOptions = {}) {
    this.#resolve = options.resolve ?? (() => undefined)
  }

  /**
   * The node of `schema`. Recursive references are followed once.
   * @throws SyntaxError for a pattern that is no regular expression, Error for a reference to
   * nothing.
   */
  compile(schema: JsonSchema): SchemaNode {
    const ref = referenceOf(schema)
    if (ref === undefined) return this.#fill(draftOf(schema))
    const known = this.#byRef.get(ref)
    const nullable = schema.nullable === true
    if (known !== undefined) return nullable ? { ...known, nullable } : known
    const target = this.#resolve(ref)
    if (target === undefined) throw new Error(`schema reference ${ref} names nothing`)
    const draft = draftOf(target)
    draft.nullable ||= nullable
    draft.uniqueBelow = true
    this.#byRef.set(ref, draft)
    return this.#fill(draft)
  }

  #fill(draft: Draft): SchemaNode {
    const { schema } = draft
    for (const [name, child] of Object.entries(schema.properties ?? {})) {
      draft.fields.set(name, this.compile(child))
    }
    const { additionalProperties: additional } = schema
    if (additional === true) draft.additional = this.compile(ANYTHING)
    else if (typeof additional === 'object') draft.additional = this.compile(additional)
    if (schema.items !== undefined) draft.items = this.compile(schema.items)
    const all = (list: readonly JsonSchema[] | undefined) =>
      (list ?? []).map((s) => this.compile(s))
    draft.allOf = all(schema.allOf)
    draft.anyOf = all(schema.anyOf)
    draft.oneOf = all(schema.oneOf)
    if (schema.not !== undefined) draft.not = this.compile(schema.not)
    summarise(draft)
    return draft
  }
}

function referenceOf(schema: JsonSchema): string | undefined {
  if (schema.$ref !== undefined) return schema.$ref
  const only = schema.allOf?.length === 1 ? schema.allOf[0] : undefined
  return schema.type === undefined ? only?.$ref : undefined
}

function draftOf(schema: JsonSchema): Draft {
  const intOrString = schema['x-kubernetes-int-or-string'] === true
  return {
    schema,
    type: schema.type ?? '',
    typeWords: intOrString ? 'integer,string' : (schema.type ?? ''),
    format: mindedFormat(schema),
    nullable: schema.nullable === true,
    intOrString,
    preserve: schema['x-kubernetes-preserve-unknown-fields'] === true,
    embedded: schema['x-kubernetes-embedded-resource'] === true,
    fields: new Map(),
    additional: undefined,
    items: undefined,
    required: schema.required ?? [],
    minCount: schema.type === 'array' ? schema.minItems : schema.minProperties,
    maxCount: schema.type === 'array' ? schema.maxItems : schema.maxProperties,
    enumeration: schema.enum,
    enumStrings: scalarSet(schema.enum),
    strings: stringChecksOf(schema),
    numbers: numberChecksOf(schema),
    textLimit: undefined,
    allOf: [],
    anyOf: [],
    oneOf: [],
    not: undefined,
    logical: false,
    inert: false,
    uniqueBelow: false,
    uniqueFields: [],
    embeddedBelow: false,
    defaults: [],
    default: undefined,
    hasDefault: schema.default !== undefined,
  }
}

function scalarSet(values: readonly JsonValue[] | undefined): ReadonlySet<unknown> | undefined {
  if (values === undefined || values.some((one) => typeof one === 'object' && one !== null)) return
  return new Set(values)
}

function stringChecksOf(schema: JsonSchema): StringChecks | undefined {
  const { minLength, maxLength, pattern, format, type } = schema
  const check = type === 'string' || type === undefined ? formatCheck(format) : undefined
  if (minLength === undefined && maxLength === undefined && !pattern && check === undefined) return
  return {
    minLength,
    maxLength,
    pattern: pattern ? compilePattern(pattern) : undefined,
    patternSource: pattern ?? '',
    format: check,
    formatName: format ?? '',
  }
}

function numberChecksOf(schema: JsonSchema): NumberChecks | undefined {
  const { minimum, maximum, multipleOf } = schema
  if (minimum === undefined && maximum === undefined && multipleOf === undefined) return
  return {
    minimum,
    maximum,
    multipleOf,
    exclusiveMinimum: schema.exclusiveMinimum === true,
    exclusiveMaximum: schema.exclusiveMaximum === true,
  }
}

const SCALARS = new Set(['string', 'integer', 'number', 'boolean'])

function summarise(draft: Draft): void {
  const listType = draft.schema['x-kubernetes-list-type']
  const below = [...draft.fields.values()]
  if (draft.additional !== undefined) below.push(draft.additional)
  if (draft.items !== undefined) below.push(draft.items)
  draft.logical =
    draft.allOf.length + draft.anyOf.length + draft.oneOf.length > 0 || draft.not !== undefined
  draft.inert = draft.intOrString || SCALARS.has(draft.type)
  draft.uniqueBelow ||=
    listType === 'set' || listType === 'map' || below.some((node) => node.uniqueBelow)
  draft.uniqueFields = [...draft.fields].filter(([, node]) => node.uniqueBelow)
  draft.textLimit = textLimitOf(draft)
  draft.embeddedBelow = draft.embedded || below.some((node) => node.embeddedBelow)
}

function textLimitOf(draft: Draft): number | undefined {
  const { strings } = draft
  if (draft.type !== 'string' || draft.logical || draft.enumeration !== undefined) return undefined
  if (strings === undefined) return Number.POSITIVE_INFINITY
  const onlyLength =
    strings.minLength === undefined && strings.pattern === undefined && strings.format === undefined
  return onlyLength ? strings.maxLength : undefined
}
