/**
 * Sets of fields in the form in which managedFields stores them (FieldsV1), so that nothing is
 * converted: a key is a path element (`f:name`, `k:{"name":"a"}`, `v:"a"`, `i:0`), `{}` below it
 * means that the path is in the set, `.` among its keys the same where there are longer paths too.
 * Sets are immutable and share their parts; an operation that changes nothing returns its first
 * argument, so `===` tells whether it did.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet
}

/** A set that is being built. */
export type FieldDraft = Record<string, FieldSet>

/** In the place of a path element: the path is a member. */
export const MEMBER: FieldSet = Object.freeze({})
export const EMPTY_SET: FieldSet = Object.freeze({})

/** Marks a path as a member where longer paths are in the set as well. */
const SELF = '.'

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** Whether the path that leads to this node is a member itself. */
function isMember(node: FieldSet): boolean {
  return node === MEMBER || SELF in node || isEmptySet(node)
}

/** The node of a path element that is a member and has these longer paths below it. */
export function memberWith(below: FieldDraft): FieldSet {
  if (isEmptySet(below)) return MEMBER
  below[SELF] = MEMBER
  return below
}

/** Puts a node in its place, unless it stands for nothing at all. */
function put(draft: FieldDraft, element: string, node: FieldSet | undefined): void {
  if (node !== undefined) draft[element] = node
}

/** Paths that are in either. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a
  let draft: FieldDraft | undefined
  for (const element in b) {
    const [left, right] = [a[element], b[element] as FieldSet]
    const node = left === undefined ? right : unionNodes(left, right)
    if (node === left) continue
    draft ??= { ...a }
    draft[element] = node
  }
  return draft ?? a
}

function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return withSelf(a)
  const merged = isEmptySet(a) ? b : union(a, b)
  return isEmptySet(a) ? withSelf(merged) : merged
}

function withSelf(node: FieldSet): FieldSet {
  return isMember(node) ? node : { [SELF]: MEMBER, ...node }
}

/** Paths that are in `a` and not in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  let draft: FieldDraft | undefined
  for (const element in b) {
    const left = a[element]
    if (left === undefined || element === SELF) continue
    const node = differenceOfNodes(left, b[element] as FieldSet)
    if (node === left) continue
    draft ??= { ...a }
    if (node === undefined) delete draft[element]
    else draft[element] = node
  }
  return draft ?? a
}

function differenceOfNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  if (isEmptySet(a)) return isMember(b) ? undefined : a
  const below = difference(a, b)
  const drops = SELF in a && isMember(b)
  if (drops) {
    const { [SELF]: _, ...rest } = below
    return isEmptySet(rest) ? undefined : rest
  }
  if (below === a) return a
  return SELF in below && onlySelf(below) ? MEMBER : isEmptySet(below) ? undefined : below
}

function onlySelf(node: FieldSet): boolean {
  for (const element in node) if (element !== SELF) return false
  return true
}

/** Paths that are in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a
  const draft: FieldDraft = {}
  for (const element in a) {
    const right = b[element]
    if (right === undefined || element === SELF) continue
    put(draft, element, intersectionOfNodes(a[element] as FieldSet, right))
  }
  return draft
}

function intersectionOfNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  const below = intersection(a, b) as FieldDraft
  if (isMember(a) && isMember(b)) return a === b ? a : memberWith(below)
  return isEmptySet(below) ? undefined : below
}

/** Whether every path of `a` is in `b`. */
export function isSubset(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true
  for (const element in a) {
    const [left, right] = [a[element] as FieldSet, b[element]]
    if (left === right || element === SELF) continue
    if (right === undefined || (isMember(left) && !isMember(right))) return false
    if (!isSubset(left, right)) return false
  }
  return true
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  return isSubset(a, b) && isSubset(b, a)
}

/** Whether the path of this one element is a member. */
export function hasMember(set: FieldSet, element: string): boolean {
  const node = set[element]
  return node !== undefined && isMember(node)
}

/** The longer paths below an element, or undefined where there are none. */
export function below(set: FieldSet, element: string): FieldSet | undefined {
  const node = set[element]
  return node === undefined || onlySelf(node) ? undefined : node
}

/** Every member as a path for people: `.spec.containers[name="a"].image`. */
export function memberPaths(set: FieldSet, prefix = ''): string[] {
  const paths: string[] = []
  for (const element of Object.keys(set).sort()) {
    if (element === SELF) continue
    const node = set[element] as FieldSet
    const path = prefix + elementText(element)
    if (isMember(node)) paths.push(path)
    paths.push(...memberPaths(node, path))
  }
  return paths
}

/** A path element for people: `.name`, `[="a"]`, `[name="a"]`. */
export function elementText(element: string): string {
  const body = element.slice(2)
  if (element.startsWith('f:')) return `.${body}`
  if (element.startsWith('v:')) return `[=${body}]`
  if (element.startsWith('i:')) return `[${body}]`
  const keys = JSON.parse(body) as Record<string, unknown>
  const pairs = Object.keys(keys).map((name) => `${name}=${JSON.stringify(keys[name])}`)
  return `[${pairs.join(',')}]`
}

/**
 * Checks and cleans a set that a client sent: known path elements, canonical keys, at most `depth`
 * levels.
 * @returns undefined where it is no set of fields.
 */
export function readFieldSet(value: unknown, depth = 64): FieldSet | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth === 0)
    return undefined
  const draft: FieldDraft = {}
  for (const [element, child] of Object.entries(value)) {
    const name = canonicalElement(element)
    const node = name === undefined ? undefined : readFieldSet(child, depth - 1)
    if (name === undefined || node === undefined) return undefined
    draft[name] = node
  }
  return draft
}

function canonicalElement(element: string): string | undefined {
  if (element === SELF || element.startsWith('f:')) return element
  if (/^i:\d{1,9}$/.test(element)) return element
  if (!/^[kv]:/.test(element)) return undefined
  try {
    const value: unknown = JSON.parse(element.slice(2))
    if (element.startsWith('v:')) return `v:${JSON.stringify(value)}`
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `k:${JSON.stringify(Object.fromEntries(entries))}`
  } catch {
    return undefined
  }
}
