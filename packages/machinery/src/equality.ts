import type { JsonObject, JsonValue } from './meta.ts'

/** True for an object in JSON's sense: no array, no null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Equality of JSON values. The order of keys does not count; a key whose value is undefined counts
 * as absent.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Number.isNaN(a) && Number.isNaN(b)
  }
  if (Array.isArray(a)) return Array.isArray(b) && equalArrays(a, b)
  if (Array.isArray(b)) return false
  return equalObjects(a as JsonObject, b as JsonObject)
}

function equalArrays(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) {
    if (!deepEqual(a[index], b[index])) return false
  }
  return true
}

function equalObjects(a: JsonObject, b: JsonObject): boolean {
  let present = 0
  for (const key in a) {
    const value = a[key]
    if (value === undefined) continue
    present++
    if (!Object.hasOwn(b, key) || !deepEqual(value, b[key])) return false
  }
  for (const key in b) {
    if (b[key] !== undefined) present--
  }
  return present === 0
}

/**
 * Sets an own property whatever its name: assigning `__proto__` would change the prototype instead.
 */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value
  else {
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }
}

/** The own property `key`, never one of the prototype's. */
export function getOwn(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/**
 * A copy of a JSON value that shares nothing with it; keys whose value is undefined are left out.
 */
export function cloneJson<T>(value: T): T {
  return cloneValue(value) as T
}

function cloneValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const copy: unknown[] = new Array(value.length)
    for (let index = 0; index < value.length; index++) copy[index] = cloneValue(value[index])
    return copy
  }
  const source = value as JsonObject
  const copy: Record<string, unknown> = {}
  for (const key in source) {
    const child = source[key]
    if (child !== undefined) setOwn(copy, key, cloneValue(child))
  }
  return copy
}

/**
 * Freezes a value and all below it, for tests that must prove that nothing was mutated; returns it.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const child of Object.values(value)) deepFreeze(child)
  }
  return value
}

/** Keys and list indexes from the root of a value to a place in it. */
export type JsonPath = readonly (string | number)[]

/** The value at `path`, or undefined where the path leads nowhere. */
export function getPath(value: unknown, path: JsonPath): unknown {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) {
      return undefined
    }
    current = (current as Record<string | number, unknown>)[step]
  }
  return current
}

/**
 * `root` with `value` at `path`: containers on the way are copied, missing ones made (a list for a
 * number, an object for a string), the rest is shared. An undefined value removes the key. Returns
 * `root` itself where nothing changes.
 */
export function setPath<T>(root: T, path: JsonPath, value: unknown): T {
  return setFrom(root, path, { value, depth: 0 }) as T
}

function setFrom(
  current: unknown,
  path: JsonPath,
  at: { readonly value: unknown; readonly depth: number },
): unknown {
  const step = path[at.depth]
  if (step === undefined) return at.value
  const container = typeof current === 'object' && current !== null ? current : undefined
  const before = container === undefined ? undefined : getPath(container, [step])
  const after = setFrom(before, path, { value: at.value, depth: at.depth + 1 })
  if (Object.is(before, after) && (container !== undefined || after === undefined)) return current
  if (Array.isArray(container) || (container === undefined && typeof step === 'number')) {
    const copy: unknown[] = Array.isArray(container) ? container.slice() : []
    if (after === undefined) copy.splice(Number(step), 1)
    else copy[Number(step)] = after
    return copy
  }
  const copy: Record<string, unknown> = { ...container }
  if (after === undefined) delete copy[String(step)]
  else setOwn(copy, String(step), after)
  return copy
}
