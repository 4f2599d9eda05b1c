/** The line between one process of a part and the API server, with everything that may happen on it. */
import {
  type ApiRequest,
  type ApiResponse,
  ApiStatusError,
  type Clock,
  failureStatus,
  type OpenStream,
  type StatusObject,
  type StatusReason,
  sleep,
  type Transport,
  TransportError,
  type WatchSink,
} from '@sortie/machinery'
import type { Chance } from '../scenario/chance.ts'
import type { Fault } from './fault.ts'
import { createFaultyStream, type FaultyStream } from './stream.ts'

export interface FaultyLine {
  readonly transport: Transport
  /** Nothing goes through any more, either way; what the server was already sent goes on. */
  die(): void
  /** For faults of watches. */
  strike(fault: Fault): void
  openWatches(): number
}

/** A server that lags behind, as a process that starts anew may find it. */
export interface Staleness {
  /** How many writes old a list for any version is at the most. */
  readonly back: number
  /** How long watches tell nothing, milliseconds. */
  readonly lagMs: number
}

/** `list`: a watch, or a list at a version. */
export type RequestKind = 'read' | 'list' | 'write'

export interface LineOptions {
  readonly clock: Clock
  readonly inner: Transport
  readonly chance: Chance
  readonly latencyMs: number
  readonly staleness?: Staleness
  /** The newest revision of the server. */
  revision(): number
  /** Takes the fault that strikes this request, if one does. */
  takeFault(request: RequestKind): Fault | undefined
  /** The process dies. */
  onCrash(fault: Fault): void
  /** A write was carried out. */
  onWrite(request: ApiRequest, response: ApiResponse): void
}

const REASONS: Readonly<Record<number, StatusReason>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  409: 'Conflict',
  410: 'Expired',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

/** Requests that a process can make at one instant; a part that never stops would otherwise never let the clock go on. */
const MOST_AT_ONCE = 2000

const DEATH = new Error('the process is gone')

export function createFaultyLine(options: LineOptions): FaultyLine {
  return new Line(options)
}

class Line implements FaultyLine {
  readonly transport: Transport
  readonly #options: LineOptions
  readonly #streams = new Set<FaultyStream>()
  readonly #death = new AbortController()
  readonly #denials = new Set<Denial>()
  #instant = 0
  #atThisInstant = 0

  constructor(options: LineOptions) {
    this.#options = options
    this.transport = {
      request: (request) => this.#request(request),
      watch: (request, sink) => this.#watch(request, sink),
      stream: () => Promise.reject(new TransportError('no streams on this line')),
      close: async () => this.die(),
    }
  }

  die(): void {
    this.#death.abort(DEATH)
    for (const stream of [...this.#streams]) stream.silence()
  }

  openWatches(): number {
    return this.#streams.size
  }

  strike(fault: Fault): void {
    const streams = [...this.#streams]
    if (fault.kind === 'cutWatches') for (const stream of streams) stream.cut()
    if (fault.kind === 'expireWatches') for (const stream of streams) stream.expire()
    if (fault.kind === 'repeatEvents') for (const stream of streams) stream.repeat(fault.ms)
    if (fault.kind === 'scatterEvents') {
      for (const stream of streams) stream.scatter(fault.ms, fault.spreadMs)
    }
    if (fault.kind === 'deny') this.#deny(fault)
    if (fault.kind === 'stallWatches') stallSome(streams, fault)
  }

  #deny(denial: Denial): void {
    this.#denials.add(denial)
    this.#options.clock.setTimer(denial.ms, () => this.#denials.delete(denial))
  }

  /** The answer of a denial that is under way, if one is about this request. */
  #denialOf({ method, path }: ApiRequest): ApiResponse | undefined {
    for (const { code, plural } of this.#denials) {
      const isWrite = method !== 'GET' && method !== 'HEAD'
      const isAbout = plural === '*' || path.split('/').includes(plural)
      if (isAbout && (isWrite || code === 401 || code === 503)) return refusal(code)
    }
    return undefined
  }

  async #request(request: ApiRequest): Promise<ApiResponse> {
    this.#refuseDead(request)
    if (this.#isTooMany()) await sleep(this.#options.clock, 1)
    const isWrite = request.method !== 'GET' && request.method !== 'HEAD'
    const denied = this.#denialOf(request)
    if (denied !== undefined) return denied
    const fault = this.#options.takeFault(
      isWrite ? 'write' : isVersioned(request) ? 'list' : 'read',
    )
    if (fault === undefined && this.#options.latencyMs === 0) {
      const response = await this.#send(request, isWrite)
      this.#refuseDead(request)
      return response
    }
    return this.#whileAlive(this.#suffer(request, isWrite, fault), request)
  }

  #isTooMany(): boolean {
    const now = this.#options.clock.monotonic()
    if (now !== this.#instant) this.#atThisInstant = 0
    this.#instant = now
    return ++this.#atThisInstant > MOST_AT_ONCE
  }

