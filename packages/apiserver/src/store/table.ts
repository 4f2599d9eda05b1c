/** The objects of one resource, by namespace and name, and in the order that lists have. */
import type { Place, StoredObject } from './object.ts'

interface Bucket {
  readonly objects: Map<string, StoredObject>
  /** The names in order, or undefined where a name came or went since they were last sorted. */
  sorted: readonly string[] | undefined
}

export interface Table {
  readonly size: number
  get(place: Place): StoredObject | undefined
  set(place: Place, object: StoredObject): void
  delete(place: Place): void
  /** The objects of one namespace, or of all: ordered as etcd orders their keys. */
  list(namespace?: string): StoredObject[]
  namespaceSize(namespace: string): number
}

export function createTable(): Table {
  const buckets = new Map<string, Bucket>()
  let size = 0
  return {
    get size() {
      return size
    },
    get: ({ namespace, name }) => buckets.get(namespace)?.objects.get(name),
    set({ namespace, name }, object) {
      const bucket = bucketOf(buckets, namespace)
      if (!bucket.objects.has(name)) {
        size++
        bucket.sorted = undefined
      }
      bucket.objects.set(name, object)
    },
    delete({ namespace, name }) {
      const bucket = buckets.get(namespace)
      if (bucket === undefined || !bucket.objects.delete(name)) return
      size--
      bucket.sorted = undefined
      if (bucket.objects.size === 0) buckets.delete(namespace)
    },
    list(namespace) {
      const into: StoredObject[] = []
      if (namespace !== undefined) collect(buckets.get(namespace), into)
      else for (const name of orderedNamespaces(buckets)) collect(buckets.get(name), into)
      return into
    },
    namespaceSize: (namespace) => buckets.get(namespace)?.objects.size ?? 0,
  }
}

/** Compares places as etcd compares the keys `namespace/name`. */
export function comparePlaces(a: Place, b: Place): number {
  const [left, right] = [`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`]
  return left < right ? -1 : left > right ? 1 : 0
}

function bucketOf(buckets: Map<string, Bucket>, namespace: string): Bucket {
  const found = buckets.get(namespace)
  if (found !== undefined) return found
  const made: Bucket = { objects: new Map(), sorted: undefined }
  buckets.set(namespace, made)
  return made
}

function collect(bucket: Bucket | undefined, into: StoredObject[]): void {
  if (bucket === undefined) return
  bucket.sorted ??= [...bucket.objects.keys()].sort()
  for (const name of bucket.sorted) {
    const object = bucket.objects.get(name)
    if (object !== undefined) into.push(object)
  }
}

/** A dash sorts before the slash that ends a namespace in its key, so `a-b` comes before `a`. */
function orderedNamespaces(buckets: ReadonlyMap<string, Bucket>): readonly string[] {
  return [...buckets.keys()]
    .map((name) => `${name}/`)
    .sort()
    .map((key) => key.slice(0, -1))
}
