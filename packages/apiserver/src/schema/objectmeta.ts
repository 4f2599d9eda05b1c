/** Metadata as it comes out of Go's ObjectMeta: what is empty is left out, what is missing in an owner reference is empty. */
import type { ObjectMeta } from '@sortie/machinery'

type Fields = Readonly<Record<string, unknown>>
type Encode = (value: unknown) => unknown

/** Left out of the encoded form. */
const EMPTY = undefined

const text: Encode = (value) => (value === '' || value === null ? EMPTY : value)
/** A number or a truth that may be left out, and says something where it is zero. */
const pointer: Encode = (value) => (value === null ? EMPTY : value)
const count: Encode = (value) => (value === 0 || value === null ? EMPTY : value)

const textMap: Encode = (value) => {
  if (value === null) return EMPTY
  let nulls = false
  let size = 0
  for (const key in value as Fields) {
    size++
    nulls ||= (value as Fields)[key] === null
  }
  if (size === 0) return EMPTY
  if (!nulls) return value
  return Object.fromEntries(Object.entries(value as Fields).map(([key, one]) => [key, one ?? '']))
}

const list =
  (item: (one: unknown) => unknown): Encode =>
  (value) => {
    const items = value as readonly unknown[] | null
    if (items === null || items.length === 0) return EMPTY
    return items.some((one) => item(one) !== one) ? items.map(item) : items
  }

const OWNER_TEXTS = ['apiVersion', 'kind', 'name', 'uid'] as const
const OWNER_FLAGS = ['controller', 'blockOwnerDeletion'] as const

function ownerReference(given: unknown): unknown {
  const owner = (given ?? {}) as Fields
  const isWhole =
    given !== null &&
    OWNER_TEXTS.every((field) => typeof owner[field] === 'string') &&
    Object.keys(owner).every((key) => OWNER_FIELDS.has(key) && owner[key] !== null)
  if (isWhole) return given
  const whole: Record<string, unknown> = {}
  for (const field of OWNER_TEXTS) whole[field] = owner[field] ?? ''
  for (const flag of OWNER_FLAGS) {
    if (owner[flag] !== undefined && owner[flag] !== null) whole[flag] = owner[flag]
  }
  return whole
}

const OWNER_FIELDS: ReadonlySet<string> = new Set([...OWNER_TEXTS, ...OWNER_FLAGS])

const FIELDS: ReadonlyMap<string, Encode> = new Map<string, Encode>([
  ['name', text],
  ['generateName', text],
  ['namespace', text],
  // No longer kept.
  ['selfLink', () => EMPTY],
  ['uid', text],
  ['resourceVersion', text],
  ['generation', count],
  ['creationTimestamp', pointer],
  ['deletionTimestamp', pointer],
  ['deletionGracePeriodSeconds', pointer],
  ['labels', textMap],
  ['annotations', textMap],
  ['ownerReferences', list(ownerReference)],
  ['finalizers', list((one) => one ?? '')],
  // An empty list says that they are to be forgotten.
  ['managedFields', pointer],
])

/** The metadata as its Go type holds it; the same object where that changes nothing. Its JSON types must be right. */
export function encodedMetadata(metadata: ObjectMeta): ObjectMeta {
  let changed: Record<string, unknown> | undefined
  for (const key in metadata) {
    const value = (metadata as Fields)[key]
    const encoded = value === undefined ? EMPTY : FIELDS.get(key)?.(value)
    if (encoded === value && value !== undefined) continue
    changed ??= { ...metadata }
    if (encoded === EMPTY) delete changed[key]
    else changed[key] = encoded
  }
  return changed ?? metadata
}
