import { cloneJson, deepEqual, isJsonObject, setOwn } from '../equality.ts'
import { type ApiStatusError, statusError } from '../errors.ts'
import type { JsonObject, JsonValue } from '../meta.ts'

/** One operation of a JSON patch (RFC 6902). Paths are JSON pointers. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string }

/** The API server's limit on operations in one patch. */
export const MAX_JSON_PATCH_OPERATIONS = 10_000
/** The API server's limit on what `copy` operations may add in all, in characters of JSON. */
export const MAX_JSON_PATCH_COPY = 3 * 1024 * 1024

type Container = Record<string, unknown> | unknown[]

interface Application {
  root: unknown
  /** Containers made by this application, which nobody else holds: they may be changed in place. */
  readonly owned: Set<object>
  copied: number
}

/**
 * Applies a JSON patch. Mutates neither argument; what is not touched is shared with `target`. As
 * on the API server a negative index counts from a list's end.
 * @throws ApiStatusError BadRequest where the patch is no patch, RequestEntityTooLarge where it is
 *   too long, Invalid (422) where an operation does not apply.
 */
export function applyJsonPatch(target: JsonValue, patch: unknown): JsonValue {
  const operations = readOperations(patch)
  const application: Application = { root: target, owned: new Set(), copied: 0 }
  for (const operation of operations) applyOperation(application, operation)
  return application.root as JsonValue
}

/** @throws ApiStatusError, as applyJsonPatch does */
export function readOperations(patch: unknown): readonly JsonPatchOperation[] {
  if (!Array.isArray(patch)) {
    throw badRequest('error decoding patch: a JSON patch is a list of operations')
  }
  if (patch.length > MAX_JSON_PATCH_OPERATIONS) {
    const limit = `The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}`
    throw statusError('RequestEntityTooLarge', {
      message: `Request entity too large: ${limit}, got ${patch.length}`,
    })
  }
  return patch.map(readOperation)
}

function readOperation(given: unknown, index: number): JsonPatchOperation {
  const at = `error decoding patch: operation ${index}`
  if (!isJsonObject(given)) throw badRequest(`${at} is no object`)
  const { op = '', path, from, value = null } = given
  for (const [name, text] of Object.entries({ op, path, from })) {
    if (text === undefined || text === null || typeof text === 'string') continue
    throw badRequest(`${at}: ${name} is no text`)
  }
  // What is missing or unknown shows when the patch is carried out, which may fail before it.
  return { op, path, from, value } as JsonPatchOperation
}

function applyOperation(application: Application, operation: JsonPatchOperation): void {
  const { op, path } = operation
  if (!OPERATIONS.has(op)) throw notApplied(`Unexpected kind: ${String(op) || 'unknown'}`)
  if (typeof path !== 'string') throw notApplied(`${op} operation failed to decode path`)
  switch (operation.op) {
    case 'add':
      add(application, operation)
      break
    case 'remove':
      remove(application, operation)
      break
    case 'replace':
      replace(application, operation)
      break
    case 'test':
      test(application, operation)
      break
    default:
      if (typeof operation.from !== 'string') {
        throw notApplied(`${op} operation failed to decode from`)
      }
      if (operation.op === 'move') move(application, operation)
      else copy(application, operation)
  }
}

const OPERATIONS: ReadonlySet<string> = new Set([
  'add',
  'replace',
  'test',
  'remove',
  'move',
  'copy',
])

interface Place {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}

function add(application: Application, { op, path, value }: Place): void {
  const { parent, last } = ownParent(application, { op, path })
  if (!Array.isArray(parent)) {
    setOwn(parent, last, value)
    return
  }
  const index = last === '-' ? parent.length : indexOf(last, parent.length + 1, { op, path })
  parent.splice(index, 0, value)
}

function remove(application: Application, { op, path }: Place): unknown {
  const { parent, last } = ownParent(application, { op, path })
  if (Array.isArray(parent)) {
    return parent.splice(indexOf(last, parent.length, { op, path }), 1)[0]
  }
  const old = child(parent, last)
  if (old === undefined) throw missing(op, path)
  delete parent[last]
  return old
}

/** The library of the API server is lenient: a key that is not there is added. */
function replace(application: Application, { path, value }: Omit<Place, 'op'>): void {
  const op = 'replace'
  if (path === '') {
    if (typeof value !== 'object' || value === null) {
      throw notApplied('replace operation value must be object or array')
    }
    application.root = value
    return
  }
  const { parent, last } = ownParent(application, { op, path })
  if (Array.isArray(parent)) parent[indexOf(last, parent.length, { op, path })] = value
  else setOwn(parent, last, value)
}

function test(application: Application, { path, value }: Omit<Place, 'op'>): void {
  const found = path === '' ? application.root : find(application, { op: 'test', path })
  if (deepEqual(found ?? null, value)) return
  throw notApplied(`testing value ${path} failed: test failed`)
}

