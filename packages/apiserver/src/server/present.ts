/** The form that an object or a list leaves in: itself, its metadata, or a Table. */
import type { KubeObject } from '@sortie/machinery'
import {
  groupVersion,
  type ResourceDefinition,
  type ServedVersion,
} from '../registry/definition.ts'
import type { Accepted } from '../request/accept.ts'
import type { StoredObject } from '../store/index.ts'

export interface Presenter {
  object(stored: StoredObject): KubeObject
  list(items: readonly StoredObject[], metadata: object): object
  /** An event's object; the columns of a table only come with the first one. */
  event(stored: StoredObject): KubeObject
}

export interface PresenterOptions {
  readonly definition: ResourceDefinition
  readonly version: ServedVersion
  readonly accepted: Accepted
}

export function createPresenter(options: PresenterOptions): Presenter {
  const { definition, version, accepted } = options
  const convert = version.fromStorage ?? ((stored: StoredObject) => stored)
  if (accepted.form === 'partial') return partialPresenter(convert, accepted.version)
  const apiVersion = groupVersion(definition.group, version.version)
  return {
    object: convert,
    event: convert,
    list: (items, metadata) => ({
      kind: definition.listKind,
      apiVersion,
      metadata,
      items: version.fromStorage === undefined ? items : items.map(convert),
    }),
  }
}

function partialPresenter(
  convert: (stored: StoredObject) => StoredObject,
  version: string,
): Presenter {
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
