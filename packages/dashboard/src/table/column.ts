/** Columns of a table, and the order of its rows. Pure. */
import type { FieldValue } from '../filter/grammar.ts'

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

/** Made once: `localeCompare` with a locale takes twenty times as long. */
const byName = new Intl.Collator('en', { numeric: true })

function compareValues(a: FieldValue, b: FieldValue): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return byName.compare(textOf(a), textOf(b))
}

interface Keyed<R> {
  readonly row: R
  readonly value: FieldValue
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
      const byValue = compareValues(a.value, b.value)
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
  const keyed = rows.map((row) => ({ row, value: found.column.value(row) }))
  return keyed.sort(found.compare).map(({ row }) => row)
}

/** The order after a click on a heading. */
export function nextOrder(order: SortOrder, key: string): SortOrder {
  return order === key ? `-${key}` : key
}
