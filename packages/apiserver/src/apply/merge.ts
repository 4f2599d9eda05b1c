/**
 * The value side of server-side apply: merging a configuration into an object, and taking fields
 * out of it.
 */
import { deepEqual, isJsonObject, type JsonObject, setOwn } from '@sortie/machinery'
import {
  below,
  type FieldDraft,
  type FieldSet,
  hasMember,
  isEmptySet,
  memberWith,
} from './fieldset.ts'
import { elementOf, groupList, indexList, sameElement } from './listelements.ts'
import type { KeyedNode, MapNode, MergeNode, SetNode } from './mergeschema.ts'

/**
 * `live` with what `applied` sets. Shares what does not change; returns `live` itself where nothing
 * does.
 */
export function mergeObjects(node: MapNode, live: JsonObject, applied: JsonObject): JsonObject {
  let draft: Record<string, unknown> | undefined
  for (const key in applied) {
    const given = applied[key]
    if (given === undefined) continue
    const before = Object.hasOwn(live, key) ? live[key] : undefined
    const after = mergeValues(node.fields.get(key)?.node ?? node.element, before, given)
    if (after === before) continue
    draft ??= { ...live }
    setOwn(draft, key, after)
  }
  return (draft as JsonObject | undefined) ?? live
}

function mergeValues(node: MergeNode, live: unknown, applied: unknown): unknown {
  if (live === undefined) return applied
  if (node.kind === 'map' && isJsonObject(live)) {
    if (isJsonObject(applied)) return mergeObjects(node, live, applied)
    if (applied === null && !isEmptySet(live as unknown as FieldSet)) return live
  }
  if ((node.kind === 'set' || node.kind === 'keyed') && Array.isArray(live)) {
    if (Array.isArray(applied)) return mergeLists(node, live, applied)
    if (applied === null && live.length > 0) return live
  }
  return deepEqual(live, applied) ? live : applied
}

/**
 * Items that both have come in the order of `applied`, those that only `live` has stay behind the
 * shared item they followed, new ones come behind the one they follow in `applied`.
 */
function mergeLists(
  node: KeyedNode | SetNode,
  live: readonly unknown[],
  applied: readonly unknown[],
): readonly unknown[] {
  if (
    live.length === applied.length &&
    live.every((item, i) => sameElement(node, item, applied[i]))
  ) {
    return mergeInPlace(node, live, applied)
  }
  const elements = live.map((item) => elementOf(node, item))
  if (elements.includes(undefined)) return deepEqual(live, applied) ? live : applied
  const wanted = indexList(node, applied).items
  const merge = (before: unknown, given: unknown): unknown => mergeItem(node, before, given)
  const merged = interleaved({
    live: { list: live, elements: elements as string[], items: singles(node, live) },
    applied: { elements: [...wanted.keys()], items: wanted },
    merge,
  })
  const changed =
    merged.length !== live.length || merged.some((item, index) => item !== live[index])
  return changed ? merged : live
}

/** The items by their path elements; undefined for one that there are several of. */
function singles(
  node: KeyedNode | SetNode,
  list: readonly unknown[],
): ReadonlyMap<string, unknown> {
  const groups = groupList(node, list)
  return new Map(
    [...groups].map(([element, [first, second]]) => [
      element,
      second === undefined ? first : undefined,
    ]),
  )
}

/** The common case: the same items in the same order. */
function mergeInPlace(
  node: KeyedNode | SetNode,
  live: readonly unknown[],
  applied: readonly unknown[],
): readonly unknown[] {
  let draft: unknown[] | undefined
  for (let index = 0; index < live.length; index++) {
    const after = mergeItem(node, live[index], applied[index])
    if (after === live[index]) continue
    draft ??= live.slice()
    draft[index] = after
  }
  return draft ?? live
}

function mergeItem(node: KeyedNode | SetNode, live: unknown, applied: unknown): unknown {
  return node.kind === 'set' ? (live ?? applied) : mergeValues(node.item, live, applied)
}

interface Side {
  readonly list: readonly unknown[]
  /** Of each item. */
  readonly elements: readonly string[]
  /** By path element; undefined for one that there are several of. */
  readonly items: ReadonlyMap<string, unknown>
}

