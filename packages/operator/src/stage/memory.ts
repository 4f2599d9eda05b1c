/**
 * What the stage's controller keeps between passes. All of it can be lost: a restart costs one
 * early write of counters, and the expansion is made again.
 */
import type { MissionStage } from '@sortie/api'
import type { Clock, Instant, Stored } from '@sortie/machinery'
import { type Expansion, expandStage } from './expansion.ts'
import type { TaskOutcome } from './roster.ts'

export interface StageMemory {
  readonly uid: string
  /** The run of the stage that it is about. */
  readonly attempt: number
  /** Ends of tasks whose objects were deleted, by the name within the stage. */
  readonly remembered: Map<string, TaskOutcome>
  /** Some of them are not in the status yet. */
  unrecorded: boolean
  /** Names of objects that belong to someone else. */
  readonly taken: Set<string>
  /** Names of objects that were deleted before their end. */
  readonly gone: Set<string>
  writtenAt: Instant | undefined
  /** On the monotonic clock. */
  passedAt: number | undefined
  expansion: { readonly generation: number | undefined; readonly value: Expansion } | undefined
}

/**
 * Time between passes over a stage, per task: events come one by one, and a pass looks at every
 * task, so a large stage takes several events at once. 10,000 tasks, of which a pass takes 3 ms: 300 ms.
 */
const PASS_INTERVAL_MS_PER_TASK = 0.03
/** Stages of up to this many tasks are looked at for every event. */
const SMALL_STAGE = 200

export class StageMemories {
  readonly #clock: Clock
  readonly #byKey = new Map<string, StageMemory>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The memory of this very stage and run: one that was made again under the name, or runs again, starts afresh. */
  of(
    key: string,
    { uid, attempt = 0 }: Pick<StageMemory, 'uid'> & { attempt?: number },
  ): StageMemory {
    const held = this.#byKey.get(key)
    if (held?.uid === uid && held.attempt === attempt) return held
    const fresh: StageMemory = {
      uid,
      attempt,
      remembered: new Map(),
      unrecorded: false,
      taken: new Set(),
      gone: new Set(),
      writtenAt: undefined,
      passedAt: undefined,
      expansion: undefined,
    }
    this.#byKey.set(key, fresh)
    return fresh
  }

  forget(key: string): void {
    this.#byKey.delete(key)
  }

  get size(): number {
    return this.#byKey.size
  }

  /** The stage's tasks, counted out once per generation of its spec. */
  expansionOf(memory: StageMemory, stage: Stored<MissionStage>): Expansion {
    const { generation } = stage.metadata
    if (memory.expansion === undefined || memory.expansion.generation !== generation) {
      memory.expansion = { generation, value: expandStage(stage) }
    }
    return memory.expansion.value
  }

  /** When the stage may be looked at again; undefined where it may now, which is noted. */
  waitUntil(memory: StageMemory): Instant | undefined {
    const now = this.#clock.monotonic()
    const size = memory.expansion?.value.tasks.length ?? 0
    const interval = size <= SMALL_STAGE ? 0 : size * PASS_INTERVAL_MS_PER_TASK
    const wait = memory.passedAt === undefined ? 0 : memory.passedAt + interval - now
    if (wait > 0) return this.#clock.now() + wait
    memory.passedAt = now
    return undefined
  }
}
