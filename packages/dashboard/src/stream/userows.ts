import type { RowKind, RowKinds, Scope, SubscriptionState } from '@sortie/api'
import {
  type ComputedRef,
  computed,
  type MaybeRefOrGetter,
  onScopeDispose,
  shallowRef,
  toValue,
  watch,
} from 'vue'
import { type LiveRows, takeRows } from './stream.ts'

/** Rows as a component uses them. */
export interface UsedRows<K extends RowKind> {
  readonly rows: ComputedRef<readonly RowKinds[K][]>
  readonly state: ComputedRef<SubscriptionState>
  readonly ready: ComputedRef<boolean>
}

const LIVE: SubscriptionState = { state: 'live' }

/** Subscribes to the rows of a kind for as long as the component lives; an undefined scope subscribes to nothing. */
export function useRows<K extends RowKind>(
  kind: K,
  scope: MaybeRefOrGetter<Scope | undefined>,
): UsedRows<K> {
  const live = shallowRef<LiveRows<K>>()
  let release: (() => void) | undefined
  watch(
    () => JSON.stringify(toValue(scope) ?? null),
    () => {
      const before = release
      const wanted = toValue(scope)
      const taken = wanted === undefined ? undefined : takeRows(kind, wanted)
      live.value = taken?.live
      release = taken?.release
      before?.()
    },
    { immediate: true },
  )
  onScopeDispose(() => release?.())
  return {
    rows: computed(() => live.value?.rows.value ?? []),
    state: computed(() => live.value?.state.value ?? LIVE),
    ready: computed(() => live.value?.ready.value ?? false),
  }
}
