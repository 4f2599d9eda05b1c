/**
 * How soon the same is done again to the same object. Somebody who undoes what a controller does as fast as it does it would have
 * both write without end: the garbage collector, while the controller's watch has not told it that the owner is gone; a second leader
 * whose watch is behind; a tool that puts back what it finds changed. What the controller itself changed back in between is no repeat.
 */
import type { ObjectKey } from '@sortie/client'
import {
  type Clock,
  controllerOf,
  type Instant,
  type JsonObject,
  type ResourceType,
} from '@sortie/machinery'
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

/** A write of an object's status: what differs in it. */
export interface StatusWrite {
  readonly kind: 'status'
  readonly type: ResourceType
  readonly ref: ObjectKey & { readonly uid: string }
  readonly difference: JsonObject
}

type Deed = Operation | StatusWrite

/** Of one controller; lost with its process. */
export interface Pace {
  /** When it may be done; undefined where it may be now. Deletes never wait, nor does a status that another generation is followed. */
  waitUntil(deed: Deed): Instant | undefined
  /** Notes that it was done. */
  note(deed: Deed): void
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
  const earlier = (last: Last | undefined, text: () => string): Last | undefined => {
    if (last === undefined || last.deed !== text()) return undefined
    return clock.monotonic() - last.at > 2 * pauseAfter(last.count) + TRUCE_MS ? undefined : last
  }
  return {
    waitUntil(deed) {
      if (deed.kind === 'delete' || isMarkAlone(deed)) return undefined
      const last = earlier(lasts.get(targetOf(deed)), () => textOf(deed))
      if (last === undefined) return undefined
      const left = last.at + pauseAfter(last.count) - clock.monotonic()
      // A millisecond more than none: added to the wall clock's time, less than that would be lost in its digits.
      return left <= 0 ? undefined : clock.now() + Math.ceil(left)
    },
    note(deed) {
      forgetOld()
      if (isMarkAlone(deed)) return
      const target = targetOf(deed)
      const text = textOf(deed)
      const count = (earlier(lasts.get(target), () => text)?.count ?? 0) + 1
      lasts.delete(target)
      lasts.set(target, { deed: text, count, at: clock.monotonic() })
    },
  }
}

function pauseAfter(count: number): number {
  return count < 2 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - 2))
}

function targetOf(deed: Deed): string {
  const { namespace = '', name = '' } = deed.kind === 'create' ? deed.object.metadata : deed.ref
  const part = deed.kind === 'status' ? '/status' : ''
  return `${deed.type.plural}${part} ${namespace}/${name}`
}

function textOf(deed: Deed): string {
  if (deed.kind === 'status') {
    return `status ${deed.ref.uid} ${JSON.stringify(deed.difference, withoutMarks)}`
  }
  if (deed.kind === 'create') return `create ${controllerOf(deed.object)?.uid ?? ''}`
  if (deed.kind === 'delete') return `delete ${deed.ref.uid}`
  return `patch ${deed.ref.uid ?? ''} ${JSON.stringify(deed.patch.body)}`
}

/** The same may be said at another time, and of another generation. */
function isMark(field: string): boolean {
  return field.endsWith('Time') || field === 'observedGeneration'
}

function withoutMarks(field: string, value: unknown): unknown {
  return isMark(field) ? undefined : value
}

/** That another generation is followed is news each time: a mission waits for it before it deals out more of its budget. */
function isMarkAlone(deed: Deed): boolean {
  return deed.kind === 'status' && Object.keys(deed.difference).every(isMark)
}
