import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { duplicateFields } from './duplicates.ts'

test('a key that repeats is told by its path, once for each time too many', () => {
  const text =
    ' { "a" : {"x":1,"x":[{"y":1,"y":2}] , "x" : "}" } , "b" : [1, {"c":"\\"","c":0} ] } '
  assert.deepEqual(duplicateFields(text), ['a.x', 'a.x[0].y', 'a.x', 'b[1].c'])
})

test('a key is the same however it is escaped', () => {
  assert.deepEqual(duplicateFields('{"a":1,"\\u0061":2}'), ['a'])
})

test('what a serializer writes repeats nothing', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.deepEqual(duplicateFields(JSON.stringify(JSON.parse(text), null, 1)), [])
    }),
  )
})
