/** Sources by key, opened by the first who needs one and kept for a while after the last. */
import type { Clock, Timer } from '@sortie/machinery'
import type { Source } from './informed.ts'
import type { RowTable } from './table.ts'

/** How long a source goes on when nobody needs it: a page that is left and opened again costs no new list. */
export const LINGER_MILLIS = 30_000

export interface Lease {
  readonly table: RowTable
  /** Gives it back, once. */
  release(): void
}

export interface SourcePool {
  /** @param open called where there is no source under the key */
  acquire(key: string, open: () => Source<RowTable>): Lease
  readonly size: number
  /** Stops those whose key begins so, needed or not: their credentials are gone. */
  end(prefix: string): void
  /** Stops all of them, also those that are still needed. */
  close(): Promise<void>
}

interface Held {
  readonly source: Source<RowTable>
  users: number
  timer: Timer | undefined
}

export function createSourcePool(clock: Clock): SourcePool {
  const sources = new Map<string, Held>()
  const drop = (key: string, held: Held): void => {
    held.timer = clock.setTimer(LINGER_MILLIS, () => {
      sources.delete(key)
      void held.source.stop()
    })
  }
  return {
    get size() {
      return sources.size
    },
    acquire(key, open) {
      let held = sources.get(key)
      if (held === undefined) {
        held = { source: open(), users: 0, timer: undefined }
        sources.set(key, held)
      }
      const taken = held
      taken.users++
      taken.timer?.cancel()
      taken.timer = undefined
      let released = false
      return {
        table: taken.source.table,
        release() {
          if (released) return
          released = true
          taken.users--
          if (taken.users === 0 && sources.get(key) === taken) drop(key, taken)
        },
      }
    },
    end(prefix) {
      for (const [key, { source, timer }] of [...sources]) {
        if (!key.startsWith(prefix)) continue
        sources.delete(key)
        timer?.cancel()
        void source.stop()
      }
    },
    async close() {
      const all = [...sources.values()]
      sources.clear()
      for (const { timer } of all) timer?.cancel()
      await Promise.all(all.map(({ source }) => source.stop()))
    },
  }
}
