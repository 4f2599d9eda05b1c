/** core/v1 Event to the facts that rows of events are grouped from. */
import type { EventRow } from '@sortie/api'
import type { EventObject, Stored } from '@sortie/machinery'
import { identity, millis, rowOf, said } from './row.ts'

/** One event as a row of its own; its group takes the row's place. */
export function eventRow(event: Stored<EventObject>): EventRow {
  const { involvedObject: about, series } = event
  const at = millis(event.eventTime) ?? millis(event.metadata.creationTimestamp) ?? 0
  const first = millis(event.firstTimestamp) ?? at
  return rowOf<EventRow>({
    ...identity(event),
    type: event.type === 'Warning' ? 'Warning' : 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: series?.count ?? event.count ?? 1,
    first,
    last: millis(series?.lastObservedTime) ?? millis(event.lastTimestamp) ?? first,
    regarding: rowOf<EventRow['regarding']>({
      kind: about?.kind ?? '',
      name: about?.name ?? '',
      uid: said(about?.uid),
    }),
    component: said(event.reportingComponent) ?? said(event.source?.component),
  })
}
