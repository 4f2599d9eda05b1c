/** What differs between two versions of an object, as sets of fields. */
import { deepEqual, isJsonObject, type JsonObject } from '@sortie/machinery'
import {
  EMPTY_SET,
  type FieldDraft,
  type FieldSet,
  isEmptySet,
  MEMBER,
  memberWith,
} from './fieldset.ts'
import { elementOf, groupList, indexList, sameElement } from './listelements.ts'
import type { KeyedNode, MapNode, MergeNode, SetNode } from './mergeschema.ts'

export interface Comparison {
  /** Fields that are new or have another value. */
  readonly changed: FieldSet
  /** Fields that are gone. */
  readonly removed: FieldSet
}

/**
 * What was found so far; made only once there is something to hold, since most comparisons find
 * nothing.
 */
interface Drafts {
  changed: FieldDraft | undefined
  removed: FieldDraft | undefined
}

const NO_DIFFERENCE: Comparison = { changed: EMPTY_SET, removed: EMPTY_SET }

/** Compares two whole objects. Parts that both share by reference cost nothing. */
export function compareObjects(node: MapNode, before: JsonObject, after: JsonObject): Comparison {
  if (before === after) return NO_DIFFERENCE
  const drafts: Drafts = { changed: undefined, removed: undefined }
  compareMaps(node, { before, after }, drafts)
  return { changed: drafts.changed ?? EMPTY_SET, removed: drafts.removed ?? EMPTY_SET }
}

interface Pair<T> {
  readonly before: T
  readonly after: T
}

function compareMaps(node: MapNode, { before, after }: Pair<JsonObject>, drafts: Drafts): void {
  for (const key in after) {
    const [old, value] = [before[key], after[key]]
    if (old === value) continue
    const field = node.fields.get(key)
    const place = { before: old, after: value, element: field?.element ?? `f:${key}` }
    compareValues(field?.node ?? node.element, place, drafts)
  }
  for (const key in before) {
    if (after[key] !== undefined || before[key] === undefined || key in after) continue
    const field = node.fields.get(key)
    const place = { before: before[key], after: undefined, element: field?.element ?? `f:${key}` }
    compareValues(field?.node ?? node.element, place, drafts)
  }
}

interface Place extends Pair<unknown> {
  readonly element: string
}

function compareValues(node: MergeNode, place: Place, drafts: Drafts): void {
  const { before, after, element } = place
  if (node.kind === 'untracked') return
  if (before === undefined || after === undefined) {
    if (before === undefined) noteChanged(drafts, element, wholeNode(node, after))
    else noteRemoved(drafts, element, wholeNode(node, before))
    return
  }
  const inner: Drafts = { changed: undefined, removed: undefined }
  const bothEmpty = isEmptyValue(before) && isEmptyValue(after)
  if (bothEmpty || !compareContainers(node, place, inner)) {
    if (!deepEqual(before, after)) replaceWhole(node, place, drafts)
    return
  }
  if (inner.changed !== undefined) noteChanged(drafts, element, inner.changed)
  if (inner.removed !== undefined) noteRemoved(drafts, element, inner.removed)
}

function noteChanged(drafts: Drafts, element: string, node: FieldSet | undefined): void {
  if (node === undefined) return
  drafts.changed ??= {}
  drafts.changed[element] = node
}

function noteRemoved(drafts: Drafts, element: string, node: FieldSet | undefined): void {
  if (node === undefined) return
  drafts.removed ??= {}
  drafts.removed[element] = node
}

/** A value in the place of one that it does not merge with: what was below the old one is gone. */
function replaceWhole(node: MergeNode, { before, after, element }: Place, drafts: Drafts): void {
  noteChanged(drafts, element, wholeNode(node, after))
  const gone = wholeNode(node, before)
  if (gone !== undefined && !isEmptySet(gone)) noteRemoved(drafts, element, gone)
}

/** False where the two values are to be compared as a whole. */
function compareContainers(node: MergeNode, { before, after }: Place, drafts: Drafts): boolean {
  if (node.kind === 'map') {
    const [left, right] = [asObject(before), asObject(after)]
    if (left === undefined || right === undefined) return false
    compareMaps(node, { before: left, after: right }, drafts)
    return true
  }
  if (node.kind !== 'set' && node.kind !== 'keyed') return false
  const [left, right] = [asList(before), asList(after)]
  if (left === undefined || right === undefined) return false
  return compareLists(node, { before: left, after: right }, drafts)
}

/** Null counts as an empty object or list beside one that is not empty. */
function asObject(value: unknown): JsonObject | undefined {
  return value === null ? {} : isJsonObject(value) ? value : undefined
}

function asList(value: unknown): readonly unknown[] | undefined {
  return value === null ? [] : Array.isArray(value) ? value : undefined
}

function isEmptyValue(value: unknown): boolean {
  if (value === null) return true
  if (typeof value !== 'object') return false
  return Array.isArray(value) ? value.length === 0 : isEmptySet(value as FieldSet)
}

function compareLists(
  node: KeyedNode | SetNode,
  pair: Pair<readonly unknown[]>,
  drafts: Drafts,
): boolean {
  const quick = compareInPlace(node, pair, drafts)
  if (quick) return true
  const before = groupList(node, pair.before)
  const after = groupList(node, pair.after)
  for (const [element, values] of after) {
    compareGroups(node, { before: before.get(element) ?? NONE, after: values, element }, drafts)
  }
  for (const [element, values] of before) {
    if (after.has(element)) continue
    compareGroups(node, { before: values, after: NONE, element }, drafts)
  }
  return true
}

const NONE: readonly unknown[] = []

interface Groups extends Pair<readonly unknown[]> {
  readonly element: string
}

