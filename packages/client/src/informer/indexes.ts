/** Indexes over a cache, kept up to date change by change. */
import { controllerOf, type KubeObject, type Stored } from '@sortie/machinery'

/** By uid of the controlling owner; every informer has it. */
export const OWNER_UID_INDEX = 'ownerUid'

/** The values under which an object is found. Pure, and quick: it runs on each change. */
export type IndexFunction<T extends KubeObject> = (object: Stored<T>) => readonly string[]

export interface Indexes<T extends KubeObject> {
  add(name: string, index: IndexFunction<T>): void
  /** Moves an object from its old values to its new ones; `undefined` = not there. */
  change(key: string, old: Stored<T> | undefined, object: Stored<T> | undefined): void
  /** @throws RangeError where there is no such index */
  find(name: string, value: string): readonly Stored<T>[]
}

interface Index<T extends KubeObject> {
  readonly valuesOf: IndexFunction<T>
  readonly buckets: Map<string, Map<string, Stored<T>>>
}

const NOTHING: readonly never[] = Object.freeze([])

/** @param onError called where an index function throws; the object then has no value in that index */
export function createIndexes<T extends KubeObject>(
  onError: (error: unknown, index: string) => void,
): Indexes<T> {
  const indexes = new Map<string, Index<T>>()

  return {
    add(name, index) {
      const valuesOf = (object: Stored<T>): readonly string[] => {
        try {
          return index(object)
        } catch (error) {
          onError(error, name)
          return NOTHING
        }
      }
      indexes.set(name, { valuesOf, buckets: new Map() })
    },
    change(key, old, object) {
      for (const { valuesOf, buckets } of indexes.values()) {
        const values = object === undefined ? NOTHING : valuesOf(object)
        if (old !== undefined) {
          for (const value of valuesOf(old)) {
            if (!values.includes(value)) removeFrom(buckets, value, key)
          }
        }
        if (object !== undefined)
          for (const value of values) putInto(buckets, value, { key, object })
      }
    },
    find(name, value) {
      const index = indexes.get(name)
      if (index === undefined) throw new RangeError(`there is no index ${name}`)
      const bucket = index.buckets.get(value)
      return bucket === undefined ? NOTHING : [...bucket.values()]
    },
  }
}

function putInto<V>(
  buckets: Map<string, Map<string, V>>,
  value: string,
  entry: { readonly key: string; readonly object: V },
): void {
  let bucket = buckets.get(value)
  if (bucket === undefined) {
    bucket = new Map()
    buckets.set(value, bucket)
  }
  bucket.set(entry.key, entry.object)
}

function removeFrom<V>(buckets: Map<string, Map<string, V>>, value: string, key: string): void {
  const bucket = buckets.get(value)
  if (bucket === undefined) return
  bucket.delete(key)
  if (bucket.size === 0) buckets.delete(value)
}

export const ownerUidIndex = (object: KubeObject): readonly string[] => {
  const owner = controllerOf(object)
  return owner === undefined ? NOTHING : [owner.uid]
}
