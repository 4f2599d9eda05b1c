/** Garbage collection: what has lost all its owners goes, and foreground and orphan deletions are carried out. */
import { hasReason, type OwnerReference } from '@sortie/machinery'
import type { ResourceDefinition } from '../registry/definition.ts'
import { deleteObject } from '../registry/delete.ts'
import { isFinished } from '../registry/update.ts'
import type { ServerParts } from '../server/parts.ts'
import { type Change, placeOf, type StoredObject } from '../store/index.ts'
import { controllerContext, type ServerController } from './controller.ts'
import { createOwnerIndex, type Member, type OwnerIndex, ownersOf } from './owners.ts'

const FOREGROUND = 'foregroundDeletion'
const ORPHAN = 'orphan'

export function createGarbageCollector(parts: ServerParts): ServerController {
  let unsubscribe: (() => void) | undefined
  return {
    start() {
      const index = createOwnerIndex()
      const initial = initialMembers(parts)
      for (const member of initial) index.apply({ type: 'ADDED', ...member })
      for (const member of initial) react(parts, index, { type: 'ADDED', ...member })
      unsubscribe = parts.store.subscribeAll((changes) => {
        for (const change of changes) index.apply(change)
        for (const change of changes) react(parts, index, change)
      })
    },
    stop: () => unsubscribe?.(),
  }
}

function initialMembers({ catalog, store }: ServerParts): readonly Member[] {
  const storages = new Set(catalog.all().map((definition) => definition.storage))
  return [...storages].flatMap((resource) =>
    store.list(resource).map((object) => ({ resource, object })),
  )
}

function react(
  parts: ServerParts,
  index: OwnerIndex,
  change: Pick<Change, 'type' | 'resource' | 'object'> & Partial<Change>,
): void {
  const { type, resource, object, previous } = change
  const { uid } = object.metadata
  if (type === 'DELETED') {
    for (const dependent of index.dependentsOf(uid)) collect(parts, index, dependent)
    for (const owner of ownersOf(object)) finishForeground(parts, index, owner.uid)
    return
  }
  if (previous !== undefined && ownersOf(previous) !== ownersOf(object)) {
    for (const owner of ownersOf(previous)) finishForeground(parts, index, owner.uid)
  }
  const current = index.byUid(uid)
  if (current === undefined || current.object !== object) return
  if (object.metadata.deletionTimestamp !== undefined) {
    carryOut(parts, index, { resource, object })
    return
  }
  if (ownersOf(object).length > 0) collect(parts, index, current)
}

/** Foreground: the dependents first. Orphan: the dependents are let go. */
function carryOut(parts: ServerParts, index: OwnerIndex, owner: Member): void {
  const { finalizers = [], uid } = owner.object.metadata
  if (finalizers.includes(ORPHAN)) {
    for (const dependent of index.dependentsOf(uid)) {
      const left = ownersOf(dependent.object).filter((one) => one.uid !== uid)
      writeOwners(parts, dependent, left)
    }
    dropFinalizer(parts, owner, ORPHAN)
    return
  }
  if (!finalizers.includes(FOREGROUND)) return
  for (const dependent of index.dependentsOf(uid)) collect(parts, index, dependent)
  finishForeground(parts, index, uid)
}

/** An owner that waits goes when no dependent holds it any more. */
function finishForeground(parts: ServerParts, index: OwnerIndex, uid: string): void {
  const owner = index.byUid(uid)
  if (owner === undefined || !waitsForDependents(owner.object)) return
  const blocked = index.dependentsOf(uid).some(({ object }) => blocks(object, uid))
  if (!blocked) dropFinalizer(parts, owner, FOREGROUND)
}

function waitsForDependents({ metadata }: StoredObject): boolean {
  if (metadata.deletionTimestamp === undefined) return false
  return metadata.finalizers?.includes(FOREGROUND) === true
}

function blocks(object: StoredObject, uid: string): boolean {
  return ownersOf(object).some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true)
}

interface Owners {
  readonly solid: readonly OwnerReference[]
  readonly dangling: readonly OwnerReference[]
  readonly waiting: readonly OwnerReference[]
}

