/** What an invariant sees, and how it speaks. */
import type { KubeObject } from '@sortie/machinery'
import type { PartName } from '../faults/fault.ts'
import type { Commit } from '../world/commits.ts'
import type { Entry, KindName, Kinds, Model } from './model.ts'

/** One committed change of one kind of object. */
export interface Seen<K extends KindName = KindName> {
  readonly kind: K
  readonly commit: Commit
  readonly entry: Kinds[K]
  /** Phases before and after; empty where there was none. */
  readonly from: string
  readonly to: string
}

export interface Witness {
  readonly model: Model
  /** Virtual milliseconds from the start. */
  now(): number
  /**
   * When what follows from something at `since` must have been done, if it takes a working system `ms`; where it is up to these parts
   * alone and nothing goes wrong for them, whatever happens to others.
   */
  due(since: number, ms: number, by?: readonly PartName[]): number
  /** Whether a part must have seen by now what happened at `since`: at once, but for its lines and for what has struck it lately. */
  mustKnow(part: PartName, since: number): boolean
  /** Whether nothing has gone wrong or been done by people: what holds only then is asked only then. */
  readonly undisturbed: boolean
  /** The wall clock is never set: times on record can be compared. */
  readonly isClockTrue: boolean
  /** Parts that something goes wrong for in this run. */
  readonly struck: ReadonlySet<PartName>
  /** Calls back at that time, if the run lasts so long. */
  at(time: number, check: () => void): void
  /** The wall clock's time, milliseconds since 1970. */
  wallTime(): number
  report(message: string, ...about: readonly (Entry<KubeObject> | KubeObject)[]): void
}

export interface Invariant {
  /** As in behaviour.md, "What must always hold". */
  readonly number: number
  readonly name: string
  onCommit?(seen: Seen, witness: Witness): void
  /** Once everything has ended and nothing is written any more. */
  atRest?(witness: Witness): void
}

/** Narrows what was seen to one kind. */
export function seenAs<K extends KindName>(seen: Seen, kind: K): Seen<K> | undefined {
  return seen.kind === kind ? (seen as unknown as Seen<K>) : undefined
}
