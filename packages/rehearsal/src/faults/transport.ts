/** The line between one process of a part and the API server, with everything that may happen on it. */
import {
  type ApiRequest,
  type ApiResponse,
  type Clock,
  failureStatus,
  type OpenStream,
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

export interface LineOptions {
  readonly clock: Clock
  readonly inner: Transport
  readonly chance: Chance
  readonly latencyMs: number
  /** Takes the fault that strikes this request, if one does. */
  takeFault(isWrite: boolean): Fault | undefined
  /** The process dies. */
  onCrash(fault: Fault): void
  /** A write was carried out. */
  onWrite(request: ApiRequest, response: ApiResponse): void
}

const REASONS: Readonly<Record<number, StatusReason>> = {
  409: 'Conflict',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

export function createFaultyLine(options: LineOptions): FaultyLine {
  return new Line(options)
}

class Line implements FaultyLine {
  readonly transport: Transport
  readonly #options: LineOptions
  readonly #streams = new Set<FaultyStream>()
  readonly #death = new AbortController()

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
    this.#death.abort()
    for (const stream of [...this.#streams]) stream.silence()
  }

  openWatches(): number {
    return this.#streams.size
  }

  strike(fault: Fault): void {
    const streams = [...this.#streams]
    if (fault.kind === 'cutWatches') for (const stream of streams) stream.cut()
    if (fault.kind === 'expireWatches') for (const stream of streams) stream.expire()
    if (fault.kind !== 'stallWatches') return
    const { pick, ms } = fault
    const chosen = pick === undefined ? streams : [streams[Math.floor(pick * streams.length)]]
    for (const stream of chosen) stream?.stall(ms)
  }

  async #request(request: ApiRequest): Promise<ApiResponse> {
    this.#refuseDead(request)
    const isWrite = request.method !== 'GET' && request.method !== 'HEAD'
    const fault = this.#options.takeFault(isWrite)
    if (fault === undefined && this.#options.latencyMs === 0) {
      const response = await this.#send(request, isWrite)
      this.#refuseDead(request)
      return response
    }
    return this.#whileAlive(this.#suffer(request, isWrite, fault), request)
  }

  async #suffer(
    request: ApiRequest,
    isWrite: boolean,
    fault: Fault | undefined,
  ): Promise<ApiResponse> {
    const { clock, onCrash } = this.#options
    await sleep(clock, this.#latency())
    if (fault?.kind === 'refuse') return refusal(fault.code)
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
    const response = await this.#options.inner.request(sent)
    if (isWrite) this.#options.onWrite(request, response)
    return response
  }

  #latency(): number {
    const { latencyMs, chance } = this.#options
    return latencyMs === 0 ? 0 : chance.between(0, latencyMs)
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
    const fault = this.#options.takeFault(false)
    if (fault?.kind === 'drop') throw new TransportError('the connection broke')
    const stream = createFaultyStream(this.#options.clock, sink, {
      delayOf: () => this.#latency(),
      onClose: () => this.#streams.delete(stream),
    })
    this.#streams.add(stream)
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
