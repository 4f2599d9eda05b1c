import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { deepEqual, deepFreeze } from '../equality.ts'
import type { JsonObject, JsonValue } from '../meta.ts'
import { applyMergePatch, createMergePatch } from './mergepatch.ts'

// The examples of RFC 7386, appendix A.
for (const [target, patch, result] of [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ a: 'foo' }, null, null],
  [{ a: 'foo' }, 'bar', 'bar'],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
] as [JsonValue, JsonValue, JsonValue][]) {
  test(`merging ${JSON.stringify(patch)} into ${JSON.stringify(target)}`, () => {
    assert.deepEqual(applyMergePatch(deepFreeze(target), deepFreeze(patch)), result)
  })
}

const keys = fc.constantFrom('a', 'b', 'c', '__proto__')
const leaf: fc.Arbitrary<JsonValue> = fc.constantFrom(true, 0, 1, 'x', ['y'], [{ z: 1 }])
const object = fc.letrec<{ object: JsonObject }>((tie) => ({
  object: fc.dictionary(keys, fc.oneof({ maxDepth: 3 }, leaf, tie('object')), { maxKeys: 3 }),
})).object

test('a patch made from two objects turns the one into the other', () => {
  fc.assert(
    fc.property(object, object, (from, to) => {
      const patch = createMergePatch(deepFreeze(from), deepFreeze(to))
      const result = applyMergePatch(from, deepFreeze(patch))
      assert.ok(deepEqual(result, to), JSON.stringify({ patch, result }))
      assert.equal(Object.keys(patch).length === 0, deepEqual(from, to))
    }),
  )
})

test('a patch that changes nothing returns the same object', () => {
  fc.assert(
    fc.property(object, (value) => {
      const same = createMergePatch(value, value)
      assert.equal(applyMergePatch(value, same), value)
      assert.equal(applyMergePatch(value, value), value)
    }),
  )
})

test('what a patch does not touch is shared, and __proto__ is a key like any other', () => {
  const target = deepFreeze({ spec: { a: 1 }, status: { b: 1 } })
  const result = applyMergePatch(target, { spec: { a: 2 } }) as typeof target
  assert.equal(result.status, target.status)
  const attack = JSON.parse('{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}}}')
  const after = applyMergePatch({}, attack) as JsonObject
  assert.equal((after as { admin?: boolean }).admin, undefined)
  assert.equal(Object.getPrototypeOf(after), Object.prototype)
  assert.equal(Object.hasOwn(Object.prototype, 'x'), false)
})
