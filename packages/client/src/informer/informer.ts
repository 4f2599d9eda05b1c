/** A cache of one type's objects that follows the server, with indexes and handlers. */
import {
  type Clock,
  type KubeObject,
  keyOf,
  type Logger,
  type Random,
  type ResourceType,
  SortieError,
  type Stored,
} from '@sortie/machinery'
import type { Client } from '../client/client.ts'
import { type Change, createCache } from './cache.ts'
import { createIndexes, type IndexFunction, OWNER_UID_INDEX, ownerUidIndex } from './indexes.ts'
import { createProgress } from './progress.ts'
import { type ReflectorTarget, runReflector } from './reflector.ts'
import { shareEqual } from './share.ts'
import { stripBookkeeping } from './transform.ts'
import { compareVersions } from './version.ts'

/** Read access to a cache. What it returns is shared: never mutate it. */
export interface Lister<T extends KubeObject> {
  /** @param key `namespace/name`, or `name` where there is no namespace */
  get(key: string): Stored<T> | undefined
  /** All of them; may be iterated again and again. */
  list(): Iterable<Stored<T>>
  /** @throws RangeError where there is no such index */
  byIndex(index: string, value: string): readonly Stored<T>[]
  readonly size: number
}

/** Runs synchronously: it only notes what to do. What it throws is logged and hurts nobody else. */
export interface InformerHandler<T extends KubeObject> {
  onAdd?(object: Stored<T>): void
  onUpdate?(old: Stored<T>, object: Stored<T>): void
  /** Where the deletion itself was not seen, with the last state that was. */
  onDelete?(object: Stored<T>): void
}

export interface Informer<T extends KubeObject> extends Lister<T> {
  readonly type: ResourceType
  /** Begins to follow the server. Does nothing when called again. */
  start(): void
  /** Ends it: when it resolves, no timer and no connection of it is left. */
  stop(): Promise<void>
  /** True once the cache held a whole state of the server. */
  hasSynced(): boolean
  /** Resolves once `hasSynced`. Rejects with the signal's reason, or with a SortieError where the informer is stopped before. */
  whenSynced(signal?: AbortSignal): Promise<void>
  /** Calls `onAdd` at once for what is held. The function returned takes the handler out. */
  addHandler(handler: InformerHandler<T>): () => void
  /** True once an event or a list at or past this resourceVersion was seen. */
  hasSeen(resourceVersion: string): boolean
  /** Calls back once that is so, after the handlers; at once where it is so already. The function returned takes it back. */
  whenSeen(resourceVersion: string, callback: () => void): () => void
  /** @throws SortieError (bug) once started */
  addIndexer(name: string, index: IndexFunction<T>): void
}

export interface InformerOptions<T extends KubeObject> {
  readonly client: Client
  readonly type: ResourceType
  /** All namespaces where it is left out. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly indexers?: Readonly<Record<string, IndexFunction<T>>>
  /**
   * What of an object is kept. Must not mutate it, and can't count on managedFields. The default drops them and kubectl's last-applied
   * annotation. Where the transport parses, what it returns must be JSON that nobody else holds, since equal parts of what is kept are
   * then held once.
   */
  readonly transform?: (object: Stored<T>) => Stored<T>
}

export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  const { type } = options
  const log = options.log.with({ resource: type.plural })
  const guard = (callback: () => void): void => {
    try {
      callback()
    } catch (error) {
      log.error('informer handler failed', { error })
    }
  }
  const indexes = createIndexes<T>((error, index) =>
    log.error('index function failed', { error, index }),
  )
  indexes.add(OWNER_UID_INDEX, ownerUidIndex)
  for (const [name, index] of Object.entries(options.indexers ?? {})) indexes.add(name, index)
  const cache = createCache(indexes)
  const everything = { [Symbol.iterator]: () => cache.objects.values() }
  const progress = createProgress(guard)
  const handlers = createHandlers<T>(guard)
  const synced = createLatch()
  const target = createTarget({ cache, progress, handlers, synced })
  const stopper = new AbortController()
  let running: Promise<void> | undefined

  return {
    type,
    get size() {
      return cache.objects.size
    },
    get: (key) => cache.objects.get(key),
    list: () => everything,
    byIndex: (index, value) => indexes.find(index, value),
    start() {
      if (running !== undefined || stopper.signal.aborted) return
      const resource = options.client.resource<T>(type)
      const selector = selectorOf(options)
      const { clock, random } = options
      const transform = whatIsKept(options, cache.objects)
      const parts = { resource, selector, clock, random, log, target, transform }
      running = runReflector(parts, stopper.signal)
    },
    async stop() {
      stopper.abort()
      synced.fail()
      await running
    },
    hasSynced: () => synced.isOpen(),
    whenSynced: (signal) => synced.wait(signal),
    addHandler: (handler) => handlers.add(handler, cache.objects.values()),
    hasSeen: (version) => progress.hasSeen(version),
    whenSeen: (version, callback) => progress.whenSeen(version, callback),
    addIndexer(name, index) {
      if (running !== undefined) {
        throw new SortieError('bug', `index ${name} of ${type.plural} was added after the start`, {
          code: 'InformerStarted',
        })
      }
      indexes.add(name, index)
    },
  }
}

