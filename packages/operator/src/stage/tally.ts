/**
 * One pass over a roster: everything that the stage's decisions and its status need to know of it.
 */
import type { TaskCounts, TaskPhase } from '@sortie/api'
import { isActive, isTaskEnded, type Roster, type RosterEntry } from './roster.ts'

/** Failed tasks that a message names; the rest is counted. */
const NAMED_FAILURES = 3

export interface Tally {
  readonly counts: TaskCounts
  /** Tasks that exist and have not ended. */
  readonly active: number
  /** Tasks without an object or a recorded end. */
  readonly unmade: number
  /** Tasks that ended badly although they must not, and the first few of them. */
  readonly failures: { readonly count: number; readonly first: readonly RosterEntry[] }
  /** Optional tasks that failed. */
  readonly toleratedFailures: number
}

const COUNT_OF: Readonly<Record<TaskPhase, Exclude<keyof TaskCounts, 'total'>>> = {
  Pending: 'pending',
  Scheduled: 'scheduled',
  Running: 'running',
  Succeeded: 'succeeded',
  Failed: 'failed',
  Cancelled: 'cancelled',
}

export function tallyRoster({ entries, surplus }: Roster): Tally {
  const total = entries.length + surplus.length
  const counts = {
    total,
    pending: 0,
    scheduled: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
  }
  const first: RosterEntry[] = []
  let [active, unmade, failed, tolerated] = [0, 0, 0, 0]
  for (const entry of entries) {
    counts[COUNT_OF[entry.phase]]++
    if (isActive(entry)) active++
    else if (!isTaskEnded(entry.phase)) unmade++
    if (entry.phase !== 'Failed' && entry.phase !== 'Cancelled') continue
    if (entry.planned.optional) tolerated++
    else if (++failed <= NAMED_FAILURES) first.push(entry)
  }
  for (const { status } of surplus) {
    const phase = status?.phase ?? 'Pending'
    counts[COUNT_OF[phase]]++
    if (!isTaskEnded(phase)) active++
  }
  return {
    counts,
    active,
    unmade,
    failures: { count: failed, first },
    toleratedFailures: tolerated,
  }
}

/** Counts with the tasks that were never made as cancelled: what a stage that stops has. */
export function withUnmadeCancelled({ counts, unmade }: Tally): TaskCounts {
  if (unmade === 0) return counts
  return { ...counts, pending: counts.pending - unmade, cancelled: counts.cancelled + unmade }
}

/** `10/32`: ended and all. */
export function tasksProgress(counts: TaskCounts): string {
  return `${counts.succeeded + counts.failed + counts.cancelled}/${counts.total}`
}
