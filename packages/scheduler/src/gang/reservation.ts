/**
 * For whom aircraft are kept. A gang needs several at once, so a steady stream of single tasks, each taking the next aircraft that
 * lands, would keep it waiting for ever. The one that goes first of those that have waited long enough keeps what it could have,
 * up to what it needs, from all that come after it in the queue; whoever goes before it is not held up.
 */
import type { Instant } from '@sortie/machinery'

/** Something waiting that is placed whole. */
export interface WaitingGang {
  readonly key: string
  /** Its place in the queue: the lower goes first. */
  readonly order: number
}

export interface Reservations {
  /** The gang waits, and could be placed were all aircraft free. */
  waits(gang: WaitingGang, now: Instant): void
  /** It was placed, or is no more, or could never be placed. */
  ends(key: string): void
  /** For whom aircraft are kept now. */
  current(now: Instant): string | undefined
}

interface Wait {
  readonly order: number
  readonly since: Instant
}

/** @param patienceMs how long a gang waits before aircraft are kept for it */
export function createReservations(patienceMs: number): Reservations {
  const waits = new Map<string, Wait>()
  return {
    waits({ key, order }, now) {
      waits.set(key, { order, since: waits.get(key)?.since ?? now })
    },
    ends: (key) => void waits.delete(key),
    current(now) {
      let first: { readonly key: string; readonly order: number } | undefined
      for (const [key, { order, since }] of waits) {
        if (now - since < patienceMs) continue
        const isBefore =
          first === undefined || order < first.order || (order === first.order && key < first.key)
        if (isBefore) first = { key, order }
      }
      return first?.key
    },
  }
}
