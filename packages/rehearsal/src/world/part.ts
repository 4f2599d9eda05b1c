/** A part of the system as a process: it starts, dies at any point, and starts again with nothing but what the API has. */
import { ADMIN, type ApiServer } from '@sortie/apiserver'
import { type Client, createClient } from '@sortie/client'
import type { ApiRequest, ApiResponse, Clock, Logger, Random } from '@sortie/machinery'
import type { Runnable } from '@sortie/runtime'
import { durationOf, type Fault, type PartName, TIMED } from '../faults/fault.ts'
import {
  createFaultyLine,
  type FaultyLine,
  type RequestKind,
  type Staleness,
} from '../faults/transport.ts'
import { chanceOf, randomFor } from '../scenario/chance.ts'

export interface PartDeps {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
}

export interface PartOptions {
  readonly name: PartName
  readonly seed: number
  readonly server: ApiServer
  readonly clock: Clock
  readonly log: Logger
  readonly latencyMs: number
  /** The server's newest. */
  revision(): number
  readonly faults: readonly Fault[]
  create(deps: PartDeps): Runnable
  onWrite(part: PartName, request: ApiRequest, response: ApiResponse): void
  /** A process ended although nobody stopped it. */
  onFailure(part: PartName, error: unknown): void
}

export interface Part {
  readonly name: PartName
  start(): void
  /** Faults that have struck. */
  readonly struck: readonly Fault[]
  /** When the last of those is over, milliseconds from the start; 0 where none has struck. */
  readonly troubledUntil: number
  /** Processes of the part that have not ended, the dying ones included. */
  processes(): number
  /** Nothing strikes any more, and one process runs. */
  heal(): void
  stop(): void
}

interface Process {
  readonly line: FaultyLine
  readonly abort: AbortController
}

const ON_WRITES: ReadonlySet<Fault['kind']> = new Set(['lose', 'delay', 'crash'])

const KILLED = new Error('the process was killed')

export function createPart(options: PartOptions): Part {
  return new PartHost(options)
}

class PartHost implements Part {
  readonly name: PartName
  readonly struck: Fault[] = []
  troubledUntil = 0
  readonly #options: PartOptions
  /** In order of time; those of requests leave it as they strike. */
  #waiting: Fault[]
  #main: Process | undefined
  #twin: Process | undefined
  #alive = 0
  #count = 0
  #writes = 0
  /** Requests that the first of those waiting could have struck, and let pass. */
  #skipped = 0
  #healed = false
  #stopped = false

  constructor(options: PartOptions) {
    this.#options = options
    this.name = options.name
    const own = options.faults
      .filter(({ part }) => part === options.name)
      .toSorted((a, b) => a.at - b.at)
    this.#waiting = own.filter(({ kind }) => !TIMED.has(kind))
    for (const fault of own.filter(({ kind }) => TIMED.has(kind))) {
      options.clock.setTimer(fault.at, () => this.#strike(fault))
    }
  }

  start(): void {
    this.#main ??= this.#launch()
  }

  processes(): number {
    return this.#alive
  }

  heal(): void {
    this.#healed = true
    this.#waiting = []
    this.#kill(this.#twin)
    this.#twin = undefined
    this.start()
  }

  stop(): void {
    this.#healed = true
    this.#stopped = true
    this.#kill(this.#main)
    this.#kill(this.#twin)
    this.#main = undefined
    this.#twin = undefined
  }

  #note(fault: Fault): void {
    this.struck.push(fault)
    const over = this.#options.clock.monotonic() + durationOf(fault)
    this.troubledUntil = Math.max(this.troubledUntil, over)
  }

  #strike(fault: Fault): void {
    if (this.#healed) return
    this.#note(fault)
    if (fault.kind === 'twin') this.#startTwin(fault.forMs)
    else if (fault.kind === 'timeTravel') this.#travel(fault)
    else this.#main?.line.strike(fault)
  }

  #travel({ downMs, back, lagMs }: Extract<Fault, { readonly kind: 'timeTravel' }>): void {
    const before = this.#main
    if (before === undefined) return
    this.#kill(before)
    this.#main = undefined
    this.#options.clock.setTimer(downMs, () => {
      if (!this.#healed) this.#main ??= this.#launch({ back, lagMs })
    })
  }

  #startTwin(forMs: number): void {
    if (this.#twin !== undefined) return
    const twin = this.#launch()
    this.#twin = twin
    this.#options.clock.setTimer(forMs, () => {
      if (this.#twin !== twin) return
      this.#kill(twin)
      this.#twin = undefined
    })
  }

  #launch(staleness?: Staleness): Process {
    const { clock, log, seed, server, latencyMs, revision, onWrite, name } = this.#options
    const random = randomFor(seed, `${name}/${this.#count++}`)
    const abort = new AbortController()
    const line = createFaultyLine({
      clock,
      inner: server.transport({ ...ADMIN, name }),
      chance: chanceOf(randomFor(seed, `${name}/${this.#count}/line`)),
      latencyMs,
      revision,
      ...(staleness === undefined ? {} : { staleness }),
      takeFault: (request) => this.#takeFault(request),
      onCrash: (fault) => this.#crash(process, fault),
      onWrite: (request, response) => onWrite(name, request, response),
    })
    const process: Process = { line, abort }
    const client = createClient(line.transport, { clock, random, fieldManager: `sortie-${name}` })
    this.#alive++
    this.#options
      .create({ client, clock, random, log })
      .start(abort.signal)
      .catch((error: unknown) => {
        if (!abort.signal.aborted) this.#options.onFailure(name, error)
      })
      .finally(() => {
        this.#alive--
      })
    return process
  }

  #takeFault(request: RequestKind): Fault | undefined {
    const [next] = this.#waiting
    if (request === 'write') this.#writes++
    if (next === undefined || !this.#isDue(next, request)) return undefined
    if (this.#skipped++ < (next.skip ?? 0)) return undefined
    this.#skipped = 0
    this.#waiting.shift()
    this.#note(next)
    return next
  }

  #isDue(fault: Fault, request: RequestKind): boolean {
    if (request !== 'write' && ON_WRITES.has(fault.kind)) return false
    if (request !== 'list' && fault.kind === 'gone') return false
    if (fault.kind === 'crash' && fault.atWrite !== undefined) return this.#writes >= fault.atWrite
    return fault.at <= this.#options.clock.monotonic()
  }

  #crash(process: Process, fault: Fault): void {
    if (fault.kind !== 'crash' || process.abort.signal.aborted) return
    this.#kill(process)
    if (process === this.#twin) this.#twin = undefined
    if (process !== this.#main) return
    this.#main = undefined
    // One that struck before the part was healed may bring it down only afterwards.
    this.#options.clock.setTimer(fault.downMs, () => {
      if (!this.#stopped) this.start()
    })
  }

  #kill(process: Process | undefined): void {
    process?.line.die()
    process?.abort.abort(KILLED)
  }
}
