import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createMatching, type MatchingProblem } from './matching.ts'

/** Costs of the pairs that are possible; undefined where a row can't have a column. */
type Table = readonly (readonly (number | undefined)[])[]

/** Rows with the same costs are of one class. */
function problemOf(table: Table, capacities: readonly number[]): MatchingProblem {
  const offsets = [0]
  const columns: number[] = []
  const costs: number[] = []
  const known = new Map<string, number>()
  const classes = table.map((row) => {
    const key = JSON.stringify(row.map((one) => one ?? null))
    const found = known.get(key)
    if (found !== undefined) return found
    const pairs = row.flatMap((one, column) => (one === undefined ? [] : [{ one, column }]))
    for (const { one, column } of pairs.sort((a, b) => a.one - b.one)) {
      columns.push(column)
      costs.push(one)
    }
    offsets.push(columns.length)
    known.set(key, known.size)
    return known.size - 1
  })
  return {
    classes: Int32Array.from(classes),
    capacities: Int32Array.from(capacities),
    offsets: Int32Array.from(offsets),
    columns: Int32Array.from(columns),
    costs: Float64Array.from(costs),
  }
}

interface Solution {
  readonly matched: readonly boolean[]
  readonly cost: number
}

function solve(table: Table, capacities: readonly number[]): Solution & { columns: number[] } {
  const matching = createMatching(problemOf(table, capacities))
  const matched = table.map((_, row) => matching.augment(row))
  const columns = table.map((_, row) => matching.columnOf(row))
  return { matched, cost: matching.cost(), columns }
}

/** Tries everything: the first set of rows in their order that can be matched, and its least cost. */
function solveByForce(table: Table, capacities: readonly number[]): Solution {
  const best = new Map<string, number>()
  const room = [...capacities]
  const place = (row: number, matched: string, cost: number): void => {
    if (row === table.length) {
      best.set(matched, Math.min(best.get(matched) ?? Number.POSITIVE_INFINITY, cost))
      return
    }
    place(row + 1, `${matched}0`, cost)
    for (const [column, pair] of (table[row] ?? []).entries()) {
      if (pair === undefined || (room[column] ?? 0) === 0) continue
      room[column] = (room[column] ?? 0) - 1
      place(row + 1, `${matched}1`, cost + pair)
      room[column] = (room[column] ?? 0) + 1
    }
  }
  place(0, '', 0)
  const first = [...best.keys()].sort().at(-1) ?? ''
  return { matched: [...first].map((bit) => bit === '1'), cost: best.get(first) ?? 0 }
}

const cost = fc.option(fc.nat({ max: 20 }), { nil: undefined, freq: 2 })

/** Some rows come twice, so that there are rows that are alike. */
function tableOf(maxRows: number, maxColumns: number): fc.Arbitrary<Table> {
  return fc
    .tuple(distinctTables(maxRows, maxColumns), fc.array(fc.nat(), { maxLength: maxRows }))
    .map(([table, twice]) => {
      const again = twice.flatMap((at) =>
        table.length === 0 ? [] : [table[at % table.length] ?? []],
      )
      return [...table, ...again].slice(0, maxRows)
    })
}

function distinctTables(maxRows: number, maxColumns: number): fc.Arbitrary<Table> {
  return fc
    .tuple(fc.integer({ min: 0, max: maxRows }), fc.integer({ min: 1, max: maxColumns }))
    .chain(([rows, columns]) =>
      fc.array(fc.array(cost, { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
    )
}

describe('a matching', () => {
  test('moves an earlier row where that makes room for a later one', () => {
    const { columns } = solve(
      [
        [1, 2],
        [1, undefined],
      ],
      [1, 1],
    )
    assert.deepEqual(columns, [1, 0])
  })

  test('takes the cheapest for all, not for each', () => {
    const { columns, cost } = solve(
      [
        [1, 2],
        [1, 9],
      ],
      [1, 1],
    )
    assert.deepEqual(columns, [1, 0])
    assert.equal(cost, 3)
  })

  test('never pushes out a row for a later one', () => {
    const { matched } = solve([[9], [1]], [1])
    assert.deepEqual(matched, [true, false])
  })

  test('fills a column as far as it takes rows', () => {
    const { columns } = solve(
      [
        [1, 5],
        [1, 5],
        [1, 5],
      ],
      [2, 1],
    )
    assert.equal(columns.filter((column) => column === 0).length, 2)
    assert.equal(columns.filter((column) => column === 1).length, 1)
  })

  test('equals what trying everything finds, for tables up to 7 × 7', () => {
    fc.assert(
      fc.property(tableOf(7, 7), (table) => {
        const capacities = Array<number>((table[0] ?? []).length).fill(1)
        const { matched, cost } = solve(table, capacities)
        assert.deepEqual({ matched, cost }, solveByForce(table, capacities))
      }),
      { numRuns: 300 },
    )
  })

  test('equals it with columns that take several rows', () => {
    const capacity = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(tableOf(6, 4), capacity, (table, limits) => {
        const capacities = limits.slice(0, (table[0] ?? []).length)
        const { matched, cost } = solve(table, capacities)
        assert.deepEqual({ matched, cost }, solveByForce(table, capacities))
      }),
      { numRuns: 300 },
    )
  })

  test('is after a return to a saved state as if nothing had happened since', () => {
    fc.assert(
      fc.property(tableOf(6, 6), tableOf(6, 6), fc.nat({ max: 6 }), (table, _, pause) => {
        const capacities = Array<number>((table[0] ?? []).length).fill(1)
        const matching = createMatching(problemOf(table, capacities))
        const rows = table.map((_, row) => row)
        for (const row of rows.slice(0, pause)) matching.augment(row)
        const saved = matching.save()
        const after = () => {
          for (const row of rows.slice(pause)) matching.augment(row)
          return rows.map((row) => matching.columnOf(row))
        }
        const once = after()
        matching.restore(saved)
        assert.deepEqual(after(), once)
      }),
    )
  })

  test('leaves no one out of 200 rows and 200 columns that have a perfect matching', () => {
    let seed = 7
    const next = (): number => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      return seed / 2 ** 32
    }
    const size = 200
    const table = Array.from({ length: size }, (_, row) =>
      Array.from({ length: size }, (_, column) =>
        column === (row * 7 + 3) % size || next() < 0.02 ? Math.floor(next() * 100) : undefined,
      ),
    )
    const { matched } = solve(table, Array<number>(size).fill(1))
    assert.ok(matched.every(Boolean))
  })
})
