/** metadata.managedFields: who owns which fields, read, changed and written again. */
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type ManagedFieldsEntry,
} from '@sortie/machinery'
import { type FieldSet, isEmptySet, readFieldSet, union } from './fieldset.ts'

/**
 * The most entries of operation Update that an object keeps; older ones are gathered into one per
 * version.
 */
export const MAX_UPDATE_ENTRIES = 10

/** Owns what was there before an object's fields were first tracked. */
export const BEFORE_FIRST_APPLY = 'before-first-apply'
const ANCIENT_CHANGES = 'ancient-changes'

/** An entry whose fields are known to be a set. */
export interface Owner extends ManagedFieldsEntry {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly fieldsV1: FieldSet
}

export type OwnerIdentity = Pick<Owner, 'manager' | 'operation' | 'apiVersion'> & {
  readonly subresource?: string | undefined
}

const KNOWN_GOOD = new WeakSet<readonly ManagedFieldsEntry[]>()
const NO_OWNERS: readonly Owner[] = []

/** The entries of an object's managedFields; none where they can't be read. */
export function ownersOf(object: JsonObject | undefined): readonly Owner[] {
  const entries = managedFieldsOf(object)
  if (entries === undefined) return NO_OWNERS
  // What this server wrote is in order; only what clients send needs a look at every entry.
  if (KNOWN_GOOD.has(entries)) return entries as readonly Owner[]
  const owners = entries.map(readEntry)
  return owners.every((owner) => owner !== undefined) ? owners : NO_OWNERS
}

/** `[{}]` is how a client takes all ownership off an object. */
export function isReset(object: JsonObject): boolean {
  const entries = managedFieldsOf(object)
  if (entries?.length === 0) return true
  return (
    entries?.length === 1 &&
    isJsonObject(entries[0]) &&
    isEmptySet(entries[0] as unknown as FieldSet)
  )
}

function managedFieldsOf(
  object: JsonObject | undefined,
): readonly ManagedFieldsEntry[] | undefined {
  const metadata = object?.['metadata']
  const entries = isJsonObject(metadata) ? metadata['managedFields'] : undefined
  return Array.isArray(entries) ? (entries as readonly ManagedFieldsEntry[]) : undefined
}

function readEntry(entry: ManagedFieldsEntry): Owner | undefined {
  if (!isJsonObject(entry)) return undefined
  const { manager = '', operation, apiVersion, fieldsV1, fieldsType } = entry as ManagedFieldsEntry
  if (operation !== 'Apply' && operation !== 'Update') return undefined
  if (typeof apiVersion !== 'string' || fieldsType !== 'FieldsV1') return undefined
  const fields = readFieldSet(fieldsV1 ?? {})
  if (fields === undefined || typeof manager !== 'string') return undefined
  return { ...(entry as ManagedFieldsEntry), manager, operation, apiVersion, fieldsV1: fields }
}

/** Whether the entry is this manager's. An applier is the same whatever version it applied by. */
export function isOwnedBy(owner: Owner, identity: OwnerIdentity): boolean {
  return (
    owner.manager === identity.manager &&
    owner.operation === identity.operation &&
    (owner.subresource ?? '') === (identity.subresource ?? '') &&
    (owner.operation === 'Apply' || owner.apiVersion === identity.apiVersion)
  )
}

export function newOwner(
  identity: OwnerIdentity,
  fields: FieldSet,
  time: string | undefined,
): Owner {
  const { manager, operation, apiVersion, subresource } = identity
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(subresource === undefined || subresource === '' ? {} : { subresource }),
  }
}

/**
 * Entries in the server's order: appliers first, then by time, then by name. Entries that own
 * nothing go.
 */
export function orderOwners(owners: readonly Owner[]): readonly Owner[] {
  return owners.filter((owner) => !isEmptySet(owner.fieldsV1)).sort(compareOwners)
}

function compareOwners(a: Owner, b: Owner): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource ?? '', b.subresource ?? '')
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Gathers the oldest Update entries of each version into one, until there are no more than `limit`.
 */
export function capUpdates(owners: readonly Owner[], limit: number): readonly Owner[] {
  const updates = owners.filter((owner) => owner.operation === 'Update')
  let excess = updates.length - limit
  if (excess <= 0) return owners
  const gathered = new Map<string, Owner>()
  const dropped = new Set<Owner>()
  for (const owner of updates.sort(compareOwners)) {
    if (excess <= 0) break
    const older = gathered.get(owner.apiVersion)
    if (older === undefined) gathered.set(owner.apiVersion, owner)
    else {
      dropped.add(older).add(owner)
      gathered.set(owner.apiVersion, gatherInto(older, owner))
      excess--
    }
  }
  const buckets = [...gathered.values()].filter((owner) => !owners.includes(owner))
  return orderOwners([...owners.filter((owner) => !dropped.has(owner)), ...buckets])
}

function gatherInto(older: Owner, newer: Owner): Owner {
  const fields = union(older.fieldsV1, newer.fieldsV1)
  const identity = {
    manager: ANCIENT_CHANGES,
    operation: 'Update',
    apiVersion: newer.apiVersion,
  } as const
  return newOwner(identity, fields, newer.time)
}

/** The object with these entries as its managedFields; without the key where there are none. */
export function withOwners(object: JsonObject, owners: readonly Owner[]): JsonObject {
  const old = isJsonObject(object['metadata']) ? object['metadata'] : {}
  const { managedFields, ...metadata } = old
  if (managedFields === (owners as unknown)) return object
  if (owners.length === 0) return managedFields === undefined ? object : { ...object, metadata }
  KNOWN_GOOD.add(owners)
  return { ...object, metadata: { ...metadata, managedFields: owners as unknown as JsonValue } }
}
