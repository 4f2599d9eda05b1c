/** The objects that the server holds and how the store counts time: by one revision for the whole server. */
import type { ObjectMeta, StoredMeta } from '@sortie/machinery'

/** Any object of the API with whatever fields its kind has. Immutable and shared: never mutate one. */
export interface ApiObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/** An object as the store holds it. */
export interface StoredObject extends ApiObject {
  readonly metadata: StoredMeta
}

/** Where an object lies in its resource: the namespace is empty where the resource has none. */
export interface Place {
  readonly namespace: string
  readonly name: string
}

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED'

/** One committed write. */
export interface Change {
  readonly resource: string
  readonly type: ChangeType
  /** The object after the write; of a deletion the last state, with the deletion's own resourceVersion. */
  readonly object: StoredObject
  /** The object before the write. */
  readonly previous: StoredObject | undefined
  readonly revision: number
  /** Monotonic milliseconds of the write. */
  readonly at: number
}

/** The object's place: what the store finds it by. */
export function placeOf(object: ApiObject): Place {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' }
}

/** The same object with another resourceVersion. */
export function withRevision(object: ApiObject, revision: number): StoredObject {
  const metadata = { ...object.metadata, resourceVersion: String(revision) }
  return { ...object, metadata: metadata as StoredMeta }
}