  async #suffer(
    request: ApiRequest,
    isWrite: boolean,
    fault: Fault | undefined,
  ): Promise<ApiResponse> {
    const { clock, onCrash } = this.#options
    await sleep(clock, this.#latency())
    if (fault?.kind === 'refuse') return refusal(fault.code)
    if (fault?.kind === 'gone') return refusal(410)
    if (fault?.kind === 'drop') throw new TransportError('the connection broke')
    if (fault?.kind === 'delay') await sleep(clock, fault.ms)
    if (fault?.kind === 'crash' && fault.when === 'before') {
      onCrash(fault)
      throw new TransportError('the process is gone')
    }
    const response = await this.#send(request, isWrite)
    if (fault?.kind === 'crash') onCrash(fault)
    if (fault?.kind === 'lose') {
      if (fault.with === 'status') return refusal(504)
      throw new TransportError('the connection broke before the answer came')
    }
    if (fault?.kind === 'slowAnswer') await sleep(clock, fault.ms)
    await sleep(clock, this.#latency())
    return response
  }

  async #send(request: ApiRequest, isWrite: boolean): Promise<ApiResponse> {
    // The server must not see the process's own signal: what was sent is carried out.
    const { signal: _, ...sent } = request
    const response = await this.#options.inner.request(this.#asStale(sent))
    if (isWrite) this.#options.onWrite(request, response)
    return response
  }

  /** A list for any version is answered from memory that is old. */
  #asStale(request: ApiRequest): ApiRequest {
    const { staleness, revision } = this.#options
    const { query } = request
    if (staleness === undefined || query?.['resourceVersion'] !== '0') return request
    const { limit: _, ...rest } = query
    const resourceVersion = String(Math.max(1, revision() - staleness.back))
    return { ...request, query: { ...rest, resourceVersion, resourceVersionMatch: 'Exact' } }
  }

  #latency(): number {
    return this.#delay(this.#options.latencyMs)
  }

  #delay(most: number): number {
    return most === 0 ? 0 : this.#options.chance.between(0, most)
  }

  #refuseDead(request: ApiRequest): void {
    if (this.#death.signal.aborted) throw new TransportError('the process is gone')
    if (request.signal?.aborted === true) throw new TransportError('the request was aborted')
  }

  /** The caller is told at once when its process dies, it gives up, or its time is over. */
  #whileAlive(answer: Promise<ApiResponse>, request: ApiRequest): Promise<ApiResponse> {
    const { clock } = this.#options
    return new Promise((resolve, reject) => {
      const giveUp = (why: string) => () => settle(() => reject(new TransportError(why)))
      const onDeath = giveUp('the process is gone')
      const onAbort = giveUp('the request was aborted')
      const timer = clock.setTimer(request.timeoutMs ?? 30_000, giveUp('no answer in time'))
      const settle = (finish: () => void): void => {
        timer.cancel()
        this.#death.signal.removeEventListener('abort', onDeath)
        request.signal?.removeEventListener('abort', onAbort)
        finish()
      }
      this.#death.signal.addEventListener('abort', onDeath, { once: true })
      request.signal?.addEventListener('abort', onAbort, { once: true })
      answer.then(
        (response) => settle(() => resolve(response)),
        (error: unknown) => settle(() => reject(error)),
      )
    })
  }

  async #watch(request: ApiRequest, sink: WatchSink): Promise<OpenStream> {
    this.#refuseDead(request)
    this.#refuseWatch(request)
    const { clock, latencyMs, staleness } = this.#options
    const stream = createFaultyStream(clock, sink, {
      delayOf: (most) => this.#delay(most),
      latencyMs,
      onClose: () => this.#streams.delete(stream),
    })
    this.#streams.add(stream)
    if (staleness !== undefined) stream.stall(staleness.lagMs)
    const { signal, ...sent } = request
    signal?.addEventListener('abort', () => stream.silence(), { once: true })
    try {
      stream.attach(await this.#options.inner.watch(sent, stream.intake))
    } catch (error) {
      stream.silence()
      throw error
    }
    this.#refuseDead(request)
    return stream.handle
  }

  /** @throws ApiStatusError, TransportError where the server does not open the watch */
  #refuseWatch(request: ApiRequest): void {
    const denied = this.#denialOf(request)
    if (denied !== undefined) throw new ApiStatusError(denied.body as StatusObject)
    const fault = this.#options.takeFault('list')
    if (fault?.kind === 'drop') throw new TransportError('the connection broke')
    const code = fault?.kind === 'gone' ? 410 : fault?.kind === 'refuse' ? fault.code : undefined
    if (code !== undefined) throw new ApiStatusError(refusal(code).body as StatusObject)
    // A server that lists from old memory is one that knows no initial events.
    const isOld = this.#options.staleness !== undefined
    if (isOld && request.query?.['sendInitialEvents'] !== undefined) {
      throw new ApiStatusError(
        failureStatus('Invalid', { message: 'sendInitialEvents: forbidden' }),
      )
    }
  }
}

type Denial = Extract<Fault, { readonly kind: 'deny' }>

function stallSome(
  streams: readonly FaultyStream[],
  { pick, ms }: Extract<Fault, { readonly kind: 'stallWatches' }>,
): void {
  const chosen = pick === undefined ? streams : [streams[Math.floor(pick * streams.length)]]
  for (const stream of chosen) stream?.stall(ms)
}

/** A list that names a version, which a server may have forgotten. */
function isVersioned({ query }: ApiRequest): boolean {
  return query?.['resourceVersion'] !== undefined || query?.['continue'] !== undefined
}

function refusal(code: number): ApiResponse {
  const retryAfter = code === 429 ? { retryAfterSeconds: 1 } : {}
  const body = failureStatus(REASONS[code] ?? 'InternalError', {
    message: 'injected fault',
    code,
    ...retryAfter,
  })
  const headers = code === 429 ? { 'retry-after': '1' } : {}
  return { status: code, headers: { 'content-type': 'application/json', ...headers }, body }
}
