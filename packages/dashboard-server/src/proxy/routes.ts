/**
 * What the proxy lets through: a list of what is allowed, so that all else is not. Nothing here asks the API server; a path that
 * is not on the list is answered as if it were not there.
 */
import { GROUP, RESOURCES, VERSION } from '@sortie/api'
import type { HttpMethod } from '@sortie/machinery'

export interface Route {
  readonly method: HttpMethod
  /** Built from the checked pieces, not taken over. */
  readonly path: string
  /** Parameters of the query that are handed on. */
  readonly query: readonly string[]
  /** Of a write: what its body may be. */
  readonly body?: 'object' | 'cordon'
  /** True where the answer is text of any length. */
  readonly isLog?: true
  /** Missions may be larger than other bodies. */
  readonly isMission?: true
}

const LIST_QUERY = [
  'labelSelector',
  'fieldSelector',
  'limit',
  'continue',
  'resourceVersion',
] as const
const LOG_QUERY = ['container', 'previous', 'tailLines', 'sinceSeconds', 'timestamps'] as const
const WRITE_QUERY = ['dryRun', 'fieldValidation', 'force'] as const
const DELETE_QUERY = ['dryRun', 'propagationPolicy', 'gracePeriodSeconds'] as const

const OWN_PLURALS: ReadonlySet<string> = new Set(RESOURCES.map(({ plural }) => plural))
/** What Kubernetes allows as a name, and CRD plurals with it. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/

/** The route of a request for `/api/kube/<path>`; undefined where there is none. @param path undecoded, with its slash */
export function routeOf(method: string, path: string): Route | undefined {
  const pieces = path.split('/')
  // An encoded slash, a dot, an empty piece: a name needs none of them.
  if (pieces[0] !== '' || !pieces.slice(1).every((piece) => NAME.test(piece))) return undefined
  const place = placeOf(pieces.slice(1))
  return place === undefined ? undefined : allowedAt(method, place, path)
}

interface Place {
  /** `airforce.airforce.mil/v1alpha1`, `v1`, `metrics.k8s.io/v1beta1`, `openapi`. */
  readonly api: string
  readonly namespace: string | undefined
  readonly plural: string
  readonly name: string | undefined
  readonly subresource: string | undefined
}

function placeOf(pieces: readonly string[]): Place | undefined {
  const [root, ...rest] = pieces
  if (root === 'api') return below('v1', rest[0] === 'v1' ? rest.slice(1) : [])
  if (root === 'apis') return below(`${rest[0]}/${rest[1]}`, rest.slice(2))
  const document = ['openapi', 'v3', 'apis', GROUP, VERSION]
  if (pieces.length === document.length && pieces.every((piece, at) => piece === document[at])) {
    return {
      api: 'openapi',
      namespace: undefined,
      plural: '',
      name: undefined,
      subresource: undefined,
    }
  }
  return undefined
}

function below(api: string, pieces: readonly string[]): Place | undefined {
  const isNamespaced = pieces[0] === 'namespaces' && pieces.length > 2
  const namespace = isNamespaced ? pieces[1] : undefined
  const [plural, name, subresource, ...more] = isNamespaced ? pieces.slice(2) : pieces
  if (plural === undefined || more.length > 0) return undefined
  return { api, namespace, plural, name, subresource }
}

function allowedAt(method: string, place: Place, path: string): Route | undefined {
  const { api } = place
  if (api === `${GROUP}/${VERSION}`) return ownRoute(method, place, path)
  if (api === 'v1') return coreRoute(method, place, path)
  if (method !== 'GET') return undefined
  if (api === 'openapi') return { method, path, query: [] }
  const isMetrics = api === 'metrics.k8s.io/v1beta1' && /^(nodes|pods)$/.test(place.plural)
  return isMetrics && place.subresource === undefined ? read(path, place) : undefined
}

function ownRoute(method: string, place: Place, path: string): Route | undefined {
  const { namespace, plural, name, subresource } = place
  if (!OWN_PLURALS.has(plural) || subresource !== undefined) return undefined
  if (method === 'GET')
    return namespace === undefined && name !== undefined ? undefined : read(path, place)
  if (namespace === undefined) return undefined
  const mission = plural === 'missions' ? ({ isMission: true } as const) : {}
  const write = { path, body: 'object', ...mission } as const
  if (method === 'POST')
    return name === undefined ? { ...write, method, query: WRITE_QUERY } : undefined
  // Without a name it would be all of them.
  if (name === undefined) return undefined
  if (method === 'PUT' || method === 'PATCH') return { ...write, method, query: WRITE_QUERY }
  return method === 'DELETE' ? { ...write, method, query: DELETE_QUERY } : undefined
}

function coreRoute(method: string, place: Place, path: string): Route | undefined {
  const { namespace, plural, name, subresource } = place
  if (plural === 'nodes' && namespace === undefined && subresource === undefined) {
    if (method === 'PATCH' && name !== undefined) {
      return { method, path, query: ['dryRun'], body: 'cordon' }
    }
    return method === 'GET' ? read(path, place) : undefined
  }
  if (method !== 'GET') return undefined
  if (plural === 'pods' && subresource === 'log' && namespace !== undefined) {
    return { method, path, query: LOG_QUERY, isLog: true }
  }
  const isRead = ['pods', 'events', 'namespaces'].includes(plural) && subresource === undefined
  const isPlaced =
    plural === 'namespaces'
      ? namespace === undefined
      : name === undefined || namespace !== undefined
  return isRead && isPlaced ? read(path, place) : undefined
}

function read(path: string, { name }: Place): Route {
  return { method: 'GET', path, query: name === undefined ? LIST_QUERY : [] }
}

/** Whether a body is `{spec: {unschedulable: true or false}}`, and nothing beside it. */
export function isCordon(body: unknown): boolean {
  const spec = onlyField(body, 'spec')
  return typeof onlyField(spec, 'unschedulable') === 'boolean'
}

function onlyField(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const keys = Object.keys(value)
  return keys.length === 1 && keys[0] === name
    ? (value as Record<string, unknown>)[name]
    : undefined
}
