/**
 * The app's stream: one connection, and one shared subscription per kind and scope however many components show it. A hidden tab
 * gives its subscriptions up after a minute and takes them again when it is looked at.
 */
import type { LogSource, RowKind, RowKinds, Scope, SubscriptionState } from '@sortie/api'
import { type Instant, systemRandom, type Timer } from '@sortie/machinery'
import { readonly, type ShallowRef, shallowRef } from 'vue'
import { clock } from '../clock.ts'
import { type ConnectionState, type LogSink, type Socket, StreamConnection } from './connection.ts'
import { RowTable } from './table.ts'

/** A subscription that nobody shows any more is kept this long, for those who come back. */
const LINGER_MILLIS = 10_000
const HIDDEN_MILLIS = 60_000

/** What a component sees of a subscription. */
export interface LiveRows<K extends RowKind> {
  /** A new array whenever something changed; not sorted. */
  readonly rows: Readonly<ShallowRef<readonly RowKinds[K][]>>
  readonly state: Readonly<ShallowRef<SubscriptionState>>
  /** False until the first snapshot is whole. */
  readonly ready: Readonly<ShallowRef<boolean>>
}

interface Shared<K extends RowKind> extends LiveRows<K> {
  users: number
  close: (() => void) | undefined
  linger: Timer | undefined
  readonly open: () => void
}

const connectionState = shallowRef<ConnectionState>({ state: 'connecting' })
const lastSign = shallowRef<Instant>(clock.now())
const skew = shallowRef(0)
const shared = new Map<string, Shared<RowKind>>()

function openSocket(): Socket {
  const { protocol, host } = globalThis.location
  const scheme = protocol === 'https:' ? 'wss:' : 'ws:'
  return new WebSocket(`${scheme}//${host}/api/stream`) as unknown as Socket
}

const connection = new StreamConnection({
  open: openSocket,
  clock,
  random: systemRandom(),
  onState: (state) => {
    if (state.state === 'open') skew.value = state.hello.time - clock.now()
    connectionState.value = state
  },
  onSign: (at) => {
    lastSign.value = at
  },
})

/** How the connection stands, and when something was last heard. */
export const stream = {
  state: readonly(connectionState) as Readonly<ShallowRef<ConnectionState>>,
  lastSign: readonly(lastSign),
  /** The server's clock less the browser's, in milliseconds, as of the last hello. */
  skew: readonly(skew),
  /** What has come, as of now: nobody is told when that changes. */
  traffic: () => connection.traffic,
  start: () => connection.start(),
  stop: () => connection.stop(),
  /** Drops the connection and opens another at once: the person asked for it. */
  reconnect: () => {
    connection.stop()
    connection.start()
  },
  openLog: (source: LogSource, sink: LogSink) => connection.openLog(source, sink),
  /** Drops all rows: whoever comes next may not see what the last person saw. */
  forget: () => {
    for (const one of shared.values()) {
      one.linger?.cancel()
      one.close?.()
    }
    shared.clear()
  },
}

/** Takes the rows of a kind; `release` gives them back. Components use `useRows`. */
export function takeRows<K extends RowKind>(
  kind: K,
  scope: Scope,
): { readonly live: LiveRows<K>; release(): void } {
  const key = JSON.stringify([kind, scope.namespace, scope.mission, scope.of])
  const found = (shared.get(key) ?? makeShared(kind, scope)) as Shared<RowKind>
  shared.set(key, found)
  found.linger?.cancel()
  found.users += 1
  found.open()
  let released = false
  const release = (): void => {
    if (released) return
    released = true
    found.users -= 1
    if (found.users > 0) return
    found.linger = clock.setTimer(LINGER_MILLIS, () => {
      found.close?.()
      if (shared.get(key) === found) shared.delete(key)
    })
  }
  return { live: found as unknown as LiveRows<K>, release }
}

function makeShared<K extends RowKind>(kind: K, scope: Scope): Shared<K> {
  const table = new RowTable<RowKinds[K]>()
  const rows = shallowRef<readonly RowKinds[K][]>([])
  const state = shallowRef<SubscriptionState>({ state: 'live' })
  const ready = shallowRef(false)
  const show = (): void => {
    rows.value = [...table.rows()]
    ready.value = table.ready
  }
  const one: Shared<K> = {
    rows,
    state,
    ready,
    users: 0,
    linger: undefined,
    close: undefined,
    open: () => {
      one.close ??= connection.subscribe(kind, scope, {
        snapshot: (parts, part) => {
          table.snapshot(parts as readonly RowKinds[K][], part)
          if (part.last) show()
        },
        batch: (upserts, deletes) => {
          table.batch(upserts as readonly RowKinds[K][], deletes)
          show()
        },
        state: (next) => {
          state.value = next
          if (next.state === 'forbidden' || next.state === 'missing') table.clear()
          show()
          if (next.state !== 'live' && next.state !== 'stale') ready.value = true
        },
      })
    },
  }
  return one
}

/** Gives all subscriptions up while the tab stays hidden, and takes them again. */
export function followVisibility(page: Document): void {
  let timer: Timer | undefined
  page.addEventListener('visibilitychange', () => {
    timer?.cancel()
    if (page.visibilityState === 'visible') {
      for (const one of shared.values()) if (one.users > 0) one.open()
      return
    }
    timer = clock.setTimer(HIDDEN_MILLIS, () => {
      for (const one of shared.values()) {
        one.close?.()
        one.close = undefined
      }
    })
  })
}
