/** Verbs on the objects of one type. */
import {
  type ApiRequest,
  type ApiResponse,
  apiVersionOf,
  type HttpMethod,
  isGone,
  type KubeList,
  type KubeObject,
  type OpenStream,
  type ResourceType,
  type StatusObject,
  type Stored,
  type Transport,
  TransportError,
  type WatchSink,
} from '@sortie/machinery'
import {
  type CallOptions,
  type DeleteOptions,
  deleteBody,
  type ListOptions,
  listQuery,
  PATCH_CONTENT_TYPES,
  type Patch,
  type Query,
  type WatchOptions,
  type WriteOptions,
  watchQuery,
  writeHeaders,
  writeQuery,
} from './options.ts'
import { collectionPath, namespacedPath, type ObjectKey, objectPath } from './paths.ts'
import type { RetryPolicy } from './retry.ts'

/** Every method throws ApiStatusError where the server refuses, TransportError where no answer comes. */
export interface ResourceClient<T extends KubeObject> {
  readonly type: ResourceType
  get(
    ref: ObjectKey,
    options?: CallOptions & { readonly resourceVersion?: string },
  ): Promise<Stored<T>>
  /** One page. */
  list(options?: ListOptions): Promise<KubeList<Stored<T>>>
  /** All pages, 500 objects each unless `limit` says otherwise; in one piece where the pages expire on the way. */
  listAll(options?: ListOptions): Promise<KubeList<Stored<T>>>
  create(object: T, options?: WriteOptions): Promise<Stored<T>>
  update(object: T, options?: WriteOptions & { readonly subresource?: string }): Promise<Stored<T>>
  /** For an apply patch pass `fieldManager` here or to the client. */
  patch(
    ref: ObjectKey,
    patch: Patch,
    options?: WriteOptions & { readonly subresource?: string },
  ): Promise<Stored<T>>
  /** Resolves with the object where it goes on existing for a while, else with a Status. */
  delete(ref: ObjectKey, options?: DeleteOptions): Promise<Stored<T> | StatusObject>
  deleteCollection(options: ListOptions & DeleteOptions): Promise<void>
  /** POST to a subresource, such as a pod's `binding` or `eviction`. */
  createSubresource(ref: ObjectKey, subresource: string, body: unknown): Promise<unknown>
  /** Opens a watch; what comes of it is in the sink. Not retried, not counted in the cap. */
  watch(options: WatchOptions, sink: WatchSink): Promise<OpenStream>
}

export interface ResourceClientParts {
  raw(request: ApiRequest, retry?: RetryPolicy): Promise<ApiResponse>
  readonly transport: Transport
  readonly type: ResourceType
  readonly fieldManager: string | undefined
}

export function createResourceClient<T extends KubeObject>(
  parts: ResourceClientParts,
): ResourceClient<T> {
  const { type, transport } = parts
  const call = (target: Target, options: CallOptions | undefined): Promise<ApiResponse> =>
    parts.raw(toRequest(target, options), options?.retry)
  const send = async <R>(target: Target, options: CallOptions | undefined): Promise<R> => {
    const response = await call(target, options)
    if (typeof response.body !== 'object') {
      const action = `${target.method} ${target.path}`
      throw new TransportError(`${action}: the answer is no object: is this an API server?`)
    }
    // The one place where the type that the caller named meets what the server sent.
    return response.body as R
  }
  const write = (options: WriteOptions | undefined): Query =>
    writeQuery(options, parts.fieldManager)
  const list = async (options: ListOptions = {}): Promise<KubeList<Stored<T>>> => {
    const path = collectionPath(type, options.namespace)
    const page = await send<KubeList<Stored<T>>>(
      { method: 'GET', path, query: listQuery(options) },
      options,
    )
    return withTypeMeta(page, type)
  }
  return {
    type,
    list,
    listAll: (options = {}) => collectPages(list, options),
    ...singleObjectVerbs<T>(type, send, write),
    async deleteCollection(options) {
      const path = namespacedPath(type, options.namespace)
      const query = listQuery(options)
      await call({ method: 'DELETE', path, query, body: deleteBody(options) }, options)
    },
    watch(options, sink) {
      const path = collectionPath(type, options.namespace)
      const signal = options.signal === undefined ? {} : { signal: options.signal }
      return transport.watch({ method: 'GET', path, query: watchQuery(options), ...signal }, sink)
    },
  }
}

