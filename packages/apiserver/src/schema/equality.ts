/** Deep equality of JSON values. */
import { type Fields, isFields, type JsonSchema } from './types.ts'

export function jsonEquals(left: unknown, right: unknown): boolean {
  if (left === right) return true
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false
    return left.every((item, index) => jsonEquals(item, right[index]))
  }
  if (!isFields(left) || !isFields(right)) return false
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every((key) => Object.hasOwn(right, key) && jsonEquals(left[key], right[key]))
}

/**
 * Whether a value counts as the one that was there before, so that what is wrong with it may stay: an object with fields that its schema
 * does not name never does, and items of a keyed list may have changed places.
 */
export function isUnchanged(schema: JsonSchema, value: unknown, old: unknown): boolean {
  if (Array.isArray(value)) return Array.isArray(old) && isUnchangedList(schema, value, old)
  if (!isFields(value)) return value === old
  if (!isFields(old) || Object.keys(value).length !== Object.keys(old).length) return false
  return Object.keys(value).every((key) => {
    const known = fieldSchema(schema, key)
    return (
      known !== undefined && Object.hasOwn(old, key) && isUnchanged(known, value[key], old[key])
    )
  })
}

function fieldSchema(schema: JsonSchema, key: string): JsonSchema | undefined {
  const { properties, additionalProperties: additional } = schema
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key]
  return typeof additional === 'object' ? additional : undefined
}

function isUnchangedList(
  schema: JsonSchema,
  value: readonly unknown[],
  old: readonly unknown[],
): boolean {
  if (schema['x-kubernetes-list-type'] !== 'map') return jsonEquals(value, old)
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  const identity = (item: unknown): string =>
    JSON.stringify(keys.map((key) => (isFields(item) ? (item as Fields)[key] : undefined)))
  const before = new Map(old.map((item) => [identity(item), item]))
  return (
    value.length === old.length &&
    value.every((item) => isUnchanged(schema.items ?? {}, item, before.get(identity(item))))
  )
}