/** What becomes of an object as it comes: less than the whole is kept, and what equals something held is held once. */
function whatIsKept<T extends KubeObject>(
  { client, transform = stripBookkeeping }: InformerOptions<T>,
  held: ReadonlyMap<string, Stored<T>>,
): (object: Stored<T>) => Stored<T> {
  // What is shared with a store is nobody's to change, and is held once as it is.
  if (client.transport.parses !== true) return transform
  let last: Stored<T> | undefined
  return (object) => {
    last = shareEqual(transform(object), held.get(keyOf(object)), last)
    return last
  }
}

interface TargetParts<T extends KubeObject> {
  readonly cache: ReturnType<typeof createCache<T>>
  readonly progress: ReturnType<typeof createProgress>
  readonly handlers: Handlers<T>
  readonly synced: Latch
}

function createTarget<T extends KubeObject>(parts: TargetParts<T>): ReflectorTarget<T> {
  const { cache, progress, handlers, synced } = parts
  return {
    put: (object) => handlers.tell(cache.put(object)),
    remove: (object) => handlers.tell(cache.remove(object)),
    advance: (version) => progress.advance(version),
    replace(objects, version) {
      const changes = cache.replace(objects)
      synced.open()
      handlers.tell(changes)
      if (compareVersions(version, progress.version) < 0) progress.restart(version)
      else progress.advance(version)
    },
  }
}

interface Handlers<T extends KubeObject> {
  add(handler: InformerHandler<T>, held: Iterable<Stored<T>>): () => void
  tell(changes: readonly Change<T>[]): void
}

interface Registration<T extends KubeObject> {
  readonly handler: InformerHandler<T>
  active: boolean
}

function createHandlers<T extends KubeObject>(guard: (call: () => void) => void): Handlers<T> {
  /** Never changed in place: a handler added while changes are told has seen their result already. */
  let registrations: readonly Registration<T>[] = []
  const deliver = (handler: InformerHandler<T>, change: Change<T>): void => {
    if (change.kind === 'add') handler.onAdd?.(change.object)
    else if (change.kind === 'update') handler.onUpdate?.(change.old, change.object)
    else handler.onDelete?.(change.object)
  }
  return {
    add(handler, held) {
      const registration = { handler, active: true }
      registrations = [...registrations, registration]
      for (const object of [...held]) {
        if (registration.active) guard(() => handler.onAdd?.(object))
      }
      return () => {
        registration.active = false
        registrations = registrations.filter((each) => each !== registration)
      }
    },
    tell(changes) {
      const current = registrations
      for (const change of changes) {
        for (const { handler, active } of current) {
          if (active) guard(() => deliver(handler, change))
        }
      }
    },
  }
}

interface Latch {
  isOpen(): boolean
  open(): void
  /** Whoever waits is told that it will not open any more. */
  fail(): void
  wait(signal?: AbortSignal): Promise<void>
}

function createLatch(): Latch {
  let opened = false
  let failed = false
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const callback of [...waiting]) callback()
  }
  const stopped = (): SortieError =>
    new SortieError('terminal', 'the informer was stopped before it had synced', {
      code: 'InformerStopped',
    })
  return {
    isOpen: () => opened,
    open() {
      opened = true
      wake()
    },
    fail() {
      failed = true
      wake()
    },
    wait: (signal) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (!opened && !failed && signal?.aborted !== true) return
          waiting.delete(check)
          signal?.removeEventListener('abort', check)
          if (opened) resolve()
          else reject(failed ? stopped() : signal?.reason)
        }
        waiting.add(check)
        signal?.addEventListener('abort', check, { once: true })
        check()
      }),
  }
}

function selectorOf<T extends KubeObject>(
  options: InformerOptions<T>,
): { namespace?: string; labelSelector?: string; fieldSelector?: string } {
  const { namespace, labelSelector, fieldSelector } = options
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  }
}
