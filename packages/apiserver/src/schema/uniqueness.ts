/**
 * What x-kubernetes-list-type `set` and `map` promise, and what an embedded resource must carry.
 */
import { labelProblem } from './dns1035.ts'
import { jsonEquals } from './equality.ts'
import { duplicate, type FieldError, invalid, required } from './fielderror.ts'
import type { SchemaNode } from './node.ts'
import { childText, type FieldPath } from './path.ts'
import { type Fields, isFields } from './types.ts'
import type { ValueWalk } from './values.ts'

/**
 * Calls `visit` for each part of `value` that has a schema of its own; map keys stand in the path
 * as `[key]`.
 */
export function eachChild(
  node: SchemaNode,
  value: unknown,
  visit: (child: SchemaNode, part: unknown, step: FieldPath[number]) => void,
): void {
  if (Array.isArray(value)) {
    const { items } = node
    if (items !== undefined) for (let i = 0; i < value.length; i++) visit(items, value[i], i)
    return
  }
  if (!isFields(value)) return
  for (const key in value) {
    const field = node.fields.get(key)
    if (field !== undefined) visit(field, value[key], key)
    else if (node.additional !== undefined) visit(node.additional, value[key], `[${key}]`)
  }
}

/** Reports list items that repeat another, by value (`set`) or by key (`map`). */
export function checkUniqueness(node: SchemaNode, value: unknown, at: ValueWalk): void {
  if (Array.isArray(value)) {
    const listType = node.schema['x-kubernetes-list-type']
    if (listType === 'map') checkKeys(node, value, at)
    else if (listType === 'set') checkSet(value, at)
    const { items } = node
    if (items?.uniqueBelow !== true) return
    for (let i = 0; i < value.length; i++) checkBelow(items, value[i], { at, step: i })
  } else if (isFields(value)) checkFieldsUnique(node, value, at)
}

function checkFieldsUnique(node: SchemaNode, value: Fields, at: ValueWalk): void {
  for (const [name, child] of node.uniqueFields) {
    const part = value[name]
    if (part !== undefined) checkBelow(child, part, { at, step: name })
  }
  const { additional } = node
  if (additional?.uniqueBelow !== true) return
  for (const key in value) {
    if (!node.fields.has(key)) checkBelow(additional, value[key], { at, step: `[${key}]` })
  }
}

interface Below {
  readonly at: ValueWalk
  readonly step: FieldPath[number]
}

function checkBelow(child: SchemaNode, part: unknown, { at, step }: Below): void {
  if (typeof part !== 'object' || part === null) return
  at.path.push(step)
  checkUniqueness(child, part, at)
  at.path.pop()
}

function checkSet(list: readonly unknown[], at: ValueWalk): void {
  if (list.length < 2) return
  const seen = new Map<unknown, number>()
  for (let index = 0; index < list.length; index++) {
    const item = list[index]
    const isCompound = typeof item === 'object' && item !== null
    const known = isCompound ? list.find((other) => jsonEquals(other, item)) : item
    const times = seen.get(known) ?? 0
    seen.set(known, times + 1)
    // Of an item that comes many times only the first repetition is told.
    if (times === 1) at.errors.push(duplicate(childText(at.path, index), item))
  }
}

function checkKeys(node: SchemaNode, list: readonly unknown[], at: ValueWalk): void {
  const keys = node.schema['x-kubernetes-list-map-keys'] ?? []
  const odd = list.findIndex((item) => item !== null && !isFields(item))
  if (odd >= 0) {
    const rule = 'must be an object for an array of list-type map'
    at.errors.push(invalid(childText(at.path, odd), list[odd], rule))
    return
  }
  const seen = new Map<string, number>()
  for (let index = 0; index < list.length; index++) {
    const item = list[index] ?? {}
    if (!isFields(item)) continue
    const identity = keyText(keys, item)
    const times = seen.get(identity) ?? 0
    if (times === 1) at.errors.push(duplicate(childText(at.path, index), keyFields(keys, item)))
    seen.set(identity, times + 1)
  }
}

function keyText(keys: readonly string[], item: Fields): string {
  if (keys.length === 1) {
    const only = item[keys[0] ?? '']
    return typeof only === 'string' ? only : `\u0000${JSON.stringify(only)}`
  }
  return JSON.stringify(keys.map((key) => item[key]))
}

function keyFields(keys: readonly string[], item: Fields): Fields {
  const present = keys.filter((key) => Object.hasOwn(item, key))
  return Object.fromEntries(present.map((key) => [key, item[key]]))
}

/**
 * Reports embedded resources without apiVersion or kind. The root itself is the caller's business.
 */
export function checkEmbedded(node: SchemaNode, value: unknown, at: ValueWalk): void {
  if (node.embedded && at.path.length > 0 && isFields(value)) checkTypeMeta(value, at)
  eachChild(node, value, (child, part, step) => {
    if (!child.embeddedBelow || typeof part !== 'object' || part === null) return
    at.path.push(step)
    checkEmbedded(child, part, at)
    at.path.pop()
  })
}

/** The metadata of each embedded object, with its path: `spec.template.metadata`. */
export function embeddedMetadata(
  root: SchemaNode,
  value: unknown,
): readonly (readonly [string, unknown])[] {
  const found: (readonly [string, unknown])[] = []
  collectMetadata(root, value, { path: [], found })
  return found
}

interface MetadataWalk {
  readonly path: FieldPath
  readonly found: (readonly [string, unknown])[]
}

function collectMetadata(node: SchemaNode, value: unknown, at: MetadataWalk): void {
  if (node.embedded && at.path.length > 0 && isFields(value) && 'metadata' in value) {
    at.found.push([childText(at.path, 'metadata'), value['metadata']])
  }
  eachChild(node, value, (child, part, step) => {
    if (!child.embeddedBelow || typeof part !== 'object' || part === null) return
    at.path.push(step)
    collectMetadata(child, part, at)
    at.path.pop()
  })
}

function checkTypeMeta(value: Fields, at: ValueWalk): void {
  for (const name of ['apiVersion', 'kind']) {
    const field = childText(at.path, name)
    const error = typeMetaError(field, value[name])
    if (error !== undefined) at.errors.push(error)
  }
}

function typeMetaError(field: string, value: unknown): FieldError | undefined {
  if (value === undefined) return required(field)
  if (typeof value !== 'string') return invalid(field, value, 'must be a string')
  if (value === '') return invalid(field, value, 'must not be empty')
  if (field.endsWith('apiVersion')) {
    const parts = value.split('/').length
    return parts > 2 ? invalid(field, value, `unexpected GroupVersion string: ${value}`) : undefined
  }
  const problem = labelProblem(value.toLowerCase())
  if (problem === undefined) return undefined
  return invalid(field, value, `may have mixed case, but should otherwise match: ${problem}`)
}
