import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { JsonValue } from '@sortie/machinery'
import fc from 'fast-check'
import { compileSchema, type JsonSchema } from './index.ts'

const NAMES = ['a', 'b', 'c']
const name = fc.constantFrom(...NAMES)

/** Structural schemas with defaults that fit them. */
const { schema } = fc.letrec<{ schema: JsonSchema; leaf: JsonSchema }>((tie) => ({
  leaf: fc.oneof(
    fc.record(
      { type: fc.constant('string'), default: fc.string(), nullable: fc.boolean() },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      { type: fc.constant('integer'), default: fc.integer(), minimum: fc.constant(-(2 ** 31)) },
      { requiredKeys: ['type'] },
    ),
    fc.record({ type: fc.constant('boolean'), default: fc.boolean() }, { requiredKeys: ['type'] }),
    fc.constant<JsonSchema>({ 'x-kubernetes-int-or-string': true }),
    fc.constant<JsonSchema>({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
  ) as fc.Arbitrary<JsonSchema>,
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.record({
      type: fc.constant('object'),
      properties: fc.dictionary(name, tie('schema'), { maxKeys: 3 }),
    }) as fc.Arbitrary<JsonSchema>,
    fc.record({
      type: fc.constant('object'),
      additionalProperties: tie('schema'),
    }) as fc.Arbitrary<JsonSchema>,
    fc.record({ type: fc.constant('array'), items: tie('schema') }) as fc.Arbitrary<JsonSchema>,
  ),
}))

const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>

/** A value that goes with the schema, with unknown fields and nulls strewn in. */
function valuesOf(of: JsonSchema): fc.Arbitrary<JsonValue> {
  switch (of.type) {
    case 'string':
      return fc.string()
    case 'integer':
      return fc.integer()
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(valuesOf(of.items ?? {}), { maxLength: 3 })
    case 'object':
      return fieldsOf(of)
    default:
      return fc.oneof(fc.integer(), fc.string())
  }
}

function fieldsOf(of: JsonSchema): fc.Arbitrary<JsonValue> {
  if (typeof of.additionalProperties === 'object') {
    return fc.dictionary(name, valuesOf(of.additionalProperties), { maxKeys: 3 })
  }
  const known = Object.entries(of.properties ?? {}).map(
    ([key, child]) =>
      [key, fc.oneof({ weight: 9, arbitrary: valuesOf(child) }, fc.constant(null))] as const,
  )
  return fc
    .tuple(
      fc.record(Object.fromEntries(known), { requiredKeys: [] }),
      fc.dictionary(fc.constantFrom('y', 'z'), json, { maxKeys: 1 }),
    )
    .map(([fields, unknown]) => ({ ...fields, ...unknown }) as JsonValue)
}

const pair = schema.chain((one) => fc.tuple(fc.constant(one), valuesOf(one)))

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return value
}

const compile = (of: JsonSchema) => compileSchema(of, { resourceRoot: false })

describe('normalise, for any schema and value', () => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(pair, ([of, value]) => {
        const compiled = compile(of)
        const once = compiled.normalise(value).value
        const twice = compiled.normalise(once)
        assert.equal(twice.value, once)
        assert.equal(twice.pruned, false)
        assert.deepEqual(compiled.unknownFields(once), [])
      }),
    )
  })

  it('leaves no error in a value of the right types', () => {
    fc.assert(
      fc.property(pair, ([of, value]) => {
        const compiled = compile(of)
        assert.deepEqual(compiled.validate(compiled.normalise(value).value), [])
      }),
    )
  })

  it('never changes its input, whatever that is', () => {
    fc.assert(
      fc.property(schema, json, (of, value) => {
        const compiled = compile(deepFreeze(of))
        const before = JSON.stringify(value)
        compiled.normalise(deepFreeze(value))
        compiled.validate(value)
        assert.equal(JSON.stringify(value), before)
      }),
    )
  })

  it('says that it pruned where it names unknown fields, and only there', () => {
    fc.assert(
      fc.property(pair, ([of, value]) => {
        const compiled = compile(of)
        assert.equal(compiled.normalise(value).pruned, compiled.unknownFields(value).length > 0)
      }),
    )
  })

  it('is pruning and then defaulting', () => {
    fc.assert(
      fc.property(pair, ([of, value]) => {
        const compiled = compile(of)
        const stepwise = compiled.applyDefaults(compiled.prune(value))
        assert.deepEqual(compiled.normalise(value).value, stepwise)
      }),
    )
  })
})

describe('ratcheting', () => {
  const compiled = compileSchema({
    type: 'object',
    properties: { a: { type: 'string', maxLength: 2 }, b: { type: 'string' } },
  })

  it('lets an invalid value pass that was stored before and stays', () => {
    const old = { a: 'long', b: 'x' }
    assert.deepEqual(compiled.validate({ a: 'long', b: 'y' }, { oldValue: old }), [])
  })

  it('refuses a new one', () => {
    assert.equal(compiled.validate({ a: 'long' }, { oldValue: { a: 'ok' } }).length, 1)
    assert.equal(compiled.validate({ a: 'long' }).length, 1)
  })
})
