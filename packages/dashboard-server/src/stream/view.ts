/** One selection of rows, kept once for everybody who looks at it: what is sent is written once, not once per browser. */
import type { RowKind } from '@sortie/api'
import type { Clock, Timer } from '@sortie/machinery'
import type { Lease } from '../source/pool.ts'
import { type Entry, type Health, jsonOf, type RowTable, worstHealth } from '../source/table.ts'
import type { RowFilter } from './scope.ts'

/** Rows of one part of a snapshot: small enough that a slow line gets other messages in between. */
const PART_ROWS = 500
/** How long a written snapshot is kept for others who come at the same time. */
const KEEP_SNAPSHOT_MILLIS = 1_000

/** Somebody who looks. Buffers are shared: they are the rest of a message, after its type and id. */
export interface Viewer {
  onBatch(batch: ViewBatch): void
  onState(): void
  /** What is shown is no longer what it was: begin again with a snapshot. */
  onReset(): void
}

export interface ViewBatch {
  readonly uids: readonly string[]
  /** `"upserts":[…],"deletes":[…]}` */
  readonly tail: Buffer
}

export interface View {
  readonly kind: RowKind
  readonly health: Health
  readonly isShown: boolean
  /** Parts of all rows, each `"rows":[…],"first":…,"last":…}`; there is always one. */
  snapshot(): readonly Buffer[]
  /** What has become of these rows by now. */
  batchOf(uids: Iterable<string>): ViewBatch
  /** The function returned takes the viewer out. */
  join(viewer: Viewer): () => void
  /** Sends what has changed since the last time. */
  flush(): void
}

export interface ViewOptions {
  readonly kind: RowKind
  readonly clock: Clock
  readonly leases: readonly Lease[]
  readonly filter: RowFilter
  /** Calls back with the uid of a row that the filter judges otherwise than before; the function returned ends it. */
  readonly follow?: (retest: (uid: string) => void) => () => void
  /** Something waits to be flushed. */
  onDirty(view: View): void
  /** Nobody looks any more. */
  onEmpty(): void
}

export function createView(options: ViewOptions): View {
  const { kind, clock, leases, filter } = options
  const tables = leases.map(({ table }) => table)
  const viewers = new Set<Viewer>()
  const dirty = new Set<string>()
  let kept: readonly Buffer[] | undefined
  let keeping: Timer | undefined
  let shown = isShown(tables)

  const forget = (): void => {
    keeping?.cancel()
    kept = undefined
  }
  const tell = (what: (viewer: Viewer) => void): void => {
    for (const viewer of [...viewers]) what(viewer)
  }
  const touch = (uid: string): void => {
    if (!shown) return
    dirty.add(uid)
    options.onDirty(view)
  }
  const listener = {
    onChange(old: Entry | undefined, next: Entry | undefined): void {
      const touched = [old, next].find((entry) => entry !== undefined && filter(entry.row))
      if (touched !== undefined) touch(touched.row.uid)
    },
    onHealth(): void {
      const now = isShown(tables)
      if (now !== shown) {
        shown = now
        dirty.clear()
        forget()
        tell((viewer) => viewer.onReset())
      } else tell((viewer) => viewer.onState())
    },
  }
  const stops = tables.map((table) => table.listen(listener))
  if (options.follow !== undefined) stops.push(options.follow(touch))
  const batchOf = (uids: Iterable<string>): ViewBatch => batch(tables, filter, [...uids])
  const view: View = {
    kind,
    get health() {
      return worstHealth(tables)
    },
    get isShown() {
      return shown
    },
    snapshot() {
      if (kept === undefined) {
        // Until the next flush the batch to come holds whatever changes after this.
        kept = snapshotOf(shown ? tables : [], filter)
        keeping = clock.setTimer(KEEP_SNAPSHOT_MILLIS, forget)
      }
      return kept
    },
    batchOf,
    join(viewer) {
      viewers.add(viewer)
      return () => {
        if (!viewers.delete(viewer) || viewers.size > 0) return
        forget()
        for (const stop of stops) stop()
        for (const lease of leases) lease.release()
        options.onEmpty()
      }
    },
    flush() {
      if (dirty.size === 0 || !shown) return
      forget()
      const changes = batchOf(dirty)
      dirty.clear()
      tell((viewer) => viewer.onBatch(changes))
    },
  }
  return view
}

function isShown(tables: readonly RowTable[]): boolean {
  return tables.every((table) => table.isShown)
}

function snapshotOf(tables: readonly RowTable[], filter: RowFilter): readonly Buffer[] {
  const rows: string[] = []
  for (const table of tables) {
    for (const entry of table.entries()) if (filter(entry.row)) rows.push(jsonOf(entry))
  }
  const parts: Buffer[] = []
  for (let at = 0; at === 0 || at < rows.length; at += PART_ROWS) {
    const text = rows.slice(at, at + PART_ROWS).join(',')
    const last = at + PART_ROWS >= rows.length
    parts.push(Buffer.from(`"rows":[${text}],"first":${at === 0},"last":${last}}`))
  }
  return parts
}

/** A row that came and went is deleted too: a snapshot in between may have told of it. */
function batch(tables: readonly RowTable[], filter: RowFilter, uids: readonly string[]): ViewBatch {
  const upserts: string[] = []
  const deletes: string[] = []
  for (const uid of uids) {
    const entry = find(tables, uid)
    if (entry !== undefined && filter(entry.row)) upserts.push(jsonOf(entry))
    else deletes.push(uid)
  }
  const text = `"upserts":[${upserts.join(',')}],"deletes":${JSON.stringify(deletes)}}`
  return { uids, tail: Buffer.from(text) }
}

function find(tables: readonly RowTable[], uid: string): Entry | undefined {
  for (const table of tables) {
    const entry = table.get(uid)
    if (entry !== undefined) return entry
  }
  return undefined
}
