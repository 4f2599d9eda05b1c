/** How lists merge under a strategic merge patch: which items there are, and in which order. Nothing is mutated. */
import { isJsonObject, type JsonObject, statusError } from '@sortie/machinery'
import { plainError } from '../registry/failures.ts'
import { goText } from '../schema/fielderror.ts'

export type List = readonly unknown[]

/** What the items of two lists are, which Go wants to be one type. */
export type ItemKind = 'map' | 'scalar'

/** How the items of a list are told apart, and how two of one name become one. */
export interface Merging {
  /** Empty for lists of scalars. */
  readonly key: string
  merge(item: JsonObject, patch: JsonObject): JsonObject
}

const typeName = (value: unknown): string => {
  if (Array.isArray(value)) return '[]interface {}'
  if (isJsonObject(value)) return 'map[string]interface {}'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  return value === null || value === undefined ? '%!s(<nil>)' : 'string'
}

/** The value as a list. @throws ApiStatusError 500 where it is none */
export function asList(value: unknown): List {
  if (Array.isArray(value)) return value
  throw plainError(`expected a []interface {}, but received a ${typeName(value)}`)
}

function asMap(value: unknown): JsonObject {
  if (isJsonObject(value)) return value
  throw plainError(`expected a map[string]interface {}, but received a ${typeName(value)}`)
}

/** @throws ApiStatusError where the items are of several types, lists, or none at all */
export function kindOfItems(...lists: readonly List[]): ItemKind {
  const types = [...new Set(lists.flat().map(typeName))]
  const [type] = types
  if (type === undefined) throw plainError('no elements in any of the given slices')
  if (type === '[]interface {}') throw listOfLists()
  if (types.length > 1) {
    throw plainError(`list element types are not identical: ${goText(lists)}`)
  }
  return type === 'map[string]interface {}' ? 'map' : 'scalar'
}

function listOfLists(): Error {
  const message = 'the server rejected our request due to an error in our request'
  return statusError('Invalid', { message })
}

/** The value of the merge key. @throws ApiStatusError 500 where there is none */
function keyOf(item: unknown, key: string): unknown {
  const map = asMap(item)
  if (Object.hasOwn(map, key)) return map[key]
  throw plainError(`map: ${goText(map)} does not contain declared merge key: ${key}`)
}

const indexIn = (list: List, item: unknown, key: string): number => {
  if (key === '') return list.indexOf(item)
  const wanted = asMap(item)[key]
  return list.findIndex((one) => asMap(one)[key] === wanted)
}

/** The list with the patch's items in it, in the patch's order as far as that says. */
export function mergedList(before: List, patch: List, merging: Merging): List {
  if (before.length === 0 && patch.length === 0) return before
  const kind = kindOfItems(before, patch)
  if (kind === 'scalar') {
    return inOrder(distinct([...before, ...patch]), { order: patch, before, key: merging.key })
  }
  const { key } = merging
  if (key === '') throw plainError('cannot merge lists without merge key for struct')
  const left = withoutDeleted(before, patch, key)
  const replaces = patch.some((item) => asMap(item)['$patch'] === 'replace')
  const plain = patch.filter((item) => asMap(item)['$patch'] === undefined)
  const base = replaces ? plain : left
  const rest = replaces ? [] : plain
  return inOrder(mergedItems(base, rest, merging), { order: rest, before: base, key })
}

/** The list without what the patch's directives delete. @throws ApiStatusError for directives that there are not */
function withoutDeleted(before: List, patch: List, key: string): List {
  let left = before
  for (const item of patch) {
    const map = asMap(item)
    const directive = map['$patch']
    if (directive === undefined || directive === 'replace') continue
    if (directive === 'merge') {
      throw plainError('merging lists cannot yet be specified in the patch')
    }
    if (directive !== 'delete') throw unknownDirective(directive, map)
    const value = keyOf(map, key)
    left = left.filter((one) => asMap(one)[key] !== value)
  }
  return left
}

/** What the server says of a directive that it does not know. */
export function unknownDirective(directive: unknown, map: JsonObject): Error {
  return plainError(`unknown patch type: ${goText(directive)} in map: ${goText(map)}`)
}

function mergedItems(before: List, patch: List, { key, merge }: Merging): List {
  const items = [...before]
  for (const item of patch) {
    const value = keyOf(item, key)
    const at = items.findIndex((one) => asMap(one)[key] === value)
    if (at < 0) items.push(item)
    else items[at] = merge(asMap(items[at]), asMap(item))
  }
  return items
}

/** Of equal scalars the first; what stood last takes the place of one that goes. */
function distinct(scalars: unknown[]): List {
  for (let left = 0; left < scalars.length - 1; left++) {
    for (let right = left + 1; right < scalars.length; right++) {
      if (scalars[left] !== scalars[right]) continue
      const last = scalars.pop()
      if (right < scalars.length) scalars[right] = last
      right--
    }
  }
  return scalars
}

export interface Ordering {
  /** What the patch names, in its order. */
  readonly order: List
  /** The list as it was. */
  readonly before: List
  readonly key: string
}

/** The items that the order names in that order, and each of the others before what it stood before. */
export function inOrder(items: List, { order, before, key }: Ordering): List {
  if (key !== '') for (const item of [...items, ...order]) keyOf(item, key)
  const isNamed = (item: unknown): boolean => indexIn(order, item, key) >= 0
  const named = sorted(items.filter(isNamed), order, key)
  const others = sorted(
    items.filter((item) => !isNamed(item)),
    before,
    key,
  )
  const result: unknown[] = []
  for (const item of named) {
    for (let next = others[0]; others.length > 0 && isBefore(next, item); next = others[0]) {
      result.push(others.shift())
    }
    result.push(item)
  }
  return [...result, ...others]

  function isBefore(a: unknown, b: unknown): boolean {
    const [left, right] = [indexIn(before, a, key), indexIn(before, b, key)]
    return left >= 0 && right >= 0 && left < right
  }
}

/** By an order that may not know them all: the server sorts by insertion, and what is not known goes to the front. */
function sorted(items: unknown[], order: List, key: string): unknown[] {
  const list = [...items]
  const precedes = (a: unknown, b: unknown): boolean => {
    const [left, right] = [indexIn(order, a, key), indexIn(order, b, key)]
    return left < 0 || right < 0 || left < right
  }
  for (let end = 1; end < list.length; end++) {
    for (let at = end; at > 0 && precedes(list[at], list[at - 1]); at--) {
      const [left, right] = [list[at - 1], list[at]]
      list[at - 1] = right
      list[at] = left
    }
  }
  return list
}

/** @throws ApiStatusError 500 where the patch's items do not follow the order that it gives */
export function checkOrder(patch: List, order: List, key: string): void {
  if (order.length === 0 || patch.length === 0) return
  const wanted = patch.filter(
    (item) => key === '' || !(isJsonObject(item) && Object.hasOwn(item, '$patch')),
  )
  let next = 0
  for (const item of order) {
    if (next >= wanted.length) return
    const isSame =
      key === '' ? wanted[next] === item : keyOf(wanted[next], key) === keyOf(item, key)
    if (isSame) next++
  }
  if (next < wanted.length) {
    const [given, said] = [goText(patch), goText(order)]
    throw plainError(
      `The order in patch list:\n${given}\n doesn't match $setElementOrder list:\n${said}\n`,
    )
  }
}
