/** What the verbs take beside the object, and how it looks in a request. */
import type { RetryPolicy } from './retry.ts'

export type Query = Readonly<Record<string, string>>

export interface CallOptions {
  /** Gives up, also while waiting for a place or for the next attempt. */
  readonly signal?: AbortSignal
  /** Of one attempt; default 30 s. */
  readonly timeoutMs?: number
  /** In place of the client's own. */
  readonly retry?: RetryPolicy
}

export interface SelectorOptions {
  /** All namespaces where it is left out. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface ListOptions extends CallOptions, SelectorOptions {
  readonly limit?: number
  readonly continue?: string
  /** `0`: any state the server has in memory; a number: at least as new; left out: the newest. */
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: 'NotOlderThan' | 'Exact'
}

export interface WatchOptions extends SelectorOptions {
  readonly signal?: AbortSignal
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: 'NotOlderThan'
  readonly sendInitialEvents?: boolean
  readonly allowWatchBookmarks?: boolean
  /** After which the server ends the stream. */
  readonly timeoutSeconds?: number
}

export interface WriteOptions extends CallOptions {
  /** In place of the client's own. */
  readonly fieldManager?: string
  readonly dryRun?: boolean
  /** Default Ignore: nobody hears warnings here, and to look for unknown fields costs the server a tenth of a write. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  /** `metadata`: what is written comes back without spec and status, which spares the server and us to code them. */
  readonly answer?: 'metadata'
  /** Apply patches only: takes over fields that others own. */
  readonly force?: boolean
}

export interface DeleteOptions extends CallOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
  readonly dryRun?: boolean
}

/** A change to an object. The body of `apply` is the whole applied configuration. */
export interface Patch {
  readonly type: 'merge' | 'json' | 'strategic' | 'apply'
  readonly body: unknown
}

export const PATCH_CONTENT_TYPES: Readonly<Record<Patch['type'], string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML, and servers before 1.34 know no other name for it.
  apply: 'application/apply-patch+yaml',
}

type QueryValue = string | number | boolean | undefined

/** Leaves out what is undefined or empty. */
function toQuery(fields: Readonly<Record<string, QueryValue>>): Query {
  const query: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== '') query[name] = String(value)
  }
  return query
}

export function listQuery(options: ListOptions): Query {
  return toQuery({
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    limit: options.limit === 0 ? undefined : options.limit,
    continue: options.continue,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
  })
}

export function watchQuery(options: WatchOptions): Query {
  return toQuery({
    watch: true,
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
    sendInitialEvents: options.sendInitialEvents,
    allowWatchBookmarks: options.allowWatchBookmarks,
    timeoutSeconds: options.timeoutSeconds,
  })
}

export function writeQuery(options: WriteOptions | undefined, manager: string | undefined): Query {
  return toQuery({
    fieldManager: options?.fieldManager ?? manager,
    dryRun: options?.dryRun === true ? 'All' : undefined,
    fieldValidation: options?.fieldValidation ?? 'Ignore',
    force: options?.force,
  })
}

/** Servers that can't cut an object down send it whole. */
const METADATA_ONLY =
  'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json'

export function writeHeaders(options: WriteOptions | undefined): Readonly<Record<string, string>> {
  return options?.answer === 'metadata' ? { accept: METADATA_ONLY } : {}
}

export function deleteBody(options: DeleteOptions | undefined): unknown {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(options?.preconditions === undefined ? {} : { preconditions: options.preconditions }),
    ...(options?.gracePeriodSeconds === undefined
      ? {}
      : { gracePeriodSeconds: options.gracePeriodSeconds }),
    ...(options?.propagationPolicy === undefined
      ? {}
      : { propagationPolicy: options.propagationPolicy }),
    ...(options?.dryRun === true ? { dryRun: ['All'] } : {}),
  }
}