interface Interleaving {
  readonly live: Side
  readonly applied: Omit<Side, 'list'>
  merge(live: unknown, applied: unknown): unknown
}

/** One walk over both lists, steered by what they share, as Kubernetes has it; items that repeat in `live` become one. */
function interleaved({ live, applied, merge }: Interleaving): readonly unknown[] {
  const shared = applied.elements.filter((element) => live.items.has(element))
  const taken = new Set<string>()
  const merged: unknown[] = []
  let [left, right, next] = [0, 0, 0]
  while (left < live.list.length || right < applied.elements.length) {
    const [ours, theirs] = [live.elements[left], applied.elements[right]]
    if (ours !== undefined && !applied.items.has(ours)) {
      merged.push(live.list[left++])
    } else if (
      ours !== undefined &&
      (taken.has(ours) || (ours !== theirs && isAhead(ours, theirs, shared[next])))
    ) {
      left++
    } else if (theirs !== undefined) {
      merged.push(merge(live.items.get(theirs), applied.items.get(theirs)))
      taken.add(theirs)
      right++
      if (theirs === ours) left++
      if (theirs === shared[next]) next++
    }
  }
  return merged
}

/** A shared item whose turn, by the order of the configuration, comes later. */
function isAhead(ours: string, theirs: string | undefined, next: string | undefined): boolean {
  return theirs !== undefined && next !== undefined && ours !== next
}

/**
 * The value without the fields of `set`. A container that ends up empty becomes null, as the library has it. Shares what does
 * not change.
 */
export function removeFields(node: MergeNode, value: unknown, set: FieldSet): unknown {
  if (node.kind === 'map' && isJsonObject(value)) return removeKeys(node, value, set)
  if ((node.kind === 'set' || node.kind === 'keyed') && Array.isArray(value)) {
    return removeItems(node, value, set)
  }
  return value
}

function removeKeys(node: MapNode, value: JsonObject, set: FieldSet): JsonObject | null {
  let draft: Record<string, unknown> | undefined
  for (const key in value) {
    const field = node.fields.get(key)
    const element = field?.element ?? `f:${key}`
    if (hasMember(set, element)) {
      draft ??= { ...value }
      delete draft[key]
      continue
    }
    const inner = below(set, element)
    if (inner === undefined) continue
    const after = removeFields(field?.node ?? node.element, value[key], inner)
    if (after === value[key]) continue
    draft ??= { ...value }
    setOwn(draft, key, after)
  }
  const kept = (draft as JsonObject | undefined) ?? value
  return isEmptySet(kept as unknown as FieldSet) ? null : kept
}

function removeItems(
  node: KeyedNode | SetNode,
  list: readonly unknown[],
  set: FieldSet,
): readonly unknown[] | null {
  let changed = false
  const kept: unknown[] = []
  for (const item of list) {
    const element = elementOf(node, item)
    if (element !== undefined && hasMember(set, element)) {
      changed = true
      continue
    }
    const inner = element === undefined ? undefined : below(set, element)
    const rest =
      inner === undefined || node.kind === 'set' ? item : removeFields(node.item, item, inner)
    changed ||= rest !== item
    kept.push(rest)
  }
  return kept.length === 0 ? null : changed ? kept : list
}

/**
 * The set with every field that the schema names as a member, where something below it is in the
 * set.
 */
export function withNamedFields(node: MergeNode, set: FieldSet): FieldSet {
  const draft: FieldDraft = {}
  for (const element in set) {
    const child = set[element] as FieldSet
    if (element === '.' || isEmptySet(child)) {
      draft[element] = child
      continue
    }
    const named = node.kind === 'map' && node.fields.has(element.slice(2))
    const inner = withNamedFields(childNode(node, element), child) as FieldDraft
    draft[element] = named ? memberWith({ ...inner }) : inner
  }
  return draft
}

const UNKNOWN: MergeNode = { kind: 'leaf' }

function childNode(node: MergeNode, element: string): MergeNode {
  if (node.kind === 'map') return node.fields.get(element.slice(2))?.node ?? node.element
  return node.kind === 'keyed' ? node.item : UNKNOWN
}
