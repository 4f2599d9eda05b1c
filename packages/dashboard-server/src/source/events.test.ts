import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventRow } from '@sortie/api'
import fc from 'fast-check'
import { groupEvents } from './events.ts'
import { createTable } from './table.ts'

const event = (uid: string, more: Partial<EventRow> = {}): EventRow => ({
  uid,
  namespace: 'default',
  name: uid,
  created: 1,
  type: 'Normal',
  reason: 'Started',
  message: `of ${uid}`,
  count: 1,
  first: 1,
  last: 1,
  regarding: { kind: 'Mission', name: 'm', uid: 'u-m' },
  ...more,
})
const rowsOf = (table: ReturnType<typeof createTable>) =>
  [...table.entries()].map(({ row }) => row as EventRow)

test('events about one object with one reason are one row: counts added, times spanned, the newest message', () => {
  const table = createTable('events')
  const events = groupEvents(table)
  events.onRow(event('a', { count: 3, first: 5, last: 9, message: 'new' }))
  events.onRow(event('b', { count: 2, first: 2, last: 4, message: 'old' }))
  assert.partialDeepStrictEqual(rowsOf(table), [{ count: 5, first: 2, last: 9, message: 'new' }])
})

test('an event that happens again is counted by what it says, not twice', () => {
  const table = createTable('events')
  const events = groupEvents(table)
  events.onRow(event('a', { count: 1 }))
  events.onRow(event('a', { count: 4, last: 7 }))
  assert.partialDeepStrictEqual(rowsOf(table), [{ count: 4, last: 7 }])
})

test('another reason, another object and another weight are other rows', () => {
  const table = createTable('events')
  const events = groupEvents(table)
  events.onRow(event('a'))
  events.onRow(event('b', { reason: 'Failed' }))
  events.onRow(event('c', { type: 'Warning' }))
  events.onRow(event('d', { regarding: { kind: 'Pod', name: 'm', uid: 'u-p' } }))
  assert.equal(table.size, 4)
})

test('the groups that changed longest ago go when there are too many, by time after the first list', () => {
  const table = createTable('events')
  const events = groupEvents(table, 2)
  const about = (name: string) => ({ regarding: { kind: 'Pod', name, uid: name } })
  events.onRow(event('a', { ...about('a'), last: 9 }))
  events.onRow(event('b', { ...about('b'), last: 1 }))
  events.onRow(event('c', { ...about('c'), last: 5 }))
  assert.equal(table.size, 3, 'the first list comes in no order')
  events.onSynced?.()
  const names = () =>
    rowsOf(table)
      .map(({ regarding }) => regarding.name)
      .sort()
  assert.deepEqual(names(), ['a', 'c'])
  events.onRow(event('d', { ...about('d'), last: 10 }))
  assert.deepEqual(names(), ['a', 'd'])
})

const steps = fc.array(
  fc.record({
    uid: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    gone: fc.boolean(),
    count: fc.integer({ min: 1, max: 9 }),
    last: fc.nat(50),
    about: fc.constantFrom('x', 'y'),
  }),
)

test('whatever comes and goes, counts are the sums of what is there', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const table = createTable('events')
      const events = groupEvents(table)
      const present = new Map<string, EventRow>()
      for (const { uid, gone, count, last, about } of all) {
        const before = present.get(uid)
        if (gone && before !== undefined) {
          present.delete(uid)
          events.onGone(before)
        } else if (!gone) {
          // What an event is about does not change while it lives.
          const regarding = before?.regarding ?? { kind: 'Pod', name: about, uid: about }
          const row = event(uid, { count, last, regarding })
          present.set(uid, row)
          events.onRow(row)
        }
      }
      const sums: Record<string, number> = {}
      for (const { regarding, count } of present.values()) {
        sums[regarding.name] = (sums[regarding.name] ?? 0) + count
      }
      const shown = Object.fromEntries(rowsOf(table).map((row) => [row.regarding.name, row.count]))
      assert.deepEqual(shown, sums)
    }),
  )
})
