import { isJsonObject } from '@sortie/machinery'
import type { KeyedNode, SetNode } from './mergeschema.ts'

/**
 * The path element of a list's item (`k:{"name":"a"}`, `v:"a"`), or undefined where the item has no
 * keys.
 */
export function elementOf(node: KeyedNode | SetNode, item: unknown): string | undefined {
  if (node.kind === 'set') {
    const scalar = item !== null && typeof item !== 'object'
    return scalar ? `v:${scalarText(item)}` : undefined
  }
  return isJsonObject(item) ? keyElement(node, item) : undefined
}

const PLAIN_TEXT = /^[\w ./:@-]*$/

/** JSON of a scalar, without the full serializer where nothing needs an escape. */
function scalarText(value: unknown): string {
  if (typeof value === 'string' && PLAIN_TEXT.test(value)) return `"${value}"`
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'null')
}

/** Whether two items are known by the same keys, told without building their path elements. */
export function sameElement(node: KeyedNode | SetNode, a: unknown, b: unknown): boolean {
  if (node.kind === 'set') return a === b
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  let hasKey = false
  for (const { name, default: fallback } of node.keys) {
    const value = keyValue(a[name], fallback)
    if (value !== keyValue(b[name], fallback)) return false
    hasKey ||= value !== undefined
  }
  return hasKey
}

/** A key that is null is one. */
const keyValue = (value: unknown, fallback: unknown): unknown =>
  value === undefined ? (fallback ?? undefined) : value

function keyElement(node: KeyedNode, item: Readonly<Record<string, unknown>>): string | undefined {
  let text = ''
  for (const { name, prefix, default: fallback } of node.keys) {
    const value = keyValue(item[name], fallback)
    if (value === undefined) continue
    const pair = prefix + scalarText(value)
    text = text === '' ? pair : `${text},${pair}`
  }
  return text === '' ? undefined : `k:{${text}}`
}

/** All items of a list by their path elements; those without one are left out. */
export function groupList(
  node: KeyedNode | SetNode,
  list: readonly unknown[],
): ReadonlyMap<string, readonly unknown[]> {
  const groups = new Map<string, unknown[]>()
  for (const item of list) {
    const element = elementOf(node, item)
    if (element === undefined) continue
    const group = groups.get(element)
    if (group === undefined) groups.set(element, [item])
    else group.push(item)
  }
  return groups
}

/** A list's items by their path elements, in order. */
export interface ListIndex {
  readonly items: ReadonlyMap<string, unknown>
  /** What keeps the list from being merged item by item. */
  readonly problem: string | undefined
}

export function indexList(node: KeyedNode | SetNode, list: readonly unknown[]): ListIndex {
  const items = new Map<string, unknown>()
  let problem: string | undefined
  for (const [index, item] of list.entries()) {
    const element = elementOf(node, item)
    if (element === undefined) problem ??= `element ${index}: ${missingKey(node, item)}`
    else if (items.has(element)) problem ??= `duplicate entries for key ${keyText(element)}`
    else items.set(element, item)
  }
  return { items, problem }
}

/** Why an item has no path element. */
export function missingKey(node: KeyedNode | SetNode, item: unknown): string {
  if (node.kind === 'set') {
    if (item === null) return "associative list without keys has an element that's an explicit null"
    return Array.isArray(item)
      ? 'not supported: associative list with lists as elements'
      : "associative list without keys has an element that's a map type"
  }
  if (item === null) return 'associative list with keys may not have a null element'
  if (!isJsonObject(item)) return 'associative list with keys may not have non-map elements'
  const names = node.keys.map(({ name }) => JSON.stringify(name)).join(' ')
  return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`
}

function keyText(element: string): string {
  const value: unknown = JSON.parse(element.slice(2))
  if (!isJsonObject(value)) return `[=${JSON.stringify(value)}]`
  const pairs = Object.keys(value).map((name) => `${name}=${JSON.stringify(value[name])}`)
  return `[${pairs.join(',')}]`
}
