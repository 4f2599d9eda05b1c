/** Where the API serves things. */
import { type ResourceType, SortieError } from '@sortie/machinery'

export interface ObjectKey {
  /** Left out for cluster-scoped types. */
  readonly namespace?: string
  readonly name: string
}

/** Path of a type's objects: of one namespace, or of all where none is given. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`
  if (!type.namespaced || namespace === undefined || namespace === '')
    return `${root}/${type.plural}`
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${type.plural}`
}

/** Path of one object. @throws SortieError (bug) where a name or a needed namespace is missing */
export function objectPath(type: ResourceType, ref: ObjectKey, subresource?: string): string {
  if (ref.name === '') throw missing(type, 'name')
  const path = `${namespacedPath(type, ref.namespace)}/${encodeURIComponent(ref.name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

/** Path to create in. @throws SortieError (bug) where a namespaced type has no namespace */
export function namespacedPath(type: ResourceType, namespace: string | undefined): string {
  if (type.namespaced && (namespace === undefined || namespace === '')) {
    throw missing(type, 'namespace')
  }
  return collectionPath(type, namespace)
}

function missing(type: ResourceType, what: string): SortieError {
  return new SortieError('bug', `a request for ${type.plural} has no ${what}`, {
    code: 'IncompleteReference',
  })
}
