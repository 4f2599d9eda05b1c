import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { In, Out } from './builder.ts'
import { arr, bool, int, intOrString, listMap, map, obj, oneOf, raw, set, str } from './builder.ts'
import { applyDefaults } from './defaults.ts'

const shape = obj({
  name: str().max(63).doc('Name.'),
  level: oneOf('low', 'high').default('low'),
  count: int().min(1).max(9).optional(),
  parts: listMap(obj({ key: str(), size: int().default(1) }), 'key').optional(),
  nested: obj({ flag: bool().default(false) }).default({}),
})

// These lines are the test: they compile only if input and output types are right.
const least: In<typeof shape> = { name: 'a' }
const read: Out<typeof shape> = { name: 'a', level: 'low', nested: { flag: false } }
// @ts-expect-error a list cannot be keyed by a field that may be missing
const keyless = (): unknown => listMap(obj({ key: str().optional() }), 'key')
// @ts-expect-error a value outside the enum
const wrong: In<typeof shape> = { name: 'a', level: 'middle' }

describe('the schema builder', () => {
  it('writes fields that must be given as required, and no others', () => {
    assert.deepEqual(shape.json.required, ['name'])
    assert.deepEqual(obj({ a: str().optional() }).json.required, undefined)
  })

  it('puts a bound where the type wants it', () => {
    assert.deepEqual(str().min(1).max(2).json, { type: 'string', minLength: 1, maxLength: 2 })
    assert.deepEqual(int().min(1).max(2).json, { type: 'integer', minimum: 1, maximum: 2 })
    assert.equal(arr(str()).max(3).json.maxItems, 3)
    assert.equal(map(str()).max(3).json.maxProperties, 3)
    assert.throws(() => bool().max(1), TypeError)
    assert.throws(() => intOrString().max(1), TypeError)
  })

  it('lists null in a nullable enum', () => {
    assert.deepEqual(oneOf('a').nullable().json.enum, ['a', null])
  })

  it('marks lists and open objects as Kubernetes does', () => {
    assert.equal(set(str()).json['x-kubernetes-list-type'], 'set')
    assert.equal(arr(str()).json['x-kubernetes-list-type'], 'atomic')
    assert.deepEqual(raw().json, { type: 'object', 'x-kubernetes-preserve-unknown-fields': true })
    assert.equal(obj({}).open().json['x-kubernetes-preserve-unknown-fields'], true)
  })

  it('leaves the schema that it starts from as it is', () => {
    const plain = str()
    plain.max(3).pattern('a').cel('self == "a"', 'is not a')
    assert.deepEqual(plain.json, { type: 'string' })
  })

  it('gives types that agree with its defaults', () => {
    assert.deepEqual(applyDefaults(shape.json, least), read)
    assert.ok(wrong)
    assert.ok(keyless())
  })
})

describe('defaulting', () => {
  it('fills in at every depth that is there, and makes no optional parent', () => {
    const filled = applyDefaults(shape.json, { name: 'a', parts: [{ key: 'k' }] })
    assert.deepEqual(filled, { ...read, parts: [{ key: 'k', size: 1 }] })
  })

  it('returns the same object where nothing is missing, and shares what it keeps', () => {
    const parts = [{ key: 'k', size: 2 }]
    const whole = { name: 'a', level: 'high', nested: { flag: true }, parts }
    assert.equal(applyDefaults(shape.json, whole), whole)
    const filled = applyDefaults(shape.json, { name: 'a', parts }) as { parts: unknown }
    assert.equal(filled.parts, parts)
  })

  it('replaces a null by the default, as the API server does', () => {
    assert.deepEqual(applyDefaults(shape.json, { name: 'a', level: null }), read)
  })

  it('drops a null that there is no default for, unless it is allowed or nothing is known of the field', () => {
    const open = obj({
      labels: map(str()).optional(),
      rest: raw().optional(),
      end: str().nullable().optional(),
    })
    const given = { labels: { a: null, b: 'c' }, rest: { a: null }, end: null }
    assert.deepEqual(applyDefaults(shape.json, { name: 'a', count: null, parts: null }), read)
    assert.deepEqual(applyDefaults(open.json, given), { ...given, labels: { b: 'c' } })
  })
})
