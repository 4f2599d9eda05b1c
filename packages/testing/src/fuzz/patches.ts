/** Random patches of a schema's values, in the three forms that are no whole objects. */
import type { JsonObject, JsonValue } from '@sortie/machinery'
import fc from 'fast-check'
import type { FuzzSchema } from './schema.ts'
import { KEYS, UNTIDY, valueFor } from './values.ts'

export interface PatchPlaces {
  readonly schema: FuzzSchema
  readonly metadata: FuzzSchema
}

const whole = ({ schema, metadata }: PatchPlaces): FuzzSchema => ({
  type: 'object',
  properties: { ...schema.properties, metadata },
})

const isMap = (schema: FuzzSchema): boolean => typeof schema.additionalProperties === 'object'
const isObject = (schema: FuzzSchema): boolean => schema.properties !== undefined || isMap(schema)

function childrenOf(schema: FuzzSchema): readonly (readonly [string, FuzzSchema])[] {
  const { properties, additionalProperties: additional } = schema
  if (typeof additional === 'object') return KEYS.slice(0, 3).map((key) => [key, additional])
  return Object.entries(properties ?? {})
}

/** Some of the fields, each another, nulled, or patched in turn. */
function partOf(
  schema: FuzzSchema,
  inner: (child: FuzzSchema) => fc.Arbitrary<JsonValue>,
): fc.Arbitrary<JsonObject> {
  const children = childrenOf(schema)
  if (children.length === 0) return fc.constantFrom<JsonObject>({}, { a: 1 }, { a: null })
  const field = fc.nat({ max: children.length - 1 }).chain((index) => {
    const [name, child] = children[index] ?? ['a', {}]
    return fc.tuple(fc.constant(name), inner(child))
  })
  return fc
    .array(field, { minLength: 1, maxLength: 2 })
    .map((fields) => Object.fromEntries(fields) as JsonObject)
}

function mergeValue(schema: FuzzSchema): fc.Arbitrary<JsonValue> {
  const replaced = valueFor(schema, UNTIDY)
  const nulled = { weight: 1, arbitrary: fc.constant(null as JsonValue) }
  if (!isObject(schema)) return fc.oneof({ weight: 5, arbitrary: replaced }, nulled)
  return fc.oneof(
    { weight: 6, arbitrary: partOf(schema, mergeValue) as fc.Arbitrary<JsonValue> },
    { weight: 2, arbitrary: replaced },
    nulled,
  )
}

export const mergePatchOf = (places: PatchPlaces): fc.Arbitrary<JsonObject> =>
  partOf(whole(places), mergeValue)

interface Spot {
  readonly pointer: string
  readonly schema: FuzzSchema
}

/** A place below a schema, as a JSON pointer; now and then one that leads nowhere. */
function spotBelow(schema: FuzzSchema, pointer: string): fc.Arbitrary<Spot> {
  const here = fc.constant({ pointer, schema })
  const next: fc.Arbitrary<Spot>[] = []
  for (const [name, child] of childrenOf(schema)) next.push(spotBelow(child, `${pointer}/${name}`))
  const { items } = schema
  if (items !== undefined) {
    for (const step of ['0', '1', '-', '-1']) next.push(spotBelow(items, `${pointer}/${step}`))
  }
  if (next.length === 0) return here
  return fc.oneof(
    { weight: pointer === '' ? 0 : 1, arbitrary: here },
    { weight: 4, arbitrary: fc.oneof(...next) },
  )
}

type Operation = fc.Arbitrary<JsonObject>

