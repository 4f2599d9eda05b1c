/** Random structural schemas, as a CustomResourceDefinition may have them. */
import type { JsonObject, JsonValue } from '@sortie/machinery'
import fc from 'fast-check'
import { rulesFor } from './rules.ts'
import { KEYS, PATTERNS, validValue } from './values.ts'

export interface FuzzRule {
  readonly rule: string
  readonly message?: string
  readonly messageExpression?: string
  readonly reason?: string
  readonly fieldPath?: string
  readonly optionalOldSelf?: boolean
}

/** The part of JSONSchemaProps that the fuzzer makes, and makes values of. */
export interface FuzzSchema {
  readonly type?: string
  readonly format?: string
  readonly nullable?: boolean
  readonly default?: JsonValue
  readonly enum?: readonly JsonValue[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: boolean
  readonly exclusiveMaximum?: boolean
  readonly multipleOf?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly items?: FuzzSchema
  readonly properties?: Readonly<Record<string, FuzzSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | FuzzSchema
  readonly anyOf?: readonly FuzzSchema[]
  readonly oneOf?: readonly FuzzSchema[]
  readonly allOf?: readonly FuzzSchema[]
  readonly not?: FuzzSchema
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: string
  readonly 'x-kubernetes-validations'?: readonly FuzzRule[]
}

type SchemaArbitrary = fc.Arbitrary<FuzzSchema>

/** Some of these keywords, each half as likely as not. */
function some<T extends object>(
  part: { [K in keyof T]: fc.Arbitrary<T[K]> },
): fc.Arbitrary<Partial<T>> {
  return fc.record(part, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>
}

const often = <T extends object>(part: T): fc.Arbitrary<T | object> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.constant(part) })

const FORMATS = [
  'date-time',
  'date',
  'duration',
  'ipv4',
  'ipv6',
  'cidr',
  'uuid',
  'byte',
  'uri',
  'hostname',
  'email',
]

const stringSchema: SchemaArbitrary = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ type: 'string' }) },
  {
    weight: 2,
    arbitrary: fc
      .record({ min: fc.integer({ min: 0, max: 2 }), more: fc.integer({ min: 0, max: 4 }) })
      .map(({ min, more }) => ({ type: 'string', minLength: min, maxLength: min + more })),
  },
  {
    weight: 2,
    arbitrary: fc
      .uniqueArray(fc.constantFrom('a', 'b', 'ab', 'abc', ''), { minLength: 1, maxLength: 3 })
      .map((values) => ({ type: 'string', enum: values })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...PATTERNS.keys())
      .map((pattern) => ({ type: 'string', pattern, maxLength: 20 })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...FORMATS).map((format) => ({ type: 'string', format })),
  },
)

const numericSchema: SchemaArbitrary = fc
  .tuple(
    fc.constantFrom('integer', 'integer', 'number'),
    some<FuzzSchema>({
      minimum: fc.integer({ min: -2, max: 1 }),
      maximum: fc.integer({ min: 2, max: 6 }),
    }),
    some<FuzzSchema>({
      exclusiveMinimum: fc.boolean(),
      exclusiveMaximum: fc.boolean(),
      multipleOf: fc.constantFrom(1, 2),
    }),
    fc.constantFrom(undefined, undefined, 'int32', 'int64'),
  )
  .map(([type, bounds, extra, format]) => ({
    type,
    ...bounds,
    ...(bounds.minimum === undefined ? {} : extra),
    ...(type === 'integer' && format !== undefined ? { format } : {}),
  }))

const scalarSchema: SchemaArbitrary = fc.oneof(
  { weight: 4, arbitrary: stringSchema },
  { weight: 3, arbitrary: numericSchema },
  { weight: 1, arbitrary: fc.constant({ type: 'boolean' }) },
  { weight: 1, arbitrary: fc.constant({ 'x-kubernetes-int-or-string': true }) },
)

/** Bounds keep what rules may cost within the budget. */
const BOUNDED = { maxItems: 5 } as const

function objectSchema(depth: number): SchemaArbitrary {
  return fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: depth > 1 ? 5 : 3 }),
      fc.array(fieldSchema(depth - 1), { minLength: 5, maxLength: 5 }),
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 1 }),
      often({ 'x-kubernetes-map-type': 'atomic' }),
      often({ 'x-kubernetes-preserve-unknown-fields': true }),
      fc.oneof(
        { weight: 4, arbitrary: fc.constant({}) },
        { weight: 1, arbitrary: fc.constant({ maxProperties: 3 }) },
        { weight: 1, arbitrary: fc.constant({ minProperties: 1 }) },
      ),
    )
    .map(([names, schemas, required, mapType, preserve, counts]) => {
      const properties = Object.fromEntries(names.map((name, i) => [name, schemas[i] ?? {}]))
      const demanded = required.flatMap((index) => names[index] ?? [])
      const isAtomic = depth < 2 && 'x-kubernetes-map-type' in mapType
      return {
        type: 'object',
        properties: isAtomic ? withoutTransitions({ properties }).properties : properties,
        ...(demanded.length === 0 ? {} : { required: demanded }),
        ...(depth < 2 ? mapType : {}),
        ...(depth < 3 ? { ...preserve, ...counts } : {}),
      } as FuzzSchema
    })
    .chain((schema) => withJunctor(schema))
}

/** Sometimes a condition over the fields that are there. */
function withJunctor(schema: FuzzSchema): SchemaArbitrary {
  const names = Object.keys(schema.properties ?? {})
  const condition: SchemaArbitrary = fc
    .constantFrom(...names)
    .map((name): FuzzSchema => ({ required: [name] }))
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(schema) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('anyOf', 'oneOf', 'allOf'),
          fc.array(condition, { minLength: 1, maxLength: 2 }),
        )
        .map(([junctor, parts]) => ({ ...schema, [junctor]: parts })),
    },
    { weight: 1, arbitrary: condition.map((not) => ({ ...schema, not })) },
  )
}

