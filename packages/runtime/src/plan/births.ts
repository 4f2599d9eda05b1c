/**
 * How soon an object may be made again. Somebody who deletes what a controller makes as fast as it is made — the garbage collector,
 * while the controller's watch has not told it that the owner is gone; a policy; a person's loop — would have both write without end.
 */
import { type Clock, controllerOf, type Instant, keyOf } from '@sortie/machinery'
import type { CreateOperation } from './plan.ts'

/** The first time again is at once, as for an object that a person deleted; then 1 s, 2 s, 4 s… */
const FIRST_WAIT_MS = 1000
const LONGEST_WAIT_MS = 60_000
/** What stood for so long is forgotten, and starts anew. */
const MEMORY_MS = 600_000

interface Birth {
  readonly count: number
  readonly at: Instant
}

/** Births of one controller; lost with its process. */
export interface Births {
  /** When the object may be made; undefined where it may be now. */
  waitUntil(operation: CreateOperation): Instant | undefined
  /** Notes that it was made. */
  note(operation: CreateOperation): void
}

/** @param clock its monotonic time counts: a clock that is set holds nothing up */
export function createBirths(clock: Clock): Births {
  /** By type, owner and name; the oldest first. */
  const births = new Map<string, Birth>()
  const forgetOld = (): void => {
    for (const [identity, { at }] of births) {
      if (clock.monotonic() - at < MEMORY_MS) return
      births.delete(identity)
    }
  }
  return {
    waitUntil(operation) {
      forgetOld()
      const birth = births.get(identityOf(operation))
      if (birth === undefined || birth.count < 2) return undefined
      const pause = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (birth.count - 2))
      const left = birth.at + pause - clock.monotonic()
      return left <= 0 ? undefined : clock.now() + left
    },
    note(operation) {
      const identity = identityOf(operation)
      const count = (births.get(identity)?.count ?? 0) + 1
      births.delete(identity)
      births.set(identity, { count, at: clock.monotonic() })
    },
  }
}

function identityOf({ type, object }: CreateOperation): string {
  return `${type.plural} ${controllerOf(object)?.uid ?? ''} ${keyOf(object)}`
}
