/** Columns of a table, and the order of its rows. Pure. */
import type { FieldValue } from '../filter/grammar.ts'
import { compareTexts, type TextKey, textKey } from './textorder.ts'

export interface Column<R> {
  /** Stable: stands in the address as the sort order, and names the cell's slot. */
  readonly key: string
  /** Key of the heading's text. */
  readonly title: string
  /** The heading itself, where it is no text of the app. */
  readonly heading?: string
  /** What it is sorted by, and shown as where the table has no slot for it. */
  readonly value: (row: R) => FieldValue
  /** CSS width of a grid track: `120px`, `minmax(160px, 2fr)`. */
  readonly width: string
  readonly align?: 'right'
  readonly sortable?: false
  /** Left out where the table is too narrow for all, the highest first; never where it is missing. */
  readonly yields?: number
}

/** Pixels below which columns would no longer fit side by side: the sum of their least widths. */
export function leastWidthOf(columns: readonly { readonly width: string }[]): number {
  return columns.reduce(
    (sum, { width }) => sum + Number.parseFloat(/[\d.]+(?=px)/.exec(width)?.[0] ?? '0'),
    0,
  )
}

/**
 * The columns that fit side by side: of those that yield, as many are left out as must be.
 * @param width pixels; 0 while it is not known, which leaves out none
 */
export function columnsThatFit<C extends Pick<Column<never>, 'width' | 'yields'>>(
  columns: readonly C[],
  width: number,
): readonly C[] {
  const yielding = columns
    .filter((column) => column.yields !== undefined)
    .sort((a, b) => (b.yields ?? 0) - (a.yields ?? 0))
  let shown = columns
  for (const column of yielding) {
    if (width === 0 || leastWidthOf(shown) <= width) break
    shown = shown.filter((one) => one !== column)
  }
  return shown
}

/** `name` upwards, `-name` downwards. */
export type SortOrder = string

function textOf(value: FieldValue): string {
  return Array.isArray(value) ? value.join(' ') : String(value ?? '')
}

/** A row with what it is sorted by. */
export interface Keyed<R> {
  readonly row: R
  readonly value: FieldValue
  /** Missing for numbers, which are compared as they are. */
  readonly text?: TextKey
}

export function keyed<R>(row: R, value: FieldValue): Keyed<R> {
  const isText = value !== undefined && typeof value !== 'number'
  return isText ? { row, value, text: textKey(textOf(value)) } : { row, value }
}

type Value = Omit<Keyed<never>, 'row'>

function compareValues(a: Value, b: Value): number {
  if (a.value === undefined || b.value === undefined)
    return a.value === b.value ? 0 : a.value === undefined ? 1 : -1
  if (typeof a.value === 'number' && typeof b.value === 'number') return a.value - b.value
  return compareTexts(a.text ?? textKey(textOf(a.value)), b.text ?? textKey(textOf(b.value)))
}

/** The column that rows are sorted by, and which of two comes first; undefined where there is none of that key. */
export function orderOf<R extends { readonly uid: string }>(
  columns: readonly Column<R>[],
  order: SortOrder,
): { readonly column: Column<R>; compare(a: Keyed<R>, b: Keyed<R>): number } | undefined {
  const isDown = order.startsWith('-')
  const column = columns.find((one) => one.key === order.replace(/^-/, ''))
  if (column === undefined) return undefined
  return {
    column,
    compare(a, b) {
      // Plain texts, which most are: everything else takes its time.
      const [x, y] = [a.text?.key, b.text?.key]
      if (x !== undefined && y !== undefined && x !== y) return x < y === isDown ? 1 : -1
      const byValue = compareValues(a, b)
      const isMissing = a.value === undefined || b.value === undefined
      const turned = isDown && !isMissing ? -byValue : byValue
      return turned || (a.row.uid < b.row.uid ? -1 : 1)
    },
  }
}

/** A new array; rows without the value come last either way, equal ones keep their order by uid. */
export function sortRows<R extends { readonly uid: string }>(
  rows: readonly R[],
  columns: readonly Column<R>[],
  order: SortOrder,
): readonly R[] {
  const found = orderOf(columns, order)
  if (found === undefined) return rows
  const all = rows.map((row) => keyed(row, found.column.value(row)))
  return all.sort(found.compare).map(({ row }) => row)
}

/** The order after a click on a heading. */
export function nextOrder(order: SortOrder, key: string): SortOrder {
  return order === key ? `-${key}` : key
}
