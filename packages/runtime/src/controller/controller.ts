/** A controller: a work queue fed by watches, and a reconciler run for one key at a time. */
import type { Informer } from '@sortie/client'
import {
  type Clock,
  type Instant,
  isConflict,
  type KubeObject,
  keyOf,
  type Logger,
  type Random,
  SortieError,
  type Stored,
  type Timer,
} from '@sortie/machinery'
import type { Runnable } from '../manager/runnable.ts'
import {
  type ControllerMetrics,
  noControllerMetrics,
  type ReconcileOutcome,
} from '../observability/metrics.ts'
import type { WriteBarrier } from '../plan/barrier.ts'
import { type BackoffOptions, createWorkQueue, type WorkQueue } from '../queue/workqueue.ts'

export interface ReconcileContext {
  /** Aborted when the controller stops. */
  readonly signal: AbortSignal
  readonly log: Logger
}

/** When to look again although nothing changed; nothing = only when something changes. */
export type ReconcileResult = { readonly requeueAt?: Instant | undefined } | undefined

/** One watch that wakes the controller: objects of another kind, mapped to the keys that they concern. */
export interface Source {
  /** Registers handlers on the source's informer. Returns what undoes it. */
  connect(enqueue: (key: string) => void): () => void
  hasSynced(): boolean
  whenSynced(signal: AbortSignal): Promise<void>
}

export interface ControllerOptions<T extends KubeObject> {
  /** Lower case; names the controller in logs and metrics. */
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Its objects' own keys are the queue's keys. */
  readonly primary: Informer<T>
  readonly sources?: readonly Source[]
  readonly barrier: WriteBarrier
  /** One idempotent pass for one key. A throw is tried again later, unless it is a SortieError of kind terminal. */
  reconcile(key: string, context: ReconcileContext): Promise<ReconcileResult>
  /** Keys worked on at the same time. Default 16. */
  readonly workers?: number
  readonly backoff?: BackoffOptions
  /** Queue priority of an object; higher goes first. */
  priorityOf?(object: Stored<T>): number
  readonly metrics?: ControllerMetrics
}

export interface Controller extends Runnable {
  enqueue(key: string, options?: { readonly at?: Instant; readonly priority?: number }): void
  readonly queue: WorkQueue
  /** Keys being worked on now. */
  readonly active: number
}

/** A source that maps each object of an informer, as it was and as it is, to keys. */
export function sourceOf<T extends KubeObject>(
  informer: Informer<T>,
  keysOf: (object: Stored<T>) => Iterable<string>,
): Source {
  return {
    hasSynced: () => informer.hasSynced(),
    whenSynced: (signal) => informer.whenSynced(signal),
    connect(enqueue) {
      const enqueueAll = (object: Stored<T>): void => {
        for (const key of keysOf(object)) enqueue(key)
      }
      return informer.addHandler({
        onAdd: enqueueAll,
        onUpdate(before, after) {
          if (before.metadata.ownerReferences !== after.metadata.ownerReferences) enqueueAll(before)
          enqueueAll(after)
        },
        onDelete: enqueueAll,
      })
    },
  }
}

/** Maps an object to its controlling owner's key, where that owner is of this kind. */
export function ownerKeys(kind: string): (object: KubeObject) => Iterable<string> {
  return (object) => {
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller)
    if (owner?.kind !== kind) return []
    const { namespace } = object.metadata
    return [namespace === undefined ? owner.name : `${namespace}/${owner.name}`]
  }
}

const DEFAULT_WORKERS = 16
/**
 * After so many keys and so long, everybody else in the process has a turn: answers of the API server, timers, other controllers. Keys
 * of which nothing has to be asked or written would hold them up to the last, ten thousand of them after a restart.
 */
const SLICE = { keys: 64, milliseconds: 20 } as const
/**
 * Added to the priority of what was there before the controller: nearly all of it is as it should be, and what happens from now on is
 * not to wait behind it. As in controller-runtime.
 */
const BACKLOG = -100

export function createController<T extends KubeObject>(options: ControllerOptions<T>): Controller {
  return new QueueController(options)
}

class QueueController<T extends KubeObject> implements Controller {
  readonly name: string
  readonly queue: WorkQueue
  readonly #options: ControllerOptions<T>
  readonly #log: Logger
  readonly #metrics: ControllerMetrics
  readonly #abort = new AbortController()
  #active = 0
  #running = false
  #whenIdle: (() => void) | undefined
  /** Undefined while there is nothing to do. */
  #slice: { readonly began: number; keys: number } | undefined
  #pause: Timer | undefined

