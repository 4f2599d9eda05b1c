/** What a person may list and watch: decided by the API server's answers to reviews, never by reading roles. */
import type { RowKind } from '@sortie/api'
import { COUNTED, RESOURCE_OF } from '../source/open.ts'

/** Where rows of a kind may be shown. */
export type Grant =
  | { readonly all: true }
  /** Sorted; empty: nowhere. */
  | { readonly all: false; readonly namespaces: readonly string[] }

export type Grants = Readonly<Record<RowKind, Grant>>

export const EVERYWHERE: Grant = { all: true }

const KINDS = Object.keys(RESOURCE_OF) as Exclude<RowKind, 'summary'>[]

/** Builds the grants of all kinds; counts are shown where all that they count may be listed. */
export function grantsOf(grantOf: (kind: Exclude<RowKind, 'summary'>) => Grant): Grants {
  const grants = Object.fromEntries(KINDS.map((kind) => [kind, grantOf(kind)])) as Omit<
    Record<RowKind, Grant>,
    'summary'
  >
  return { ...grants, summary: COUNTED.map((kind) => grants[kind]).reduce(intersection) }
}

/** All that the stream has: of a server whose one user may do everything. */
export const ALL_GRANTED: Grants = grantsOf(() => EVERYWHERE)

/** Nothing at all. */
export const NOTHING_GRANTED: Grants = grantsOf(() => namespacesGranted([]))

function intersection(a: Grant, b: Grant): Grant {
  if (a.all) return b
  if (b.all) return a
  const other = new Set(b.namespaces)
  return { all: false, namespaces: a.namespaces.filter((namespace) => other.has(namespace)) }
}

export function namespacesGranted(namespaces: Iterable<string>): Grant {
  return { all: false, namespaces: [...namespaces].sort() }
}

/** Whether rows of this namespace may be shown; rows without namespace need the whole cluster. */
export function allows(grant: Grant, namespace: string | undefined): boolean {
  return grant.all || (namespace !== undefined && grant.namespaces.includes(namespace))
}

/** The same text for the same grant: people of one class are shown the same bytes. */
export function grantKey(grant: Grant): string {
  return grant.all ? '*' : grant.namespaces.join(',')
}

export function sameGrants(a: Grants, b: Grants): boolean {
  return [...KINDS, 'summary' as const].every((kind) => grantKey(a[kind]) === grantKey(b[kind]))
}