export function jsonPatchOf(places: PatchPlaces): fc.Arbitrary<JsonValue> {
  const spot = spotBelow(whole(places), '')
  const valued = (op: string): Operation =>
    spot.chain(({ pointer, schema }) =>
      valueFor(schema, UNTIDY).map((value) => ({ op, path: pointer, value })),
    )
  const moved = (op: string): Operation =>
    // Metadata as a whole carries what no two servers share.
    fc
      .tuple(
        spot.filter(({ pointer }) => pointer !== '/metadata'),
        spot,
      )
      .map(([from, to]) => ({ op, from: from.pointer, path: to.pointer }))
  const odd: Operation = fc.constantFrom<JsonObject>(
    { op: 'nothing', path: '/spec' },
    { op: 'add', path: '/metadata/labels', value: { a: 'b' } },
    { op: 'add', path: '/metadata/labels/a~1b', value: 'a' },
    { op: 'remove', path: '/metadata/labels' },
    { op: 'test', path: '/metadata/labels/a', value: null },
    { op: 'replace', path: '/metadata/name', value: 'other' },
    { op: 'remove', path: '/metadata/managedFields' },
    { op: 'add', path: '/unknown', value: 1 },
    { op: 'add', path: 'spec', value: {} },
    { op: 'add', path: '/spec' },
  )
  const operation = fc.oneof(
    { weight: 6, arbitrary: valued('add') },
    { weight: 5, arbitrary: valued('replace') },
    {
      weight: 4,
      arbitrary: spot.map(({ pointer }): JsonObject => ({ op: 'remove', path: pointer })),
    },
    { weight: 2, arbitrary: valued('test') },
    { weight: 1, arbitrary: moved('copy') },
    { weight: 1, arbitrary: moved('move') },
    { weight: 1, arbitrary: odd },
  )
  return fc.array(operation, { minLength: 1, maxLength: 3 }) as fc.Arbitrary<JsonValue>
}

function strategicValue(schema: FuzzSchema): fc.Arbitrary<JsonValue> {
  const { items } = schema
  if (items?.properties !== undefined) return strategicList(schema, items)
  if (!isObject(schema)) return mergeValue(schema)
  const part = partOf(schema, strategicValue)
  return fc.oneof(
    { weight: 8, arbitrary: part as fc.Arbitrary<JsonValue> },
    { weight: 1, arbitrary: part.map((fields) => ({ $patch: 'replace', ...fields })) },
    { weight: 1, arbitrary: fc.constant<JsonValue>({ $patch: 'delete' }) },
    { weight: 1, arbitrary: fc.constant<JsonValue>(null) },
    {
      weight: 1,
      arbitrary: part.map((fields) => ({ ...fields, $retainKeys: Object.keys(fields) })),
    },
  )
}

function strategicList(schema: FuzzSchema, items: FuzzSchema): fc.Arbitrary<JsonValue> {
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const [key = 'name'] = keys
  const named = valueFor(items.properties?.[key] ?? {}, UNTIDY)
  const deleted = named.map((name): JsonValue => ({ [key]: name, $patch: 'delete' }))
  const patched = fc
    .tuple(named, partOf(items, strategicValue))
    .map(([name, fields]): JsonValue => ({ ...fields, [key]: name }))
  const item = fc.oneof(
    { weight: 3, arbitrary: valueFor(items, UNTIDY) },
    { weight: 3, arbitrary: patched },
    { weight: 1, arbitrary: deleted },
    { weight: 1, arbitrary: fc.constant<JsonValue>({ $patch: 'replace' }) },
  )
  return fc.array(item, { maxLength: 3 }) as fc.Arbitrary<JsonValue>
}

/** With an order for a list that it patches, now and then. */
export function strategicPatchOf(places: PatchPlaces): fc.Arbitrary<JsonObject> {
  const plain = partOf(whole(places), strategicValue)
  const finalizers = fc.constantFrom<JsonObject>(
    { metadata: { '$deleteFromPrimitiveList/finalizers': ['a.b/c'] } },
    { metadata: { '$setElementOrder/finalizers': ['a.b/d', 'a.b/c'], finalizers: ['a.b/c'] } },
    { metadata: { $retainKeys: ['name'], labels: { a: 'b' } } },
    {
      spec: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
        containers: [{ name: 'a', image: 'busybox' }],
      },
    },
    { status: { '$setElementOrder/conditions': [{ type: 'a.b/c' }, { type: 'Ready' }] } },
    { spec: { $patch: 'nonsense' } },
  )
  return fc.oneof({ weight: 9, arbitrary: plain }, { weight: 1, arbitrary: finalizers })
}