const mapSchema = (depth: number): SchemaArbitrary =>
  fc
    .tuple(depth > 0 ? fieldSchema(depth - 1) : scalarSchema, fc.boolean())
    .map(([values, atomic]) => ({
      type: 'object',
      additionalProperties: atomic ? withoutTransitions(values) : values,
      maxProperties: 5,
      ...(atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    }))

const plainScalar: SchemaArbitrary = fc.constantFrom<FuzzSchema>(
  { type: 'string' },
  { type: 'integer' },
  { type: 'string', maxLength: 4 },
)

function listSchema(depth: number): SchemaArbitrary {
  const keyed = fc
    .tuple(
      fc.constantFrom<readonly string[]>(['name'], ['name'], ['name', 'port']),
      fc.array(fieldSchema(depth - 1), { minLength: 1, maxLength: 2 }),
      fc.boolean(),
    )
    .map(([keys, rest, hasDefault]): FuzzSchema => {
      const port: FuzzSchema = hasDefault ? { type: 'integer', default: 1 } : { type: 'integer' }
      const others = Object.fromEntries(rest.map((schema, index) => [KEYS[index] ?? 'z', schema]))
      const key = { name: { type: 'string', maxLength: 8 }, ...(keys.length > 1 ? { port } : {}) }
      const required = keys.filter((one) => one === 'name' || !hasDefault)
      return {
        type: 'array',
        ...BOUNDED,
        items: { type: 'object', required, properties: { ...key, ...others } },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': keys,
      }
    })
  return fc.oneof(
    { weight: 3, arbitrary: keyed },
    {
      weight: 2,
      arbitrary: plainScalar.map((items) => ({
        type: 'array',
        ...BOUNDED,
        items,
        'x-kubernetes-list-type': 'set',
      })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fieldSchema(depth - 1), fc.boolean(), often({ minItems: 1 }))
        .map(([items, named, least]) => ({
          type: 'array',
          ...BOUNDED,
          ...least,
          items: withoutTransitions(items),
          ...(named ? { 'x-kubernetes-list-type': 'atomic' } : {}),
        })),
    },
  )
}

const openSchema: SchemaArbitrary = fc.constantFrom<FuzzSchema>(
  { 'x-kubernetes-preserve-unknown-fields': true },
  { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    'x-kubernetes-preserve-unknown-fields': true,
  },
  {
    type: 'object',
    'x-kubernetes-embedded-resource': true,
    properties: { a: { type: 'string' }, metadata: { type: 'object' } },
  },
)

/** A field's schema: null and default go with any. */
function fieldSchema(depth: number): SchemaArbitrary {
  const bare =
    depth <= 0
      ? scalarSchema
      : fc.oneof(
          { weight: 6, arbitrary: scalarSchema },
          { weight: 4, arbitrary: objectSchema(depth) },
          { weight: 4, arbitrary: listSchema(depth) },
          { weight: 2, arbitrary: mapSchema(depth) },
          { weight: 1, arbitrary: openSchema },
        )
  return bare
    .chain((schema) =>
      fc
        .tuple(
          fc.oneof(
            { weight: 5, arbitrary: fc.constant({}) },
            { weight: 1, arbitrary: fc.constant({ nullable: true }) },
          ),
          fc.oneof(
            { weight: 4, arbitrary: fc.constant({}) },
            // A default that its own rules refuse would have the definition refused.
            {
              weight: hasRules(schema) ? 0 : 1,
              arbitrary: validValue(schema).map((value) => ({ default: value })),
            },
          ),
        )
        .map(([nullable, preset]) => ({ ...schema, ...nullable, ...preset })),
    )
    .chain((schema) => (schema.default === undefined ? rulesFor(schema) : fc.constant(schema)))
}

function partsOf({ properties = {}, items, additionalProperties }: FuzzSchema): FuzzSchema[] {
  const below = typeof additionalProperties === 'object' ? [additionalProperties] : []
  return [...Object.values(properties), ...(items === undefined ? [] : [items]), ...below]
}

const hasRules = (schema: FuzzSchema): boolean =>
  schema['x-kubernetes-validations'] !== undefined || partsOf(schema).some(hasRules)

/** Without rules that compare with the old value, where no old value corresponds. */
function withoutTransitions(schema: FuzzSchema): FuzzSchema {
  const { 'x-kubernetes-validations': rules = [], properties, items, ...rest } = schema
  const { additionalProperties: additional } = schema
  const left = rules.filter(({ rule }) => !rule.includes('oldSelf'))
  return {
    ...rest,
    ...(items === undefined ? {} : { items: withoutTransitions(items) }),
    ...(typeof additional === 'object'
      ? { additionalProperties: withoutTransitions(additional) }
      : {}),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, one]) => [name, withoutTransitions(one)]),
          ),
        }),
    ...(left.length === 0 ? {} : { 'x-kubernetes-validations': left }),
  }
}

/** The schema of a kind: spec and status, and sometimes a field beside them. */
export const kindSchema: SchemaArbitrary = fc
  .tuple(objectSchema(3), objectSchema(2), fc.option(fieldSchema(1), { freq: 3 }))
  .map(([spec, status, extra]) => ({
    type: 'object',
    properties: { spec, status, ...(extra === null ? {} : { extra }) },
  }))
  .chain((schema) =>
    rulesFor(schema.properties.spec).map((spec) => ({
      ...schema,
      properties: { ...schema.properties, spec },
    })),
  )

export const asJson = (schema: FuzzSchema): JsonObject => schema as unknown as JsonObject
