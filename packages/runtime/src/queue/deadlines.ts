/** The earliest time at which each key wants to be looked at: a binary heap with one live entry per key. */
import type { Instant } from '@sortie/machinery'

export interface Deadlines {
  /** Keeps the earlier of this and what is set. True when it is now the first of all. */
  set(key: string, at: Instant): boolean
  clear(key: string): void
  next(): Instant | undefined
  /** Removes and returns the keys that are due, earliest first. */
  takeDue(now: Instant): string[]
}

interface Entry {
  readonly at: Instant
  readonly key: string
}

export function createDeadlines(): Deadlines {
  // Entries that were replaced or cleared stay in the heap until they come up, and are then passed over.
  const heap: Entry[] = []
  const live = new Map<string, Entry>()
  const dropStale = (): void => {
    while (heap[0] !== undefined && live.get(heap[0].key) !== heap[0]) pop(heap)
  }
  return {
    set(key, at) {
      const held = live.get(key)
      if (held !== undefined && held.at <= at) return false
      const entry = { at, key }
      live.set(key, entry)
      push(heap, entry)
      dropStale()
      return heap[0] === entry
    },
    clear: (key) => void live.delete(key),
    next() {
      dropStale()
      return heap[0]?.at
    },
    takeDue(now) {
      const due: string[] = []
      for (dropStale(); heap[0] !== undefined && heap[0].at <= now; dropStale()) {
        live.delete(heap[0].key)
        due.push(heap[0].key)
        pop(heap)
      }
      return due
    },
  }
}

function push(heap: Entry[], entry: Entry): void {
  let child = heap.push(entry) - 1
  while (child > 0) {
    const parent = (child - 1) >> 1
    const above = heap[parent]
    if (above === undefined || above.at <= entry.at) break
    heap[child] = above
    child = parent
  }
  heap[child] = entry
}

function pop(heap: Entry[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let parent = 0
  for (;;) {
    let child = 2 * parent + 1
    const right = heap[child + 1]
    if (right !== undefined && right.at < (heap[child]?.at ?? Infinity)) child++
    const below = heap[child]
    if (below === undefined || below.at >= last.at) break
    heap[parent] = below
    parent = child
  }
  heap[parent] = last
}
