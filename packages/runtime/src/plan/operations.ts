/** The operations that most plans are made of, on objects that the API server holds. Pure. */
import type { JsonObject, ResourceType, StoredMeta } from '@sortie/machinery'
import type { DeleteOperation, ObjectRef, PatchOperation } from './plan.ts'

interface Held {
  readonly metadata: StoredMeta
}

/** This very object, not another that came under its name, whatever it says by now. */
export function refTo({ metadata: { namespace, name, uid } }: Held): ObjectRef {
  return namespace === undefined ? { name, uid } : { namespace, name, uid }
}

/** The object in the version that was observed: an operation on it is refused where it has changed since. */
export function refAsSeen(object: Held): ObjectRef {
  return { ...refTo(object), resourceVersion: object.metadata.resourceVersion }
}

/** A merge patch of the object's spec: null takes a field away. */
export function patchSpec(type: ResourceType, ref: ObjectRef, spec: JsonObject): PatchOperation {
  return { kind: 'patch', type, ref, patch: { type: 'merge', body: { spec } } }
}

/** The object goes at once, what it owns after it. */
export function deleteInBackground(type: ResourceType, ref: ObjectRef): DeleteOperation {
  return { kind: 'delete', type, ref, propagationPolicy: 'Background' }
}
