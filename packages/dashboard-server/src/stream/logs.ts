/** A container's log on the stream: split into lines here, a tenth of a second's lines in one message. */
import type { LogSource, ServerMessage } from '@sortie/api'
import {
  ApiStatusError,
  type Clock,
  type OpenStream,
  type Timer,
  type Transport,
} from '@sortie/machinery'
import { openLog } from '../proxy/log.ts'
import type { StreamSocket } from './socket.ts'

const GATHER_MILLIS = 100
const DEFAULT_TAIL_LINES = 500
/** Lines of one message. */
const MAX_LINES = 2_000
/** A longer line is cut: it is no line for people. */
const MAX_LINE_CHARACTERS = 16_384
/** Bytes that may wait for a slow reader before lines are left out. */
const MAX_WAITING_BYTES = 1024 * 1024

export interface LogFollower {
  close(): void
}

export interface LogFollowing {
  readonly id: number
  readonly source: LogSource
  readonly socket: StreamSocket
  /** By the reader's own credentials. */
  readonly transport: Transport
  readonly clock: Clock
  /** It has ended by itself. */
  onEnd(): void
}

export function followLog(following: LogFollowing): LogFollower {
  const { id, socket, transport, onEnd } = following
  const stopper = new AbortController()
  const lines = gatherLines(following)
  let open: OpenStream | undefined
  let over = false
  const finish = (message: Omit<Extract<ServerMessage, { type: 'end' }>, 'type' | 'id'>): void => {
    if (over) return
    over = true
    lines.finish()
    socket.send({ type: 'end', id, ...message })
    onEnd()
  }
  const sink = {
    onChunk: (chunk: Uint8Array): void => {
      if (!over) lines.push(chunk)
    },
    onEnd: (error?: Error): void => finish(error === undefined ? {} : { message: error.message }),
  }
  openLog(transport, { ...logRequest(following.source), signal: stopper.signal }, sink).then(
    (stream) => {
      open = stream
      if (over) stream.close()
    },
    (error: unknown) => finish(failureOf(error)),
  )
  return {
    close() {
      if (over) return
      over = true
      lines.stop()
      if (open === undefined) stopper.abort()
      else open.close()
    },
  }
}

function logRequest({ namespace, pod, container, follow, previous, tailLines }: LogSource): {
  readonly method: 'GET'
  readonly path: string
  readonly query: Readonly<Record<string, string>>
} {
  return {
    method: 'GET',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`,
    query: {
      container,
      tailLines: String(tailLines ?? DEFAULT_TAIL_LINES),
      ...(follow ? { follow: 'true' } : {}),
      ...(previous === true ? { previous: 'true' } : {}),
    },
  }
}

function failureOf(error: unknown): { readonly status?: number; readonly message: string } {
  if (error instanceof ApiStatusError) return { status: error.code, message: error.message }
  return { message: error instanceof Error ? error.message : String(error) }
}

interface Lines {
  push(chunk: Uint8Array): void
  /** Sends what is left, the last line without its end too. */
  finish(): void
  stop(): void
}

function gatherLines({ id, socket, clock }: LogFollowing): Lines {
  const decoder = new TextDecoder()
  let rest = ''
  let waiting: string[] = []
  let left = 0
  let timer: Timer | undefined

  const send = (): void => {
    timer?.cancel()
    timer = undefined
    if (left > 0) {
      waiting.push(`… ${left} lines left out: the connection is too slow for this log`)
      left = 0
    }
    for (let at = 0; at < waiting.length; at += MAX_LINES) {
      socket.send({ type: 'lines', id, lines: waiting.slice(at, at + MAX_LINES) })
    }
    waiting = []
  }
  const add = (line: string): void => {
    // The log cannot be told to wait: what a slow reader cannot take is counted, not kept.
    if (socket.waiting > MAX_WAITING_BYTES || waiting.length >= MAX_LINES * 10) left++
    else waiting.push(line.slice(0, MAX_LINE_CHARACTERS))
  }
  const take = (text: string): void => {
    const pieces = (rest + text).split('\n')
    rest = pieces.pop() ?? ''
    for (const line of pieces) add(line.endsWith('\r') ? line.slice(0, -1) : line)
    if (rest.length > MAX_LINE_CHARACTERS) rest = rest.slice(0, MAX_LINE_CHARACTERS)
    if (waiting.length > 0 || left > 0) timer ??= clock.setTimer(GATHER_MILLIS, send)
  }
  return {
    push: (chunk) => take(decoder.decode(chunk, { stream: true })),
    finish() {
      take(decoder.decode())
      if (rest !== '') add(rest)
      rest = ''
      send()
    },
    stop: () => timer?.cancel(),
  }
}
