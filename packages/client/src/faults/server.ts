/**
 * A model of an API server's list and watch for one resource, and of everything that goes wrong between it and a client. It is
 * the fault side of the schedules in `informer/schedules.test.ts`; time and chance are the caller's.
 */
import {
  type ApiRequest,
  type ApiResponse,
  type Clock,
  type OpenStream,
  type Random,
  type StatusReason,
  statusError,
  type Timer,
  type Transport,
  TransportError,
  type WatchEvent,
  type WatchSink,
} from '@sortie/machinery'
import {
  bookmarkOf,
  errorEvent,
  type FaultRates,
  type ModelObject,
  NO_FAULTS,
  refusal,
} from './answers.ts'

interface HistoryEvent {
  readonly version: number
  readonly event: WatchEvent
}

interface State {
  readonly version: number
  readonly items: readonly ModelObject[]
}

interface OpenWatch {
  readonly sink: WatchSink
  /** Version of the newest event that was put on its way. */
  sent: number
  silent: boolean
  readonly queue: WatchEvent[]
  readonly timers: Set<Timer>
}

export interface ModelServer {
  readonly transport: Transport
  readonly objects: ReadonlyMap<string, ModelObject>
  rates: FaultRates
  /** Refuses `sendInitialEvents` with 422, as servers before 1.27 do. */
  watchList: boolean
  /** Creates or updates. */
  put(name: string, uid?: string): void
  remove(name: string): void
  bookmark(): void
  /** Connections open now, the most that ever were at once, and all there ever were. */
  connections(): { readonly open: number; readonly most: number; readonly total: number }
}

const PAGE = 4
const MAX_LATENCY_MS = 300
const BOOKMARK_MS = 60_000

export function createModelServer(clock: Clock, random: Random): ModelServer {
  return new Model(clock, random)
}

class Model implements ModelServer {
  readonly objects = new Map<string, ModelObject>()
  rates: FaultRates = NO_FAULTS
  watchList = true
  readonly transport: Transport
  readonly #clock: Clock
  readonly #random: Random
  readonly #history: HistoryEvent[] = []
  readonly #watches = new Set<OpenWatch>()
  #states: State[] = []
  #version = 100
  #compacted = 100
  #uids = 0
  #open = 0
  #most = 0
  #total = 0

  constructor(clock: Clock, random: Random) {
    this.#clock = clock
    this.#random = random
    this.#states.push({ version: this.#version, items: [] })
    this.transport = {
      request: (request) => this.#request(request),
      watch: (request, sink) => this.#watch(request, sink),
      stream: () => Promise.reject(new TransportError('no streams here')),
      close: () => Promise.resolve(),
    }
  }

  connections(): { readonly open: number; readonly most: number; readonly total: number } {
    return { open: this.#open, most: this.#most, total: this.#total }
  }

  put(name: string, uid?: string): void {
    const old = this.objects.get(`ns/${name}`)
    const same = old !== undefined && uid === undefined
    if (old !== undefined && !same) this.remove(name)
    this.#version += 1 + Math.floor(this.#random.next() * 3)
    const object: ModelObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: 'ns',
        uid: same ? old.metadata.uid : (uid ?? `uid-${++this.#uids}`),
        resourceVersion: String(this.#version),
        creationTimestamp: '2026-01-01T00:00:00Z',
        labels: { colour: this.#version % 2 === 0 ? 'red' : 'blue' },
      },
    }
    this.objects.set(`ns/${name}`, object)
    this.#record({ type: same ? 'MODIFIED' : 'ADDED', object })
  }

  remove(name: string): void {
    const old = this.objects.get(`ns/${name}`)
    if (old === undefined) return
    this.#version += 1
    this.objects.delete(`ns/${name}`)
    const metadata = { ...old.metadata, resourceVersion: String(this.#version) }
    this.#record({ type: 'DELETED', object: { ...old, metadata } })
  }

  bookmark(): void {
    for (const watch of this.#watches) this.#send(watch, bookmarkOf(this.#version))
  }

  #record(event: WatchEvent): void {
    this.#history.push({ version: this.#version, event })
    this.#states.push({ version: this.#version, items: [...this.objects.values()] })
    if (this.#chance(this.rates.compact)) this.#compact()
    for (const watch of this.#watches) {
      watch.sent = this.#version
      this.#send(watch, event)
    }
  }

  #compact(): void {
    const behind = Math.floor(this.#random.next() * 4)
    this.#compacted = Math.max(this.#compacted, this.#version - behind)
    while ((this.#history[0]?.version ?? Number.POSITIVE_INFINITY) <= this.#compacted) {
      this.#history.shift()
    }
    this.#states = this.#states.slice(-5)
  }

  #chance(rate: number): boolean {
    return rate > 0 && this.#random.next() < rate
  }

  /** Waits for the network, and ends as the weather wants. Silence lasts until the client gives up. */
  #travel(request: ApiRequest, timeoutMs: number | undefined): Promise<void> {
    const silence = this.#chance(this.rates.refuse / 3)
    const delay = silence ? (timeoutMs ?? Number.POSITIVE_INFINITY) : this.#latency()
    return new Promise((resolve, reject) => {
      const { signal } = request
      const finish = (error?: Error): void => {
        timer?.cancel()
        signal?.removeEventListener('abort', onAbort)
        if (error === undefined) resolve()
        else reject(error)
      }
      const onAbort = (): void => finish(new TransportError('aborted'))
      const onTime = (): void => finish(silence ? new TransportError('timed out') : undefined)
      const timer =
        delay === 0 || delay === Number.POSITIVE_INFINITY
          ? undefined
          : this.#clock.setTimer(delay, onTime)
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted === true) onAbort()
      else if (delay === 0) finish()
    })
  }

  #latency(): number {
    return this.#chance(this.rates.delay) ? this.#random.next() * MAX_LATENCY_MS : 0
  }

  #connect(): () => void {
    this.#open++
    this.#total++
    this.#most = Math.max(this.#most, this.#open)
    let open = true
    return () => {
      if (open) this.#open--
      open = false
    }
  }

