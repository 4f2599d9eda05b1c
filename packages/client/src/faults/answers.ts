/** What the model of a server sends. */
import {
  type ApiResponse,
  failureStatus,
  type KubeObject,
  type StatusReason,
  type Stored,
  type WatchEvent,
} from '@sortie/machinery'

export type ModelObject = Stored<KubeObject>

/** How often each fault happens, in [0, 1] of the chances it gets. */
export interface FaultRates {
  /** A request meets 429, 500, a broken socket or silence. */
  readonly refuse: number
  /** An open watch breaks, ends, falls silent or gets an ERROR event, at each event. */
  readonly disturb: number
  /** A list is answered from an older state. */
  readonly stale: number
  /** Old history is dropped, at each write. */
  readonly compact: number
  /** A reconnected watch repeats events. */
  readonly repeat: number
  /** Events wait before they are sent. */
  readonly delay: number
}

export const NO_FAULTS: FaultRates = {
  refuse: 0,
  disturb: 0,
  stale: 0,
  compact: 0,
  repeat: 0,
  delay: 0,
}

export function bookmarkOf(
  version: number,
  annotations?: Readonly<Record<string, string>>,
): WatchEvent {
  const metadata = {
    resourceVersion: String(version),
    ...(annotations === undefined ? {} : { annotations }),
  }
  return { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Pod', metadata } }
}

export function errorEvent(reason: StatusReason): WatchEvent {
  return { type: 'ERROR', object: failureStatus(reason, { message: 'in the stream' }) }
}

export function refusal(reason: StatusReason): ApiResponse {
  const body = failureStatus(reason, { message: 'refused', retryAfterSeconds: 1 })
  return { status: body.code ?? 500, headers: {}, body }
}
