/** meta.k8s.io/v1 Table: how the server shows objects to kubectl. */
import type { Instant, JsonValue, KubeObject, ListMeta } from '@sortie/machinery'

export interface TableColumnDefinition {
  readonly name: string
  readonly type: string
  readonly format: string
  readonly description: string
  /** 0 is always shown; higher ones with `-o wide`. */
  readonly priority: number
}

/** A column and how to fill it. */
export interface TableColumn extends TableColumnDefinition {
  cell(object: KubeObject, now: Instant): JsonValue
}

export interface TableRowCondition {
  readonly type: 'Completed'
  readonly status: 'True'
  readonly reason: string
  readonly message: string
}

export interface TableRow {
  readonly cells: readonly JsonValue[]
  readonly conditions?: readonly TableRowCondition[]
  readonly object?: unknown
}

export interface Table {
  readonly kind: 'Table'
  readonly apiVersion: 'meta.k8s.io/v1'
  readonly metadata: ListMeta
  readonly columnDefinitions: readonly TableColumnDefinition[]
  readonly rows: readonly TableRow[]
}

/** The query parameter of that name: what each row carries beside its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

/** The columns of a kind, and what its rows say beside them. */
export interface TableKind {
  readonly columns: readonly TableColumn[]
  rowConditions?(object: KubeObject): readonly TableRowCondition[] | undefined
}

export interface BuildTableOptions extends TableKind {
  readonly objects: readonly KubeObject[]
  readonly now: Instant
  /** The list's metadata, or the one object's resourceVersion. */
  readonly metadata?: ListMeta
  /** Metadata by default. */
  readonly includeObject?: IncludeObject
  /** False leaves the definitions out, as in a watch after its first event. */
  readonly withDefinitions?: boolean
}

const NO_DEFINITIONS: readonly TableColumnDefinition[] = []
const DEFINITIONS = new WeakMap<readonly TableColumn[], readonly TableColumnDefinition[]>()

export function buildTable(options: BuildTableOptions): Table {
  const { objects, metadata = {}, columns } = options
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: options.withDefinitions === false ? NO_DEFINITIONS : definitionsOf(columns),
    rows: objects.map((object) => buildRow(object, options)),
  }
}

function definitionsOf(columns: readonly TableColumn[]): readonly TableColumnDefinition[] {
  const known = DEFINITIONS.get(columns)
  if (known !== undefined) return known
  const definitions = columns.map(({ name, type, format, description, priority }) => {
    return { name, type, format, description, priority }
  })
  DEFINITIONS.set(columns, definitions)
  return definitions
}

function buildRow(object: KubeObject, options: BuildTableOptions): TableRow {
  const { columns, now, includeObject = 'Metadata' } = options
  const cells = columns.map((column) => column.cell(object, now))
  const conditions = options.rowConditions?.(object)
  return {
    cells,
    ...(conditions === undefined ? {} : { conditions }),
    ...(includeObject === 'None' ? {} : { object: shownObject(object, includeObject) }),
  }
}

function shownObject(object: KubeObject, include: IncludeObject): unknown {
  if (include === 'Object') return object
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata }
}