/** Items with the same path element; where there are several they are compared as one. */
function compareGroups(node: KeyedNode | SetNode, groups: Groups, drafts: Drafts): void {
  const { before, after, element } = groups
  const item = itemNode(node)
  const [old, value] = [before[0], after[0]]
  if (before.length <= 1 && after.length <= 1) {
    if (old !== value) compareValues(item, { before: old, after: value, element }, drafts)
    return
  }
  if (before.length >= 2 && after.length >= 2) {
    if (!deepEqual(before, after)) noteChanged(drafts, element, MEMBER)
    return
  }
  if (before.length >= 2) {
    if (after.length > 0) noteChanged(drafts, element, wholeNode(item, value))
    noteRemoved(drafts, element, MEMBER)
    return
  }
  if (before.length > 0) noteRemoved(drafts, element, wholeNode(item, old))
  noteChanged(drafts, element, MEMBER)
}

/**
 * The common case: the same items in the same places. False, with nothing noted, where it is not
 * that.
 */
function compareInPlace(
  node: KeyedNode | SetNode,
  { before, after }: Pair<readonly unknown[]>,
  drafts: Drafts,
): boolean {
  if (before.length !== after.length) return false
  for (let index = 0; index < after.length; index++) {
    const [old, value] = [before[index], after[index]]
    if (old !== value && !sameElement(node, old, value)) return false
  }
  const item = itemNode(node)
  for (let index = 0; index < after.length; index++) {
    const [old, value] = [before[index], after[index]]
    if (old === value || deepEqual(old, value)) continue
    const element = elementOf(node, value)
    if (element !== undefined) compareValues(item, { before: old, after: value, element }, drafts)
  }
  return true
}

const SCALAR: MergeNode = { kind: 'leaf' }

function itemNode(node: KeyedNode | SetNode): MergeNode {
  return node.kind === 'keyed' ? node.item : SCALAR
}

function add(draft: FieldDraft, element: string, node: FieldSet | undefined): void {
  if (node !== undefined) draft[element] = node
}

/** All that a value holds, containers included, as it counts when it appears or goes. */
function wholeNode(node: MergeNode, value: unknown): FieldSet | undefined {
  if (node.kind === 'untracked') return undefined
  const draft: FieldDraft = {}
  if (node.kind === 'map' && isJsonObject(value)) {
    for (const key in value) {
      if (value[key] === undefined) continue
      const field = node.fields.get(key)
      const child = wholeNode(field?.node ?? node.element, value[key])
      add(draft, field?.element ?? `f:${key}`, child)
    }
    if (node.bare) return isEmptySet(draft) ? undefined : draft
  } else if ((node.kind === 'set' || node.kind === 'keyed') && Array.isArray(value)) {
    const item = itemNode(node)
    for (const [element, [child, second]] of groupList(node, value)) {
      add(draft, element, second === undefined ? wholeNode(item, child) : MEMBER)
    }
  }
  return memberWith(draft)
}

/**
 * Raised where an applied list can't be merged by its keys; the message starts with the list's
 * path.
 */
export class UnmergeableList extends Error {
  override readonly name = 'UnmergeableList'
}

interface ClaimWalk {
  /** Where the walk is, for errors. */
  readonly path: string[]
  /** Items of a stored object's lists may repeat. */
  readonly isStored: boolean
}

/**
 * The fields that an applied object sets, and so claims.
 * @throws UnmergeableList for repeated or missing keys
 */
export function claimedFields(node: MapNode, applied: JsonObject): FieldSet {
  return claimedMap(node, applied, { path: [], isStored: false })
}

/** The same of a stored object, in whose lists items may repeat. */
export function presentFields(node: MapNode, object: JsonObject): FieldSet {
  return claimedMap(node, object, { path: [], isStored: true })
}

function claimedMap(node: MapNode, value: JsonObject, walk: ClaimWalk): FieldDraft {
  const draft: FieldDraft = {}
  for (const key in value) {
    const child = value[key]
    if (child === undefined) continue
    const field = node.fields.get(key)
    const childNode = field?.node ?? node.element
    if (childNode.kind === 'untracked') continue
    walk.path.push(key)
    const inner = claimedBelow(childNode, child, walk)
    walk.path.pop()
    const element = field?.element ?? `f:${key}`
    if (inner === undefined) draft[element] = MEMBER
    else if (field === undefined || (isEmptyValue(child) && !Array.isArray(child)))
      draft[element] = memberWith(inner)
    else if (!isEmptySet(inner)) draft[element] = inner
  }
  return draft
}

/** The fields below a value; undefined where it is owned as a whole. */
function claimedBelow(node: MergeNode, value: unknown, walk: ClaimWalk): FieldDraft | undefined {
  if (node.kind === 'map') return isJsonObject(value) ? claimedMap(node, value, walk) : undefined
  if (node.kind !== 'set' && node.kind !== 'keyed') return undefined
  if (!Array.isArray(value)) return undefined
  if (walk.isStored) return presentItems(node, value, walk)
  const { items, problem } = indexList(node, value)
  if (problem !== undefined) throw new UnmergeableList(`.${walk.path.join('.')}: ${problem}`)
  const draft: FieldDraft = {}
  const item = itemNode(node)
  for (const [element, child] of items) {
    draft[element] = memberWith(claimedBelow(item, child, walk) ?? {})
  }
  return draft
}

/** Items that repeat are there as a whole. */
function presentItems(
  node: KeyedNode | SetNode,
  list: readonly unknown[],
  walk: ClaimWalk,
): FieldDraft {
  const draft: FieldDraft = {}
  const item = itemNode(node)
  for (const [element, [child, second]] of groupList(node, list)) {
    draft[element] =
      second === undefined ? memberWith(claimedBelow(item, child, walk) ?? {}) : MEMBER
  }
  return draft
}
