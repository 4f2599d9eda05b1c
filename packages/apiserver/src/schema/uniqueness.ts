/**
 * What x-kubernetes-list-type `set` and `map` promise, and what an embedded resource must carry.
 */
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
  const seen = new Set<unknown>()
  for (let index = 0; index < list.length; index++) {
    const item = list[index]
    const repeated =
      typeof item === 'object' && item !== null
        ? list.findIndex((other) => jsonEquals(other, item)) < index
        : seen.has(item)
    seen.add(item)
    if (repeated) at.errors.push(duplicate(childText(at.path, index), item))
  }
}

function checkKeys(node: SchemaNode, list: readonly unknown[], at: ValueWalk): void {
  const keys = node.schema['x-kubernetes-list-map-keys'] ?? []
  if (list.length < 2) return
  const seen = new Set<string>()
  for (let index = 0; index < list.length; index++) {
    const item: unknown = list[index]
    if (!isFields(item)) continue
    const identity = keyText(keys, item)
    if (seen.has(identity)) {
      at.errors.push(duplicate(childText(at.path, index), keyFields(keys, item)))
    }
    seen.add(identity)
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

function checkTypeMeta(value: Fields, at: ValueWalk): void {
  for (const name of ['apiVersion', 'kind']) {
    const field = childText(at.path, name)
    const error = typeMetaError(field, value[name])
    if (error !== undefined) at.errors.push(error)
  }
}

function typeMetaError(field: string, value: unknown): FieldError | undefined {
  if (value === undefined || value === null) return required(field, 'must not be empty')
  if (value === '') return invalid(field, value, 'must not be empty')
  return undefined
}
