/** Events go an hour after they were last written. */
import { type Instant, parseTime, type Timer } from '@sortie/machinery'
import type { ServerParts } from '../server/parts.ts'
import { type Change, type Place, placeOf, type StoredObject } from '../store/index.ts'
import type { ServerController } from './controller.ts'

export const EVENT_TTL_MS = 3_600_000
const EVENTS = 'events'

interface Expiry {
  readonly place: Place
  readonly resourceVersion: string
  readonly at: Instant
}

/** All events live equally long, so that the order of writing is the order of expiry: one timer is enough. */
export function createExpiryController(parts: ServerParts, ttlMs = EVENT_TTL_MS): ServerController {
  const { store, clock } = parts
  let queue: Expiry[] = []
  let head = 0
  let timer: Timer | undefined
  let unsubscribe: (() => void) | undefined
  const arm = (): void => {
    const next = queue[head]
    if (timer !== undefined || next === undefined) return
    timer = clock.setTimer(next.at - clock.monotonic(), expire)
  }
  const expire = (): void => {
    timer = undefined
    const now = clock.monotonic()
    for (let next = queue[head]; next !== undefined && next.at <= now; next = queue[++head]) {
      const object = store.get(EVENTS, next.place)
      if (object?.metadata.resourceVersion === next.resourceVersion) store.remove(EVENTS, object)
    }
    if (head > 1_024) {
      queue = queue.slice(head)
      head = 0
    }
    arm()
  }
  const enqueue = (object: StoredObject, at: Instant): void => {
    queue.push({
      place: placeOf(object),
      resourceVersion: object.metadata.resourceVersion,
      at,
    })
  }
  return {
    start() {
      for (const { object, at } of byAge(parts, ttlMs)) enqueue(object, at)
      unsubscribe = store.subscribe(EVENTS, (changes: readonly Change[]) => {
        for (const { type, object, at } of changes)
          if (type !== 'DELETED') enqueue(object, at + ttlMs)
        arm()
      })
      arm()
    },
    stop() {
      unsubscribe?.()
      timer?.cancel()
    },
  }
}

/** What is there at the start, by when it expires. */
function byAge({ store, clock }: ServerParts, ttlMs: number) {
  const offset = clock.monotonic() - clock.now()
  return store
    .list(EVENTS)
    .map((object) => {
      const created = parseTime(object.metadata.creationTimestamp) ?? clock.now()
      return { object, at: created + ttlMs + offset }
    })
    .sort((a, b) => a.at - b.at)
}
