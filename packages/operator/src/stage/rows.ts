/** flightTasksStatus: a row per task, or of a large stage the hundred that matter most. */
import { LIMITS, type TaskRow } from '@sortie/api'
import type { Roster, RosterEntry } from './roster.ts'

const LONGEST_MESSAGE = 256

/** Rows in the order of the spec; where they are too many, failed tasks first, then active ones. */
export function taskRows({ entries }: Roster, stopping: boolean): TaskRow[] {
  const chosen = entries.length <= LIMITS.taskRows ? entries : mostTelling(entries)
  return chosen.map((entry) => rowOf(entry, stopping))
}

function mostTelling(entries: readonly RosterEntry[]): RosterEntry[] {
  const ranks: RosterEntry[][] = [[], [], []]
  for (const entry of entries) {
    const rank = ranks[rankOf(entry)]
    if (rank !== undefined && rank.length < LIMITS.taskRows) rank.push(entry)
  }
  return ranks.flat().slice(0, LIMITS.taskRows)
}

function rankOf({ phase }: RosterEntry): number {
  if (phase === 'Failed') return 0
  return phase === 'Running' || phase === 'Scheduled' ? 1 : 2
}

function rowOf({ planned, object, phase }: RosterEntry, stopping: boolean): TaskRow {
  if (object === undefined) {
    const isDropped = stopping && phase === 'Pending'
    return { name: planned.name, phase: isDropped ? 'Cancelled' : phase }
  }
  const { schedulingInfo, podRef, message } = object.status ?? {}
  return {
    name: planned.name,
    phase,
    ...(schedulingInfo?.assignedNode === undefined
      ? {}
      : { aircraftNode: schedulingInfo.assignedNode }),
    ...(podRef?.name === undefined ? {} : { podName: podRef.name }),
    ...(message === undefined ? {} : { message: message.slice(0, LONGEST_MESSAGE) }),
  }
}
