import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { cloneJson, deepEqual, deepFreeze, getPath, isJsonObject, setPath } from './equality.ts'

const json = fc.jsonValue({ maxDepth: 3 })

/** Small values over few keys, so that equal pairs are common. */
const small = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'small' },
    fc.constantFrom(null, true, 0, 1, '', 'a'),
    fc.array(tie('value'), { maxLength: 2, depthIdentifier: 'small' }),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), {
      depthIdentifier: 'small',
      noNullPrototype: true,
    }),
  ),
})).value

test('JSON values are equal as a generic deep comparison finds them', () => {
  fc.assert(
    fc.property(small, small, (a, b) => {
      assert.equal(deepEqual(a, b), isDeepStrictEqual(a, b))
    }),
  )
})

test('neither the order of keys nor a key that is undefined counts', () => {
  assert.ok(deepEqual({ a: 1, b: 2 }, { b: 2, a: 1 }))
  assert.ok(deepEqual({ a: 1, b: undefined }, { a: 1 }))
  assert.ok(deepEqual({ a: 1 }, { a: 1, b: undefined }))
  assert.ok(!deepEqual({ a: undefined, b: 1 }, { a: 1, b: undefined }))
  assert.ok(!deepEqual({ a: null }, {}))
  assert.ok(!deepEqual([], {}))
  assert.ok(!deepEqual({ toString: 1 }, {}))
  assert.ok(!deepEqual({}, null))
})

test('a list is no object, whatever its fields, and what is no number is like nothing else', () => {
  for (const [a, b] of [
    [[], {}],
    [[], { length: 0 }],
    [[1], { 0: 1 }],
    [Number.NaN, 1],
    [null, {}],
    ['', 0],
  ]) {
    assert.equal(deepEqual(a, b), false)
    assert.equal(deepEqual(b, a), false)
  }
  assert.ok(deepEqual(Number.NaN, Number.NaN))
})

test('a clone leaves out what is undefined', () => {
  assert.deepEqual(Object.keys(cloneJson({ a: undefined, b: null })), ['b'])
})

test('a frozen value is frozen all the way down', () => {
  const value = deepFreeze({ a: [{ b: 1 }], c: null })
  assert.ok(Object.isFrozen(value) && Object.isFrozen(value.a) && Object.isFrozen(value.a[0]))
})

test('a clone is equal and shares nothing', () => {
  fc.assert(
    fc.property(json, (value) => {
      const before = JSON.stringify(value)
      const copy = cloneJson(value)
      assert.ok(deepEqual(copy, value))
      const list = Array.isArray(copy) ? copy : isJsonObject(copy) ? Object.values(copy) : []
      for (const child of list) if (isJsonObject(child)) Object.assign(child, { changed: true })
      assert.equal(JSON.stringify(value), before)
    }),
  )
})

test('a clone keeps a key named __proto__ as data', () => {
  const copy = cloneJson(JSON.parse('{"__proto__":{"admin":true}}'))
  assert.equal(Object.getPrototypeOf(copy), Object.prototype)
  assert.equal(JSON.stringify(copy), '{"__proto__":{"admin":true}}')
})

test('a place in a value is found by its path, and nothing is found off it', () => {
  const value = { spec: { stages: [{ name: 'a' }] } }
  assert.equal(getPath(value, ['spec', 'stages', 0, 'name']), 'a')
  assert.equal(getPath(value, ['spec', 'stages', 1, 'name']), undefined)
  assert.equal(getPath(value, ['spec', 'toString']), undefined)
  assert.equal(getPath(value, []), value)
  assert.equal(getPath('text', ['length']), undefined)
  assert.equal(getPath({ a: null }, ['a', 'b']), undefined)
})

test('setting a place copies the way to it and shares the rest', () => {
  const value = deepFreeze({ spec: { a: 1, list: [{ b: 1 }, { b: 2 }] }, status: { c: 1 } })
  const after = setPath(value, ['spec', 'list', 1, 'b'], 3)
  assert.deepEqual(after, { spec: { a: 1, list: [{ b: 1 }, { b: 3 }] }, status: { c: 1 } })
  assert.equal(after.status, value.status)
  assert.equal(after.spec.list[0], value.spec.list[0])
})

test('setting what is there already returns the same value', () => {
  const value = deepFreeze({ spec: { a: 1 } })
  assert.equal(setPath(value, ['spec', 'a'], 1), value)
  assert.equal(setPath(value, ['spec', 'b'], undefined), value)
  assert.equal(setPath(value, ['x', 'y'], undefined), value)
})

test('setting makes missing containers, and undefined removes', () => {
  assert.deepEqual(setPath({}, ['a', 0, 'b'], 1), { a: [{ b: 1 }] })
  assert.deepEqual(setPath({ a: 1, b: 2 }, ['a'], undefined), { b: 2 })
  assert.deepEqual(setPath({ a: [1, 2, 3] }, ['a', 1], undefined), { a: [1, 3] })
  assert.equal(Object.hasOwn(setPath({}, ['__proto__'], 1), '__proto__'), true)
  assert.deepEqual(setPath({ a: null }, ['a', 'b'], 1), { a: { b: 1 } })
  assert.deepEqual(setPath({ a: 'text' }, ['a', 'b'], 1), { a: { b: 1 } })
  assert.deepEqual(setPath({ a: {} }, ['a', 0], 1), { a: { 0: 1 } })
})

test('what was set is what is found', () => {
  const path = fc.array(fc.constantFrom('a', 'b', '__proto__', 'toString'), { minLength: 1 })
  fc.assert(
    fc.property(json, path, fc.integer(), (value, way, set) => {
      const root = isJsonObject(value) ? value : {}
      assert.equal(getPath(setPath(root, way, set), way), set)
      assert.equal(Object.hasOwn(Object.prototype, 'a'), false)
    }),
  )
})
