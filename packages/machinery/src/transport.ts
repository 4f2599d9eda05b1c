/**
 * How a client reaches an API server. Two implementations: HTTP (client) and in-process (apiserver), so that one program
 * serves a real cluster, the embedded one and a rehearsal on a virtual clock.
 */
import type { WatchEvent } from './meta.ts'

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'

export interface ApiRequest {
  readonly method: HttpMethod
  /** Path without query: `/api/v1/namespaces/default/pods`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  /** A JSON value, or bytes where the content type is not JSON. In-process it is handed over, not copied: never mutate it after. */
  readonly body?: unknown
  readonly signal?: AbortSignal
  /** Gives up with a TransportError after that long; default 30 s, once there are credentials. No effect on watch and stream. */
  readonly timeoutMs?: number
}

export interface ApiResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Parsed JSON, or text where the answer is no JSON. In-process it is shared with the store: never mutate it. */
  readonly body: unknown
}

/** A response that stays open. */
export interface OpenStream {
  /** Ends it; `onEnd` is not called any more. */
  close(): void
}

export interface WatchSink {
  /** True where nobody looks at managedFields: what parses the stream may then leave them out. */
  readonly skipsManagedFields?: boolean
  /** Called in order; must not throw. */
  onEvent(event: WatchEvent): void
  /** Called once, when the server ended the stream (no error) or it broke. */
  onEnd(error?: Error): void
  /** Called for every piece of data that arrives, so that a silent connection can be told from a quiet one. */
  onActivity?(): void
}

export interface ByteSink {
  onChunk(chunk: Uint8Array): void
  onEnd(error?: Error): void
}

export interface Transport {
  /**
   * True where what it delivers is parsed from text each time, so that whoever gets it is the only one to hold it. In-process it is the
   * store's own.
   */
  readonly parses?: boolean
  /** Resolves with any HTTP status. @throws TransportError where no answer came. */
  request(request: ApiRequest): Promise<ApiResponse>
  /**
   * Opens a watch (`watch=true` is the caller's to put into the query).
   * @throws ApiStatusError where the server refused it, TransportError where no answer came.
   */
  watch(request: ApiRequest, sink: WatchSink): Promise<OpenStream>
  /** Opens a stream of bytes, as pods/log with follow. @throws as `watch`. */
  stream(request: ApiRequest, sink: ByteSink): Promise<OpenStream>
  /** Ends everything that is open; later calls reject. */
  close(): Promise<void>
}
