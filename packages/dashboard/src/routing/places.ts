/** Where everything has its page. */
import type { RouteLocationRaw } from 'vue-router'

/** Something that has a page of its own. */
export interface Place {
  readonly kind: 'mission' | 'stage' | 'task' | 'weapon' | 'node'
  readonly namespace?: string | undefined
  readonly name: string
}

/** The page of an object. */
export function placeOf({ kind, namespace, name }: Place): RouteLocationRaw {
  if (kind === 'node') return { name: 'node', params: { name } }
  return { name: kind, params: { namespace: namespace ?? 'default', name } }
}

const PLACE_KINDS: Readonly<Record<string, Place['kind']>> = {
  Mission: 'mission',
  MissionStage: 'stage',
  FlightTask: 'task',
  Weapon: 'weapon',
  Node: 'node',
}

/** The page of a Kubernetes kind's object, where there is one. */
export function placeOfKind(
  kind: string,
  namespace: string | undefined,
  name: string,
): RouteLocationRaw | undefined {
  const place = PLACE_KINDS[kind]
  return place === undefined ? undefined : placeOf({ kind: place, namespace, name })
}
