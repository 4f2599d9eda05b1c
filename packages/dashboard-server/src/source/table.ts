/** A set of rows that changes: what sources fill and views read. */
import type { Row, RowKind, SubscriptionState } from '@sortie/api'

/** A row, and its JSON once somebody needed it: written once for all who see it. */
export interface Entry {
  readonly row: Row
  json: string | undefined
}

/** `starting`: nothing is known yet. Rows are shown in the states `live`, `stale` and, once there were some, `error`. */
export type Health = SubscriptionState | { readonly state: 'starting' }

export interface TableListener {
  /** A row came (no old), changed, or went (no next). */
  onChange(old: Entry | undefined, next: Entry | undefined): void
  onHealth(): void
}

/** What views read. Entries are shared: never mutate one. */
export interface RowTable {
  readonly kind: RowKind
  readonly health: Health
  /** False where the rows may not be shown: nothing is known yet, or the user may not list them any more. */
  readonly isShown: boolean
  readonly size: number
  entries(): Iterable<Entry>
  get(uid: string): Entry | undefined
  /** The function returned takes the listener out. */
  listen(listener: TableListener): () => void
}

/** What a source writes. */
export interface WritableTable extends RowTable {
  put(row: Row): void
  remove(uid: string): void
  setHealth(health: Health): void
}

export function jsonOf(entry: Entry): string {
  entry.json ??= JSON.stringify(entry.row)
  return entry.json
}

export function createTable(kind: RowKind): WritableTable {
  const entries = new Map<string, Entry>()
  const listeners = new Set<TableListener>()
  let health: Health = { state: 'starting' }
  let filled = false
  const tell = (old: Entry | undefined, next: Entry | undefined): void => {
    for (const listener of listeners) listener.onChange(old, next)
  }
  return {
    kind,
    get health() {
      return health
    },
    get isShown() {
      return filled && health.state !== 'forbidden' && health.state !== 'missing'
    },
    get size() {
      return entries.size
    },
    entries: () => entries.values(),
    get: (uid) => entries.get(uid),
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    put(row) {
      const old = entries.get(row.uid)
      const next: Entry = { row, json: undefined }
      // Objects change in ways that no row shows: nobody is told of those.
      if (old !== undefined && jsonOf(old) === jsonOf(next)) return
      entries.set(row.uid, next)
      tell(old, next)
    },
    remove(uid) {
      const old = entries.get(uid)
      if (old === undefined) return
      entries.delete(uid)
      tell(old, undefined)
    },
    setHealth(next) {
      if (sameHealth(health, next)) return
      health = next
      if (next.state === 'live') filled = true
      for (const listener of listeners) listener.onHealth()
    },
  }
}

function sameHealth(a: Health, b: Health): boolean {
  return a.state === b.state && JSON.stringify(a) === JSON.stringify(b)
}

/** From the state that says most to the one that says least. */
const ORDER = ['error', 'stale', 'starting', 'forbidden', 'missing', 'live'] as const

/** The health of several tables seen as one. */
export function worstHealth(tables: readonly RowTable[]): Health {
  for (const state of ORDER) {
    const found = tables.find(({ health }) => health.state === state)
    if (found !== undefined) return found.health
  }
  return { state: 'live' }
}
