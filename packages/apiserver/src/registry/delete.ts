/** How an object goes: at once, after its grace, or when its last finalizer is gone. */
import { formatTime, type ObjectMeta, parseTime } from '@sortie/machinery'
import type { ApiObject, Place, StoredObject } from '../store/index.ts'
import { kept } from './create.ts'
import type { DeleteOptions, ResourceDefinition, WriteContext } from './definition.ts'
import { conflict, notFound } from './failures.ts'
import { isFinished } from './update.ts'

export interface DeleteRequest {
  readonly definition: ResourceDefinition
  readonly place: Place
  readonly options: DeleteOptions
}

export interface DeleteResult {
  readonly object: StoredObject
  /** False where the object stays for its grace or its finalizers. */
  readonly removed: boolean
}

const ORPHAN = 'orphan'
const FOREGROUND = 'foregroundDeletion'

/** @throws ApiStatusError NotFound, Conflict by precondition, Forbidden by the kind's own rule */
export function deleteObject(request: DeleteRequest, context: WriteContext): DeleteResult {
  const { definition, place, options } = request
  const current = context.store.get(definition.storage, place)
  if (current === undefined) throw notFound(definition, place.name)
  checkPreconditions(request, current)
  definition.strategy.admitDelete?.(current, context)
  context.review?.({ operation: 'DELETE', definition, subresource: '', old: current })
  const marked = mark(request, current, context)
  if (isFinished(definition, marked)) {
    // A kind with grace shows when it was to end, a kind without goes as it was.
    const last = definition.strategy.graceSeconds === undefined ? current : (marked as StoredObject)
    const object = options.dryRun ? last : context.store.remove(definition.storage, last)
    return { object, removed: true }
  }
  // What is marked already is written again where that changes what is kept of it.
  if (marked === current && kept(current) === current) return { object: current, removed: false }
  const object = options.dryRun
    ? (marked as StoredObject)
    : context.store.put(definition.storage, marked)
  return { object, removed: false }
}

function checkPreconditions({ definition, options }: DeleteRequest, current: StoredObject): void {
  const { uid, resourceVersion } = options.preconditions ?? {}
  const { name } = current.metadata
  if (uid !== undefined && uid !== current.metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${current.metadata.uid}). The object might have been deleted and then recreated`
    throw conflict(definition, name, why)
  }
  if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion) {
    const actual = current.metadata.resourceVersion
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${actual}). The object might have been modified`
    throw conflict(definition, name, why)
  }
}

/** The object as the deletion leaves it: marked, with the finalizers of its propagation policy. */
function mark(request: DeleteRequest, current: StoredObject, context: WriteContext): ApiObject {
  const { definition, options } = request
  const grace = definition.strategy.graceSeconds?.(current, options) ?? 0
  const finalizers = finalizersAfter(current.metadata.finalizers ?? [], options)
  const metadata = markedMetadata(current.metadata, { grace, finalizers, now: context.clock.now() })
  if (metadata === current.metadata) return current
  const marked = { ...current, metadata }
  return definition.strategy.prepareDelete?.(marked) ?? marked
}

interface Mark {
  readonly grace: number
  readonly finalizers: readonly string[]
  readonly now: number
}

function markedMetadata(metadata: ObjectMeta, { grace, finalizers, now }: Mark): ObjectMeta {
  const sameFinalizers = (metadata.finalizers ?? []).join() === finalizers.join()
  if (metadata.deletionTimestamp !== undefined) {
    const before = metadata.deletionGracePeriodSeconds ?? 0
    if (grace >= before && sameFinalizers) return metadata
    const shorter = Math.min(grace, before)
    const shift = (before - shorter) * 1000
    const end = Math.max((parseTime(metadata.deletionTimestamp) ?? now) - shift, now)
    return withDeletion(metadata, { end, grace: shorter, finalizers })
  }
  const generation = metadata.generation
  const marked = withDeletion(metadata, { end: now + grace * 1000, grace, finalizers })
  return generation === undefined ? marked : { ...marked, generation: generation + 1 }
}

function withDeletion(
  metadata: ObjectMeta,
  deletion: {
    readonly end: number
    readonly grace: number
    readonly finalizers: readonly string[]
  },
): ObjectMeta {
  const { finalizers: _, ...rest } = metadata
  return {
    ...rest,
    ...(deletion.finalizers.length === 0 ? {} : { finalizers: deletion.finalizers }),
    deletionTimestamp: formatTime(deletion.end),
    deletionGracePeriodSeconds: deletion.grace,
  }
}

/** Foreground and orphan deletion are carried out by the garbage collector, which holds the object by a finalizer. */
function finalizersAfter(
  finalizers: readonly string[],
  { propagationPolicy }: DeleteOptions,
): readonly string[] {
  if (propagationPolicy === undefined) return finalizers
  const others = finalizers.filter((one) => one !== ORPHAN && one !== FOREGROUND)
  const wanted =
    propagationPolicy === 'Orphan'
      ? [ORPHAN]
      : propagationPolicy === 'Foreground'
        ? [FOREGROUND]
        : []
  const next = [...others, ...wanted]
  return next.join() === finalizers.join() ? finalizers : next
}
