/** Serves the logs of the fleet's containers as bytes, also while they are being written. */
import type { Lister } from '@sortie/client'
import type { ByteSink, Clock, Instant, OpenStream, Pod, Timer } from '@sortie/machinery'
import { formatMicroTime, parseTime } from '@sortie/machinery'
import type { FleetSpec } from '../spec/fleetspec.ts'
import { type LogLine, nextLineAt, readLog, runNumber } from './logs.ts'

/** What pods/log is asked for: the shape that the embedded API server hands to the log source it was made with. */
export interface LogStreamRequest {
  readonly namespace: string
  readonly pod: string
  readonly uid: string
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

export interface LogSourceDeps {
  readonly pods: Lister<Pod>
  readonly clock: Clock
  readonly rules: FleetSpec['rules']
  isOurs(pod: Pod): boolean
}

export interface LogServer {
  /** Undefined where the pod is not on this fleet. */
  open(request: LogStreamRequest, sink: ByteSink): OpenStream | undefined
  /** The pod's state has changed: who follows it may get more, or the end. */
  changed(key: string): void
}

interface Follower {
  update(): void
}

export function createLogServer(deps: LogSourceDeps): LogServer {
  const followers = new Map<string, Set<Follower>>()
  return {
    open(request, sink) {
      const key = `${request.namespace}/${request.pod}`
      const pod = deps.pods.get(key)
      if (pod === undefined || pod.metadata.uid !== request.uid || !deps.isOurs(pod as Pod)) return
      const stream = createStream(deps, { request, sink, key })
      if (!request.follow) return stream.sendOnce()
      const set = followers.get(key) ?? new Set()
      followers.set(key, set.add(stream))
      stream.onClose(() => {
        set.delete(stream)
        if (set.size === 0) followers.delete(key)
      })
      return stream.follow()
    },
    changed(key) {
      for (const follower of [...(followers.get(key) ?? [])]) follower.update()
    },
  }
}

interface StreamOptions {
  readonly request: LogStreamRequest
  readonly sink: ByteSink
  readonly key: string
}

interface LogStream extends Follower {
  sendOnce(): OpenStream
  follow(): OpenStream
  onClose(callback: () => void): void
}

function createStream(deps: LogSourceDeps, options: StreamOptions): LogStream {
  const { request, sink, key } = options
  const writer = createWriter(request, sink)
  const callbacks: (() => void)[] = []
  /** Lines that have been dealt with; undefined before the first look. */
  let sent: number | undefined
  /** The run of the container that is told of: a follower gets no other one. */
  let followed: number | undefined
  let isOpen = true
  let timer: Timer | undefined
  const close = (): void => {
    if (!isOpen) return
    isOpen = false
    timer?.cancel()
    for (const callback of callbacks) callback()
  }
  const end = (): void => {
    if (!isOpen) return
    close()
    sink.onEnd()
  }
  const podOf = (): Pod | undefined => {
    const pod = deps.pods.get(key)
    return pod?.metadata.uid === request.uid ? (pod as Pod) : undefined
  }
  /** Sends what is new; false where nothing will come any more. */
  const send = (pod: Pod): boolean => {
    const run = runNumber(pod, request)
    followed ??= run
    const isOver = run !== followed
    const asked = isOver ? { ...request, previous: true } : request
    const lines = readLog(pod, asked, { rules: deps.rules, now: deps.clock.now() })
    const chosen = sent === undefined ? select(lines, request, deps.clock.now()) : lines.slice(sent)
    sent = lines.length
    return writer(chosen) && !isOver
  }
  const update = (): void => {
    timer?.cancel()
    if (!isOpen) return
    const pod = podOf()
    const context = { rules: deps.rules, now: deps.clock.now() }
    const next = pod === undefined || !send(pod) ? 'ended' : nextLineAt(pod, request, context)
    if (next === 'ended') end()
    else if (next !== undefined) timer = deps.clock.setTimer(next - context.now, update)
  }
  const later = (act: () => void): OpenStream => {
    // The caller gets the stream before it gets anything from it.
    timer = deps.clock.setTimer(0, act)
    return { close }
  }
  return {
    update,
    onClose: (callback) => void callbacks.push(callback),
    follow: () => later(update),
    sendOnce: () =>
      later(() => {
        const pod = podOf()
        if (pod !== undefined) send(pod)
        end()
      }),
  }
}

/** What of the lines so far was asked for. */
function select(
  lines: readonly LogLine[],
  request: LogStreamRequest,
  now: Instant,
): readonly LogLine[] {
  const since =
    parseTime(request.sinceTime) ??
    (request.sinceSeconds === undefined ? undefined : now - request.sinceSeconds * 1000)
  const recent = since === undefined ? lines : lines.filter(({ time }) => time >= since)
  const { tailLines } = request
  if (tailLines === undefined) return recent
  return tailLines === 0 ? [] : recent.slice(-tailLines)
}

/** Writes lines as text; false once the limit of bytes is reached. */
function createWriter(
  { timestamps, limitBytes = Number.POSITIVE_INFINITY }: LogStreamRequest,
  sink: ByteSink,
): (lines: readonly LogLine[]) => boolean {
  const encoder = new TextEncoder()
  let left = limitBytes
  return (lines) => {
    if (lines.length === 0) return left > 0
    const text = lines.map(({ time, text }) =>
      timestamps ? `${formatMicroTime(time)} ${text}\n` : `${text}\n`,
    )
    const bytes = encoder.encode(text.join(''))
    const chunk = bytes.length > left ? bytes.subarray(0, left) : bytes
    left -= chunk.length
    if (chunk.length > 0) sink.onChunk(chunk)
    return left > 0
  }
}
