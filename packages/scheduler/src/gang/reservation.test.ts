import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createReservations } from './reservation.ts'

const PATIENCE = 10

test('aircraft are kept for the gang that goes first of those that have waited long enough, whatever came before', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd')
  const step = fc.record({
    key,
    order: fc.nat({ max: 2 }),
    ends: fc.boolean(),
    pause: fc.nat({ max: 6 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const reservations = createReservations(PATIENCE)
      const model = new Map<string, { order: number; since: number }>()
      let now = 0
      for (const { key: one, order, ends, pause } of steps) {
        now += pause
        if (ends) {
          reservations.ends(one)
          model.delete(one)
        } else {
          reservations.waits({ key: one, order }, now)
          model.set(one, { order, since: model.get(one)?.since ?? now })
        }
        const [first] = [...model]
          .filter(([, { since }]) => now - since >= PATIENCE)
          .sort(([a, x], [b, y]) => x.order - y.order || (a < b ? -1 : 1))
        assert.equal(reservations.current(now), first?.[0])
      }
    }),
    { numRuns: 300 },
  )
})
