/**
 * How soon the same is done again to the same object. Somebody who undoes what a controller does as fast as it does it would have
 * both write without end: the garbage collector, while the controller's watch has not told it that the owner is gone; a second leader
 * whose watch is behind; a tool that puts back what it finds changed. What the controller itself changed back in between is no repeat.
 */
import { type Clock, controllerOf, type Instant } from '@sortie/machinery'
import type { Operation } from './plan.ts'

/** The first time again is at once, as for an object that a person deleted; then 1 s, 2 s, 4 s… */
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 60_000
/** What was left to stand for twice its pause and this much more starts anew. */
const TRUCE_MS = 10_000
const LONGEST_MEMORY_MS = 2 * LONGEST_WAIT_MS + TRUCE_MS

interface Last {
  /** What was done, as text. */
  readonly deed: string
  readonly count: number
  readonly at: number
}

/** Of one controller; lost with its process. */
export interface Pace {
  /** When the operation may be done; undefined where it may be now. Deletes never wait. */
  waitUntil(operation: Operation): Instant | undefined
  /** Notes that it was done. */
  note(operation: Operation): void
}

/** @param clock its monotonic time counts: a clock that is set holds nothing up */
export function createPace(clock: Clock): Pace {
  /** By type and name; the oldest first. */
  const lasts = new Map<string, Last>()
  const forgetOld = (): void => {
    for (const [target, { at }] of lasts) {
      if (clock.monotonic() - at < LONGEST_MEMORY_MS) return
      lasts.delete(target)
    }
  }
  const earlier = (operation: Operation): Last | undefined => {
    const last = lasts.get(targetOf(operation))
    if (last?.deed !== deedOf(operation)) return undefined
    return clock.monotonic() - last.at > 2 * pauseAfter(last.count) + TRUCE_MS ? undefined : last
  }
  return {
    waitUntil(operation) {
      const last = operation.kind === 'delete' ? undefined : earlier(operation)
      if (last === undefined) return undefined
      const left = last.at + pauseAfter(last.count) - clock.monotonic()
      return left <= 0 ? undefined : clock.now() + left
    },
    note(operation) {
      forgetOld()
      const count = (earlier(operation)?.count ?? 0) + 1
      const target = targetOf(operation)
      lasts.delete(target)
      lasts.set(target, { deed: deedOf(operation), count, at: clock.monotonic() })
    },
  }
}

function pauseAfter(count: number): number {
  return count < 2 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - 2))
}

function targetOf(operation: Operation): string {
  const { namespace = '', name = '' } =
    operation.kind === 'create' ? operation.object.metadata : operation.ref
  return `${operation.type.plural} ${namespace}/${name}`
}

function deedOf(operation: Operation): string {
  if (operation.kind === 'create') return `create ${controllerOf(operation.object)?.uid ?? ''}`
  if (operation.kind === 'delete') return `delete ${operation.ref.uid}`
  return `patch ${operation.ref.uid ?? ''} ${JSON.stringify(operation.patch.body)}`
}
