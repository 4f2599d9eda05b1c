/** What every list page does alike: rows of the chosen namespace, the filter and the order from the address. */
import type { RowKind, RowKinds } from '@sortie/api'
import { type ComputedRef, computed, type WritableComputedRef } from 'vue'
import { type FilterField, type FilterProblem, parseFilter } from '../filter/grammar.ts'
import { useQuery } from '../routing/query.ts'
import { usePreferences } from '../state/preferences.ts'
import { type UsedRows, useRows } from '../stream/userows.ts'

export interface List<K extends RowKind> {
  readonly live: UsedRows<K>
  /** Those that the filter leaves; all where it cannot be read. */
  readonly shown: ComputedRef<readonly RowKinds[K][]>
  readonly filter: WritableComputedRef<string>
  readonly problem: ComputedRef<FilterProblem | undefined>
  readonly order: WritableComputedRef<string>
  /** Uid of the selected row. */
  readonly selected: WritableComputedRef<string>
}

export function useList<K extends RowKind>(
  kind: K,
  options: {
    readonly fields: readonly FilterField<RowKinds[K]>[]
    readonly order: string
    readonly clusterWide?: boolean
  },
): List<K> {
  const preferences = usePreferences()
  const live = useRows(kind, () =>
    options.clusterWide === true || preferences.namespace === ''
      ? {}
      : { namespace: preferences.namespace },
  )
  const filter = useQuery('filter')
  const order = useQuery('order', options.order)
  const selected = useQuery('selected')
  const parsed = computed(() => parseFilter(filter.value, options.fields))
  const shown = computed(() => {
    const read = parsed.value
    return read.ok && filter.value !== '' ? live.rows.value.filter(read.test) : live.rows.value
  })
  const problem = computed(() => (parsed.value.ok ? undefined : parsed.value.problem))
  return { live, shown, filter, problem, order, selected }
}
