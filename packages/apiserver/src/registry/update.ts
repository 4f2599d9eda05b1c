/** How an object changes. */
import { deepEqual, type ObjectMeta } from '@sortie/machinery'
import { type FieldError, invalid } from '../schema/fielderror.ts'
import { authorize } from '../server/access.ts'
import type { ApiObject, Place, StoredObject } from '../store/index.ts'
import {
  checkNamespace,
  createObject,
  decoded,
  kept,
  noteKept,
  stored,
  withoutStatus,
} from './create.ts'
import type { ResourceDefinition, Update, WriteContext } from './definition.ts'
import { conflict, invalidObject, MODIFIED, notFound } from './failures.ts'
import type { FieldTracker } from './fieldtracker.ts'
import {
  updatedMetadata,
  validateFinalizersUpdate,
  validateMetadata,
  validateMetadataUpdate,
  withoutRepeatedOwners,
} from './metadata.ts'

export interface UpdateRequest {
  readonly definition: ResourceDefinition
  readonly place: Place
  /** Empty for the object itself. */
  readonly subresource: string
  /** The new object from the present one, absent where there is none. @throws ApiStatusError */
  readonly change: (current: StoredObject | undefined) => ApiObject
  /** Creates the object where it is absent: PUT of some kinds, apply of all. */
  readonly createsMissing: boolean
  /** An object without resourceVersion replaces whatever is there. Patches always may. */
  readonly unconditional: boolean
  readonly tracker: FieldTracker
  /** True where `change` is server-side apply. */
  readonly isApplied?: boolean
}

export interface UpdateResult {
  readonly object: StoredObject
  readonly created: boolean
}

/**
 * Changes an object: preconditions, defaults, validation, then the store. Where nothing differs nothing is written.
 * @throws ApiStatusError in the API server's words
 */
export function updateObject(request: UpdateRequest, context: WriteContext): UpdateResult {
  const { definition, place } = request
  const current = context.store.get(definition.storage, place)
  if (current === undefined) return { object: createMissing(request, context), created: true }
  const changed = request.change(current)
  checkNamespace(definition, changed.metadata.namespace ?? '', place.namespace)
  const tracked = request.tracker.track(current, decoded({ ...request, object: changed }))
  const given = withoutRepeatedOwners(tracked, context.warnings, AFTER_ADMISSION)
  checkPreconditions(request, given.metadata, current)
  const next = prepare(request, { object: given, old: current }, context)
  const errors = validate(request, { given, next, old: current }, context)
  if (errors.length > 0) throw invalidObject(definition, place.name, errors)
  const { subresource } = request
  context.review?.({ operation: 'UPDATE', definition, subresource, object: next, old: current })
  if (request.subresource !== 'status') {
    definition.strategy.warn?.({ object: next, old: current }, context)
  }
  const final = stored(request, next)
  if (leavesAsIs(current, next)) return { object: current, created: false }
  const object = write(definition, final, context)
  if (!context.dryRun) noteKept(request, { judged: next, final: object })
  return { object, created: false }
}

/** Whether the object would be as it is read, and be kept as it is kept: the API server writes where either differs. */
function leavesAsIs(current: StoredObject, next: ApiObject): boolean {
  if (!deepEqual(current, next)) return false
  const before = kept(current)
  return before === current || deepEqual(before, next)
}

/** What comes by PUT has been cleaned before. */
const AFTER_ADMISSION = ' after mutating admission happens'

function createMissing(request: UpdateRequest, context: WriteContext): StoredObject {
  const { definition, place, tracker } = request
  if (!request.createsMissing || request.subresource !== '') throw notFound(definition, place.name)
  authorizeCreate(request, context)
  const object = request.change(undefined)
  const { namespace } = place
  const isApplied = request.isApplied === true
  return createObject({ definition, object, namespace, tracker, isApplied }, context)
}

/** Who may change an object may not for that make it. @throws ApiStatusError Forbidden */
function authorizeCreate({ definition, place }: UpdateRequest, context: WriteContext): void {
  const { group, plural, storageVersion } = definition
  authorize(context.authorizer, {
    user: context.user,
    verb: 'create',
    group,
    version: storageVersion,
    resource: plural,
    subresource: '',
    ...place,
  })
}

function checkPreconditions(
  request: UpdateRequest,
  given: ObjectMeta,
  current: StoredObject,
): void {
  const { definition, place } = request
  const version = given.resourceVersion ?? ''
  if (version === '') {
    if (request.unconditional) return
    const missing = invalid('metadata.resourceVersion', 0, 'must be specified for an update')
    throw invalidObject(definition, place.name, [missing])
  }
  if (version !== current.metadata.resourceVersion) throw conflict(definition, place.name, MODIFIED)
}

