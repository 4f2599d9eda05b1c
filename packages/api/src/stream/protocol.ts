/**
 * The stream between a browser's tab and the dashboard's server: one WebSocket at `/api/stream`, JSON text messages. A tab
 * subscribes to what it shows; it is sent all rows once, then what changes, gathered for 250 ms.
 */
import type { Millis, RowKind, RowKinds } from './rows.ts'

export const STREAM_PROTOCOL = 1
/** How long changes are gathered, in milliseconds. */
export const BATCH_MILLIS = 250
/** A beat comes this often, in milliseconds. */
export const BEAT_MILLIS = 5_000

/** Which rows of a kind; an empty scope is everything that the user may list. */
export interface Scope {
  readonly namespace?: string
  /** Rows that belong to this mission; with namespace. Of events those about anything that was made for it too. */
  readonly mission?: string
  /**
   * `name/<name>`: the row of this very name. Else rows that belong to the object of this name: pods of a task, pods on a node
   * (`node/<name>`), events about an object and about what was made for it (`<kind>/<name>`, or `<kind>/<name>/<uid>` for those about no
   * other of that name). `warnings`: of events those of type Warning, whatever they are about.
   */
  readonly of?: string
}

/** `strict`: watched with the user's own token. `hub`: one watch for all, rows by what each may list. `embedded`: loopback, one person. */
export type StreamMode = 'strict' | 'hub' | 'embedded'

export type ClientMessage =
  | {
      readonly type: 'subscribe'
      readonly id: number
      readonly kind: RowKind
      readonly scope: Scope
    }
  | { readonly type: 'unsubscribe'; readonly id: number }
  | { readonly type: 'logs'; readonly id: number; readonly source: LogSource }

/** Whose log, and how much of it. */
export interface LogSource {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly follow: boolean
  /** Of the container's run before its restart. */
  readonly previous?: boolean
  /** Last lines to begin with; 500 where it is missing, at most 100,000. */
  readonly tailLines?: number
}

/** Why a subscription shows less than everything. */
export type SubscriptionState =
  | { readonly state: 'live' }
  /** The server has lost its watch; rows are as of `since`. */
  | { readonly state: 'stale'; readonly since: Millis; readonly message: string }
  /** The user may not list these; what is missing is named as `verb resource`. */
  | { readonly state: 'forbidden'; readonly message: string }
  /** There is no such API on this cluster (metrics.k8s.io without a metrics server). */
  | { readonly state: 'missing'; readonly message: string }
  | { readonly state: 'error'; readonly status?: number; readonly message: string }

export type ServerMessage =
  | Hello
  /** All rows of a subscription, in parts: the held ones are dropped at the first part, and the view is whole at the last. */
  | {
      readonly type: 'snapshot'
      readonly id: number
      readonly rows: readonly RowKinds[RowKind][]
      readonly first: boolean
      readonly last: boolean
    }
  | {
      readonly type: 'batch'
      readonly id: number
      readonly upserts: readonly RowKinds[RowKind][]
      readonly deletes: readonly string[]
    }
  | ({ readonly type: 'state'; readonly id: number } & SubscriptionState)
  | { readonly type: 'lines'; readonly id: number; readonly lines: readonly string[] }
  /** The log has ended, or could not be read. */
  | {
      readonly type: 'end'
      readonly id: number
      readonly status?: number
      readonly message?: string
    }
  | { readonly type: 'beat'; readonly time: Millis }
  | { readonly type: 'bye'; readonly code: number; readonly reason: string }

export interface Hello {
  readonly type: 'hello'
  readonly protocol: number
  /** Another epoch: the server has begun anew. */
  readonly epoch: string
  /** The server's clock. */
  readonly time: Millis
  readonly mode: StreamMode
}

/** Why the server closes a stream: codes of the WebSocket's own close frame. */
export const STREAM_CLOSE = {
  /** The session has ended: sign in again. */
  signedOut: 4001,
  /** More than 4 MB were waiting: subscribe again. */
  slow: 4008,
  /** A message that the protocol does not have. */
  protocol: 4002,
} as const

/** `GET /api/session`. */
export interface SessionInfo {
  readonly user: { readonly name: string; readonly groups: readonly string[] }
  readonly mode: StreamMode
  /** Where the API server is, for people. */
  readonly server: string
  /** The API server's version: `v1.36.3`. */
  readonly version?: string
  /** Namespaces known to the user; missing where they may not be listed. */
  readonly namespaces?: readonly string[]
  /** A namespace to begin with. */
  readonly namespace: string
  /** True where the fleet is simulated: the page says so. */
  readonly simulated: boolean
}

/** One question of `POST /api/access`, asked of the API server with the user's own token. */
export interface AccessQuestion {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

/** Its answer, at the same place of the list. */
export interface AccessAnswer {
  readonly allowed: boolean
  readonly reason?: string
}

/** Header that every unsafe request must carry, with any value: a form of another site cannot. */
export const CSRF_HEADER = 'x-sortie-csrf'

/** Reason of a 401 where nobody signs in by a token, but by the link that the server printed when it started. */
export const SIGN_IN_BY_LINK = 'SignInByLink'
