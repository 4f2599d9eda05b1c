import { deepEqual, getOwn, isJsonObject, setOwn } from '../equality.ts'
import type { JsonObject, JsonValue } from '../meta.ts'

/**
 * Applies a merge patch (RFC 7386): null removes, objects merge, all else replaces. Mutates
 * nothing; what the patch does not touch is shared with `target`, and `target` itself is returned
 * where nothing changes.
 */
export function applyMergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (Array.isArray(patch)) return isJsonObject(target) ? patch : withoutNulls(patch)
  if (!isJsonObject(patch)) return patch
  const before = isJsonObject(target) ? target : undefined
  const after: Record<string, JsonValue> = {}
  let changed = before === undefined
  for (const key of Object.keys(before ?? {})) {
    const value = before?.[key]
    if (value !== undefined) setOwn(after, key, value)
  }
  for (const key of Object.keys(patch)) {
    const wanted = patch[key]
    if (wanted === undefined) continue
    const old = before === undefined ? undefined : getOwn(before, key)
    if (wanted === null) {
      changed ||= old !== undefined
      delete after[key]
      continue
    }
    const merged = applyMergePatch(old, wanted)
    if (merged === old || (!isJsonObject(merged) && deepEqual(merged, old))) continue
    changed = true
    setOwn(after, key, merged)
  }
  return changed || before === undefined ? after : before
}

/**
 * What is put where nothing was to merge with is rid of nulls, in the objects of lists too: so does
 * the API server's library, and RFC 7386 leaves lists as they are.
 */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.some((item) => withoutNulls(item) !== item) ? value.map(withoutNulls) : value
  }
  return isJsonObject(value) ? applyMergePatch(undefined, value) : value
}

/**
 * The merge patch that turns `from` into `to`: `{}` where they are equal. It cannot put a null into
 * an object: a key that is null in `to` is removed.
 */
export function createMergePatch(from: JsonObject, to: JsonObject): JsonObject {
  const patch: Record<string, JsonValue> = {}
  for (const key of Object.keys(from)) {
    if (isPresent(from[key]) && !isPresent(getOwn(to, key))) setOwn(patch, key, null)
  }
  for (const key of Object.keys(to)) {
    const wanted = to[key]
    const old = getOwn(from, key)
    if (!isPresent(wanted) || deepEqual(old, wanted)) continue
    const inner = isJsonObject(old) && isJsonObject(wanted)
    setOwn(patch, key, inner ? createMergePatch(old, wanted) : wanted)
  }
  return patch
}

function isPresent(value: JsonValue | undefined): value is NonNullable<JsonValue> {
  return value !== undefined && value !== null
}
