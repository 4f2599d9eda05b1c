/** What the router makes of a request, before it is known whether it leaves by HTTP or in-process. */
import type {
  ApiResponse,
  ByteSink,
  KubeObject,
  OpenStream,
  StatusObject,
  WatchEvent,
} from '@sortie/machinery'

/** Takes a watch's events in batches. */
export interface EventSink {
  onEvent(event: WatchEvent<KubeObject>): void
  onFlush(): void
  onEnd(): void
}

/** A stream whose source can be held up while its reader is slow; without `pause` it cannot. */
export interface PausableStream extends OpenStream {
  pause?(): void
  resume?(): void
}

export type Answer =
  | { readonly kind: 'response'; readonly response: ApiResponse }
  | { readonly kind: 'watch'; readonly open: (sink: EventSink) => OpenStream }
  | { readonly kind: 'stream'; readonly open: (sink: ByteSink) => PausableStream }

export function answerWith(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    kind: 'response',
    response: { status, headers: { 'content-type': 'application/json', ...headers }, body },
  }
}

export function answerStatus(status: StatusObject): Answer {
  const seconds = status.details?.retryAfterSeconds
  const headers = seconds === undefined ? {} : { 'retry-after': String(seconds) }
  return answerWith(status.code ?? 500, status, headers)
}
