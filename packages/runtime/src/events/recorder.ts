/**
 * Writes core/v1 Events, aggregated: the same thing said again about the same object within ten minutes counts up one Event, and
 * an object that says too much is throttled. Events are for people; nothing waits for them and nothing depends on them.
 */
import type { Client, ResourceClient } from '@sortie/client'
import {
  type Clock,
  EVENTS,
  type EventObject,
  formatMicroTime,
  formatTime,
  type Instant,
  isNotFound,
  type KubeObject,
  type Logger,
  type ObjectReference,
  stableHash,
} from '@sortie/machinery'

export interface RecordedEvent {
  readonly type: 'Normal' | 'Warning'
  /** PascalCase, for programs. */
  readonly reason: string
  /** A sentence, for people. */
  readonly message: string
}

export interface EventRecorder {
  /** Queues an event about an object; returns at once. */
  record(regarding: KubeObject, event: RecordedEvent): void
  /** Resolves when all that was queued has been written or given up. */
  flush(): Promise<void>
}

export interface EventRecorderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  /** Reporting component, as `sortie-operator`. */
  readonly component: string
}

const AGGREGATION_MS = 10 * 60_000
/** Events that one object may have at once, and how fast the allowance grows again (client-go's spam filter). */
const BURST = 25
const REFILL_MS = 5 * 60_000
const MAX_MESSAGE = 1024
const MAX_REMEMBERED = 4096

interface Series {
  readonly name: string
  readonly namespace: string
  readonly since: number
  count: number
}

interface Allowance {
  tokens: number
  at: number
}

export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new AggregatingRecorder(options)
}

class AggregatingRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #events: ResourceClient<EventObject>
  readonly #series = new Map<string, Series>()
  readonly #allowances = new Map<string, Allowance>()
  #writing: Promise<void> = Promise.resolve()

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#events = options.client.resource<EventObject>(EVENTS)
  }

  record(regarding: KubeObject, event: RecordedEvent): void {
    if (!this.#isAllowed(regarding.metadata.uid ?? '')) return
    this.#writing = this.#writing
      .then(() => this.#write(regarding, event))
      .catch((error: unknown) => {
        const fields = { reason: event.reason, error: String(error) }
        this.#options.log.debug('event not written', fields)
      })
  }

  flush(): Promise<void> {
    return this.#writing
  }

  #isAllowed(uid: string): boolean {
    const now = this.#options.clock.monotonic()
    const held = this.#allowances.get(uid) ?? { tokens: BURST, at: now }
    const tokens = Math.min(BURST, held.tokens + (now - held.at) / REFILL_MS)
    remember(this.#allowances, uid, { tokens: tokens < 1 ? tokens : tokens - 1, at: now })
    return tokens >= 1
  }

  async #write(regarding: KubeObject, event: RecordedEvent): Promise<void> {
    const { clock, component } = this.#options
    const key = [regarding.metadata.uid, event.type, event.reason, event.message].join('\n')
    const held = this.#series.get(key)
    if (held !== undefined && clock.monotonic() - held.since < AGGREGATION_MS) {
      held.count++
      if (await this.#countUp(held)) return
    }
    const created = await this.#events.create(
      newEvent(regarding, event, { component, now: clock.now() }),
    )
    remember(this.#series, key, {
      name: created.metadata.name,
      namespace: created.metadata.namespace ?? 'default',
      since: clock.monotonic(),
      count: 1,
    })
  }

  /** False where the event has expired meanwhile. */
  async #countUp({ name, namespace, count }: Series): Promise<boolean> {
    try {
      const body = { count, lastTimestamp: formatTime(this.#options.clock.now()) }
      await this.#events.patch({ namespace, name }, { type: 'merge', body })
      return true
    } catch (error) {
      if (isNotFound(error)) return false
      throw error
    }
  }
}

function newEvent(
  regarding: KubeObject,
  event: RecordedEvent,
  { component, now }: { readonly component: string; readonly now: Instant },
): EventObject {
  const { name = '', namespace = 'default', uid } = regarding.metadata
  const { type, reason, message } = event
  const suffix = stableHash([uid, type, reason, message, formatMicroTime(now)].join('\n'))
  // What is cut off must not leave a name behind that no object may have.
  const stem = name.slice(0, 200).replace(/[-.]+$/, '')
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${stem}.${suffix}`, namespace },
    involvedObject: referenceTo(regarding),
    type,
    reason,
    message: message.slice(0, MAX_MESSAGE),
    count: 1,
    firstTimestamp: formatTime(now),
    lastTimestamp: formatTime(now),
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
  }
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { name = '', namespace, uid, resourceVersion } = metadata
  return {
    apiVersion,
    kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
}

/** Sets a value and forgets the oldest ones past the limit. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= MAX_REMEMBERED) return
  const oldest = map.keys().next().value
  if (oldest !== undefined) map.delete(oldest)
}
