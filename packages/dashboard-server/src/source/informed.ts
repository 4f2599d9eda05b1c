/** A table that an informer fills: objects are projected as they arrive, and no more than rows is kept. */
import type { Row, RowKind } from '@sortie/api'
import { createClient, createInformer } from '@sortie/client'
import type {
  Clock,
  KubeObject,
  Logger,
  Random,
  ResourceType,
  Stored,
  Transport,
} from '@sortie/machinery'
import type { Pulse } from './pulse.ts'
import { createTable, type WritableTable } from './table.ts'
import { watchHealth } from './watchhealth.ts'

/** A table with what keeps it filled. */
export interface Source<T = WritableTable> {
  readonly table: T
  stop(): Promise<void>
}

/** What every source is made with. */
export interface SourceContext {
  readonly transport: Transport
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Of the transport. */
  readonly pulse: Pulse
}

/** Which objects of a type are watched. */
export interface Selection {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface Projection<T extends KubeObject, R extends Row = Row> {
  readonly type: ResourceType
  readonly project: (object: Stored<T>) => R
}

/** What the informer's cache holds of an object. */
interface Projected extends KubeObject {
  /** Missing where the object could not be read: it is not shown, and logged. */
  readonly row: Row | undefined
}

/** Hears of rows in place of the table, where rows are not shown as they come. */
export interface RowHandler {
  onRow(row: Row): void
  onGone(row: Row): void
  onSynced?(): void
}

export interface InformedOptions<T extends KubeObject> extends SourceContext {
  readonly kind: RowKind
  readonly projection: Projection<T>
  readonly selection: Selection
  /** The table to fill; a new one where it is missing. */
  readonly table?: WritableTable
  /** Default: rows go into the table as they are. */
  readonly handler?: RowHandler
}

export function informedSource<T extends KubeObject>(options: InformedOptions<T>): Source {
  const { clock, random, log } = options
  const { type, project } = options.projection
  const table = options.table ?? createTable(options.kind)
  const handler = options.handler ?? plainHandler(table)
  const health = watchHealth(options.transport, {
    clock,
    resource: type.plural,
    pulse: options.pulse,
    setHealth: (next) => table.setHealth(next),
  })
  const projectSafely = (object: Stored<T>): Row | undefined => {
    try {
      return project(object)
    } catch (error) {
      const { namespace, name } = object.metadata
      log.error('object has no row', { resource: type.plural, namespace, name, error })
      return undefined
    }
  }
  const informer = createInformer<Projected>({
    ...options.selection,
    client: createClient(health.transport, { clock, random }),
    type,
    clock,
    random,
    log,
    // The informer hands over whole objects of the type; from here on only their rows exist.
    transform: (object) => projected(object, projectSafely(object as unknown as Stored<T>)),
  })
  informer.addHandler({
    onAdd: ({ row }) => row !== undefined && handler.onRow(row),
    onUpdate: (_old, { row }) => row !== undefined && handler.onRow(row),
    onDelete: ({ row }) => row !== undefined && handler.onGone(row),
  })
  informer.start()
  informer.whenSynced().then(
    () => {
      handler.onSynced?.()
      health.synced()
    },
    () => {},
  )
  return {
    table,
    stop() {
      health.stop()
      return informer.stop()
    },
  }
}

function plainHandler(table: WritableTable): RowHandler {
  return { onRow: (row) => table.put(row), onGone: ({ uid }) => table.remove(uid) }
}

function projected(object: Stored<KubeObject>, row: Row | undefined): Stored<Projected> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    row,
  }
}