function prepare(request: UpdateRequest, update: Update, context: WriteContext): ApiObject {
  const { definition, subresource } = request
  const { old } = update
  const metadata = updatedMetadata(update.object.metadata, old)
  let object: ApiObject = { ...update.object, metadata }
  if (subresource === 'status') object = prepareStatus(definition, { object, old }, context)
  else object = prepareMain(definition, { object, old }, context)
  return subresource === 'status' ? object : withGeneration(definition, object, old)
}

function prepareMain(
  { strategy, hasStatus }: ResourceDefinition,
  update: Update,
  context: WriteContext,
): ApiObject {
  const object = hasStatus ? withStatusOf(update.object, update.old) : update.object
  return strategy.prepareUpdate?.({ object, old: update.old }, context) ?? object
}

function prepareStatus(
  { strategy }: ResourceDefinition,
  { object, old }: Update,
  context: WriteContext,
): ApiObject {
  const kept =
    strategy.keepsMetadataOnStatus === true ? statusMetadata(object, old) : object.metadata
  const { status: _, ...rest } = old
  const status = object['status']
  const next: ApiObject = {
    ...rest,
    apiVersion: old.apiVersion,
    kind: old.kind,
    metadata: kept,
    ...(status === undefined ? {} : { status }),
  }
  return strategy.prepareStatus?.({ object: next, old }, context) ?? next
}

function statusMetadata(object: ApiObject, old: StoredObject): ObjectMeta {
  const { managedFields: _, ...kept } = old.metadata
  const { managedFields } = object.metadata
  return managedFields === undefined ? kept : { ...kept, managedFields }
}

function withStatusOf(object: ApiObject, old: StoredObject): ApiObject {
  const status = old['status']
  return status === undefined ? withoutStatus(object) : { ...object, status }
}

function withGeneration(
  { strategy, hasStatus }: ResourceDefinition,
  object: ApiObject,
  old: StoredObject,
): ApiObject {
  const rule = strategy.generation ?? 'none'
  if (rule === 'none') return object
  const same =
    rule === 'spec' ? deepEqual(object['spec'], old['spec']) : sameContent(object, old, hasStatus)
  const generation = (old.metadata.generation ?? 1) + (same ? 0 : 1)
  return { ...object, metadata: { ...object.metadata, generation } }
}

function sameContent(object: ApiObject, old: ApiObject, ignoresStatus: boolean): boolean {
  const { metadata: _, ...next } = object
  const { metadata: __, ...before } = old
  if (!ignoresStatus) return deepEqual(next, before)
  return deepEqual({ ...next, status: undefined }, { ...before, status: undefined })
}

interface Candidate {
  readonly given: ApiObject
  readonly next: ApiObject
  readonly old: StoredObject
}

function validate(
  request: UpdateRequest,
  { given, next, old }: Candidate,
  context: WriteContext,
): readonly FieldError[] {
  const { strategy } = request.definition
  const update = { object: next, old }
  const isKept = request.subresource === 'status' && strategy.keepsMetadataOnStatus === true
  const metadata = [
    ...validateMetadataUpdate((isKept ? next : given).metadata, old),
    ...validateFinalizersUpdate(next, old),
    ...validateMetadata(request.definition, next),
  ]
  if (request.subresource === 'status') {
    return [...metadata, ...(strategy.validateStatus?.(update, context) ?? [])]
  }
  return [
    ...metadata,
    ...(strategy.validate?.(next, context) ?? []),
    ...(strategy.validateUpdate?.(update, context) ?? []),
  ]
}

/** Stores an update; an object that was waiting for its last finalizer goes with it. */
function write(
  definition: ResourceDefinition,
  object: ApiObject,
  context: WriteContext,
): StoredObject {
  if (context.dryRun) return object as StoredObject
  if (!isFinished(definition, object)) return context.store.put(definition.storage, object)
  return context.store.remove(definition.storage, object as StoredObject)
}

/** True for an object that was deleted and that nothing holds any more. */
export function isFinished({ strategy }: ResourceDefinition, object: ApiObject): boolean {
  const { deletionTimestamp, finalizers = [], deletionGracePeriodSeconds = 0 } = object.metadata
  if (deletionTimestamp === undefined || finalizers.length > 0) return false
  return deletionGracePeriodSeconds === 0 && strategy.isHeld?.(object) !== true
}
