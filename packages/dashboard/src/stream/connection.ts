/**
 * The one stream of a tab to the dashboard's server: opens it, opens it again when it is lost, and asks again for everything that
 * was subscribed. What it is told goes to the subscribers as it comes; it keeps no rows.
 */
import {
  BEAT_MILLIS,
  type ClientMessage,
  type Hello,
  type LogSource,
  type RowKind,
  type RowKinds,
  type Scope,
  type ServerMessage,
  STREAM_CLOSE,
  STREAM_PROTOCOL,
  type SubscriptionState,
} from '@sortie/api'
import type { Clock, Instant, Random, Timer } from '@sortie/machinery'

/** As much of a WebSocket as is needed here. */
export interface Socket {
  send(text: string): void
  close(): void
  onopen: (() => void) | null
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null
}

export interface RowSink {
  snapshot(rows: readonly RowKinds[RowKind][], part: { first: boolean; last: boolean }): void
  batch(upserts: readonly RowKinds[RowKind][], deletes: readonly string[]): void
  state(state: SubscriptionState): void
}

export interface LogSink {
  lines(lines: readonly string[]): void
  end(problem?: { readonly status?: number; readonly message: string }): void
}

/** `open` while messages come; `lost` until `retryAt`; `signedOut` until the person signs in. */
export type ConnectionState =
  | { readonly state: 'connecting' }
  | { readonly state: 'open'; readonly hello: Hello }
  | { readonly state: 'lost'; readonly since: Instant; readonly retryAt: Instant }
  | { readonly state: 'signedOut' }

export interface ConnectionOptions {
  readonly open: () => Socket
  readonly clock: Clock
  readonly random: Random
  readonly onState: (state: ConnectionState) => void
  /** Every message counts as a sign of life. */
  readonly onSign: (at: Instant) => void
}

/** Waits before the first, second, … attempt to connect again, in milliseconds; then the last. */
const WAITS = [500, 1_000, 2_000, 4_000, 8_000, 15_000]

/** What has come over the stream of this tab, since the page was opened. */
export interface Traffic {
  readonly messages: number
  /** As text, before the line packs it. */
  readonly bytes: number
  /** Connections that were greeted. */
  readonly connections: number
  /** Rows and logs that are subscribed to now. */
  readonly subscriptions: number
}

/** Six beats that did not come: the connection is dead, though nobody has said so. Also how long one may take to be opened. */
export const SILENCE_MILLIS = 6 * BEAT_MILLIS

interface Subscription {
  readonly kind: RowKind
  readonly scope: Scope
  readonly sink: RowSink
}

export class StreamConnection {
  private readonly options: ConnectionOptions
  private readonly subscriptions = new Map<number, Subscription>()
  private readonly logs = new Map<number, LogSink>()
  private nextId = 1
  private socket: Socket | undefined
  private hello: Hello | undefined
  private failures = 0
  private retry: Timer | undefined
  private silence: Timer | undefined
  /** When the last message came, by a clock that does not jump. */
  private heard = 0
  private messages = 0
  private bytes = 0
  private greetings = 0

  constructor(options: ConnectionOptions) {
    this.options = options
  }

