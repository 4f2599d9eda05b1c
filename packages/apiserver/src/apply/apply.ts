/**
 * Server-side apply and the bookkeeping of who owns which field, as Kubernetes does both. Nothing
 * here is mutated.
 */
import {
  ApiStatusError,
  deepEqual,
  failureStatus,
  isJsonObject,
  type JsonObject,
  statusError,
} from '@sortie/machinery'
import {
  type Comparison,
  claimedFields,
  compareObjects,
  presentFields,
  UnmergeableList,
} from './compare.ts'
import { type Conflict, conflictError } from './conflicts.ts'
import {
  difference,
  EMPTY_SET,
  equalSets,
  type FieldSet,
  intersection,
  isEmptySet,
  isSubset,
  MEMBER,
  union,
} from './fieldset.ts'
import {
  BEFORE_FIRST_APPLY,
  capUpdates,
  isOwnedBy,
  isReset,
  MAX_UPDATE_ENTRIES,
  newOwner,
  type Owner,
  type OwnerIdentity,
  orderOwners,
  ownersOf,
  withOwners,
} from './managers.ts'
import { mergeObjects, removeFields, withNamedFields } from './merge.ts'
import type { MapNode } from './mergeschema.ts'

interface WriteOptions {
  /** Who writes; `unknown` where a client says nothing. */
  readonly manager: string
  /** Empty or absent for the object itself. */
  readonly subresource?: string
  /** The kind's merge rules. */
  readonly schema: MapNode
  /** Now, as meta/v1 Time. */
  readonly time: string
  /**
   * Fields of the object's first level that this endpoint does not write, and so gives nobody:
   * `status` on the object itself, `spec` and `metadata` on its status; or one below, as `metadata.ownerReferences`.
   */
  readonly resetFields?: readonly string[]
  /** What a new object of the kind holds before anybody sets anything; default: nothing. */
  readonly blank?: JsonObject
}

export interface ApplyPatchOptions extends WriteOptions {
  /** The stored object; undefined where the apply creates it. */
  readonly live: JsonObject | undefined
  /** The configuration: what the manager wants to be so. */
  readonly applied: JsonObject
  /** Takes fields over from others in place of failing. */
  readonly force?: boolean
  /** Merges what this endpoint does not write all the same: the kind takes it out, or keeps it in a new object. */
  readonly mergesReset?: boolean
}

export interface ApplyResult {
  /** The merged object with its managedFields; `live` itself where nothing changed. */
  readonly object: JsonObject
  readonly changed: boolean
}

/**
 * Applies a configuration: merges it into the live object, removes what only this manager owned and
 * no longer says, and records what it owns.
 * @throws ApiStatusError Conflict where it would change what others own and `force` is not set;
 *   BadRequest for a configuration that carries managedFields or lists without keys.
 */
export function applyPatch(options: ApplyPatchOptions): ApplyResult {
  const { live, schema } = options
  const applied = configurationOf(options)
  const identity = identityOf(options, 'Apply', applied)
  const base = live ?? {}
  const claimed = withoutTop(claim(schema, applied), options.resetFields ?? [])
  const owners = trackedOwners(options)
  const own = owners.find((owner) => isOwnedBy(owner, identity))
  const others = owners.filter((owner) => owner !== own)
  const merged = mergeObjects(schema, base, applied)
  const object = dropUnclaimed({ schema, merged, last: own?.fieldsV1, claimed, others })
  const comparison = withoutReset(compareObjects(schema, base, object), options.resetFields)
  if (options.force !== true) refuseConflicts(others, comparison)
  const sameFields = own !== undefined && equalSets(own.fieldsV1, claimed)
  const isSame = object === base && sameFields
  const entry = isSame ? own : newOwner(identity, claimed, options.time)
  const result = withOwners(object, ownersAfter(base, comparison, { others, entry }))
  return { object: result, changed: live === undefined || result !== live }
}

/**
 * The configuration without what the server itself fills in and, unless that is merged, what this endpoint does not write.
 */