  async #request(request: ApiRequest): Promise<ApiResponse> {
    const disconnect = this.#connect()
    try {
      await this.#travel(request, request.timeoutMs ?? 30_000)
      if (this.#chance(this.rates.refuse)) return refusal(this.#pickRefusal())
      return this.#list(request.query ?? {})
    } finally {
      disconnect()
    }
  }

  /** @throws TransportError for a broken socket, which is one of the refusals */
  #pickRefusal(): StatusReason {
    const picked = Math.floor(this.#random.next() * 4)
    if (picked === 0) throw new TransportError('connection reset')
    return (
      (['TooManyRequests', 'InternalError', 'ServiceUnavailable'] as const)[picked - 1] ?? 'Timeout'
    )
  }

  #list(query: Readonly<Record<string, string>>): ApiResponse {
    const asked = query['resourceVersion'] ?? ''
    const token = query['continue']
    const state = token === undefined ? this.#stateFor(asked) : this.#stateOf(token)
    if (state === undefined) return refusal('Expired')
    const start = token === undefined ? 0 : Number(token.split(':')[1])
    // Pages are for lists from the storage; from memory a list comes whole.
    const end =
      query['limit'] === undefined || asked === '0' ? Number.POSITIVE_INFINITY : start + PAGE
    const more = end < state.items.length ? { continue: `${state.version}:${end}` } : {}
    const metadata = { resourceVersion: String(state.version), ...more }
    const body = {
      apiVersion: 'v1',
      kind: 'PodList',
      metadata,
      items: state.items.slice(start, end),
    }
    return { status: 200, headers: {}, body }
  }

  #stateFor(asked: string): State | undefined {
    const latest = this.#states.at(-1)
    if (asked === '') return latest
    const old = this.#states[Math.floor(this.#random.next() * this.#states.length)]
    if (this.#chance(this.rates.stale)) return old
    return Number(asked) > this.#version ? undefined : latest
  }

  #stateOf(token: string): State | undefined {
    const version = Number(token.split(':')[0])
    return this.#states.find((state) => state.version === version)
  }

  async #watch(request: ApiRequest, sink: WatchSink): Promise<OpenStream> {
    const disconnect = this.#connect()
    try {
      await this.#travel(request, undefined)
      const query = request.query ?? {}
      if (this.#chance(this.rates.refuse)) throw statusError(this.#pickRefusal(), { message: 'no' })
      const initial = query['sendInitialEvents'] === 'true'
      if (initial && !this.watchList) throw statusError('Invalid', { message: 'sendInitialEvents' })
      const from = Number(query['resourceVersion'] ?? '0')
      if (!initial && from < this.#compacted) throw statusError('Expired', { message: 'too old' })
      return this.#openWatch({ sink, from, initial, disconnect, request })
    } catch (error) {
      disconnect()
      throw error
    }
  }

  #openWatch(options: {
    readonly sink: WatchSink
    readonly from: number
    readonly initial: boolean
    readonly disconnect: () => void
    readonly request: ApiRequest
  }): OpenStream {
    const { disconnect, request, from, initial } = options
    const watch: OpenWatch = {
      sink: options.sink,
      sent: from,
      silent: false,
      queue: [],
      timers: new Set(),
    }
    const close = (): void => {
      if (this.#chance(this.rates.repeat)) this.#deliverLate(watch)
      for (const timer of watch.timers) timer.cancel()
      watch.timers.clear()
      this.#watches.delete(watch)
      request.signal?.removeEventListener('abort', close)
      disconnect()
    }
    request.signal?.addEventListener('abort', close, { once: true })
    this.#watches.add(watch)
    const bookmarks = (): void => {
      this.#after(watch, BOOKMARK_MS, () => {
        this.#send(watch, bookmarkOf(this.#version))
        bookmarks()
      })
    }
    bookmarks()
    const seconds = Number(request.query?.['timeoutSeconds'] ?? '300')
    this.#after(watch, seconds * 1000, () => this.#end(watch))
    for (const event of initial ? this.#initialEvents(from) : this.#eventsAfter(from))
      this.#send(watch, event)
    return { close }
  }

  /** A lagging server starts from an older state than it was asked for. */
  #initialEvents(from: number): readonly WatchEvent[] {
    const lagging = this.#stateFor(from === 0 ? '' : String(from))
    const readable = lagging !== undefined && lagging.version >= this.#compacted
    const { version, items } = readable ? lagging : this.#latest()
    const added = items.map((object): WatchEvent => ({ type: 'ADDED', object }))
    const end = bookmarkOf(version, { 'k8s.io/initial-events-end': 'true' })
    const rest = this.#history.filter((entry) => entry.version > version)
    return [...added, end, ...rest.map(({ event }) => event)]
  }

  #latest(): State {
    return { version: this.#version, items: [...this.objects.values()] }
  }

  #eventsAfter(from: number): readonly WatchEvent[] {
    const repeated = this.#chance(this.rates.repeat) ? 3 : 0
    const first = this.#history.findIndex(({ version }) => version > from)
    if (first < 0)
      return this.#history.slice(this.#history.length - repeated).map(({ event }) => event)
    return this.#history.slice(Math.max(0, first - repeated)).map(({ event }) => event)
  }

  #after(watch: OpenWatch, delay: number, work: () => void): void {
    if (!this.#watches.has(watch)) return
    const timer = this.#clock.setTimer(delay, () => {
      watch.timers.delete(timer)
      if (this.#watches.has(watch)) work()
    })
    watch.timers.add(timer)
  }

  /** Events keep their order, whatever holds them up. */
  #send(watch: OpenWatch, event: WatchEvent): void {
    if (!this.#watches.has(watch) || watch.silent) return
    if (this.#chance(this.rates.disturb)) {
      this.#disturb(watch)
    } else if (watch.queue.length > 0) {
      watch.queue.push(event)
    } else if (this.#chance(this.rates.delay)) {
      watch.queue.push(event)
      this.#after(watch, this.#random.next() * 2 * MAX_LATENCY_MS, () => {
        for (const waiting of watch.queue.splice(0)) this.#deliver(watch, waiting)
      })
    } else {
      this.#deliver(watch, event)
    }
  }

  /** A transport that goes on telling its sink what had come before the end. */
  #deliverLate(watch: OpenWatch): void {
    const late = watch.queue.splice(0)
    if (!this.#watches.has(watch)) return
    queueMicrotask(() => {
      for (const event of late) watch.sink.onEvent(event)
      watch.sink.onEnd(new TransportError('closed'))
    })
  }

  #deliver(watch: OpenWatch, event: WatchEvent): void {
    if (!this.#watches.has(watch)) return
    watch.sink.onActivity?.()
    watch.sink.onEvent(event)
  }

  #disturb(watch: OpenWatch): void {
    const kinds: readonly (() => void)[] = [
      () => {
        watch.silent = true
      },
      () => this.#end(watch),
      () => this.#end(watch, new TransportError('socket hang up')),
      () => this.#deliver(watch, errorEvent('Expired')),
      () => this.#deliver(watch, errorEvent('InternalError')),
      () => this.#deliver(watch, errorEvent('TooManyRequests')),
    ]
    kinds[Math.floor(this.#random.next() * kinds.length)]?.()
  }

  #end(watch: OpenWatch, error?: Error): void {
    if (!this.#watches.delete(watch)) return
    for (const timer of watch.timers) timer.cancel()
    watch.timers.clear()
    watch.sink.onEnd(error)
  }
}
