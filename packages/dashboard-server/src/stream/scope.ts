/** Which rows a subscription wants. */
import type {
  EventRow,
  FlightTaskRow,
  PodRow,
  Row,
  RowKind,
  RowKinds,
  Scope,
  StageRow,
} from '@sortie/api'
import { toLabelValue } from '@sortie/machinery'

export type RowFilter = (row: Row) => boolean

const NODE_PREFIX = 'node/'
const NAME_PREFIX = 'name/'
/** Of events: warnings about whatever it be. Every tab follows them, and they are few where all events are many. */
const WARNINGS = 'warnings'

/** The same text for the same scope. */
export function scopeKey({ namespace = '', mission = '', of = '' }: Scope): string {
  return `${namespace}\n${mission}\n${of}`
}

/** The node that a scope means, where it means one. */
export function nodeOfScope({ of }: Scope): string | undefined {
  return of?.startsWith(NODE_PREFIX) === true ? of.slice(NODE_PREFIX.length) : undefined
}

/** Whether a row is in the scope; access is another matter. */
export function scopeFilter(kind: RowKind, scope: Scope): RowFilter {
  const { namespace, mission, of } = scope
  const tests: RowFilter[] = []
  if (namespace !== undefined) tests.push((row) => row.namespace === namespace)
  if (mission !== undefined) tests.push(ofMission(kind, mission))
  if (of !== undefined) tests.push(ofObject(kind, scope, of))
  const [first, second] = tests
  if (first === undefined) return () => true
  if (second === undefined) return first
  return (row) => tests.every((test) => test(row))
}

/** A row as its kind's own: the caller says which kind the table has. */
function as<K extends RowKind>(_kind: K, row: Row): RowKinds[K] {
  return row as RowKinds[K]
}

/** Whether a row belongs to a mission; an event does not say so (`belonging.ts`). */
export function ofMission(kind: RowKind, mission: string): RowFilter {
  if (kind === 'missions') return (row) => row.name === mission
  if (kind === 'stages') return (row) => as('stages', row).mission === mission
  if (kind === 'tasks') return (row) => as('tasks', row).mission === mission
  if (kind === 'pods') {
    const label = toLabelValue(mission)
    return (row) => as('pods', row).mission === label
  }
  return () => false
}

function ofObject(kind: RowKind, scope: Scope, of: string): RowFilter {
  const node = nodeOfScope(scope)
  if (of.startsWith(NAME_PREFIX)) {
    const name = of.slice(NAME_PREFIX.length)
    return (row) => row.name === name
  }
  if (kind === 'events') {
    if (of === WARNINGS) return (row) => as('events', row).type === 'Warning'
    const [about = '', name = '', uid] = of.split('/')
    return (row) => isAbout(as('events', row), { kind: about.toLowerCase(), name, uid })
  }
  if (kind === 'tasks') {
    return node === undefined
      ? (row) => (row as FlightTaskRow).stageRef === of
      : (row) => (row as FlightTaskRow).node === node
  }
  if (kind === 'pods') {
    return node === undefined
      ? (row) => (row as PodRow).flightTask === toLabelValue(of)
      : (row) => (row as PodRow).node === node
  }
  if (kind === 'stages') return (row) => row.name === of || (row as StageRow).mission === of
  const name = node ?? of
  return (row) => row.name === name
}

/**
 * Kinds are compared without case: an address says `node/a`, an event says `Node`. Where both say which object of that name they
 * mean, they must mean the same: what was recorded about one that is gone is not about its successor.
 */
function isAbout(
  { regarding }: EventRow,
  object: { readonly kind: string; readonly name: string; readonly uid: string | undefined },
): boolean {
  if (regarding.name !== object.name || regarding.kind.toLowerCase() !== object.kind) return false
  return object.uid === undefined || regarding.uid === undefined || regarding.uid === object.uid
}
