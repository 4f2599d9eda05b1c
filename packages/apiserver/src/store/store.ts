/** What the server keeps its objects in. One thread writes; a write is one step, so nothing needs a lock. */
import type { Clock } from '@sortie/machinery'
import { createHistory, DEFAULT_HISTORY, type History, type HistoryLimits } from './history.ts'
import {
  type ApiObject,
  type Change,
  type Place,
  placeOf,
  type StoredObject,
  withRevision,
} from './object.ts'
import { comparePlaces, createTable, type Table } from './table.ts'

export type ChangeListener = (changes: readonly Change[]) => void

export interface Store {
  /** The revision of the newest write: one counter for all resources. */
  readonly revision: number
  /** Up to here every change has been told to the subscribers. */
  toldRevision(): number
  get(resource: string, place: Place): StoredObject | undefined
  /** The objects of a namespace or of all, ordered by key. */
  list(resource: string, namespace?: string): readonly StoredObject[]
  /** The list as it was at an earlier revision; undefined where that is forgotten. */
  listAt(
    resource: string,
    revision: number,
    namespace?: string,
  ): readonly StoredObject[] | undefined
  count(resource: string, namespace?: string): number
  /** Creates or replaces; the object gets the next resourceVersion. */
  put(resource: string, object: ApiObject): StoredObject
  /** Takes an object away; answers its last state with the deletion's resourceVersion. */
  remove(resource: string, object: StoredObject): StoredObject
  /** Has an object that is there be read otherwise from now on. It is no change: its revision stays, and nobody is told. */
  amend(resource: string, object: StoredObject): void
  /** Changes of a resource after `revision`; undefined where some are forgotten. */
  since(resource: string, revision: number): readonly Change[] | undefined
  /** The newest revision whose changes are forgotten. */
  forgottenRevision(resource: string): number
  /** Calls back with what was committed, in order and in batches, after the writer's turn. */
  subscribe(resource: string, listener: ChangeListener): () => void
  /** As `subscribe`, for every resource. */
  subscribeAll(listener: ChangeListener): () => void
  /** Resolves when everything written so far is safe; undefined where it is already. */
  settled(): Promise<void> | undefined
  close(): Promise<void>
}

/** Where committed changes are kept beyond the process. */
export interface Journal {
  /** The newest revision that was kept, 0 for none. */
  readonly revision: number
  /** Everything up to this revision is safe. */
  readonly safeRevision: number
  load(visit: (resource: string, object: StoredObject) => void): void
  /** Takes a change over; `settled` resolves when it is safe. Called in order. */
  append(change: Change): void
  settled(): Promise<void> | undefined
  close(): Promise<void>
}

export interface StoreOptions {
  readonly clock: Clock
  readonly journal?: Journal
  readonly history?: Partial<HistoryLimits>
}

interface Resource {
  readonly table: Table
  readonly history: History
  readonly listeners: Set<ChangeListener>
}

