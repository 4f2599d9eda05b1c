/** A clock that stands still until it is told to move: time for rehearsals and tests. */
import type { Clock, Instant, Timer } from './clock.ts'

interface VirtualTimer {
  readonly at: Instant
  readonly sequence: number
  readonly callback: () => void
}

export interface VirtualClock extends Clock {
  /**
   * Moves time on by `ms`, firing what falls due in order (by time, then by age), each after the last one's promises settled. Asks
   * before each whether to go on, and stays where it is where not.
   */
  advance(ms: number, mayGoOn?: () => boolean): Promise<void>
  /** Moves to the next timer and fires it; false where none is set. */
  step(): Promise<boolean>
  /** When the next timer falls due. */
  nextTimerAt(): Instant | undefined
  /** How many timers are set. */
  pendingTimers(): number
  /** Moves the wall clock alone, as an operator's clock correction would. */
  jump(ms: number): void
}

/**
 * @param start the first instant
 * @param settle resolves once all promises that can settle now have (a turn of the event loop)
 */
export function createVirtualClock(start: Instant, settle: () => Promise<void>): VirtualClock {
  const heap: VirtualTimer[] = []
  let elapsed = 0
  // Not a sum of its own: steps of less than a quarter of a microsecond would be lost in its digits, and deadlines never come.
  let wallAtZero = start
  let sequence = 0

  const fireNext = async (): Promise<void> => {
    const timer = popTimer(heap)
    if (timer === undefined) return
    elapsed = Math.max(elapsed, timer.at)
    timer.callback()
    await settle()
  }
  return {
    now: () => wallAtZero + elapsed,
    monotonic: () => elapsed,
    setTimer(delayMs, callback): Timer {
      const timer = { at: elapsed + Math.max(0, delayMs), sequence: sequence++, callback }
      pushTimer(heap, timer)
      return { cancel: () => removeTimer(heap, timer) }
    },
    async advance(ms, mayGoOn) {
      const end = elapsed + ms
      await settle()
      while (heap[0] !== undefined && heap[0].at <= end) {
        if (mayGoOn?.() === false) return
        await fireNext()
      }
      elapsed = end
    },
    async step() {
      await settle()
      if (heap.length === 0) return false
      await fireNext()
      return true
    },
    nextTimerAt: () => (heap[0] === undefined ? undefined : wallAtZero + heap[0].at),
    pendingTimers: () => heap.length,
    jump(ms) {
      wallAtZero += ms
    },
  }
}

function isBefore(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence)
}

function pushTimer(heap: VirtualTimer[], timer: VirtualTimer): void {
  heap.push(timer)
  siftUp(heap, heap.length - 1)
}

function popTimer(heap: VirtualTimer[]): VirtualTimer | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (first !== undefined && last !== undefined && heap.length > 0) {
    heap[0] = last
    siftDown(heap, 0)
  }
  return first
}

function removeTimer(heap: VirtualTimer[], timer: VirtualTimer): void {
  const index = heap.indexOf(timer)
  if (index < 0) return
  const last = heap.pop()
  if (last === undefined || index >= heap.length) return
  heap[index] = last
  siftUp(heap, index)
  siftDown(heap, index)
}

function siftUp(heap: VirtualTimer[], from: number): void {
  for (let child = from; child > 0; ) {
    const parent = (child - 1) >> 1
    if (!swapIfBefore(heap, child, parent)) return
    child = parent
  }
}

function siftDown(heap: VirtualTimer[], from: number): void {
  for (let parent = from; ; ) {
    const left = 2 * parent + 1
    const right = left + 1
    const smaller = right < heap.length && isBeforeAt(heap, right, left) ? right : left
    if (smaller >= heap.length || !swapIfBefore(heap, smaller, parent)) return
    parent = smaller
  }
}

function isBeforeAt(heap: readonly VirtualTimer[], a: number, b: number): boolean {
  const [left, right] = [heap[a], heap[b]]
  return left !== undefined && right !== undefined && isBefore(left, right)
}

function swapIfBefore(heap: VirtualTimer[], a: number, b: number): boolean {
  const [left, right] = [heap[a], heap[b]]
  if (left === undefined || right === undefined || !isBefore(left, right)) return false
  heap[a] = right
  heap[b] = left
  return true
}
