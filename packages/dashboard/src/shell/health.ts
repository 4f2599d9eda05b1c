/** What is wrong with the system as a whole. Pure. */
import type { EventRow, LeaseRow, NodeRow } from '@sortie/api'
import type { Instant } from '@sortie/machinery'

export interface Trouble {
  readonly key: 'nodesNotReady' | 'warnings' | 'leaderless'
  readonly parameters: Readonly<Record<string, string | number>>
}

export interface HealthFacts {
  readonly nodes: readonly NodeRow[]
  readonly leases: readonly LeaseRow[]
  readonly events: readonly EventRow[]
  readonly now: Instant
}

/** Warnings older than this are history, in milliseconds. */
const RECENT_MILLIS = 10 * 60_000

/** Whether somebody leads the part that the lease is of. */
export function isHeld(
  { holder = '', renewed = 0, durationSeconds = 15 }: LeaseRow,
  now: Instant,
): boolean {
  return holder !== '' && now - renewed <= durationSeconds * 1_000
}

/** Most serious first. */
export function findTroubles({ nodes, leases, events, now }: HealthFacts): readonly Trouble[] {
  const troubles: Trouble[] = []
  for (const lease of leases) {
    if (!isHeld(lease, now)) troubles.push({ key: 'leaderless', parameters: { name: lease.name } })
  }
  const notReady = nodes.filter((node) => !node.ready).length
  if (notReady > 0) troubles.push({ key: 'nodesNotReady', parameters: { n: notReady } })
  const warnings = events.filter(
    (event) => event.type === 'Warning' && now - event.last < RECENT_MILLIS,
  ).length
  if (warnings > 0) troubles.push({ key: 'warnings', parameters: { n: warnings } })
  return troubles
}
