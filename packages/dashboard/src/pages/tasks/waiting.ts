/** How long a task has waited for its aircraft. Pure. */
import type { FlightTaskRow } from '@sortie/api'
import type { Instant } from '@sortie/machinery'

/** Since when its pod waits to be placed; undefined for tasks that wait for something else, or for nothing. */
export function waitsSince(row: FlightTaskRow): Instant | undefined {
  const waits = row.phase === 'Pending' && row.pod !== undefined && row.nextRetry === undefined
  return waits ? row.created : undefined
}
