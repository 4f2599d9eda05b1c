import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDeadlines } from './deadlines.ts'

test('due keys come earliest first, each once, whatever was set and cleared before', () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    at: fc.integer({ min: 0, max: 20 }),
    clear: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 50 }),
      fc.integer({ min: 0, max: 20 }),
      (steps, now) => {
        const deadlines = createDeadlines()
        const model = new Map<string, number>()
        for (const { key, at, clear } of steps) {
          if (clear) {
            deadlines.clear(key)
            model.delete(key)
          } else {
            deadlines.set(key, at)
            model.set(key, Math.min(at, model.get(key) ?? Infinity))
          }
        }
        const times = [...model.values()]
        assert.equal(deadlines.next(), times.length === 0 ? undefined : Math.min(...times))
        const due = deadlines.takeDue(now)
        const expected = [...model].filter(([, at]) => at <= now)
        assert.deepEqual(new Set(due), new Set(expected.map(([key]) => key)))
        const order = due.map((key) => model.get(key) ?? 0)
        assert.deepEqual(
          order,
          order.toSorted((a, b) => a - b),
        )
      },
    ),
  )
})
