/**
 * CEL types out of a structural schema, as Kubernetes declares them: bounds for cost estimates
 * included.
 */
import type { JsonSchema } from '../schema/types.ts'
import { BOOL, type CelType, DOUBLE, INT, type ObjectField, STRING } from './types.ts'

/** Largest request that the API server reads: what an unbounded value is estimated by. */
export const MAX_REQUEST_BYTES = 3 * 1024 * 1024

const KEYWORDS = new Set(
  (
    'true false null in as break const continue else for function if import let loop package namespace ' +
    'return var void while'
  ).split(' '),
)

/**
 * A property's name as expressions write it: `__` becomes `__underscores__`, `.` `__dot__`, `-`
 * `__dash__`, `/`
 * `__slash__`, and a reserved word is wrapped (`__namespace__`). Undefined where no escape makes it
 * an identifier.
 */
export function escapeProperty(name: string): string | undefined {
  if (KEYWORDS.has(name)) return `__${name}__`
  if (!/^[A-Za-z_./-][\w./-]*$/.test(name)) return undefined
  return name.replace(/__|[./-]/g, (part) => ESCAPES[part] ?? part)
}

const ESCAPES: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
}

interface Declared {
  readonly type: CelType
  /** Fewest bytes that a value takes as JSON. */
  readonly minBytes: number
}

/**
 * The type of values of this schema; undefined where it says too little, and CEL cannot see the
 * value.
 */
export function declareType(schema: JsonSchema, resourceRoot = false): CelType | undefined {
  return declare(schema, resourceRoot)?.type
}

/** Fewest bytes that a value of this schema takes as JSON. */
export function minSerializedSize(schema: JsonSchema): number {
  return declare(schema, false)?.minBytes ?? 1
}

function declare(schema: JsonSchema, root: boolean): Declared | undefined {
  if (schema['x-kubernetes-int-or-string']) {
    const max = schema.maxLength === undefined ? MAX_REQUEST_BYTES - 2 : schema.maxLength * 4
    return { type: { kind: 'dyn', max }, minBytes: 1 }
  }
  switch (schema.type) {
    case 'array':
      return declareList(schema)
    case 'object':
      return declareObject(schema, root || schema['x-kubernetes-embedded-resource'] === true)
    case 'string':
      return declareString(schema)
    case 'boolean':
      return { type: BOOL, minBytes: 4 }
    case 'number':
      return { type: DOUBLE, minBytes: 1 }
    case 'integer':
      return { type: INT, minBytes: 1 }
    default:
      return undefined
  }
}

function declareList(schema: JsonSchema): Declared | undefined {
  const items = schema.items === undefined ? undefined : declare(schema.items, false)
  if (items === undefined) return undefined
  const max = schema.maxItems ?? Math.floor((MAX_REQUEST_BYTES - 2) / (items.minBytes + 1))
  const listType = schema['x-kubernetes-list-type']
  const base = { kind: 'list', element: items.type, max } as const
  if (listType === 'set') return { type: { ...base, unordered: 'set' }, minBytes: 2 }
  if (listType !== 'map') return { type: base, minBytes: 2 }
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  return { type: { ...base, unordered: keys }, minBytes: 2 }
}

function declareObject(schema: JsonSchema, root: boolean): Declared | undefined {
  const { additionalProperties: additional } = schema
  if (typeof additional === 'object') {
    const value = declare(additional, false)
    if (value === undefined) return undefined
    const max = schema.maxProperties ?? Math.floor((MAX_REQUEST_BYTES - 2) / (value.minBytes + 6))
    return { type: { kind: 'map', key: STRING, value: value.type, max }, minBytes: 2 }
  }
  const fields = new Map<string, ObjectField>()
  let minBytes = 2
  const required = new Set(schema.required)
  for (const [property, child] of Object.entries(
    root ? withMeta(schema) : (schema.properties ?? {}),
  )) {
    const declared = declare(child, false)
    if (declared === undefined) continue
    if (required.has(property) && child.default === undefined) {
      minBytes += property.length + declared.minBytes + 4
    }
    const name = escapeProperty(property)
    if (name !== undefined) fields.set(name, { property, type: declared.type })
  }
  return { type: { kind: 'object', fields }, minBytes }
}

/** Rules see of an object's own metadata only the name and generateName. */
function withMeta(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const text: JsonSchema = { type: 'string', maxLength: 253 }
  const metadata: JsonSchema = { type: 'object', properties: { name: text, generateName: text } }
  return { ...schema.properties, apiVersion: text, kind: text, metadata }
}

/** Kind and length of strings whose format CEL reads as a type of its own. */
const FORMATS: Readonly<
  Record<string, { kind: 'timestamp' | 'duration' | 'bytes'; max: number; min: number }>
> = {
  'date-time': { kind: 'timestamp', max: 33, min: 22 },
  date: { kind: 'timestamp', max: 12, min: 12 },
  duration: { kind: 'duration', max: 32, min: 4 },
  byte: { kind: 'bytes', max: MAX_REQUEST_BYTES - 2, min: 2 },
}

function declareString(schema: JsonSchema): Declared {
  const format = FORMATS[schema.format ?? '']
  if (format !== undefined) {
    const max = format.kind === 'bytes' ? (schema.maxLength ?? format.max) : format.max
    return { type: { kind: format.kind, max }, minBytes: format.min }
  }
  return { type: { kind: 'string', max: stringBound(schema) }, minBytes: 2 }
}

/** Lengths are in code points of up to four bytes each. */
function stringBound(schema: JsonSchema): number {
  if (schema.maxLength !== undefined) return schema.maxLength * 4
  if (schema.enum === undefined) return MAX_REQUEST_BYTES - 2
  return Math.max(1, ...schema.enum.map((one) => (typeof one === 'string' ? one.length : 1)))
}
