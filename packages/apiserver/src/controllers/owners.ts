/** Who owns whom: an index of all objects by uid and by the uids of their owners. */
import type { OwnerReference } from '@sortie/machinery'
import type { Change, StoredObject } from '../store/index.ts'

/** An object and the store's resource that it is in. */
export interface Member {
  readonly resource: string
  readonly object: StoredObject
}

export interface OwnerIndex {
  apply(change: Pick<Change, 'type' | 'resource' | 'object'>): void
  /** The live object with this uid. */
  byUid(uid: string): Member | undefined
  /** Those whose owner references name this uid. */
  dependentsOf(uid: string): readonly Member[]
}

export function createOwnerIndex(): OwnerIndex {
  const members = new Map<string, Member>()
  const dependents = new Map<string, Set<string>>()
  const link = (object: StoredObject): void => {
    for (const { uid } of ownersOf(object)) {
      const known = dependents.get(uid)
      if (known === undefined) dependents.set(uid, new Set([object.metadata.uid]))
      else known.add(object.metadata.uid)
    }
  }
  const unlink = (object: StoredObject): void => {
    for (const { uid } of ownersOf(object)) {
      const known = dependents.get(uid)
      known?.delete(object.metadata.uid)
      if (known?.size === 0) dependents.delete(uid)
    }
  }
  return {
    apply({ type, resource, object }) {
      const { uid, ownerReferences } = object.metadata
      const before = members.get(uid)?.object
      const sameOwners = before?.metadata.ownerReferences === ownerReferences
      if (before !== undefined && !(sameOwners && type !== 'DELETED')) unlink(before)
      if (type === 'DELETED') {
        members.delete(uid)
        return
      }
      members.set(uid, { resource, object })
      if (before === undefined || !sameOwners) link(object)
    },
    byUid: (uid) => members.get(uid),
    dependentsOf: (uid) =>
      [...(dependents.get(uid) ?? [])].flatMap((one) => members.get(one) ?? []),
  }
}

export function ownersOf(object: StoredObject): readonly OwnerReference[] {
  return object.metadata.ownerReferences ?? []
}