/** Objects in memory, in the journal too where there is one. */
export function createStore(options: StoreOptions): Store {
  const { clock, journal } = options
  const limits = { ...DEFAULT_HISTORY, ...options.history }
  const resources = new Map<string, Resource>()
  let revision = journal?.revision ?? 0
  const first = revision
  const resourceOf = (name: string): Resource => {
    const found = resources.get(name)
    if (found !== undefined) return found
    const made = {
      table: createTable(),
      history: createHistory(limits, first),
      listeners: new Set<ChangeListener>(),
    }
    resources.set(name, made)
    return made
  }
  const feed = createFeed((name) => resources.get(name)?.listeners, journal)
  const commit = (change: Change): void => {
    const { table, history } = resourceOf(change.resource)
    if (change.type === 'DELETED') table.delete(placeOf(change.object))
    else table.set(placeOf(change.object), change.object)
    history.append(change)
    journal?.append(change)
    feed.publish(change)
  }
  journal?.load((name, object) => resourceOf(name).table.set(placeOf(object), object))
  return {
    get revision() {
      return revision
    },
    toldRevision: () => (feed.firstPending === undefined ? revision : feed.firstPending - 1),
    get: (name, place) => resources.get(name)?.table.get(place),
    list: (name, namespace) => resources.get(name)?.table.list(namespace) ?? [],
    listAt(name, at, namespace) {
      const { table, history } = resourceOf(name)
      const changes = history.since(at)
      return changes === undefined ? undefined : rewind(table.list(namespace), changes, namespace)
    },
    count: (name, namespace) => countOf(resources.get(name)?.table, namespace),
    put(name, object) {
      const previous = resourceOf(name).table.get(placeOf(object))
      const stored = withRevision(object, ++revision)
      const type = previous === undefined ? 'ADDED' : 'MODIFIED'
      commit({ resource: name, type, object: stored, previous, revision, at: clock.monotonic() })
      return stored
    },
    remove(name, object) {
      const previous = resourceOf(name).table.get(placeOf(object)) ?? object
      const last = withRevision(object, ++revision)
      const at = clock.monotonic()
      commit({ resource: name, type: 'DELETED', object: last, previous, revision, at })
      return last
    },
    amend: (name, object) => resourceOf(name).table.set(placeOf(object), object),
    since: (name, from) => resourceOf(name).history.since(from),
    forgottenRevision: (name) => resourceOf(name).history.forgotten,
    subscribe(name, listener) {
      const { listeners } = resourceOf(name)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    subscribeAll: feed.subscribe,
    settled: () => journal?.settled(),
    close: async () => journal?.close(),
  }
}

function countOf(table: Table | undefined, namespace: string | undefined): number {
  if (table === undefined) return 0
  return namespace === undefined ? table.size : table.namespaceSize(namespace)
}

/** Undoes `changes`, the newest first, in a list that has them. */
function rewind(
  current: readonly StoredObject[],
  changes: readonly Change[],
  namespace: string | undefined,
): readonly StoredObject[] {
  const before = new Map<string, StoredObject | undefined>()
  for (const { object, previous } of changes) {
    const place = placeOf(object)
    if (namespace !== undefined && place.namespace !== namespace) continue
    const key = `${place.namespace}/${place.name}`
    if (!before.has(key)) before.set(key, previous)
  }
  if (before.size === 0) return current
  const objects = current.filter((object) => !before.has(keyIn(object)))
  for (const object of before.values()) if (object !== undefined) objects.push(object)
  return objects.sort((a, b) => comparePlaces(placeOf(a), placeOf(b)))
}

function keyIn(object: StoredObject): string {
  const { namespace, name } = placeOf(object)
  return `${namespace}/${name}`
}

interface Feed {
  /** The revision of the oldest change that is yet to be told. */
  readonly firstPending: number | undefined
  publish(change: Change): void
  subscribe(listener: ChangeListener): () => void
}

/** Hands changes on in batches: after the writer's turn, and not before the journal has them. */
function createFeed(
  listenersOf: (resource: string) => ReadonlySet<ChangeListener> | undefined,
  journal: Journal | undefined,
): Feed {
  const all = new Set<ChangeListener>()
  let pending: readonly Change[] = []
  let growing: Change[] = []
  let scheduled = false
  const deliver = (): void => {
    scheduled = false
    const { batch, rest } = splitSafe([...pending, ...growing], journal)
    pending = rest
    growing = []
    for (const listener of [...all]) listener(batch)
    for (const [resource, changes] of byResource(batch)) {
      for (const listener of [...(listenersOf(resource) ?? [])]) listener(changes)
    }
    if (rest.length > 0) schedule()
  }
  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    const durable = journal?.settled()
    if (durable === undefined) queueMicrotask(deliver)
    else {
      // What could not be kept is tried again with the next write, and told then.
      durable.then(deliver, () => {
        scheduled = false
      })
    }
  }
  return {
    get firstPending() {
      return (pending[0] ?? growing[0])?.revision
    },
    publish(change) {
      growing.push(change)
      schedule()
    },
    subscribe(listener) {
      all.add(listener)
      return () => all.delete(listener)
    },
  }
}

function splitSafe(
  changes: readonly Change[],
  journal: Journal | undefined,
): { readonly batch: readonly Change[]; readonly rest: readonly Change[] } {
  const last = changes[changes.length - 1]?.revision ?? 0
  if (journal === undefined || last <= journal.safeRevision) return { batch: changes, rest: [] }
  const end = changes.findIndex((change) => change.revision > journal.safeRevision)
  return { batch: changes.slice(0, end), rest: changes.slice(end) }
}

function byResource(batch: readonly Change[]): ReadonlyMap<string, readonly Change[]> {
  const groups = new Map<string, Change[]>()
  for (const change of batch) {
    const group = groups.get(change.resource)
    if (group === undefined) groups.set(change.resource, [change])
    else group.push(change)
  }
  return groups
}
