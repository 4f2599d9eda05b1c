/** Lists: a consistent snapshot, whole or page by page. */
import { ApiStatusError, failureStatus, statusError } from '@sortie/machinery'
import type { ResourceDefinition } from '../registry/definition.ts'
import { badRequest, tooLarge } from '../registry/failures.ts'
import type { ListQuery } from '../request/query.ts'
import {
  comparePlaces,
  type Place,
  placeOf,
  type Store,
  type StoredObject,
} from '../store/index.ts'
import type { Selection } from '../watch/selection.ts'

export interface ListPage {
  readonly items: readonly StoredObject[]
  readonly metadata: {
    readonly resourceVersion: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
}

interface ListRequest {
  readonly store: Store
  readonly definition: ResourceDefinition
  readonly query: ListQuery
  readonly selection: Selection
}

interface Token {
  /** -1: go on in the present state, whatever changed since. */
  readonly revision: number
  readonly after: Place
}

/** @throws ApiStatusError Expired where the state asked for is forgotten, Timeout where it is yet to come */
export function listPage(request: ListRequest): ListPage {
  const { store, query, selection } = request
  if (query.continueToken !== '') {
    if (query.resourceVersion !== '' && query.resourceVersion !== '0') {
      throw badRequest('specifying resource version is not allowed when using continue')
    }
    return continued(request, parseToken(query.continueToken))
  }
  const wanted = Number(query.resourceVersion || '0')
  if (wanted > store.revision) throw tooLarge(wanted, store.revision)
  const exact = query.versionMatch === 'Exact'
  const revision = exact ? wanted : store.revision
  const all = exact ? objectsAt(request, revision) : current(request)
  if (all === undefined) throw expiredVersion()
  const limit = query.resourceVersion === '0' ? 0 : query.limit
  return page(select(all, selection), { limit, revision, counts: selection.isEverything })
}

function current({ store, definition, selection }: ListRequest): readonly StoredObject[] {
  const { namespace, name } = selection
  if (name === undefined || (namespace === undefined && definition.namespaced)) {
    return store.list(definition.storage, namespace)
  }
  const found = store.get(definition.storage, { namespace: namespace ?? '', name })
  return found === undefined ? [] : [found]
}

function objectsAt(
  { store, definition, selection }: ListRequest,
  revision: number,
): readonly StoredObject[] | undefined {
  return store.listAt(definition.storage, revision, selection.namespace)
}

function select(all: readonly StoredObject[], selection: Selection): readonly StoredObject[] {
  return selection.isEverything ? all : all.filter(selection.matches)
}

function continued(request: ListRequest, token: Token): ListPage {
  const { store, query, selection } = request
  const consistent = token.revision >= 0
  const revision = consistent ? token.revision : store.revision
  if (revision > store.revision) throw tooLarge(revision, store.revision)
  const all = objectsAt(request, revision)
  if (all === undefined) throw expiredToken(token)
  const rest = select(all, selection).filter(
    (object) => comparePlaces(placeOf(object), token.after) > 0,
  )
  return page(rest, { limit: query.limit, revision, counts: selection.isEverything })
}

function page(
  objects: readonly StoredObject[],
  options: { readonly limit: number; readonly revision: number; readonly counts: boolean },
): ListPage {
  const { limit, revision, counts } = options
  const resourceVersion = String(revision)
  if (limit <= 0 || objects.length <= limit)
    return { items: objects, metadata: { resourceVersion } }
  const items = objects.slice(0, limit)
  const last = items[limit - 1] as StoredObject
  const next = formatToken({ revision, after: placeOf(last) })
  const remaining = counts ? { remainingItemCount: objects.length - limit } : {}
  return { items, metadata: { resourceVersion, continue: next, ...remaining } }
}

function formatToken({ revision, after }: Token): string {
  const start = `${after.namespace}/${after.name}\u0000`
  const text = JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })
  return Buffer.from(text).toString('base64url')
}

function parseToken(token: string): Token {
  const value = readToken(token)
  const [namespace, name] = (value?.start ?? '').replace(/\u0000$/, '').split('/')
  if (value?.v !== 'meta.k8s.io/v1' || namespace === undefined || name === undefined) {
    throw badRequest('continue key is not valid: incorrect encoded start resourceVersion')
  }
  return { revision: value.rv, after: { namespace, name } }
}

function readToken(token: string): { v: unknown; rv: number; start: string } | undefined {
  try {
    const value = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    return Number.isSafeInteger(value?.rv) && typeof value?.start === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function expiredVersion(): Error {
  return statusError('Expired', {
    message: 'The resourceVersion for the provided list is too old.',
  })
}

/** Refuses the token, with another one that goes on without consistency. */
function expiredToken({ after }: Token): Error {
  const status = failureStatus('Expired', {
    message:
      'The provided continue parameter is too old to display a consistent list result. You can start a new list ' +
      'without the continue parameter, or use the continue token in this response to retrieve the remainder of the ' +
      'results. Continuing with the provided token results in an inconsistent list - objects that were created, ' +
      'modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  })
  const metadata = { continue: formatToken({ revision: -1, after }) }
  return new ApiStatusError({ ...status, metadata })
}
