/** The order of a table's rows while some of them change, four times a second. Pure but for what it remembers of the time before. */
import type { FieldValue } from '../filter/grammar.ts'
import { type Column, type Keyed, keyed, orderOf, type SortOrder } from './column.ts'

type Sort<R> = (rows: readonly R[], columns: readonly Column<R>[], order: SortOrder) => readonly R[]

/** Where more than one row in so many has moved, all are sorted anew. */
const FEW = 8

/**
 * Sorts as `sortRows` does. Rows whose value is what it was keep their order and are only walked through; the others are put in
 * where they belong: ten thousand rows of which fifty change cost fifty searches, not a sort.
 */
export function createSorter<R extends { readonly uid: string }>(): Sort<R> {
  let before: readonly Keyed<R>[] = []
  let column: Column<R> | undefined
  let orderBefore: SortOrder | undefined
  return (rows, columns, order) => {
    const next = orderOf(columns, order)
    if (next === undefined) {
      orderBefore = undefined
      return rows
    }
    const isSameOrder = order === orderBefore && next.column === column
    const { kept, moved } = isSameOrder
      ? parted(before, rows, next.column)
      : { kept: [], moved: rows.map((row) => keyed(row, next.column.value(row))) }
    const isMuch = moved.length * FEW > rows.length
    const sorted = isMuch
      ? [...kept, ...moved].sort(next.compare)
      : merged(kept, moved.sort(next.compare), next.compare)
    before = sorted
    column = next.column
    orderBefore = order
    return sorted.map(({ row }) => row)
  }
}

interface Parted<R> {
  /** In their order. */
  readonly kept: readonly Keyed<R>[]
  readonly moved: Keyed<R>[]
}

function parted<R extends { readonly uid: string }>(
  before: readonly Keyed<R>[],
  rows: readonly R[],
  column: Column<R>,
): Parted<R> {
  const now = new Map<string, R>()
  for (const row of rows) now.set(row.uid, row)
  const kept: Keyed<R>[] = []
  const moved: Keyed<R>[] = []
  for (const one of before) {
    const row = now.get(one.row.uid)
    if (row === undefined) continue
    const value = column.value(row)
    if (isSame(value, one.value)) kept.push(row === one.row ? one : { ...one, row })
    else moved.push(keyed(row, value))
  }
  if (kept.length + moved.length < rows.length) {
    const known = new Set(before.map(({ row }) => row.uid))
    for (const row of rows) if (!known.has(row.uid)) moved.push(keyed(row, column.value(row)))
  }
  return { kept, moved }
}

function isSame(a: FieldValue, b: FieldValue): boolean {
  if (a === b) return true
  if (!Array.isArray(a) || !Array.isArray(b)) return false
  return a.length === b.length && a.every((one, at) => one === b[at])
}

function merged<T>(
  kept: readonly T[],
  moved: readonly T[],
  compare: (a: T, b: T) => number,
): readonly T[] {
  if (moved.length === 0) return kept
  const all: T[] = []
  let from = 0
  for (const one of moved) {
    let [low, high] = [from, kept.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(kept[middle] as T, one) < 0) low = middle + 1
      else high = middle
    }
    for (; from < low; from++) all.push(kept[from] as T)
    all.push(one)
  }
  for (; from < kept.length; from++) all.push(kept[from] as T)
  return all
}
