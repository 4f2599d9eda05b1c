/**
 * A work queue of keys: each key is held once, never handed to two workers at the same time, and handed out again when it was
 * added while being worked on. In behaviour client-go's `util/workqueue` with controller-runtime's priorities.
 */
import type { Clock, Instant, Random, Timer } from '@sortie/machinery'
import { createDeadlines } from './deadlines.ts'
import { createLine, type Line } from './line.ts'

export interface BackoffOptions {
  /** First delay after a failure, ms. */
  readonly baseMs: number
  /** Longest delay, ms. */
  readonly maxMs: number
}

export interface WorkQueueOptions {
  readonly clock: Clock
  readonly random: Random
  readonly backoff?: BackoffOptions
  /** Called, not more than once per turn, when there may be something to take. */
  readonly onReady: () => void
  /** Told how long a key that is taken had been ready, ms. Without it no times are kept. */
  readonly onTaken?: (waitedMs: number) => void
}

export interface WorkQueue {
  /** Adds a key; the highest priority that it was added with holds. Higher numbers go first. Default 0. */
  add(key: string, priority?: number): void
  /** Adds the key at that time; an earlier time already set for it stays. */
  addAt(key: string, at: Instant): void
  /** Adds the key after its own delay, which doubles with every call until `forget`. Returns the delay, ms. */
  addAfterFailure(key: string): number
  /** Takes the next key and marks it as being worked on. */
  take(): string | undefined
  /** Ends the work on a key; it is ready again if it was added meanwhile. */
  done(key: string): void
  /** Resets the key's failure delay. */
  forget(key: string): void
  /** Keys ready to be taken. */
  readonly depth: number
  /** Cancels all that waits; later adds are ignored. */
  stop(): void
}

const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 20, maxMs: 60_000 }
/** Every so many takes the lowest priority present goes first, so that it never waits for ever. */
const FAIR_SHARE = 16
/** A deadline is looked at again after that long at the most, so that a jump of the wall clock is noticed. */
const MAX_WAIT_MS = 300_000

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new PriorityWorkQueue(options)
}

class PriorityWorkQueue implements WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #backoff: BackoffOptions
  readonly #lines = new Map<number, Line>()
  readonly #priorities = new Map<string, number>()
  readonly #readySince = new Map<string, number>()
  readonly #working = new Set<string>()
  readonly #again = new Map<string, number>()
  readonly #failures = new Map<string, number>()
  readonly #deadlines = createDeadlines()
  #timer: Timer | undefined
  #takes = 0
  #stopped = false
  #announced = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF
  }

  get depth(): number {
    return this.#priorities.size
  }

  add(key: string, priority = 0): void {
    if (this.#stopped) return
    if (this.#working.has(key)) {
      this.#again.set(key, Math.max(priority, this.#again.get(key) ?? priority))
      return
    }
    this.#insert(key, priority)
    this.#announce()
  }

  addAt(key: string, at: Instant): void {
    if (this.#stopped) return
    if (at <= this.#options.clock.now()) this.add(key)
    else if (this.#deadlines.set(key, at)) this.#arm()
  }

  addAfterFailure(key: string): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    const { baseMs, maxMs } = this.#backoff
    const plain = Math.min(maxMs, baseMs * 2 ** Math.min(failures, 30))
    const delay = plain * (1 + this.#options.random.next() * 0.2)
    this.addAt(key, this.#options.clock.now() + delay)
    return delay
  }

  take(): string | undefined {
    const key = this.#removeNext(++this.#takes % FAIR_SHARE === 0)
    if (key === undefined) return undefined
    this.#working.add(key)
    this.#deadlines.clear(key)
    this.#tellWait(key)
    return key
  }

  done(key: string): void {
    this.#working.delete(key)
    const priority = this.#again.get(key)
    this.#again.delete(key)
    if (priority !== undefined) this.add(key, priority)
  }

  forget(key: string): void {
    this.#failures.delete(key)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#lines.clear()
    this.#priorities.clear()
    this.#readySince.clear()
    this.#again.clear()
  }

  #tellWait(key: string): void {
    const { onTaken, clock } = this.#options
    if (onTaken === undefined) return
    const now = clock.monotonic()
    onTaken(now - (this.#readySince.get(key) ?? now))
    this.#readySince.delete(key)
  }

  /** Tells the consumer once per turn, however many keys were added in it. */
  #announce(): void {
    if (this.#announced) return
    this.#announced = true
    queueMicrotask(() => {
      this.#announced = false
      if (!this.#stopped) this.#options.onReady()
    })
  }

  #arm(): void {
    this.#timer?.cancel()
    const next = this.#deadlines.next()
    if (next === undefined || this.#stopped) return
    const { clock } = this.#options
    const delay = Math.min(Math.max(0, next - clock.now()), MAX_WAIT_MS)
    this.#timer = clock.setTimer(delay, () => {
      for (const key of this.#deadlines.takeDue(clock.now())) this.add(key)
      this.#arm()
    })
  }

  #insert(key: string, priority: number): void {
    const held = this.#priorities.get(key)
    if (held !== undefined && held >= priority) return
    if (held === undefined && this.#options.onTaken !== undefined) {
      this.#readySince.set(key, this.#options.clock.monotonic())
    }
    this.#priorities.set(key, priority)
    let line = this.#lines.get(priority)
    if (line === undefined) {
      line = createLine((other) => this.#priorities.get(other) === priority)
      this.#lines.set(priority, line)
    }
    line.push(key)
  }

  #removeNext(lowest: boolean): string | undefined {
    let chosen: number | undefined
    for (const [priority, line] of this.#lines) {
      if (line.first() === undefined) continue
      if (chosen === undefined || (lowest ? priority < chosen : priority > chosen)) {
        chosen = priority
      }
    }
    const key = chosen === undefined ? undefined : this.#lines.get(chosen)?.shift()
    if (key !== undefined) this.#priorities.delete(key)
    return key
  }
}