interface Target {
  readonly method: HttpMethod
  readonly path: string
  readonly query?: Query
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

type Send = <R>(target: Target, options: CallOptions | undefined) => Promise<R>
type ObjectVerb = 'get' | 'create' | 'update' | 'patch' | 'delete' | 'createSubresource'

function singleObjectVerbs<T extends KubeObject>(
  type: ResourceType,
  send: Send,
  write: (options: WriteOptions | undefined) => Query,
): Pick<ResourceClient<T>, ObjectVerb> {
  return {
    async get(ref, options) {
      const rv = options?.resourceVersion
      const query: Query = rv === undefined ? {} : { resourceVersion: rv }
      return send({ method: 'GET', path: objectPath(type, ref), query }, options)
    },
    async create(object, options) {
      const path = namespacedPath(type, object.metadata.namespace)
      const headers = writeHeaders(options)
      return send({ method: 'POST', path, query: write(options), headers, body: object }, options)
    },
    async update(object, options) {
      const path = objectPath(type, keyFields(object), options?.subresource)
      const headers = writeHeaders(options)
      return send({ method: 'PUT', path, query: write(options), headers, body: object }, options)
    },
    async patch(ref, patch, options) {
      const path = objectPath(type, ref, options?.subresource)
      const headers = { 'content-type': PATCH_CONTENT_TYPES[patch.type], ...writeHeaders(options) }
      const target = { path, query: write(options), body: patch.body, headers }
      return send({ method: 'PATCH', ...target }, options)
    },
    async delete(ref, options) {
      const body = deleteBody(options)
      return send({ method: 'DELETE', path: objectPath(type, ref), body }, options)
    },
    async createSubresource(ref, subresource, body) {
      const path = objectPath(type, ref, subresource)
      return send({ method: 'POST', path, query: write(undefined), body }, undefined)
    },
  }
}

function toRequest(target: Target, options: CallOptions | undefined): ApiRequest {
  return {
    ...target,
    ...(options?.signal === undefined ? {} : { signal: options.signal }),
    ...(options?.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  }
}

function keyFields(object: KubeObject): ObjectKey {
  const { namespace, name } = object.metadata
  return { ...(namespace === undefined ? {} : { namespace }), name: name ?? '' }
}

/** Servers leave apiVersion and kind out of the items of built-in kinds; readers count on them. */
function withTypeMeta<T extends KubeObject>(
  list: KubeList<Stored<T>>,
  type: ResourceType,
): KubeList<Stored<T>> {
  const items = list.items ?? []
  if (items.every((item) => item.kind !== undefined && item.apiVersion !== undefined)) {
    return list.items === undefined || list.items === null ? { ...list, items } : list
  }
  const meta = { apiVersion: apiVersionOf(type), kind: type.kind }
  return { ...list, items: items.map((item) => ({ ...meta, ...item })) }
}

const PAGE_SIZE = 500

async function collectPages<T>(
  list: (options: ListOptions) => Promise<KubeList<T>>,
  options: ListOptions,
): Promise<KubeList<T>> {
  const first = await list({ limit: PAGE_SIZE, ...options })
  if (!first.metadata.continue) return first
  const items = [...first.items]
  let page = first
  // The later pages are of the first one's version; naming one again would be refused.
  const { resourceVersion: _version, resourceVersionMatch: _match, ...rest } = options
  while (page.metadata.continue) {
    try {
      page = await list({ limit: PAGE_SIZE, ...rest, continue: page.metadata.continue })
    } catch (error) {
      if (!isGone(error)) throw error
      return await list({ ...options, limit: 0 })
    }
    items.push(...page.items)
  }
  return { ...page, items }
}
