/** Structural defaulting: what the API server fills in when it reads an object. */
import { isJsonObject, type JsonObject, type JsonValue } from '@sortie/machinery'
import type { StructuralSchema } from './structural.ts'

/**
 * The value with the schema's defaults filled in, at every depth that is there. Copies what it changes and shares the
 * rest; returns `value` itself where nothing is missing.
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
  const changed: [string, JsonValue][] = []
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const present = Object.hasOwn(object, key) ? object[key] : undefined
    // A null is dropped by the API server before it fills in a default.
    const dropped = present === null && property.nullable !== true
    const start = present === undefined || dropped ? property.default : present
    if (start === undefined) continue
    const filled = applyDefaults(property, start)
    if (filled !== present) changed.push([key, filled])
  }
  if (schema.additionalProperties !== undefined) {
    for (const [key, present] of Object.entries(object)) {
      if (present === undefined || Object.hasOwn(schema.properties ?? {}, key)) continue
      const filled = applyDefaults(schema.additionalProperties, present)
      if (filled !== present) changed.push([key, filled])
    }
  }
  return changed.length === 0 ? object : Object.fromEntries([...Object.entries(object), ...changed])
}
