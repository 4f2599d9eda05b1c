/** The form that an object or a list leaves in: itself, its metadata, or a Table. */
import type { Clock, KubeObject, ListMeta } from '@sortie/machinery'
import { markPlain } from '../http/encoding.ts'
import type { ServedResource } from '../registry/catalog.ts'
import { groupVersion } from '../registry/definition.ts'
import type { Accepted } from '../request/accept.ts'
import type { StoredObject } from '../store/index.ts'
import {
  buildTable,
  builtInTableKind,
  customColumns,
  type IncludeObject,
  type PrinterColumn,
  type TableKind,
} from '../table/index.ts'

export interface Presenter {
  object(stored: StoredObject): KubeObject
  list(items: readonly StoredObject[], metadata: ListMeta): object
  /** An event's object; the columns of a table only come with the first one. */
  event(stored: StoredObject): KubeObject
}

export interface PresenterOptions extends ServedResource {
  readonly accepted: Accepted
  readonly clock: Clock
  /** The query parameter `includeObject` of tables. */
  readonly includeObject: string | undefined
}

export function createPresenter(options: PresenterOptions): Presenter {
  const { definition, version, accepted } = options
  const convert = version.fromStorage ?? ((stored: StoredObject) => stored)
  if (accepted.form === 'partial') return partialPresenter(convert, accepted.version)
  if (accepted.form === 'table') return tablePresenter(options, convert)
  const apiVersion = groupVersion(definition.group, version.version)
  return {
    object: convert,
    event: convert,
    list: (items, metadata) => {
      const list = {
        kind: definition.listKind,
        apiVersion,
        metadata,
        items: version.fromStorage === undefined ? items : items.map(convert),
      }
      return definition.isCustom ? list : markPlain(list)
    },
  }
}

type Convert = (stored: StoredObject) => StoredObject

function partialPresenter(convert: Convert, version: string): Presenter {
  const apiVersion = `meta.k8s.io/${version}`
  const partial = (stored: StoredObject): KubeObject => ({
    kind: 'PartialObjectMetadata',
    apiVersion,
    metadata: convert(stored).metadata,
  })
  return {
    object: partial,
    event: partial,
    list: (items, metadata) => ({
      kind: 'PartialObjectMetadataList',
      apiVersion,
      metadata,
      items: items.map(partial),
    }),
  }
}

const INCLUDES: readonly string[] = ['None', 'Metadata', 'Object']

function tablePresenter(options: PresenterOptions, convert: Convert): Presenter {
  const { clock, includeObject = '', accepted } = options
  const kind = tableKindOf(options)
  const include = INCLUDES.includes(includeObject) ? (includeObject as IncludeObject) : 'Metadata'
  const table = (items: readonly StoredObject[], metadata: ListMeta, withDefinitions = true) => ({
    ...buildTable({
      ...kind,
      objects: items.map(convert),
      now: clock.now(),
      metadata,
      includeObject: include,
      withDefinitions,
    }),
    apiVersion: `meta.k8s.io/${accepted.version}`,
  })
  const one = (stored: StoredObject, withDefinitions = true): KubeObject =>
    table([stored], { resourceVersion: stored.metadata.resourceVersion }, withDefinitions)
  let first = true
  return {
    object: (stored) => one(stored),
    list: (items, metadata) => table(items, metadata),
    event: (stored) => {
      const shown = one(stored, first)
      first = false
      return shown
    },
  }
}

const customKinds = new WeakMap<object, TableKind>()

function tableKindOf({ definition, version }: ServedResource): TableKind {
  if (!definition.isCustom) return builtInTableKind(definition.plural, definition.group)
  const known = customKinds.get(version)
  if (known !== undefined) return known
  const definitions = version.columns?.map(({ read, type, ...column }) => ({
    ...column,
    // A definition with a column of another type is refused.
    type: type as PrinterColumn['type'],
    find: read,
  }))
  const made = { columns: customColumns(definitions) }
  customKinds.set(version, made)
  return made
}
