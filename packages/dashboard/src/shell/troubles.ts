/** What is wrong with the system, as it is told wherever that is shown. */
import { type ComputedRef, computed } from 'vue'
import { type UsedRows, useRows } from '../stream/userows.ts'
import { isHeard, serverTime } from '../time/now.ts'
import { findTroubles, type Trouble } from './health.ts'

/** Follows nodes, leaders and warnings for as long as the component lives. */
export function useTroubles(): {
  readonly troubles: ComputedRef<readonly Trouble[]>
  /** Whether no troubles means that there are none. */
  readonly isKnown: ComputedRef<boolean>
  readonly leases: UsedRows<'leases'>
} {
  const nodes = useRows('nodes', {})
  const leases = useRows('leases', {})
  const events = useRows('events', { of: 'warnings' })
  const troubles = computed(() =>
    findTroubles({
      nodes: nodes.rows.value,
      leases: leases.rows.value,
      events: events.rows.value,
      now: serverTime.value,
    }),
  )
  const isKnown = computed(
    () => isHeard.value && nodes.ready.value && nodes.state.value.state === 'live',
  )
  return { troubles, isKnown, leases }
}