  constructor(options: ControllerOptions<T>) {
    this.#options = options
    this.name = options.name
    this.#log = options.log.with({ controller: options.name })
    this.#metrics = options.metrics ?? noControllerMetrics
    this.queue = createWorkQueue({
      clock: options.clock,
      random: options.random,
      onReady: () => this.#pump(),
      ...(options.metrics === undefined ? {} : { onTaken: (ms) => this.#taken(ms) }),
      ...(options.backoff === undefined ? {} : { backoff: options.backoff }),
    })
  }

  get active(): number {
    return this.#active
  }

  #taken(waitedMs: number): void {
    this.#metrics.taken(this.name, waitedMs / 1000)
  }

  enqueue(key: string, { at, priority }: { at?: Instant; priority?: number } = {}): void {
    if (at === undefined) this.queue.add(key, priority)
    else this.queue.addAt(key, at)
  }

  async start(signal: AbortSignal): Promise<void> {
    const { primary, sources = [] } = this.#options
    const disconnect = this.#connect()
    await Promise.all([primary, ...sources].map((source) => source.whenSynced(signal)))
    this.#running = !signal.aborted
    this.#pump()
    await aborted(signal)
    this.#running = false
    this.#pause?.cancel()
    this.queue.stop()
    this.#abort.abort()
    for (const undo of disconnect) undo()
    if (this.#active > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve
      })
    }
  }

  #connect(): (() => void)[] {
    const { primary, sources = [], priorityOf, barrier } = this.#options
    barrier.onOpen((key) => this.queue.add(key))
    let rank = BACKLOG
    const add = (object: Stored<T>): void =>
      this.queue.add(keyOf(object as KubeObject), (priorityOf?.(object) ?? 0) + rank)
    const disconnect = [
      primary.addHandler({ onAdd: add, onUpdate: (_, object) => add(object), onDelete: add }),
      ...sources.map((source) => source.connect((key) => this.queue.add(key, rank))),
    ]
    rank = 0
    return disconnect
  }

  /** Hands out keys while there are free workers. A key whose own writes the caches have not seen yet waits for them. */
  #pump(): void {
    if (!this.#running || this.#pause !== undefined) return
    while (this.#active < (this.#options.workers ?? DEFAULT_WORKERS)) {
      if (this.#isSliceOver()) {
        this.#rest()
        break
      }
      const key = this.queue.take()
      if (key === undefined) break
      // A key that is held comes again when its writes have been seen.
      if (this.#options.barrier.isOpen(key)) void this.#work(key)
      else this.queue.done(key)
    }
    if (this.#active === 0) this.#slice = undefined
    this.#metrics.queueDepth(this.name, this.queue.depth)
  }

  #isSliceOver(): boolean {
    const now = this.#options.clock.monotonic()
    this.#slice ??= { began: now, keys: 0 }
    this.#slice.keys++
    return this.#slice.keys > SLICE.keys && now - this.#slice.began > SLICE.milliseconds
  }

  #rest(): void {
    this.#slice = undefined
    this.#pause = this.#options.clock.setTimer(0, () => {
      this.#pause = undefined
      this.#pump()
    })
  }

  async #work(key: string): Promise<void> {
    this.#active++
    const started = this.#options.clock.monotonic()
    const { around } = this.#metrics
    const outcome = await (around === undefined
      ? this.#attempt(key)
      : around(this.name, key, () => this.#attempt(key)))
    const seconds = (this.#options.clock.monotonic() - started) / 1000
    this.#metrics.reconciled(this.name, outcome, seconds)
    this.#active--
    this.queue.done(key)
    if (this.#active === 0) this.#whenIdle?.()
    this.#pump()
  }

  async #attempt(key: string): Promise<ReconcileOutcome> {
    try {
      const result = await this.#options.reconcile(key, {
        signal: this.#abort.signal,
        log: this.#log,
      })
      this.queue.forget(key)
      if (result?.requeueAt !== undefined) this.#lookAgain(key, result.requeueAt)
      return 'success'
    } catch (error) {
      return this.#handleFailure(key, error)
    }
  }

  /** Not in this turn of the event loop: a decision that asks for a time that is over, again and again, must not be all that is done. */
  #lookAgain(key: string, at: Instant): void {
    this.queue.addAt(key, Math.max(at, this.#options.clock.now() + 1))
  }

  #handleFailure(key: string, error: unknown): ReconcileOutcome {
    if (this.#abort.signal.aborted) return 'error'
    if (error instanceof SortieError && error.kind === 'terminal') {
      this.#log.error('reconcile failed for good', { key, error: error.message, code: error.code })
      this.queue.forget(key)
      return 'terminal'
    }
    const retryInMs = Math.round(this.queue.addAfterFailure(key))
    this.#metrics.retried(this.name)
    if (isConflict(error) || (error instanceof Error && isConflict(error.cause))) {
      this.#log.debug('object changed meanwhile', { key, retryInMs })
      return 'conflict'
    }
    this.#log.warn('reconcile failed', { key, error: String(error), retryInMs })
    return 'error'
  }
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
