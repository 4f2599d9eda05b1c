import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Column, sortRows } from './column.ts'
import { createSorter } from './sorter.ts'

interface Plane {
  readonly uid: string
  readonly name: string
  readonly fuel?: number | undefined
  readonly loads: readonly string[]
}

const COLUMNS: readonly Column<Plane>[] = [
  { key: 'name', title: '', width: '1fr', value: (row) => row.name },
  { key: 'fuel', title: '', width: '1fr', value: (row) => row.fuel },
  { key: 'loads', title: '', width: '1fr', value: (row) => row.loads },
]
const plane = fc.record({
  uid: fc.integer({ min: 0, max: 40 }).map(String),
  name: fc.integer({ min: 0, max: 12 }).map((n) => `p-${n}`),
  fuel: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  loads: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
})
const step = fc.record({
  come: fc.uniqueArray(plane, { selector: ({ uid }) => uid, maxLength: 6 }),
  go: fc.array(fc.integer({ min: 0, max: 40 }).map(String), { maxLength: 3 }),
  order: fc.constantFrom('name', 'name', 'name', '-fuel', 'loads', 'colour'),
})

it('gives the order that sorting anew would, whatever has come, changed and gone', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(plane, { selector: ({ uid }) => uid, minLength: 20, maxLength: 40 }),
      fc.array(step, { maxLength: 12 }),
      (first, steps) => {
        const sort = createSorter<Plane>()
        const held = new Map(first.map((row) => [row.uid, row]))
        for (const { come, go, order } of steps) {
          for (const row of come) held.set(row.uid, row)
          for (const uid of go) held.delete(uid)
          const rows = [...held.values()]
          expect(sort(rows, COLUMNS, order)).toEqual(sortRows(rows, COLUMNS, order))
        }
      },
    ),
  )
})
