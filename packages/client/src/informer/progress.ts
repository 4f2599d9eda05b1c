/** How far an informer has seen, and who waits for it to get there. */
import { compareVersions } from './version.ts'

export interface Progress {
  readonly version: string
  advance(version: string): void
  /** The server's history began anew (restored from a backup): what was waited for can't come any more. */
  restart(version: string): void
  hasSeen(version: string): boolean
  /** Calls back once, at once where it was seen already. The function returned takes it back. */
  whenSeen(version: string, callback: () => void): () => void
}

interface Waiter {
  readonly version: string
  callback: (() => void) | undefined
}

export function createProgress(run: (callback: () => void) => void): Progress {
  let seen = ''
  /** By version, oldest first: the ones that fall due are at the front. */
  const waiters: Waiter[] = []

  const release = (count: number): void => {
    if (count === 0) return
    for (const { callback } of waiters.splice(0, count)) if (callback !== undefined) run(callback)
  }
  const hasSeen = (version: string): boolean => seen !== '' && compareVersions(version, seen) <= 0
  return {
    get version() {
      return seen
    },
    hasSeen,
    advance(version) {
      if (compareVersions(version, seen) <= 0) return
      seen = version
      let due = 0
      for (let next = waiters[0]; next !== undefined && hasSeen(next.version); ) {
        due++
        next = waiters[due]
      }
      release(due)
    },
    restart(version) {
      seen = version
      release(waiters.length)
    },
    whenSeen(version, callback) {
      if (hasSeen(version)) {
        run(callback)
        return () => {}
      }
      const waiter: Waiter = { version, callback }
      let at = waiters.length
      for (let last = waiters[at - 1]; last !== undefined; last = waiters[at - 1]) {
        if (compareVersions(last.version, version) <= 0) break
        at--
      }
      waiters.splice(at, 0, waiter)
      return () => {
        waiter.callback = undefined
      }
    },
  }
}
