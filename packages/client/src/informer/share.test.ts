import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { shareEqual } from './share.ts'

const clone = <T>(value: T): T => JSON.parse(JSON.stringify(value))

test('what comes out equals what went in, whatever it is compared with, which stays as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (value, one, other) => {
      const [first, second] = [clone(one), clone(other)]
      assert.deepEqual(shareEqual(clone(value), first, second), clone(value))
      assert.deepEqual([first, second], [clone(one), clone(other)])
    }),
  )
})

test('what changed a little shares all that did not change', () => {
  const one = { spec: { list: [{ a: 1 }, { b: 2 }] }, status: { phase: 'Pending', at: [1] } }
  const other = { spec: {}, status: { phase: 'Running', at: [1, 2] } }
  const fresh = clone({ ...one, status: { phase: 'Running', at: [1, 2], new: { x: 1 } } })
  const kept = shareEqual(fresh, one, other)
  assert.equal(kept.spec, one.spec)
  assert.equal(kept.status.at, other.status.at)
  assert.deepEqual(kept.status, { phase: 'Running', at: [1, 2], new: { x: 1 } })
  assert.equal(shareEqual(clone(one), one, other), one)
  assert.equal(shareEqual(clone(other), one, other), other)
})

test('a field less, another type and a field that is named like a prototype are differences', () => {
  const whole = { a: 1, b: [] }
  for (const text of ['{"a":1}', '{"a":1,"b":{}}', '{"__proto__":{}}', '{"constructor":{}}']) {
    const kept = shareEqual(JSON.parse(text), whole, {})
    assert.notEqual(kept, whole)
    assert.equal(JSON.stringify(kept), text)
  }
})
