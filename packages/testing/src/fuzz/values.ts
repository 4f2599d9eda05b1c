/** Random values of a schema: mostly right, sometimes wrong in a small way. */
import { isJsonObject, type JsonObject, type JsonValue } from '@sortie/machinery'
import fc from 'fast-check'
import type { FuzzSchema } from './schema.ts'

type Values = fc.Arbitrary<JsonValue>

/** Few, so that writers meet. */
export const KEYS = ['a', 'b', 'c', 'd', 'e'] as const

/** Patterns of the RE2 syntax, each with texts that match. */
export const PATTERNS: ReadonlyMap<string, readonly string[]> = new Map([
  ['^[a-z]+$', ['a', 'ab']],
  ['^a', ['a', 'ab', 'a b']],
  ['b$', ['b', 'ab']],
  ['^([0-9]{1,2}|x)$', ['1', '22', 'x']],
  ['^\\d+\\.\\d+$', ['1.2']],
  ['[[:upper:]]', ['A', 'aB']],
  ['(?i)^ABC?$', ['ab', 'aBC']],
  ['^[^\\s/]*$', ['', 'ab']],
])

const FORMAT_TEXTS: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2026-01-05T08:00:00Z', '2026-01-05T08:00:00.123+02:00', '2026-1-05T08:00:00Z'],
  date: ['2026-01-05', '2026-13-05', '2026-1-5'],
  duration: ['5s', '1h30m', '3 days', '5'],
  ipv4: ['10.0.0.1', '10.0.0.256', '010.0.0.1'],
  ipv6: ['::1', 'fe80::1', '1::2::3', '10.0.0.1'],
  cidr: ['10.0.0.0/8', '10.0.0.0/33', '::1/64'],
  uuid: ['c56a4180-65aa-42ec-a945-5fd21dec0538', 'c56a4180', 'C56A418065AA42ECA9455FD21DEC0538'],
  byte: ['YWI=', 'YWI', 'a b', ''],
  uri: ['https://a.b/c', '/a', 'a b', 'a'],
  hostname: ['a.bc', 'a.b', 'a_b', '-a'],
  email: ['a@b.c', 'a', 'A <a@b.c>'],
}

const TEXTS = ['a', 'b', 'ab', 'abc', '', 'a b', 'é', '1', 'true', 'x'.repeat(20)]
const NUMBERS = [0, 1, 2, 3, 4, 5, -1, 100]
const FRACTIONS = [0.5, 1.5, 2.25, -0.5]
const WILD: readonly JsonValue[] = [
  null,
  'x',
  1,
  1.5,
  true,
  2_147_483_648,
  [],
  {},
  ['a'],
  [null],
  { a: 1 },
  { a: null },
]

/**
 * For texts with a format: the real server's check of types lets a list pass for one, after which nobody owns a field of the object.
 * To find that out costs a walk through every write, and no writer sends a list for a time.
 */
const MILD = WILD.filter((value) => !Array.isArray(value))

const pick = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

/** How often, of a hundred, a value is another than the schema asks for. */
export interface Mess {
  readonly wild: number
}
export const TIDY: Mess = { wild: 0 }
export const UNTIDY: Mess = { wild: 4 }

export const validValue = (schema: FuzzSchema): Values => valueFor(schema, TIDY)

export function valueFor(schema: FuzzSchema, mess: Mess): Values {
  const tidy = plainValue(schema, mess)
  const nullable = schema.nullable === true ? 12 : 0
  if (mess.wild === 0 && nullable === 0) return tidy
  return fc.oneof(
    { weight: 100, arbitrary: tidy },
    { weight: nullable, arbitrary: fc.constant(null) },
    { weight: mess.wild, arbitrary: pick(schema.format === undefined ? WILD : MILD) },
  )
}

function plainValue(schema: FuzzSchema, mess: Mess): Values {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return fc.oneof<Values[]>(pick(NUMBERS), pick(TEXTS))
  }
  switch (schema.type) {
    case 'string':
      return stringValue(schema, mess)
    case 'integer':
    case 'number':
      return numberValue(schema, mess)
    case 'boolean':
      return schema.enum === undefined ? fc.boolean() : pick(schema.enum)
    case 'array':
      return listValue(schema, mess)
    case 'object':
      return objectValue(schema, mess)
    default:
      return openValue
  }
}

/** Those that fit, unless it may be untidy. */
function fitting<T extends JsonValue>(
  values: readonly T[],
  mess: Mess,
  fits: (value: T) => boolean,
): fc.Arbitrary<T> {
  const right = values.filter(fits)
  const good = pick(right.length === 0 ? values : right)
  if (mess.wild === 0) return good
  return fc.oneof({ weight: 6, arbitrary: good }, { weight: 1, arbitrary: pick(values) })
}

function stringValue(schema: FuzzSchema, mess: Mess): Values {
  const { enum: allowed, pattern, format, minLength = 0, maxLength = 100 } = schema
  if (allowed !== undefined) {
    return fitting(['a', 'zz', ...(allowed as string[])], mess, (text) => allowed.includes(text))
  }
  if (pattern !== undefined) {
    const known = PATTERNS.get(pattern)
    if (known !== undefined)
      return fitting([...known, '?', 'Zz'], mess, (one) => known.includes(one))
    const matches = new RegExp(pattern)
    return fitting(['a', 'a-1', 'alpha', '1', '10s', 'A', 'a/b', ...TEXTS], mess, (text) =>
      matches.test(text),
    )
  }
  const ofFormat = format === undefined ? undefined : FORMAT_TEXTS[format]
  if (ofFormat !== undefined) {
    return fitting(ofFormat, mess, (text) => text === ofFormat[0])
  }
  return fitting(TEXTS, mess, ({ length }) => length >= minLength && length <= maxLength)
}

