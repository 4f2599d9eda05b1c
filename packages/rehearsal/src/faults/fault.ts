/** What goes wrong between a part and the API server, as data. */

/** Parts of the system that can be struck. */
export type PartName = 'operator' | 'scheduler' | 'fleet'
export const PART_NAMES: readonly PartName[] = ['operator', 'scheduler', 'fleet']

/**
 * Each strikes once: the first request (or write, or open watch) of its part at or after `at`, milliseconds from the start; one of
 * requests after it has let `skip` of them pass, where that is given: many are made at one instant.
 */
export type Fault = Strike & { readonly skip?: number }

type Strike =
  /** Answered with this code, and not carried out. */
  | {
      readonly kind: 'refuse'
      readonly part: PartName
      readonly at: number
      readonly code: 409 | 429 | 500 | 503 | 504
    }
  /** No answer, and not carried out. */
  | { readonly kind: 'drop'; readonly part: PartName; readonly at: number }
  /** Carried out, but the answer is lost: `status`, a gateway's 504, else a broken connection. */
  | {
      readonly kind: 'lose'
      readonly part: PartName
      readonly at: number
      readonly with: 'status' | 'broken'
    }
  /** Carried out so much later; the part may be dead by then. */
  | { readonly kind: 'delay'; readonly part: PartName; readonly at: number; readonly ms: number }
  /** Answered so much later. */
  | {
      readonly kind: 'slowAnswer'
      readonly part: PartName
      readonly at: number
      readonly ms: number
    }
  /** The process dies at a write, before or after it is carried out, and starts again. */
  | {
      readonly kind: 'crash'
      readonly part: PartName
      readonly at: number
      readonly when: 'before' | 'after'
      /** At this write of the part, counted from 1, instead of at the time; `at` says when it is over at the latest. */
      readonly atWrite?: number
      readonly downMs: number
    }
  /** All watches break. */
  | { readonly kind: 'cutWatches'; readonly part: PartName; readonly at: number }
  /** All watches end with 410 in the stream. */
  | { readonly kind: 'expireWatches'; readonly part: PartName; readonly at: number }
  /** One of the watches (`pick` in [0, 1)) or all of them tell nothing for a while, then everything. */
  | {
      readonly kind: 'stallWatches'
      readonly part: PartName
      readonly at: number
      readonly ms: number
      readonly pick?: number
    }
  /** A second process of the part works beside the first for a while. */
  | { readonly kind: 'twin'; readonly part: PartName; readonly at: number; readonly forMs: number }

  /** The next watch that is opened, or list at a version that is asked for, is told that the version is gone. */
  | { readonly kind: 'gone'; readonly part: PartName; readonly at: number }
  /**
   * For a while requests about one resource (`*`: all) are refused: 403 as by a quota and 500 as by a webhook refuse writes, 401 and
   * 503 everything.
   */
  | {
      readonly kind: 'deny'
      readonly part: PartName
      readonly at: number
      readonly ms: number
      readonly code: 401 | 403 | 500 | 503
      readonly plural: string
    }
  /** For a while each event of a watch comes twice. */
  | {
      readonly kind: 'repeatEvents'
      readonly part: PartName
      readonly at: number
      readonly ms: number
    }
  /** For a while each event takes up to `spreadMs`: what two watches tell comes in another order than it happened. */
  | {
      readonly kind: 'scatterEvents'
      readonly part: PartName
      readonly at: number
      readonly ms: number
      readonly spreadMs: number
    }
  /**
   * The process dies and starts again at a server that lags behind: its first lists are up to `back` writes old, and the watches
   * that follow them tell nothing for `lagMs`.
   */
  | {
      readonly kind: 'timeTravel'
      readonly part: PartName
      readonly at: number
      readonly downMs: number
      readonly back: number
      readonly lagMs: number
    }

export type FaultKind = Fault['kind']

/** Kinds that strike by themselves, not at a request. */
export const TIMED: ReadonlySet<FaultKind> = new Set([
  'cutWatches',
  'expireWatches',
  'stallWatches',
  'twin',
  'deny',
  'repeatEvents',
  'scatterEvents',
  'timeTravel',
])

type Lasting = Readonly<Record<'ms' | 'downMs' | 'forMs' | 'lagMs' | 'spreadMs', number>>

/** For how long it is felt at once, milliseconds; 0 for one of a moment. */
export function durationOf(fault: Fault): number {
  const { ms = 0, downMs = 0, forMs = 0, lagMs = 0, spreadMs = 0 } = fault as Partial<Lasting>
  return ms + downMs + forMs + lagMs + spreadMs
}
