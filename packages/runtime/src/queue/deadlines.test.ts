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

test('the heap and a plain map agree on what is first and what is due, at every step', () => {
  const key = fc.nat({ max: 30 }).map(String)
  const at = fc.integer({ min: 0, max: 50 })
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('set' as const), key, at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('clear' as const), key, at }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('take' as const), key, at }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
      const deadlines = createDeadlines()
      const model = new Map<string, number>()
      const first = (): number | undefined =>
        model.size === 0 ? undefined : Math.min(...model.values())
      for (const one of steps) {
        if (one.do === 'clear') {
          deadlines.clear(one.key)
          model.delete(one.key)
        } else if (one.do === 'set') {
          const before = { own: model.get(one.key) ?? Infinity, first: first() ?? Infinity }
          const isFirst = deadlines.set(one.key, one.at)
          if (one.at < before.first) assert.equal(isFirst, true, 'an earlier first is told')
          if (one.at >= before.own || one.at > before.first) assert.equal(isFirst, false)
          model.set(one.key, Math.min(one.at, before.own))
        } else {
          const due = deadlines.takeDue(one.at)
          const expected = [...model].filter(([, time]) => time <= one.at)
          assert.deepEqual(due.toSorted(), expected.map(([name]) => name).sort())
          const times = due.map((name) => model.get(name) ?? 0)
          assert.deepEqual(
            times,
            times.toSorted((a, b) => a - b),
          )
          for (const name of due) model.delete(name)
        }
        assert.equal(deadlines.next(), first())
      }
    }),
    { numRuns: 200 },
  )
})
