/** What every list page does alike: its rows, the filter and the order from the address, and the one that is selected. */
import type { RowKind, RowKinds } from '@sortie/api'
import { type ComputedRef, computed, type WritableComputedRef } from 'vue'
import { type FilterField, type FilterProblem, parseFilter } from '../filter/grammar.ts'
import { useQuery } from '../routing/query.ts'
import { usePreferences } from '../state/preferences.ts'
import { type UsedRows, useRows } from '../stream/userows.ts'

export interface List<R> extends Pick<UsedRows<RowKind>, 'state' | 'ready'> {
  readonly all: ComputedRef<readonly R[]>
  /** Those that the filter leaves; all where it cannot be read. */
  readonly shown: ComputedRef<readonly R[]>
  readonly filter: WritableComputedRef<string>
  /** Whether `shown` is what a filter asked for. */
  readonly isFiltered: ComputedRef<boolean>
  readonly problem: ComputedRef<FilterProblem | undefined>
  /** Keys that the filter may name. */
  readonly fields: readonly string[]
  readonly order: WritableComputedRef<string>
  /** Uid of the selected row, and the row while it is there. */
  readonly selected: WritableComputedRef<string>
  readonly chosen: ComputedRef<R | undefined>
}

export interface ListOptions<R> {
  readonly fields: readonly FilterField<R>[]
  /** Unless the address says otherwise. */
  readonly order: string
}

/** A list of rows that are made from those of the stream; `live` says how these fare. */
export function useListOf<R extends { readonly uid: string }>(
  { state, ready }: Pick<UsedRows<RowKind>, 'state' | 'ready'>,
  rows: () => readonly R[],
  options: ListOptions<R>,
): List<R> {
  const filter = useQuery('filter')
  const order = useQuery('order', options.order)
  const selected = useQuery('selected')
  const all = computed(rows)
  const parsed = computed(() => parseFilter(filter.value, options.fields))
  const shown = computed(() => {
    const read = parsed.value
    return read.ok && !read.isBlank ? all.value.filter(read.test) : all.value
  })
  return {
    state,
    ready,
    all,
    shown,
    filter,
    isFiltered: computed(() => parsed.value.ok && !parsed.value.isBlank),
    problem: computed(() => (parsed.value.ok ? undefined : parsed.value.problem)),
    fields: options.fields.map(({ key }) => key),
    order,
    selected,
    chosen: computed(() => all.value.find((row) => row.uid === selected.value)),
  }
}

/** The rows of a kind in the chosen namespace. */
export function useListRows<K extends RowKind>(kind: K): UsedRows<K> {
  const preferences = usePreferences()
  return useRows(kind, () =>
    preferences.namespace === '' ? {} : { namespace: preferences.namespace },
  )
}

/** A list of the rows of a kind in the chosen namespace. */
export function useList<K extends RowKind>(
  kind: K,
  options: ListOptions<RowKinds[K]>,
): List<RowKinds[K]> {
  const live = useListRows(kind)
  return useListOf(live, () => live.rows.value, options)
}
