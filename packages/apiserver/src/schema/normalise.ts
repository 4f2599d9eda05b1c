/** Pruning and defaulting in one pass: what every write of an object goes through. */
import { ANYTHING, NodeCompiler, type SchemaNode } from './node.ts'
import { encodedMetadata } from './objectmeta.ts'
import { type FieldPath, pathText } from './path.ts'
import { type Fields, isFields } from './types.ts'

type MutableFields = Record<string, unknown>

/**
 * Notes, for one walk, whether unknown fields were met. Walks are synchronous, so one note serves
 * them all.
 */
const walk = { prune: true, fill: true, keepNulls: false, pruned: false }

export interface NormaliseMode {
  readonly prune: boolean
  readonly fill: boolean
  /** Leaves nulls that the schema does not take, but for those that have a default. */
  readonly keepNulls?: boolean
}

export interface Normalised {
  /** The same reference as the input where nothing had to change. */
  readonly value: unknown
  /** True where unknown fields were dropped. */
  readonly pruned: boolean
}

/**
 * Drops unknown fields, drops nulls that the schema does not take, fills in defaults. The input is
 * left as it is.
 */
export function normaliseTree(node: SchemaNode, value: unknown, mode: NormaliseMode): Normalised {
  walk.prune = mode.prune
  walk.fill = mode.fill
  walk.keepNulls = mode.keepNulls === true
  walk.pruned = false
  const result = normaliseNode(node, value)
  return { value: result, pruned: walk.pruned }
}

/** Works out the tree's defaults once: each is normalised by its own schema, children first. */
export function prepareDefaults(node: SchemaNode, seen: Set<SchemaNode> = new Set()): void {
  if (seen.has(node)) return
  seen.add(node)
  const children = [...node.fields.values(), node.additional, node.items]
  for (const child of children) if (child !== undefined) prepareDefaults(child, seen)
  const defaults: { name: string; value: unknown }[] = []
  for (const [name, child] of node.fields) {
    if (child.hasDefault) defaults.push({ name, value: child.default })
  }
  node.defaults = defaults
  if (node.hasDefault) {
    const mode = { prune: false, fill: true }
    node.default = normaliseTree(node, node.schema.default, mode).value
  }
}

export function normaliseNode(node: SchemaNode, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return normaliseList(node, value)
  return normaliseFields(node, value as Fields)
}

function normaliseList(node: SchemaNode, list: readonly unknown[]): readonly unknown[] {
  const { items = node.preserve ? undefined : NOTHING } = node
  if (items === undefined) return list
  let changed: unknown[] | undefined
  for (let index = 0; index < list.length; index++) {
    const item = list[index]
    if (items.inert && item !== null && typeof item !== 'object') continue
    const next =
      item === null && walk.fill && items.hasDefault && !items.nullable
        ? items.default
        : normaliseNode(items, item)
    if (next === item) continue
    changed ??= list.slice()
    changed[index] = next
  }
  return changed ?? list
}

/** The items of what is no list by its schema. */
const NOTHING: SchemaNode = new NodeCompiler().compile({ type: 'string' })

/** Stands for "this key goes". */
const DROPPED = Symbol('dropped')

function normaliseFields(node: SchemaNode, value: Fields): Fields {
  let changed: MutableFields | undefined
  for (const key in value) {
    const before = value[key]
    const after = normaliseField(node, key, before)
    if (after === before) {
      if (changed !== undefined) put(changed, key, after)
      continue
    }
    changed ??= copyUpTo(value, key)
    if (after !== DROPPED) put(changed, key, after)
  }
  if (!walk.fill) return changed ?? value
  for (const { name, value: fill } of node.defaults) {
    if ((changed ?? value)[name] !== undefined || Object.hasOwn(value, name)) continue
    changed ??= copyUpTo(value)
    put(changed, name, fill)
  }
  return changed ?? value
}

function normaliseField(node: SchemaNode, key: string, value: unknown): unknown {
  const child = node.fields.get(key) ?? node.additional
  if (child === undefined) {
    if (walk.prune && node.embedded && key === 'metadata') return coerced(value)
    if (!walk.prune || node.preserve || (node.embedded && isMetaField(key))) return value
    walk.pruned = true
    return DROPPED
  }
  if (node.embedded && key === 'metadata' && walk.prune) return coerced(value)
  if (value === null) {
    if (!walk.fill || child.nullable) return value
    if (child.hasDefault) return child.default
    return child.schema === ANYTHING || walk.keepNulls ? value : DROPPED
  }
  if (node.embedded && isMetaField(key)) return value
  return child.inert && typeof value !== 'object' ? value : normaliseNode(child, value)
}

/** Metadata is of its own kind, whatever the schema says of it. */
function coerced(value: unknown): unknown {
  if (value === null) return {}
  return isFields(value) ? encodedMetadata(value) : value
}

function isMetaField(key: string): boolean {
  return key === 'metadata' || key === 'apiVersion' || key === 'kind'
}

/** A copy of the keys before `end`, or of all. */
function copyUpTo(value: Fields, end?: string): MutableFields {
  const copy: MutableFields = {}
  for (const key in value) {
    if (key === end) break
    put(copy, key, value[key])
  }
  return copy
}

/**
 * Sets an own key, also where it is `__proto__`, which a plain assignment would take for the
 * prototype.
 */
function put(target: MutableFields, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  } else target[key] = value
}

/**
 * The paths of fields that the schema does not know, in the object's order: `spec.stages[0].foo`.
 */
export function unknownFieldPaths(node: SchemaNode, value: unknown): string[] {
  const found: string[] = []
  collectUnknown(node, value, { path: [], found })
  return found
}

interface UnknownWalk {
  readonly path: FieldPath
  readonly found: string[]
}

function collectUnknown(node: SchemaNode, value: unknown, at: UnknownWalk): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    const { items = node.preserve ? undefined : NOTHING } = node
    if (items === undefined) return
    for (const [index, item] of value.entries()) {
      at.path.push(index)
      collectUnknown(items, item, at)
      at.path.pop()
    }
  } else if (isFields(value)) collectUnknownKeys(node, value, at)
}

function collectUnknownKeys(node: SchemaNode, value: Fields, at: UnknownWalk): void {
  for (const key in value) {
    if (node.embedded && isMetaField(key)) continue
    const child = node.fields.get(key) ?? node.additional
    if (child === undefined && node.preserve) continue
    at.path.push(key)
    if (child === undefined) at.found.push(pathText(at.path))
    else collectUnknown(child, value[key], at)
    at.path.pop()
  }
}