function configurationOf(options: ApplyPatchOptions): JsonObject {
  const { applied, live, mergesReset } = options
  const resetFields = mergesReset === true ? [] : (options.resetFields ?? [])
  const { metadata, ...rest } = applied
  if (!isJsonObject(metadata)) throw badRequest('metadata is required')
  if (metadata['managedFields'] !== undefined && metadata['managedFields'] !== null) {
    throw badRequest('metadata.managedFields must be nil')
  }
  const { managedFields: _, ...kept } = metadata
  const known = isJsonObject(live?.['metadata']) ? live['metadata'] : {}
  const meta: Record<string, unknown> = kept
  for (const field of ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'selfLink']) {
    if (known[field] !== undefined || meta[field] === null) delete meta[field]
  }
  const result: Record<string, unknown> = { ...rest, metadata: meta }
  for (const field of resetFields) {
    const [first = '', below] = field.split('.')
    if (below === undefined) delete result[first]
    else if (first === 'metadata') delete meta[below]
  }
  return result as JsonObject
}

function identityOf(
  options: WriteOptions,
  operation: 'Apply' | 'Update',
  object: JsonObject,
): OwnerIdentity {
  const { manager, subresource } = options
  return { manager, operation, apiVersion: String(object['apiVersion'] ?? ''), subresource }
}

function claim(schema: MapNode, applied: JsonObject): FieldSet {
  try {
    return claimedFields(schema, applied)
  } catch (error) {
    if (!(error instanceof UnmergeableList)) throw error
    const metadata = isJsonObject(applied['metadata']) ? applied['metadata'] : {}
    const name = `${metadata['namespace'] ?? ''}/${metadata['name'] ?? ''}`
    const what = `${name}; ${applied['apiVersion']}, Kind=${applied['kind']}`
    throw unmergeable(`failed to create typed patch object (${what}): ${error.message}`)
  }
}

/**
 * The live object's owners; where it has none, one that owns all that was there before the first
 * apply.
 */
function trackedOwners(options: ApplyPatchOptions): readonly Owner[] {
  const { live, schema, subresource, resetFields, blank = {} } = options
  const owners = ownersOf(live)
  if (live === undefined || owners.length > 0) return owners
  const { changed } = withoutReset(compareObjects(schema, blank, live), resetFields)
  if (isEmptySet(changed)) return owners
  const apiVersion = String(live['apiVersion'] ?? '')
  const manager = BEFORE_FIRST_APPLY
  return [
    newOwner({ manager, operation: 'Update', apiVersion, subresource }, changed, options.time),
  ]
}

interface Pruning {
  readonly schema: MapNode
  readonly merged: JsonObject
  /** What the manager owned before this apply. */
  readonly last: FieldSet | undefined
  /** What it owns now. */
  readonly claimed: FieldSet
  readonly others: readonly Owner[]
}

/** Takes out what the manager owned, no longer claims, and nobody else owns. */
function dropUnclaimed({ schema, merged, last, ...now }: Pruning): JsonObject {
  if (last === undefined || isSubset(last, now.claimed)) return merged
  const owned = now.others.reduce((all, owner) => union(all, owner.fieldsV1), now.claimed)
  const named = (set: FieldSet): FieldSet => withNamedFields(schema, set)
  const fields = (object: JsonObject): FieldSet =>
    named(union(presentFields(schema, object), IDENTITY))
  const remove = (set: FieldSet): JsonObject =>
    (removeFields(schema, merged, set) ?? {}) as JsonObject
  const [all, before] = [fields(merged), named(last)]
  // First all that was owned goes; then what somebody owns comes back; then what was never this
  // manager's.
  const bare = remove(before)
  const held = remove(difference(all, union(fields(bare), named(owned))))
  return remove(intersection(difference(all, fields(held)), before))
}

/** What every configuration says, so that metadata as a whole never goes. */
const IDENTITY: FieldSet = {
  'f:apiVersion': MEMBER,
  'f:kind': MEMBER,
  'f:metadata': { 'f:name': MEMBER },
}

function refuseConflicts(others: readonly Owner[], { changed }: Comparison): void {
  if (isEmptySet(changed)) return
  const conflicts: Conflict[] = []
  for (const owner of others) {
    const fields = intersection(owner.fieldsV1, changed)
    if (!isEmptySet(fields)) conflicts.push({ owner, fields })
  }
  if (conflicts.length > 0) throw conflictError(conflicts)
}

interface NewOwners {
  readonly others: readonly Owner[]
  /** The writing manager's new entry. */
  readonly entry: Owner | undefined
}

