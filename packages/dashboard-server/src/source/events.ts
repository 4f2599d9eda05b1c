/** Events, grouped by what they are about and their reason: the newest groups only, however many events there are. */
import type { EventRow, Row } from '@sortie/api'
import { EVENTS } from '@sortie/machinery'
import { eventRow } from '../projection/event.ts'
import {
  informedSource,
  type RowHandler,
  type Selection,
  type Source,
  type SourceContext,
} from './informed.ts'
import { createTable, type WritableTable } from './table.ts'

/** Groups that are kept. */
export const EVENT_GROUPS = 5_000

interface Group {
  readonly key: string
  readonly members: Map<string, EventRow>
  row: EventRow
}

export function eventsSource(context: SourceContext, selection: Selection): Source {
  const table = createTable('events')
  return informedSource({
    ...context,
    kind: 'events',
    projection: { type: EVENTS, project: eventRow },
    selection,
    table,
    handler: groupEvents(table),
  })
}

/** Puts one row per group into the table. */
export function groupEvents(table: WritableTable, limit: number = EVENT_GROUPS): RowHandler {
  /** The one that changed longest ago is first. */
  const groups = new Map<string, Group>()
  let synced = false

  const show = (group: Group): void => {
    groups.delete(group.key)
    groups.set(group.key, group)
    table.put(group.row)
  }
  const trim = (): void => {
    for (const [key, group] of groups) {
      if (groups.size <= limit) return
      groups.delete(key)
      table.remove(group.row.uid)
    }
  }
  return {
    onRow(row) {
      const event = row as EventRow
      const key = groupKey(event)
      const group = groups.get(key)
      if (group === undefined) {
        const members = new Map([[event.uid, event]])
        show({ key, members, row: { ...event, uid: key } })
      } else {
        take(group, event)
        show(group)
      }
      // The first list comes by name, not by time: what is oldest is known once it is whole.
      if (synced) trim()
    },
    onGone(row: Row) {
      const event = row as EventRow
      const group = groups.get(groupKey(event))
      if (group === undefined || !group.members.delete(event.uid)) return
      if (group.members.size === 0) {
        groups.delete(group.key)
        table.remove(group.row.uid)
        return
      }
      recount(group, event)
      table.put(group.row)
    },
    onSynced() {
      synced = true
      const byAge = [...groups.values()].sort((a, b) => a.row.last - b.row.last)
      groups.clear()
      for (const group of byAge) groups.set(group.key, group)
      trim()
    },
  }
}

function groupKey({ namespace, regarding, reason, type }: EventRow): string {
  const about = regarding.uid ?? `${regarding.kind}/${namespace ?? ''}/${regarding.name}`
  return `${about}:${type}:${reason}`
}

/** An event that is new to the group, or comes again with a higher count. */
function take(group: Group, event: EventRow): void {
  const before = group.members.get(event.uid)
  group.members.set(event.uid, event)
  const newest = event.last >= group.row.last ? event : group.row
  group.row = {
    ...newest,
    uid: group.key,
    created: Math.min(group.row.created, event.created),
    count: group.row.count - (before?.count ?? 0) + event.count,
    first: Math.min(group.row.first, event.first),
    last: newest.last,
  }
}

/** An event of the group expired. When it first happened stays true. */
function recount(group: Group, gone: EventRow): void {
  const count = group.row.count - gone.count
  if (gone.last < group.row.last) {
    group.row = { ...group.row, count }
    return
  }
  let newest: EventRow | undefined
  for (const event of group.members.values()) {
    if (newest === undefined || event.last > newest.last) newest = event
  }
  const { created, first } = group.row
  group.row = { ...(newest ?? group.row), uid: group.key, created, first, count }
}
