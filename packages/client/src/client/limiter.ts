/** Caps how many requests are in flight: more would only queue in the server and starve other clients. */
import { TransportError } from '@sortie/machinery'

export interface Limiter {
  /** Runs `work` when a place is free, first come first served. @throws TransportError when aborted while waiting */
  run<R>(work: () => Promise<R>, signal?: AbortSignal): Promise<R>
}

interface Waiter {
  admit(): boolean
}

export function createLimiter(places: number): Limiter {
  let free = places
  let waiting: Waiter[] = []
  let head = 0

  const release = (): void => {
    for (;;) {
      const next = waiting[head]
      if (next === undefined) break
      head++
      if (head > 64 && head * 2 > waiting.length) {
        waiting = waiting.slice(head)
        head = 0
      }
      if (next.admit()) return
    }
    free++
  }
  const acquire = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      let settled = false
      const onAbort = (): void => {
        settled = true
        reject(new TransportError('the request was aborted', { cause: signal?.reason }))
      }
      // Of an abort that has been there is no event to come.
      if (signal?.aborted === true) return onAbort()
      signal?.addEventListener('abort', onAbort, { once: true })
      const admit = (): boolean => {
        if (settled) return false
        signal?.removeEventListener('abort', onAbort)
        resolve()
        return true
      }
      waiting.push({ admit })
    })
  return {
    async run(work, signal) {
      if (free > 0) free--
      else await acquire(signal)
      try {
        return await work()
      } finally {
        release()
      }
    },
  }
}