/** Deletes a dependent that has no owner left, or forgets the owners that are gone. */
function collect(parts: ServerParts, index: OwnerIndex, member: Member): void {
  const live = index.byUid(member.object.metadata.uid)
  if (live === undefined) return
  const owners = classify(parts, index, live.object)
  if (owners === undefined || owners.dangling.length + owners.waiting.length === 0) return
  if (owners.solid.length > 0) {
    writeOwners(parts, live, owners.solid)
    return
  }
  if (live.object.metadata.deletionTimestamp !== undefined) return
  const dependents = index.dependentsOf(live.object.metadata.uid)
  const foreground = owners.waiting.length > 0 && dependents.length > 0
  if (foreground && dependents.some(({ object }) => waitsForDependents(object))) {
    // Each would wait for the other: the owners go without this one.
    writeOwners(parts, live, ownersOf(live.object).map(unblocking))
  }
  remove(parts, live, foreground ? 'Foreground' : undefined)
}

function unblocking(owner: OwnerReference): OwnerReference {
  return owner.blockOwnerDeletion === true ? { ...owner, blockOwnerDeletion: false } : owner
}

/** Undefined where an owner's kind is not served, or cannot own what is in no namespace, so that nothing can be said of it. */
function classify(parts: ServerParts, index: OwnerIndex, object: StoredObject): Owners | undefined {
  const groups: { solid: OwnerReference[]; dangling: OwnerReference[]; waiting: OwnerReference[] } =
    { solid: [], dangling: [], waiting: [] }
  for (const reference of ownersOf(object)) {
    const definition = definitionOf(parts, reference)
    if (definition === undefined) return undefined
    if (definition.namespaced && object.metadata.namespace === undefined) return undefined
    const owner = index.byUid(reference.uid)?.object
    if (owner === undefined || !isNamed(owner, { reference, object, definition })) {
      groups.dangling.push(reference)
    } else if (waitsForDependents(owner) && reference.blockOwnerDeletion === true) {
      groups.waiting.push(reference)
    } else groups.solid.push(reference)
  }
  return groups
}

function definitionOf(
  { catalog }: ServerParts,
  { apiVersion, kind }: OwnerReference,
): ResourceDefinition | undefined {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  return catalog.findKind(group, kind)
}

/** Whether the object with the reference's uid is the one that it names: an owner is in the same namespace or in none. */
function isNamed(
  owner: StoredObject,
  by: {
    readonly reference: OwnerReference
    readonly object: StoredObject
    readonly definition: ResourceDefinition
  },
): boolean {
  const { reference, object, definition } = by
  if (owner.metadata.name !== reference.name || owner.kind !== reference.kind) return false
  return !definition.namespaced || owner.metadata.namespace === object.metadata.namespace
}

function remove(
  parts: ServerParts,
  { resource, object }: Member,
  policy: 'Foreground' | undefined,
): void {
  const definition = parts.catalog.findStorage(resource)
  if (definition === undefined) return
  const options = {
    dryRun: false,
    propagationPolicy: policy ?? policyOf(object),
    preconditions: { uid: object.metadata.uid },
  }
  try {
    deleteObject({ definition, place: placeOf(object), options }, controllerContext(parts))
  } catch (error) {
    if (!hasReason(error, 'NotFound', 'Conflict')) {
      parts.log.warn('garbage stays', { resource, name: object.metadata.name, error })
    }
  }
}

/** An object that was to be deleted in a certain way still is. */
function policyOf({ metadata }: StoredObject): 'Foreground' | 'Background' | 'Orphan' {
  if (metadata.finalizers?.includes(ORPHAN) === true) return 'Orphan'
  return metadata.finalizers?.includes(FOREGROUND) === true ? 'Foreground' : 'Background'
}

function writeOwners(
  parts: ServerParts,
  { resource, object }: Member,
  owners: readonly OwnerReference[],
): void {
  const current = parts.store.get(resource, placeOf(object))
  if (current?.metadata.uid !== object.metadata.uid) return
  const { ownerReferences: _, ...metadata } = current.metadata
  const next = owners.length === 0 ? metadata : { ...metadata, ownerReferences: owners }
  parts.store.put(resource, { ...current, metadata: next })
}

function dropFinalizer(parts: ServerParts, { resource, object }: Member, finalizer: string): void {
  const current = parts.store.get(resource, placeOf(object))
  const definition = parts.catalog.findStorage(resource)
  if (definition === undefined || current?.metadata.uid !== object.metadata.uid) return
  const { finalizers = [], ...metadata } = current.metadata
  const left = finalizers.filter((one) => one !== finalizer)
  if (left.length === finalizers.length) return
  const next = {
    ...current,
    metadata: left.length === 0 ? metadata : { ...metadata, finalizers: left },
  }
  if (isFinished(definition, next)) parts.store.remove(resource, next as StoredObject)
  else parts.store.put(resource, next)
}