  /** Opens the stream; again after a sign-in, or at once where it waits for its next attempt. */
  start(): void {
    this.retry?.cancel()
    if (this.socket !== undefined) return
    this.options.onState({ state: 'connecting' })
    const socket = this.options.open()
    this.socket = socket
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(event.data)
    }
    socket.onclose = (event) => this.closed(socket, event.code)
    this.heard = this.options.clock.monotonic()
    this.listen(socket)
  }

  private listen(socket: Socket): void {
    const { clock } = this.options
    this.silence?.cancel()
    const left = SILENCE_MILLIS - (clock.monotonic() - this.heard)
    if (left > 0) {
      this.silence = clock.setTimer(left, () => this.listen(socket))
      return
    }
    // Its own end would come only when the network gives up, in a quarter of an hour or so.
    this.closed(socket, 1006)
    socket.close()
  }

  stop(): void {
    this.retry?.cancel()
    this.silence?.cancel()
    const socket = this.socket
    this.socket = undefined
    this.hello = undefined
    socket?.close()
  }

  /** Rows come until the returned function is called. */
  subscribe(kind: RowKind, scope: Scope, sink: RowSink): () => void {
    const id = this.nextId++
    this.subscriptions.set(id, { kind, scope, sink })
    if (this.hello !== undefined) this.send({ type: 'subscribe', id, kind, scope })
    return () => this.unsubscribe(id)
  }

  /** A log is not asked for again when the stream was lost: its sink is told, and decides. */
  openLog(source: LogSource, sink: LogSink): () => void {
    const id = this.nextId++
    if (this.hello === undefined) {
      sink.end({ message: 'not connected' })
      return () => {}
    }
    this.logs.set(id, sink)
    this.send({ type: 'logs', id, source })
    return () => this.unsubscribe(id)
  }

  get traffic(): Traffic {
    const { messages, bytes, greetings: connections } = this
    return { messages, bytes, connections, subscriptions: this.subscriptions.size + this.logs.size }
  }

  private unsubscribe(id: number): void {
    const known = this.subscriptions.delete(id) || this.logs.delete(id)
    if (known && this.hello !== undefined) this.send({ type: 'unsubscribe', id })
  }

  private send(message: ClientMessage): void {
    this.socket?.send(JSON.stringify(message))
  }

  private receive(data: unknown): void {
    if (typeof data !== 'string') return
    this.options.onSign(this.options.clock.now())
    this.heard = this.options.clock.monotonic()
    this.messages += 1
    this.bytes += data.length
    const message = JSON.parse(data) as ServerMessage
    if (message.type === 'hello') this.greet(message)
    else if (message.type === 'end') this.endLog(message)
    else if (message.type === 'lines') this.logs.get(message.id)?.lines(message.lines)
    else if ('id' in message) this.tell(message)
  }

  private tell(message: Extract<ServerMessage, { type: 'snapshot' | 'batch' | 'state' }>): void {
    const sink = this.subscriptions.get(message.id)?.sink
    if (message.type === 'snapshot') sink?.snapshot(message.rows, message)
    else if (message.type === 'batch') sink?.batch(message.upserts, message.deletes)
    else sink?.state(message)
  }

  private greet(hello: Hello): void {
    if (hello.protocol !== STREAM_PROTOCOL) {
      this.reload()
      return
    }
    this.failures = 0
    this.greetings += 1
    this.hello = hello
    this.options.onState({ state: 'open', hello })
    for (const [id, { kind, scope }] of this.subscriptions) {
      this.send({ type: 'subscribe', id, kind, scope })
    }
  }

  /** The server has been replaced by one of another protocol: only its own page can speak with it. */
  private reload(): void {
    this.stop()
    globalThis.location?.reload()
  }

  private endLog(message: { id: number; status?: number; message?: string }): void {
    const sink = this.logs.get(message.id)
    this.logs.delete(message.id)
    const { message: text, status } = message
    if (text === undefined) sink?.end()
    else sink?.end({ message: text, ...(status === undefined ? {} : { status }) })
  }

  private closed(socket: Socket, code: number): void {
    if (this.socket !== socket) return
    this.silence?.cancel()
    this.socket = undefined
    this.hello = undefined
    for (const sink of this.logs.values()) sink.end({ message: 'connection lost' })
    this.logs.clear()
    if (code === STREAM_CLOSE.signedOut) this.options.onState({ state: 'signedOut' })
    else this.retryLater()
  }

  private retryLater(): void {
    const { clock, random, onState } = this.options
    const wait = WAITS[Math.min(this.failures, WAITS.length - 1)] ?? 0
    const delay = wait * (0.75 + random.next() / 2)
    this.failures += 1
    const since = clock.now()
    onState({ state: 'lost', since, retryAt: since + delay })
    this.retry = clock.setTimer(delay, () => this.start())
  }
}
