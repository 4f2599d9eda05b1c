/** The objects that an informer holds, and what changed when they are replaced. */
import { type KubeObject, keyOf, type Stored } from '@sortie/machinery'
import type { Indexes } from './indexes.ts'

/** One thing to tell handlers. */
export type Change<T extends KubeObject> =
  | { readonly kind: 'add'; readonly object: Stored<T> }
  | { readonly kind: 'update'; readonly old: Stored<T>; readonly object: Stored<T> }
  | { readonly kind: 'delete'; readonly object: Stored<T> }

export interface Cache<T extends KubeObject> {
  readonly objects: ReadonlyMap<string, Stored<T>>
  /** Puts an object in, as a watch event said. The version held already changes nothing; order is the reflector's care. */
  put(object: Stored<T>): readonly Change<T>[]
  /** Takes an object out; handlers get its last state. */
  remove(object: Stored<T>): readonly Change<T>[]
  /** Puts this in place of everything, at once; the changes follow from the difference. */
  replace(objects: Iterable<Stored<T>>): readonly Change<T>[]
}

const NO_CHANGE: readonly never[] = Object.freeze([])

export function createCache<T extends KubeObject>(indexes: Indexes<T>): Cache<T> {
  const objects = new Map<string, Stored<T>>()

  const set = (key: string, old: Stored<T> | undefined, object: Stored<T>): void => {
    objects.set(key, object)
    indexes.change(key, old, object)
  }
  const drop = (key: string, old: Stored<T>): void => {
    objects.delete(key)
    indexes.change(key, old, undefined)
  }
  return {
    objects,
    put(object) {
      const key = keyOf(object)
      const old = objects.get(key)
      const changes = differenceOf(old, object)
      if (changes.length > 0) set(key, old, object)
      return changes
    },
    remove(object) {
      const key = keyOf(object)
      const old = objects.get(key)
      if (old === undefined) return NO_CHANGE
      drop(key, old)
      // Another uid: the object that went was never seen, and the one held must have gone before it came.
      return [{ kind: 'delete', object: old.metadata.uid === object.metadata.uid ? object : old }]
    },
    replace(wanted) {
      const next = new Map<string, Stored<T>>()
      for (const object of wanted) next.set(keyOf(object), object)
      const changes: Change<T>[] = []
      for (const [key, old] of objects) {
        if (next.has(key)) continue
        drop(key, old)
        changes.push({ kind: 'delete', object: old })
      }
      for (const [key, object] of next) {
        const old = objects.get(key)
        const difference = differenceOf(old, object)
        if (difference.length === 0) continue
        set(key, old, object)
        changes.push(...difference)
      }
      return changes
    },
  }
}

/** An object made again under the same name is another object: the old one went, a new one came. */
function differenceOf<T extends KubeObject>(
  old: Stored<T> | undefined,
  object: Stored<T>,
): readonly Change<T>[] {
  if (old === undefined) return [{ kind: 'add', object }]
  if (old.metadata.uid !== object.metadata.uid) {
    return [
      { kind: 'delete', object: old },
      { kind: 'add', object },
    ]
  }
  const same = old.metadata.resourceVersion === object.metadata.resourceVersion
  return same ? NO_CHANGE : [{ kind: 'update', old, object }]
}