/** The entries after a write; the very list that `before` has where they are the same. */
function ownersAfter(
  before: JsonObject,
  comparison: Comparison,
  { others, entry }: NewOwners,
): readonly Owner[] {
  const reduced = others.map((owner) => withoutFields(owner, comparison))
  const owners = orderOwners(entry === undefined ? reduced : [...reduced, entry])
  const old = ownersOf(before)
  return owners.length === old.length && owners.every((owner, index) => owner === old[index])
    ? old
    : owners
}

function withoutFields(owner: Owner, { changed, removed }: Comparison): Owner {
  const fieldsV1 = difference(difference(owner.fieldsV1, changed), removed)
  return fieldsV1 === owner.fieldsV1 ? owner : { ...owner, fieldsV1 }
}

export interface UpdateManagedFieldsOptions extends WriteOptions {
  /** The stored object; undefined where the write creates it. */
  readonly before: JsonObject | undefined
  /** The object as it is to be stored, but for its managedFields. */
  readonly after: JsonObject
  /** The most Update entries that are kept; 10 by default. */
  readonly maxUpdateEntries?: number
}

/**
 * The object with the managedFields that a plain create, update or patch leaves: the writer owns
 * what it changed, and nobody owns what it removed. A client may set managedFields itself on the
 * object (not through a subresource).
 */
export function updateManagedFields(options: UpdateManagedFieldsOptions): JsonObject {
  const { before, after, schema, time } = options
  const owners = givenOwners(options)
  // Whose fields are not tracked, nobody's are, until somebody applies.
  if (before !== undefined && owners.length === 0) return withOwners(after, owners)
  const comparison = withoutReset(
    compareObjects(schema, before ?? options.blank ?? {}, after),
    options.resetFields,
  )
  if (isEmptySet(comparison.changed) && isEmptySet(comparison.removed)) {
    return withOwners(after, owners)
  }
  const identity = identityOf(options, 'Update', after)
  const own = owners.find((owner) => isOwnedBy(owner, identity))
  const reduced = owners
    .filter((owner) => owner !== own)
    .map((owner) => withoutFields(owner, comparison))
  const remaining = own === undefined ? EMPTY_SET : difference(own.fieldsV1, comparison.removed)
  const fields = union(remaining, comparison.changed)
  const entryTime = isEmptySet(comparison.changed) ? own?.time : time
  const entry =
    fields === own?.fieldsV1 && entryTime === own.time ? own : newOwner(identity, fields, entryTime)
  const all = orderOwners([...reduced, entry])
  return withOwners(after, capUpdates(all, options.maxUpdateEntries ?? MAX_UPDATE_ENTRIES))
}

/**
 * The entries that the write starts from: the client's where it sends its own, else the stored
 * ones.
 */
function givenOwners({ before, after, subresource }: UpdateManagedFieldsOptions): readonly Owner[] {
  const stored = ownersOf(before)
  if (subresource !== undefined && subresource !== '') return stored
  // What a client read and sends back is by far the most common, and needs no reading entry by
  // entry.
  if (before !== undefined && deepEqual(entriesOf(before), entriesOf(after))) return stored
  if (isReset(after)) return []
  const given = ownersOf(after)
  return given.length === 0 ? stored : given
}

function entriesOf(object: JsonObject): unknown {
  return isJsonObject(object['metadata']) ? object['metadata']['managedFields'] : undefined
}

function withoutReset(comparison: Comparison, resetFields: readonly string[] = []): Comparison {
  if (resetFields.length === 0) return comparison
  return {
    changed: withoutTop(comparison.changed, resetFields),
    removed: withoutTop(comparison.removed, resetFields),
  }
}

function withoutTop(set: FieldSet, names: readonly string[]): FieldSet {
  if (names.length === 0) return set
  const kept: Record<string, FieldSet> = { ...set }
  for (const name of names) {
    const [first = '', below] = name.split('.')
    const inner = kept[`f:${first}`]
    if (below === undefined || inner === undefined) delete kept[`f:${first}`]
    else {
      const { [`f:${below}`]: _, ...rest } = inner
      if (isEmptySet(rest)) delete kept[`f:${first}`]
      else kept[`f:${first}`] = rest
    }
  }
  return kept
}

/** 500 without a reason: the API server gives these errors no status of their own. */
function unmergeable(message: string): Error {
  const { reason: _, ...status } = failureStatus('InternalError', { message })
  return new ApiStatusError(status)
}

function badRequest(message: string): Error {
  return statusError('BadRequest', { message })
}
