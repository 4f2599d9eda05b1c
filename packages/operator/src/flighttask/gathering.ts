/**
 * When a status that differs is written. A task's changes within 300 ms become one write, so that one that starts and ends within
 * that is written once; what nobody waits for is gathered for longer; an end is written at once.
 */
import type { FlightTaskStatus } from '@sortie/api'
import { deepEqual, type Instant } from '@sortie/machinery'
import { hasEnded } from './observation.ts'

/**
 * How pressing a difference is. `none`: nothing differs, or nothing that is worth a request of its own. `slow`: counters and
 * texts, that a pod was made, which its owner reference says already, and that it queues for an aircraft, which it says itself.
 * `soon`: a phase or a condition. `now`: an end.
 */
export type Urgency = 'none' | 'slow' | 'soon' | 'now'

const DELAY_MS = { slow: 5000, soon: 300 } as const

export function urgencyOf(stored: FlightTaskStatus, wanted: FlightTaskStatus): Urgency {
  const before = { ...stored, phase: stored.phase ?? 'Pending', observedGeneration: 0 }
  const after = { ...wanted, phase: wanted.phase ?? 'Pending', observedGeneration: 0 }
  if (deepEqual(before, after)) return 'none'
  if (hasEnded(wanted)) return 'now'
  if (after.phase !== before.phase) return 'soon'
  return hasNews(before, after) ? 'soon' : 'slow'
}

/** A condition turned, or says another reason; but PodCreated=True says no more than podRef does, and to queue is no news. */
function hasNews(before: FlightTaskStatus, after: FlightTaskStatus): boolean {
  const held = new Map(before.conditions?.map((condition) => [condition.type, condition]))
  for (const { type, status, reason } of after.conditions ?? []) {
    const old = held.get(type)
    if (old?.status === status && old.reason === reason) continue
    const isMade = type === 'PodCreated' && status === 'True' && old === undefined
    const isQueued = type === 'PodScheduled' && status !== 'True'
    if (!isMade && !isQueued) return true
  }
  return false
}

/** Since when differences wait to be written, by urgency. Kept in memory: lost with the process, which costs one delay. */
export interface Waiting {
  readonly slow?: Instant
  readonly soon?: Instant
}

export interface Gathered {
  readonly write: boolean
  /** When to look again where it is not written yet. */
  readonly due: Instant | undefined
  readonly waiting: Waiting
}

export function gather(urgency: Urgency, waiting: Waiting, now: Instant): Gathered {
  if (urgency === 'none') return { write: false, due: undefined, waiting: {} }
  if (urgency === 'now') return { write: true, due: undefined, waiting: {} }
  // A wall clock that was set back must not hold a write for as long as it was set back.
  const held = Object.entries(waiting).map(([name, at]) => [name, Math.min(at, now)])
  const since: Record<string, Instant> = { [urgency]: now, ...Object.fromEntries(held) }
  const due = Math.min(
    ...Object.entries(since).map(([name, at]) => at + DELAY_MS[name as keyof typeof DELAY_MS]),
  )
  return due <= now
    ? { write: true, due: undefined, waiting: {} }
    : { write: false, due, waiting: since }
}
