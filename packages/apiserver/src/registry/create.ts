/** How an object comes to be. */
import { type ApiStatusError, formatTime, isAlreadyExists } from '@sortie/machinery'
import { encodedMetadata } from '../schema/objectmeta.ts'
import type { ApiObject, Store, StoredObject } from '../store/index.ts'
import type { ResourceDefinition, WriteContext } from './definition.ts'
import { alreadyExists, badRequest, beingDeleted, invalidObject, plainError } from './failures.ts'
import type { FieldTracker } from './fieldtracker.ts'
import { generateName, validateMetadata } from './metadata.ts'
import { admitToNamespace } from './namespaceadmission.ts'

export interface CreateRequest {
  readonly definition: ResourceDefinition
  readonly object: ApiObject
  /** From the path; empty for resources without. */
  readonly namespace: string
  readonly tracker: FieldTracker
  /** True where server-side apply made the object. */
  readonly isApplied?: boolean
}

const GENERATE_ATTEMPTS = 8

/**
 * Creates an object: defaults, admission, validation, then the store.
 * @throws ApiStatusError in the API server's words
 */
export function createObject(request: CreateRequest, context: WriteContext): StoredObject {
  const stem = request.object.metadata.generateName ?? ''
  if ((request.object.metadata.name ?? '') !== '' || stem === '')
    return createOnce(request, context)
  for (let attempt = 1; ; attempt++) {
    try {
      return createOnce(named(request, generateName(stem, context.random)), context)
    } catch (error) {
      if (!isAlreadyExists(error) || attempt === GENERATE_ATTEMPTS) throw error
    }
  }
}

function named(request: CreateRequest, name: string): CreateRequest {
  const { object } = request
  return { ...request, object: { ...object, metadata: { ...object.metadata, name } } }
}

function createOnce(request: CreateRequest, context: WriteContext): StoredObject {
  const { definition, tracker } = request
  const { strategy } = definition
  refuseResourceVersion(request.object)
  checkNamespace(definition, request.object.metadata.namespace ?? '', request.namespace)
  // Who sets a field owns it: what admission and the kind itself add later is nobody's.
  const given = tracker.track(undefined, decoded(request))
  let object = withSystemMetadata({ ...request, object: given }, context)
  if (definition.namespaced) admitToNamespace(definition, object, context)
  object = strategy.admit?.(object, context) ?? object
  if (definition.hasStatus && strategy.prepareCreate === undefined) object = withoutStatus(object)
  object = strategy.prepareCreate?.(object, context) ?? object
  const errors = [
    ...validateMetadata(definition, object),
    ...(strategy.validate?.(object, context) ?? []),
    ...(strategy.validateCreate?.(object, context) ?? []),
  ]
  const name = object.metadata.name ?? ''
  if (errors.length > 0) throw invalidObject(definition, name, errors)
  strategy.warn?.({ object, old: undefined }, context)
  context.review?.({ operation: 'CREATE', definition, subresource: '', object })
  const place = { namespace: object.metadata.namespace ?? '', name }
  const taken = context.store.get(definition.storage, place)
  if (taken !== undefined) {
    const isGenerated = (object.metadata.generateName ?? '') !== ''
    throw taken.metadata.deletionTimestamp === undefined
      ? alreadyExists(definition, name, isGenerated)
      : beingDeleted(definition, name, isGenerated)
  }
  const final = stored(request, object)
  if (context.dryRun) return final as StoredObject
  const put = context.store.put(definition.storage, final)
  noteKept(request, { judged: object, final: put })
  return put
}

/** The object with what decoding it fills in. */
export function decoded({
  definition: { strategy },
  object,
  isApplied,
}: Pick<CreateRequest, 'definition' | 'object' | 'isApplied'>): ApiObject {
  const fill = isApplied === true ? (strategy.fillApplied ?? strategy.defaults) : strategy.defaults
  return fill?.(object) ?? object
}

type Applied = Pick<CreateRequest, 'definition' | 'isApplied'>

