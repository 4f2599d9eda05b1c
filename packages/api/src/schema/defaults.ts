/** Structural defaulting: what the API server fills in when it reads an object. */
import { isJsonObject, type JsonObject, type JsonValue } from '@sortie/machinery'
import type { StructuralSchema } from './structural.ts'

/**
 * The value with the schema's defaults filled in, at every depth that is there, and without the nulls that it does not
 * allow. Copies what it changes and shares the rest; returns `value` itself where nothing is missing.
 */
export function applyDefaults(schema: StructuralSchema, value: JsonValue): JsonValue {
  if (Array.isArray(value)) return defaultList(schema, value)
  if (isJsonObject(value)) return defaultObject(schema, value)
  return value
}

function defaultList(schema: StructuralSchema, list: readonly JsonValue[]): JsonValue {
  const { items } = schema
  if (items === undefined) return list
  const filled = list.map((item) => applyDefaults(items, item))
  return filled.every((item, index) => item === list[index]) ? list : filled
}

function defaultObject(schema: StructuralSchema, object: JsonObject): JsonObject {
  const { properties = {}, additionalProperties } = schema
  const changed: [string, JsonValue][] = []
  const dropped = new Set<string>()
  const fill = (key: string, child: StructuralSchema): void => {
    const present = Object.hasOwn(object, key) ? object[key] : undefined
    // A null is dropped by the API server before it fills in a default.
    const start = present === undefined || isDropped(present, child) ? child.default : present
    if (start === undefined) {
      if (present !== undefined) dropped.add(key)
      return
    }
    const filled = applyDefaults(child, start)
    if (filled !== present) changed.push([key, filled])
  }
  for (const [key, property] of Object.entries(properties)) fill(key, property)
  if (additionalProperties !== undefined) {
    for (const [key, present] of Object.entries(object)) {
      if (present !== undefined && !Object.hasOwn(properties, key)) fill(key, additionalProperties)
    }
  }
  if (changed.length === 0 && dropped.size === 0) return object
  const kept = Object.entries(object).filter(([key]) => !dropped.has(key))
  return Object.fromEntries([...kept, ...changed])
}

function isDropped(value: JsonValue, schema: StructuralSchema): boolean {
  return value === null && schema.nullable !== true
}
