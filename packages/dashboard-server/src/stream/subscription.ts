/** One subscription of one browser: a snapshot in parts as fast as the line takes them, then batches. */
import type { Health } from '../source/table.ts'
import type { StreamSocket } from './socket.ts'
import type { View, ViewBatch, Viewer } from './view.ts'

export interface Subscription {
  /** Shows this view in place of what was shown. */
  show(view: View): void
  /** Shows nothing, and says why. */
  refuse(health: Exclude<Health, { readonly state: 'starting' }>, rows: 'drop' | 'keep'): void
  end(): void
}

const NO_ROWS = Buffer.from('"rows":[],"first":true,"last":true}')

export function createSubscription(socket: StreamSocket, id: number): Subscription {
  let leave: (() => void) | undefined
  let shown: View | undefined
  /** Whether the browser holds rows of this subscription. */
  let holds = false
  let running = 0
  /** Parts that wait for the line to take them. */
  let snapshot: Snapshot | undefined

  const stop = (): void => {
    running++
    // What was to be shown may be what must not be shown any more.
    snapshot?.cancel()
    snapshot = undefined
    leave?.()
    leave = undefined
    shown = undefined
  }
  const say = (health: Health): void => {
    if (health.state !== 'starting') socket.send({ type: 'state', id, ...health })
  }
  const begin = (view: View): Viewer => {
    const start = (): void => {
      snapshot?.cancel()
      snapshot = undefined
      if (view.isShown) {
        holds = true
        const sending = sendSnapshot({ socket, id, view }, () => {
          snapshot = undefined
          say(view.health)
        })
        snapshot = sending.isDone ? undefined : sending
      } else {
        drop()
        say(view.health)
      }
    }
    const mine = running
    start()
    return {
      onBatch(batch) {
        if (mine !== running) return
        if (snapshot === undefined) socket.sendShared('batch', id, batch.tail)
        else snapshot.miss(batch)
      },
      onState() {
        if (mine === running && snapshot === undefined) say(view.health)
      },
      onReset() {
        if (mine === running) start()
      },
    }
  }
  const drop = (): void => {
    if (!holds) return
    holds = false
    socket.sendLarge('snapshot', { id, tail: NO_ROWS }, () => {})
  }
  return {
    show(view) {
      if (view === shown) return
      stop()
      shown = view
      const viewer = begin(view)
      leave = view.join(viewer)
    },
    refuse(health, rows) {
      stop()
      if (rows === 'drop') drop()
      say(health)
    },
    end: stop,
  }
}

interface Snapshot {
  readonly isDone: boolean
  /** These changed while parts were on their way. */
  miss(batch: ViewBatch): void
  cancel(): void
}

interface SnapshotTarget {
  readonly socket: StreamSocket
  readonly id: number
  readonly view: View
}

function sendSnapshot({ socket, id, view }: SnapshotTarget, done: () => void): Snapshot {
  const parts = view.snapshot()
  const missed = new Set<string>()
  let next = 0
  let cancelled = false
  let isDone = false
  const proceed = (): void => {
    if (cancelled) return
    const tail = parts[next]
    next++
    if (tail !== undefined) {
      const isLast = next === parts.length
      socket.sendLarge('snapshot', { id, tail }, isLast ? () => {} : proceed)
      if (isLast) finish()
    }
  }
  const finish = (): void => {
    isDone = true
    if (missed.size > 0) socket.sendShared('batch', id, view.batchOf(missed).tail)
    done()
  }
  proceed()
  return {
    get isDone() {
      return isDone
    },
    miss: ({ uids }) => {
      for (const uid of uids) missed.add(uid)
    },
    cancel: () => {
      cancelled = true
    },
  }
}