/** The object as it is read back. What an apply leaves is pruned as late as this: until then its nulls and unknown fields are judged. */
export function stored(
  { definition: { strategy }, isApplied }: Applied,
  object: ApiObject,
): ApiObject {
  if (strategy.fillApplied === undefined) return object
  // What is read back has its defaults, also in a status that the request could not set.
  if (isApplied !== true) {
    return object['status'] === undefined ? strategy.fillApplied(object) : object
  }
  const metadata = encodedMetadata(object.metadata)
  const whole = metadata === object.metadata ? object : { ...object, metadata }
  return strategy.defaults?.(whole) ?? whole
}

/** What the API server keeps in its store of objects that it shows otherwise. */
const KEPT = new WeakMap<StoredObject, ApiObject>()

/** The object as the API server would keep it: the next write changes it where this changes. */
export function kept(object: StoredObject): ApiObject {
  const found = KEPT.get(object)
  if (found === undefined) return object
  const { resourceVersion } = object.metadata
  return { ...found, metadata: { ...found.metadata, resourceVersion } }
}

/** Reads the objects of a definition as its schema has them now; the next write of each changes what is kept. */
export function rereadObjects(definition: ResourceDefinition, store: Store): void {
  const { storage, strategy } = definition
  for (const object of store.list(storage)) {
    const read = (strategy.defaults?.(object) ?? object) as StoredObject
    if (read === object) continue
    KEPT.set(read, kept(object))
    store.amend(storage, read)
  }
}

/** An apply is stored before it is pruned, empty labels and all, and defaults of a status that nobody set come when it is read. */
export function noteKept(
  request: Applied,
  { judged, final }: { readonly judged: ApiObject; readonly final: StoredObject },
): void {
  if (request.definition.strategy.fillApplied === undefined) return
  const { labels, annotations, finalizers, ownerReferences } = judged.metadata
  const hasEmpty = [labels, annotations, finalizers, ownerReferences].some(isEmptyHolder)
  const isOdd = request.isApplied === true && hasEmpty
  if (isOdd || stored(request, judged) !== judged) KEPT.set(final, judged)
}

function isEmptyHolder(value: object | undefined): boolean {
  return value !== undefined && Object.keys(value).length === 0
}

function refuseResourceVersion(object: ApiObject): void {
  if ((object.metadata.resourceVersion ?? '') === '') return
  throw plainError('resourceVersion should not be set on objects to be created')
}

function withSystemMetadata(request: CreateRequest, context: WriteContext): ApiObject {
  const { definition, object } = request
  const {
    namespace,
    deletionTimestamp: _,
    deletionGracePeriodSeconds: __,
    resourceVersion: ___,
    generation,
    ...given
  } = request.isApplied === true ? object.metadata : encodedMetadata(object.metadata)
  const wanted = checkNamespace(definition, namespace ?? '', request.namespace)
  const metadata = {
    ...given,
    ...(wanted === '' ? {} : { namespace: wanted }),
    uid: context.random.uuid(),
    creationTimestamp: formatTime(context.clock.now()),
    ...firstGeneration(definition, generation),
  }
  return { ...object, metadata }
}

/** A kind that counts no generations keeps what the client says. */
function firstGeneration(
  { strategy }: ResourceDefinition,
  given: number | undefined,
): { readonly generation?: number } {
  if ((strategy.generation ?? 'none') !== 'none') return { generation: 1 }
  return given === undefined ? {} : { generation: given }
}

/** The namespace of the path, which the object may repeat. */
export function checkNamespace(
  definition: ResourceDefinition,
  given: string,
  fromPath: string,
): string {
  if (!definition.namespaced) return given
  if (given !== '' && given !== fromPath) throw namespaceMismatch()
  return fromPath
}

function namespaceMismatch(): ApiStatusError {
  return badRequest(
    'the namespace of the provided object does not match the namespace sent on the request',
  )
}

export function withoutStatus(object: ApiObject): ApiObject {
  if (object['status'] === undefined) return object
  const { status: _, ...rest } = object
  return rest as ApiObject
}
