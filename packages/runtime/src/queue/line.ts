/** Keys in the order in which they came. */

export interface Line {
  push(key: string): void
  /** The first that still waits here. */
  first(): string | undefined
  /** Takes that one out. */
  shift(): string | undefined
}

/** Places that are kept whether somebody waits there or not. */
const LEAST_ROOM = 1024

/**
 * A key that went elsewhere leaves its place behind, to be passed over. A set would take the key out, but look for its first one past
 * all that were ever taken out of it: with 10,000 keys that is most of the work.
 * @param isHere whether a key that was pushed waits here still
 */
export function createLine(isHere: (key: string) => boolean): Line {
  let keys: string[] = []
  let next = 0
  let room = LEAST_ROOM
  const tidy = (): void => {
    keys = [...new Set(keys.slice(next))].filter(isHere)
    next = 0
    room = Math.max(LEAST_ROOM, 2 * keys.length)
  }
  const first = (): string | undefined => {
    for (; next < keys.length; next++) {
      const key = keys[next]
      if (key !== undefined && isHere(key)) return key
    }
    return undefined
  }
  return {
    first,
    push(key) {
      if (keys.length >= room) tidy()
      keys.push(key)
    },
    shift() {
      const key = first()
      next++
      return key
    },
  }
}
