/**
 * Which events belong to a mission, a stage or a task: those about it and about whatever was made for it, by uid. A name says
 * nothing of the kind: what belongs to the mission `a-b` is named as if it belonged to `a`.
 */
import type { EventRow, Row, RowKind, Scope } from '@sortie/api'
import type { Lease } from '../source/pool.ts'
import { ofMission, type RowFilter, scopeFilter } from './scope.ts'

/** Kinds whose rows say that they were made for a mission, for a stage, for a task. */
const MADE_FOR: Readonly<Record<string, readonly RowKind[]>> = {
  mission: ['missions', 'stages', 'tasks', 'pods'],
  missionstage: ['tasks'],
  flighttask: ['pods'],
}

/** What is asked for by a scope of events, where it is more than what is about one object. */
export interface Whole {
  readonly kinds: readonly RowKind[]
  /** Whether a row of these kinds belongs to it. */
  readonly has: (kind: RowKind) => RowFilter
  /** Whether the event says itself that it does. */
  readonly isNamed: RowFilter
}

/** Undefined where a scope asks for no events, or where what it is about makes nothing. */
export function wholeOf(kind: RowKind, { namespace, mission, of = '' }: Scope): Whole | undefined {
  if (kind !== 'events') return undefined
  if (mission !== undefined) {
    const isNamed = scopeFilter(kind, { of: `Mission/${mission}` })
    return {
      kinds: MADE_FOR['mission'] ?? [],
      has: (one) => ofMission(one, mission),
      isNamed: (row) => (row as EventRow).regarding.uid === undefined && isNamed(row),
    }
  }
  const [about = '', name = ''] = of.split('/')
  const kinds = MADE_FOR[about.toLowerCase()]
  if (kinds === undefined || about.toLowerCase() === 'mission') return undefined
  const within = namespace === undefined ? {} : { namespace }
  return {
    kinds,
    has: (one) => scopeFilter(one, { ...within, of: name }),
    isNamed: scopeFilter(kind, { of }),
  }
}

export interface Belonging {
  readonly filter: RowFilter
  /** Calls back with the uid of each event whose object became known after it. The function returned ends it, once. */
  follow(retest: (uid: string) => void): () => void
}

/** Events that wait for their objects: one that never shows, or was gone before anybody looked, must not be kept for ever. */
const MOST_WAITING = 5_000

/** @param leases tables of the whole's kinds; given back with the end of `follow` */
export function belongTo(whole: Whole, leases: readonly Lease[]): Belonging {
  const tables = leases.map(({ table }) => ({ table, isOurs: whole.has(table.kind) }))
  /** Uids of what belongs to it, of what has been deleted since too. */
  const ours = new Set<string>()
  const waiting = new Map<string, string[]>()

  const wait = (about: string, event: string): void => {
    const known = waiting.get(about)
    if (known !== undefined) known.push(event)
    else if (waiting.size < MOST_WAITING) waiting.set(about, [event])
  }
  const filter = (row: Row): boolean => {
    const { regarding, uid } = row as EventRow
    if (whole.isNamed(row)) return true
    if (regarding.uid === undefined) return false
    if (ours.has(regarding.uid)) return true
    for (const { table, isOurs } of tables) {
      const entry = table.get(regarding.uid)
      if (entry === undefined) continue
      if (isOurs(entry.row)) ours.add(regarding.uid)
      return ours.has(regarding.uid)
    }
    wait(regarding.uid, uid)
    return false
  }
  return {
    filter,
    follow(retest) {
      const stops = tables.map(({ table, isOurs }) =>
        table.listen({
          onChange(old, next) {
            if (old !== undefined || next === undefined) return
            const events = waiting.get(next.row.uid)
            if (events === undefined) return
            waiting.delete(next.row.uid)
            if (isOurs(next.row)) for (const uid of events) retest(uid)
          },
          onHealth() {},
        }),
      )
      return () => {
        for (const stop of stops) stop()
        for (const lease of leases) lease.release()
      }
    },
  }
}
