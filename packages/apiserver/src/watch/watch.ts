/** A watch: what was there, then what changes, as one selection sees it. */
import {
  type Clock,
  failureStatus,
  type OpenStream,
  type StatusObject,
  type Timer,
} from '@sortie/machinery'
import { tooLarge } from '../registry/failures.ts'
import {
  type ApiObject,
  type Change,
  type ChangeType,
  type Store,
  type StoredObject,
  withRevision,
} from '../store/index.ts'
import type { Selection } from './selection.ts'

/** What a watch tells: HTTP encodes it, the in-process transport hands it over. */
export interface WatchReceiver {
  onChange(type: ChangeType, object: StoredObject): void
  /** @param initialEnd true for the bookmark that ends the initial events */
  onBookmark(resourceVersion: string, initialEnd: boolean): void
  onError(status: StatusObject): void
  /** After the events of one batch. */
  onFlush(): void
  onEnd(): void
}

export interface WatchPlan {
  readonly store: Store
  readonly clock: Clock
  readonly storage: string
  readonly selection: Selection
  /** Starts after this revision; undefined: with what is there now. */
  readonly from: number | undefined
  /** What is there now must be no older than this revision; 0 where nothing is asked of it. */
  readonly least: number
  /** Nothing is told of what was before this revision. */
  readonly oldest: number
  readonly bookmarks: boolean
  /** Ends the initial events with a bookmark that says so. */
  readonly marksInitialEnd: boolean
  readonly timeoutMs: number
}

const BOOKMARK_INTERVAL_MS = 60_000
/** A last bookmark comes that long before the time-out, so that the client resumes from it. */
const BOOKMARK_LEAD_MS = 2_000

/** Starts a watch. The first events come after the caller's turn. */
export function startWatch(plan: WatchPlan, receiver: WatchReceiver): OpenStream {
  const { store, selection, storage, from, oldest } = plan
  const isKnown = from === undefined || from >= oldest
  const backlog = from === undefined || !isKnown ? undefined : store.since(storage, from)
  if (from !== undefined && backlog === undefined) {
    const edge = Math.max(store.forgottenRevision(storage), oldest)
    return endWithError(tooOld(from, edge), receiver)
  }
  if (from === undefined && plan.least > store.revision) {
    return endWithError(tooLarge(plan.least, store.revision).status, receiver)
  }
  const first = Math.max(store.revision, from ?? 0)
  const initial = backlog === undefined ? snapshot(plan) : undefined
  let seen = first
  let open = true
  /** Changes that are told before the first events have gone out; undefined once they have. */
  let early: Change[] | undefined = []
  const handle = (changes: readonly Change[]): void => {
    if (!open) return
    if (early !== undefined) {
      early.push(...changes)
      return
    }
    for (const change of changes) {
      if (change.revision <= first) continue
      seen = change.revision
      report(change, selection, receiver)
    }
    receiver.onFlush()
  }
  const unsubscribe = store.subscribe(plan.storage, handle)
  const timers = createTimers(plan, {
    // What is written but not told yet must come after it: a watch that resumes here would miss that.
    bookmark: () => receiver.onBookmark(String(Math.max(seen, store.toldRevision())), false),
    end: () => {
      close()
      receiver.onEnd()
    },
  })
  const close = (): void => {
    open = false
    unsubscribe()
    timers.cancel()
  }
  queueMicrotask(() => {
    if (!open) return
    for (const object of initial ?? []) receiver.onChange('ADDED', object)
    for (const change of backlog ?? []) report(change, selection, receiver)
    if (plan.marksInitialEnd) receiver.onBookmark(String(first), true)
    const held = early ?? []
    early = undefined
    handle(held)
  })
  return { close }
}

function snapshot({ store, storage, selection }: WatchPlan): readonly StoredObject[] {
  return store.list(storage, selection.namespace).filter(selection.matches)
}

/** An object that enters the selection is added, one that leaves it is deleted. */
function report(change: Change, selection: Selection, receiver: WatchReceiver): void {
  const { type, object, previous, revision } = change
  const before = type !== 'ADDED' && previous !== undefined && selection.matches(previous)
  if (type === 'DELETED') {
    if (before) receiver.onChange('DELETED', object)
    return
  }
  const after = selection.matches(object)
  if (after) receiver.onChange(before ? 'MODIFIED' : 'ADDED', object)
  else if (before) receiver.onChange('DELETED', withRevision(previous, revision))
}

interface WatchTimers {
  cancel(): void
}

function createTimers(
  { clock, bookmarks, timeoutMs }: WatchPlan,
  actions: { readonly bookmark: () => void; readonly end: () => void },
): WatchTimers {
  const timers = new Set<Timer>()
  const after = (delayMs: number, action: () => void): void => {
    const timer = clock.setTimer(delayMs, () => {
      timers.delete(timer)
      action()
    })
    timers.add(timer)
  }
  const tick = (): void => {
    actions.bookmark()
    after(BOOKMARK_INTERVAL_MS, tick)
  }
  after(timeoutMs, actions.end)
  if (bookmarks) {
    after(BOOKMARK_INTERVAL_MS, tick)
    if (timeoutMs > BOOKMARK_LEAD_MS) after(timeoutMs - BOOKMARK_LEAD_MS, actions.bookmark)
  }
  return {
    cancel: () => {
      for (const timer of timers) timer.cancel()
    },
  }
}

function endWithError(status: StatusObject, receiver: WatchReceiver): OpenStream {
  let open = true
  queueMicrotask(() => {
    if (!open) return
    receiver.onError(status)
    receiver.onFlush()
    receiver.onEnd()
  })
  return {
    close: () => {
      open = false
    },
  }
}

function tooOld(from: number, oldest: number): StatusObject {
  return failureStatus('Expired', { message: `too old resource version: ${from} (${oldest})` })
}

/** The object of a BOOKMARK event. */
export function bookmarkObject(
  type: { readonly apiVersion: string; readonly kind: string },
  resourceVersion: string,
  initialEnd: boolean,
): ApiObject {
  const annotations = initialEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}
  return { ...type, metadata: { resourceVersion, ...annotations } }
}
