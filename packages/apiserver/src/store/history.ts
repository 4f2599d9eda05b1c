/** The recent changes of one resource: what a watch resumes from and what an older page of a list is rebuilt from. */
import type { Change } from './object.ts'

export interface HistoryLimits {
  /** Changes younger than this are kept, up to `most`. Milliseconds. */
  readonly keepMs: number
  /** This many are kept however old they are. */
  readonly least: number
  readonly most: number
}

export const DEFAULT_HISTORY: HistoryLimits = { keepMs: 75_000, least: 1_000, most: 32_768 }

export interface History {
  append(change: Change): void
  /** The changes after `revision`, or undefined where some of them are forgotten. */
  since(revision: number): readonly Change[] | undefined
  /** The newest revision whose changes are forgotten: a watch can start there or later. */
  readonly forgotten: number
}

/** @param forgotten everything up to this revision is not known */
export function createHistory(limits: HistoryLimits, forgotten: number): History {
  let changes: Change[] = []
  let start = 0
  let edge = forgotten
  const trim = (now: number): void => {
    for (let first = changes[start]; first !== undefined; first = changes[start]) {
      const count = changes.length - start
      if (count <= limits.least) break
      if (count <= limits.most && now - first.at < limits.keepMs) break
      edge = first.revision
      start++
    }
    if (start < 1_024 || start * 2 < changes.length) return
    changes = changes.slice(start)
    start = 0
  }
  return {
    append(change) {
      changes.push(change)
      trim(change.at)
    },
    since(revision) {
      if (revision < edge) return undefined
      return changes.slice(firstAfter(changes, start, revision))
    },
    get forgotten() {
      return edge
    },
  }
}

function firstAfter(changes: readonly Change[], start: number, revision: number): number {
  let low = start
  let high = changes.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((changes[middle]?.revision ?? 0) > revision) high = middle
    else low = middle + 1
  }
  return low
}
