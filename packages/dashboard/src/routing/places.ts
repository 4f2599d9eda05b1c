/** Where everything has its page. */
import type { RouteLocationRaw } from 'vue-router'

/** Something that has a page of its own. */
export interface Place {
  readonly kind: 'mission' | 'stage' | 'task' | 'weapon' | 'node'
  readonly namespace?: string | undefined
  readonly name: string
}

/** A page's name and what it is about, as the router takes it; a query may go with it. */
export interface PageOf {
  readonly name: string
  readonly params: Record<string, string>
}

/** The page of an object. */
export function placeOf({ kind, namespace, name }: Place): PageOf {
  if (kind === 'node') return { name: 'node', params: { name } }
  return { name: kind, params: { namespace: namespace ?? 'default', name } }
}

/** The timeline of a mission, with one of its stages or tasks selected. */
export function timelineOf(row: {
  readonly uid: string
  readonly namespace?: string
  readonly mission?: string
}): RouteLocationRaw {
  const { uid, namespace, mission = '' } = row
  const place = placeOf({ kind: 'mission', namespace, name: mission })
  return { ...place, query: { tab: 'timeline', selected: uid } }
}

/** Events name kinds as whoever wrote them liked, `constructor` among them: no object has all of these to itself. */
const PLACE_KINDS: ReadonlyMap<string, Place['kind']> = new Map([
  ['Mission', 'mission'],
  ['MissionStage', 'stage'],
  ['FlightTask', 'task'],
  ['Weapon', 'weapon'],
  ['Node', 'node'],
])

/** The page of a Kubernetes kind's object, where there is one. */
export function placeOfKind(
  kind: string,
  namespace: string | undefined,
  name: string,
): RouteLocationRaw | undefined {
  const place = PLACE_KINDS.get(kind)
  return place === undefined || name === '' ? undefined : placeOf({ kind: place, namespace, name })
}
