/** Where the logs of pods come from. */
import type { ByteSink, OpenStream } from '@sortie/machinery'

/** What pods/log is asked for. */
export interface LogRequest {
  readonly namespace: string
  readonly pod: string
  readonly uid: string
  /** The node that the pod is on. */
  readonly node: string
  readonly container: string
  readonly follow: boolean
  readonly previous: boolean
  readonly timestamps: boolean
  readonly tailLines?: number
  readonly limitBytes?: number
  readonly sinceSeconds?: number
  /** RFC 3339. */
  readonly sinceTime?: string
}

/**
 * Serves the logs of pods within this process: what opens the log, or undefined where it does not play the kubelet of
 * that node. The sink gets the text, then `onEnd`.
 */
export type LogSource = (request: LogRequest) => ((sink: ByteSink) => OpenStream) | undefined
