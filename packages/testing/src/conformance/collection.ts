/** The requests that a case makes on one collection of the API, raw enough to see every byte that counts. */
import type { ApiRequest, HttpMethod, Transport } from '@sortie/machinery'
import { type Answer, answerOf } from './answer.ts'
import { openWatch, type WatchLog } from './watching.ts'

export type Query = Readonly<Record<string, string>>
export type Headers = Readonly<Record<string, string>>

export interface Sending {
  readonly query?: Query
  readonly headers?: Headers
  /** A JSON value, or bytes to send as they are. */
  readonly body?: unknown
}

export type Send = (method: HttpMethod, path: string, sending?: Sending) => Promise<Answer>

export function sender(transport: Transport): Send {
  return async (method, path, sending = {}) => {
    const request: ApiRequest = { method, path, timeoutMs: 60_000, ...sending }
    return answerOf(await transport.request(request))
  }
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const
export type PatchType = keyof typeof PATCH_TYPES

/** The headers of a patch of that type. */
export const patchHeaders = (type: PatchType): Headers => ({ 'content-type': PATCH_TYPES[type] })

export interface Item {
  readonly path: string
  get(query?: Query, headers?: Headers): Promise<Answer>
  replace(body: unknown, query?: Query): Promise<Answer>
  patch(type: PatchType, body: unknown, query?: Query): Promise<Answer>
  merge(body: unknown, query?: Query): Promise<Answer>
  /** Server-side apply; the manager is `tester` unless the query names one. */
  apply(body: unknown, query?: Query): Promise<Answer>
  post(body: unknown, query?: Query): Promise<Answer>
  delete(body?: unknown, query?: Query): Promise<Answer>
  /** A subresource, or anything else below. */
  sub(name: string): Item
}

export interface Collection {
  readonly path: string
  create(body: unknown, query?: Query): Promise<Answer>
  list(query?: Query, headers?: Headers): Promise<Answer>
  deleteAll(query?: Query, body?: unknown): Promise<Answer>
  item(name: string): Item
  watch(query?: Query, headers?: Headers): Promise<WatchLog>
}

const withQuery = (query: Query | undefined): Sending => (query === undefined ? {} : { query })

export function itemAt(send: Send, path: string): Item {
  const patch = (type: PatchType, body: unknown, query?: Query): Promise<Answer> =>
    send('PATCH', path, { body, headers: patchHeaders(type), ...withQuery(query) })
  return {
    path,
    get: (query, headers) =>
      send('GET', path, { ...withQuery(query), ...(headers === undefined ? {} : { headers }) }),
    replace: (body, query) => send('PUT', path, { body, ...withQuery(query) }),
    patch,
    merge: (body, query) => patch('merge', body, query),
    apply: (body, query) => patch('apply', body, { fieldManager: 'tester', ...query }),
    post: (body, query) => send('POST', path, { body, ...withQuery(query) }),
    delete: (body, query) =>
      send('DELETE', path, { ...(body === undefined ? {} : { body }), ...withQuery(query) }),
    sub: (name) => itemAt(send, `${path}/${name}`),
  }
}

export function collectionAt(transport: Transport, path: string): Collection {
  const send = sender(transport)
  return {
    path,
    create: (body, query) => send('POST', path, { body, ...withQuery(query) }),
    list: (query, headers) =>
      send('GET', path, { ...withQuery(query), ...(headers === undefined ? {} : { headers }) }),
    deleteAll: (query, body) =>
      send('DELETE', path, { ...(body === undefined ? {} : { body }), ...withQuery(query) }),
    item: (name) => itemAt(send, `${path}/${name}`),
    watch: (query, headers) =>
      openWatch(transport, {
        method: 'GET',
        path,
        query: { watch: 'true', ...query },
        ...(headers === undefined ? {} : { headers }),
      }),
  }
}
