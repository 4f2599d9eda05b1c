/** A watch whose events a case can wait for. */
import {
  type ApiRequest,
  ApiStatusError,
  type StatusObject,
  type Transport,
  type WatchEvent,
} from '@sortie/machinery'
import { valueAt } from './answer.ts'

const PATIENCE_MS = 15_000

export interface WatchLog {
  /** All events that came, bookmarks too. */
  readonly events: readonly WatchEvent[]
  /** Waits until so many events are there that are no bookmarks. @throws Error when they do not come */
  count(count: number): Promise<readonly WatchEvent[]>
  /** Waits for the first event that satisfies it. @throws Error when none comes */
  find(accept: (event: WatchEvent) => boolean, what: string): Promise<WatchEvent>
  /** Waits until the server ended it. @throws Error when it does not */
  ended(): Promise<void>
  /** `ADDED a`, `MODIFIED a`…: type and name of what came, bookmarks left out. */
  summary(): string[]
  close(): void
}

interface Waiter {
  check(): boolean
  resolve(): void
}

export async function openWatch(transport: Transport, request: ApiRequest): Promise<WatchLog> {
  const events: WatchEvent[] = []
  const waiters = new Set<Waiter>()
  let over = false
  const wake = (): void => {
    for (const waiter of [...waiters]) {
      if (!waiter.check()) continue
      waiters.delete(waiter)
      waiter.resolve()
    }
  }
  const stream = await transport.watch(request, {
    onEvent(event) {
      events.push(event)
      wake()
    },
    onEnd() {
      over = true
      wake()
    },
  })
  const wait = (check: () => boolean, what: string): Promise<void> =>
    new Promise((resolve, reject) => {
      if (check()) return resolve()
      const fail = (): void => {
        waiters.delete(waiter)
        reject(
          new Error(`waited in vain for ${what}; came: ${JSON.stringify(events).slice(0, 1500)}`),
        )
      }
      const timer = setTimeout(fail, PATIENCE_MS)
      const waiter = {
        check,
        resolve() {
          clearTimeout(timer)
          resolve()
        },
      }
      waiters.add(waiter)
    })
  const changes = (): WatchEvent[] => events.filter(({ type }) => type !== 'BOOKMARK')
  return {
    events,
    async count(count) {
      await wait(() => changes().length >= count, `${count} events`)
      return changes()
    },
    async find(accept, what) {
      await wait(() => events.some(accept), what)
      return events.find(accept) as WatchEvent
    },
    ended: () => wait(() => over, 'the end of the watch'),
    summary: () =>
      changes().map(({ type, object }) => `${type} ${String(valueAt(object, 'metadata.name'))}`),
    close: () => stream.close(),
  }
}

/** The Status with which a watch is refused, be it by the answer's code or by an ERROR event as its first. */
export async function refusedWatch(
  transport: Transport,
  request: ApiRequest,
): Promise<StatusObject> {
  try {
    const watch = await openWatch(transport, request)
    const event = await watch.find(({ type }) => type === 'ERROR', 'an error')
    watch.close()
    return event.object as StatusObject
  } catch (error) {
    if (error instanceof ApiStatusError) return error.status
    throw error
  }
}