function numberValue(schema: FuzzSchema, mess: Mess): Values {
  const { type, minimum = -1_000, maximum = 1_000, multipleOf = 0 } = schema
  const all = type === 'number' ? [...NUMBERS, ...FRACTIONS] : NUMBERS
  return fitting(all, mess, (value) => {
    if (schema.enum !== undefined && !schema.enum.includes(value)) return false
    if (multipleOf !== 0 && value % multipleOf !== 0) return false
    if (value === minimum && schema.exclusiveMinimum === true) return false
    if (value === maximum && schema.exclusiveMaximum === true) return false
    return value >= minimum && value <= maximum
  })
}

function listValue(schema: FuzzSchema, mess: Mess): Values {
  const { items = {}, minItems = 0, maxItems = 4 } = schema
  const most = Math.max(minItems, Math.min(3, maxItems))
  const bounds = { minLength: minItems, maxLength: most }
  const item = valueFor(items, mess)
  const type = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const selector = (value: JsonValue): string =>
    type === 'map' && isJsonObject(value)
      ? JSON.stringify(keys.map((key) => value[key] ?? items.properties?.[key]?.default))
      : JSON.stringify(value)
  const distinct = fc.uniqueArray(item, { ...bounds, selector })
  if (type !== 'map' && type !== 'set') return fc.array(item, bounds)
  if (mess.wild === 0) return distinct
  return fc.oneof(
    { weight: 12, arbitrary: distinct as Values },
    { weight: 1, arbitrary: fc.array(item, bounds) as Values },
  )
}

function objectValue(schema: FuzzSchema, mess: Mess): fc.Arbitrary<JsonObject> {
  if (schema['x-kubernetes-embedded-resource'] === true) return embeddedValue(mess)
  const { properties = {}, required = [], additionalProperties: additional } = schema
  const known = Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      maybe(valueFor(property, mess), { often: required.includes(name), mess }),
    ]),
  )
  const named = fc.record(known).map(withoutAbsent)
  const extra = typeof additional === 'object' ? valueFor(additional, mess) : undefined
  if (extra !== undefined) {
    return fc.dictionary(pick(KEYS), extra, { maxKeys: 3 }) as fc.Arbitrary<JsonObject>
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) {
    return fc
      .tuple(named, fc.dictionary(pick(['x', 'y']), openValue, { maxKeys: 2 }))
      .map(([fields, more]) => ({ ...(more as JsonObject), ...fields }))
  }
  if (mess.wild === 0) return named
  return fc
    .tuple(named, rarely(fc.constantFrom<JsonObject>({ unknown: 1 }, { unknown: { a: null } })))
    .map(([fields, more]) => ({ ...fields, ...(more as JsonObject) }))
}

const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | object> =>
  fc.oneof({ weight: 15, arbitrary: fc.constant({}) }, { weight: 1, arbitrary })

const ABSENT = Symbol('absent')

function maybe(
  value: Values,
  { often, mess }: { readonly often: boolean; readonly mess: Mess },
): fc.Arbitrary<JsonValue | typeof ABSENT> {
  if (often && mess.wild === 0) return value
  return fc.oneof(
    { weight: often ? 1 : 5, arbitrary: fc.constant(ABSENT as JsonValue | typeof ABSENT) },
    { weight: often ? 20 : 5, arbitrary: value },
  )
}

const withoutAbsent = (fields: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ABSENT)) as JsonObject

const openLeaf: Values = fc.constantFrom<JsonValue>('a', 1, true, null, 1.5, [], {}, ['a', 'b'])
const openValue: Values = fc.oneof(
  openLeaf,
  fc.dictionary(pick(['x', 'y']), openLeaf, { maxKeys: 2 }) as Values,
  fc.array(fc.dictionary(pick(['name', 'x']), openLeaf, { maxKeys: 2 }), {
    maxLength: 2,
  }) as Values,
)

function embeddedValue(mess: Mess): fc.Arbitrary<JsonObject> {
  const right = fc.record(
    {
      apiVersion: fc.constantFrom('v1', 'a.b/v1'),
      kind: fc.constant('Thing'),
      metadata: fc.constantFrom<JsonObject>({ name: 'a' }, { labels: { a: 'b' } }, {}),
      a: pick(TEXTS),
    },
    { requiredKeys: ['apiVersion', 'kind'] },
  ) as fc.Arbitrary<JsonObject>
  if (mess.wild === 0) return right
  const wrong = fc.constantFrom<JsonObject>(
    {},
    { apiVersion: '', kind: 'Thing' },
    { apiVersion: 'v1', kind: 'Thing', metadata: { name: 1 } },
    { apiVersion: 'v1', kind: 'Thing', metadata: { labels: { a: 1 } } },
    { apiVersion: 'v1', kind: 'Thing', metadata: { unknown: 1 }, unknown: 1 },
    { apiVersion: 'a/b/c', kind: 'thing!' },
  )
  return fc.oneof({ weight: 8, arbitrary: right }, { weight: 1, arbitrary: wrong })
}