function move(application: Application, { path, from }: { path: string; from: string }): void {
  const value = remove(application, { op: 'move', path: from })
  add(application, { op: 'move', path, value })
}

/** A key that is not there is copied as null. */
function copy(application: Application, { path, from }: { path: string; from: string }): void {
  const value = find(application, { op: 'copy', path: from }) ?? null
  application.copied += sizeOf(value, MAX_JSON_PATCH_COPY - application.copied)
  if (application.copied > MAX_JSON_PATCH_COPY) {
    const limit = `exceeding the limit ${MAX_JSON_PATCH_COPY}`
    throw notApplied(
      `Unable to complete the copy, the accumulated size increase of copy is ${limit}`,
    )
  }
  add(application, { op: 'copy', path, value: cloneJson(value as JsonValue) })
}

/** About how many characters of JSON a value has; stops counting past `limit`. */
function sizeOf(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 4
  let size = 2
  for (const key in value) {
    if (size > limit) return size
    size +=
      sizeOf((value as JsonObject)[key], limit - size) + (Array.isArray(value) ? 1 : key.length + 4)
  }
  return size
}

/** The value at a path; undefined for a key that is not there. @throws ApiStatusError for a path that leads nowhere */
function find(application: Application, place: Place): unknown {
  const { steps, last } = pointerSteps(place)
  let current: unknown = application.root
  for (const step of steps) {
    current = valueAt(current, step, place)
    if (typeof current !== 'object' || current === null) throw noPath(place)
  }
  return valueAt(current, last, place)
}

function valueAt(container: unknown, step: string, place: Place): unknown {
  if (Array.isArray(container)) return container[indexOf(step, container.length, place)]
  return isJsonObject(container) ? child(container, step) : undefined
}

interface OwnPlace {
  readonly parent: Container
  /** Of the parent: a key, an index, or `-`. */
  readonly last: string
}

/** The container that a path ends in, copied (with those above it) unless this application has made it. */
function ownParent(application: Application, place: Place): OwnPlace {
  const { steps, last } = pointerSteps(place)
  let current = ownContainer(application, application.root, place)
  application.root = current
  for (const step of steps) {
    const key = Array.isArray(current) ? indexOf(step, current.length, place) : step
    const before = Array.isArray(current) ? current[Number(key)] : child(current, step)
    const after = ownContainer(application, before, place)
    if (after !== before) setOwn(current as Record<string, unknown>, String(key), after)
    current = after
  }
  return { parent: current, last }
}

function ownContainer(application: Application, value: unknown, place: Place): Container {
  if (typeof value !== 'object' || value === null) throw noPath(place)
  if (application.owned.has(value)) return value as Container
  const copied: Container = Array.isArray(value) ? value.slice() : shallowCopy(value as JsonObject)
  application.owned.add(copied)
  return copied
}

function shallowCopy(value: JsonObject): Record<string, unknown> {
  const copied: Record<string, unknown> = {}
  for (const key of Object.keys(value)) setOwn(copied, key, value[key])
  return copied
}

function child(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function indexOf(step: string, length: number, { op, path }: Place): number {
  const index = listIndex(step, length)
  if (index !== undefined) return index
  throw notApplied(
    `${op} operation does not apply: error in ${op} for path: '${path}': ` +
      `Unable to access invalid index: ${step}: invalid index referenced`,
  )
}

function listIndex(step: string, length: number): number | undefined {
  if (!/^-?(?:0|[1-9]\d{0,8})$/.test(step)) return undefined
  const index =
    Number(step) < 0 || Object.is(Number(step), -0) ? Number(step) + length : Number(step)
  return index >= 0 && index < length ? index : undefined
}

/** What stands before the first slash counts for nothing, as in the API server's library. */
function pointerSteps(place: Place): { readonly steps: readonly string[]; readonly last: string } {
  const steps = place.path.split('/').slice(1)
  const decoded = place.path.includes('~')
    ? steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    : steps
  const last = decoded.pop()
  if (last === undefined) throw noPath(place)
  return { steps: decoded, last }
}

function noPath({ op, path }: Place): ApiStatusError {
  const problem = `doc is missing path: ${JSON.stringify(path)}: missing value`
  return notApplied(`${op} operation does not apply: ${problem}`)
}

function missing(op: string, path: string): ApiStatusError {
  return notApplied(`${op} operation does not apply: doc is missing key: ${path}: missing value`)
}

/** The API server keeps what the library says to itself. */
function notApplied(problem: string): ApiStatusError {
  const message = 'the server rejected our request due to an error in our request'
  const error = statusError('Invalid', { message, details: {} })
  error.cause = new Error(problem)
  return error
}

function badRequest(message: string): ApiStatusError {
  return statusError('BadRequest', { message })
}
