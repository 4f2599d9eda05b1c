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

const OPERATIONS: readonly unknown[] = ['add', 'replace', 'test', 'remove', 'move', 'copy']

function readOperation(given: unknown, index: number): JsonPatchOperation {
  const at = `error decoding patch: operation ${index}`
  if (!isJsonObject(given)) throw badRequest(`${at} is no object`)
  const { op, path, from, value } = given
  if (!OPERATIONS.includes(op)) throw badRequest(`${at}: unexpected kind: ${JSON.stringify(op)}`)
  if (typeof path !== 'string') throw badRequest(`${at}: path is missing`)
  if (op === 'move' || op === 'copy') {
    if (typeof from !== 'string') throw badRequest(`${at}: from is missing`)
    return { op, path, from }
  }
  if (op === 'remove') return { op, path }
  return { op: op as 'add' | 'replace' | 'test', path, value: value ?? null }
}

function applyOperation(application: Application, operation: JsonPatchOperation): void {
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
    case 'move':
      move(application, operation)
      break
    default:
      copy(application, operation)
  }
}

interface Place {
  readonly op: string
  readonly path: string
  readonly value?: unknown
}

function add(application: Application, { op, path, value }: Place): void {
  const steps = pointerSteps(path)
  const last = steps.pop()
  if (last === undefined) {
    application.root = value
    return
  }
  const parent = ownParent(application, steps, { op, path })
  if (!Array.isArray(parent)) {
    setOwn(parent, last, value)
    return
  }
  const index = last === '-' ? parent.length : indexOf(last, parent.length + 1, { op, path })
  parent.splice(index, 0, value)
}

function remove(application: Application, { op, path }: Place): unknown {
  const steps = pointerSteps(path)
  const last = steps.pop()
  if (last === undefined) {
    const old = application.root
    application.root = null
    return old
  }
  const parent = ownParent(application, steps, { op, path })
  if (Array.isArray(parent)) {
    return parent.splice(indexOf(last, parent.length, { op, path }), 1)[0]
  }
  const old = child(parent, last)
  if (old === undefined) throw missing(op, path)
  delete parent[last]
  return old
}

function replace(application: Application, { path, value }: Omit<Place, 'op'>): void {
  const steps = pointerSteps(path)
  const last = steps.pop()
  if (last === undefined) {
    application.root = value
    return
  }
  const op = 'replace'
  const parent = ownParent(application, steps, { op, path })
  if (Array.isArray(parent)) {
    parent[indexOf(last, parent.length, { op, path })] = value
  } else {
    if (child(parent, last) === undefined) throw missing(op, path)
    setOwn(parent, last, value)
  }
}

function test(application: Application, { path, value }: Omit<Place, 'op'>): void {
  const found = find(application, path)
  if (deepEqual(found ?? null, value)) return
  throw notApplied(`testing value ${path} failed: test failed`)
}

function move(application: Application, { path, from }: { path: string; from: string }): void {
  if (from === path && find(application, from) !== undefined) return
  if (path.startsWith(`${from}/`)) {
    throw notApplied(`move operation does not apply: ${from} cannot be moved into itself`)
  }
  const value = remove(application, { op: 'move', path: from })
  add(application, { op: 'move', path, value })
}

function copy(application: Application, { path, from }: { path: string; from: string }): void {
  const value = find(application, from)
  if (value === undefined) throw missing('copy', from)
  application.copied += sizeOf(value, MAX_JSON_PATCH_COPY - application.copied)
  if (application.copied > MAX_JSON_PATCH_COPY) {
    const limit = `exceeding the limit ${MAX_JSON_PATCH_COPY}`
    throw notApplied(
      `Unable to complete the copy, the accumulated size increase of copy is ${limit}`,
    )
  }
  add(application, { op: 'copy', path, value: cloneJson(value) })
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

function find(application: Application, path: string): unknown {
  let current: unknown = application.root
  for (const step of pointerSteps(path)) {
    current = Array.isArray(current)
      ? current[listIndex(step, current.length) ?? current.length]
      : isJsonObject(current)
        ? child(current, step)
        : undefined
  }
  return current
}

/** The container at `steps`, copied (with those above it) unless this application has made it. */
function ownParent(application: Application, steps: readonly string[], place: Place): Container {
  let current = ownContainer(application, application.root, place)
  application.root = current
  for (const step of steps) {
    const key = Array.isArray(current) ? indexOf(step, current.length, place) : step
    const before = Array.isArray(current) ? current[Number(key)] : child(current, step)
    const after = ownContainer(application, before, place)
    if (after !== before) setOwn(current as Record<string, unknown>, String(key), after)
    current = after
  }
  return current
}

function ownContainer(application: Application, value: unknown, { op, path }: Place): Container {
  if (typeof value !== 'object' || value === null) {
    const problem = `doc is missing path: ${JSON.stringify(path)}: missing value`
    throw notApplied(`${op} operation does not apply: ${problem}`)
  }
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

function pointerSteps(path: string): string[] {
  if (path === '') return []
  if (!path.startsWith('/'))
    throw notApplied(`invalid path ${JSON.stringify(path)}: no JSON pointer`)
  const steps = path.slice(1).split('/')
  if (!path.includes('~')) return steps
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function missing(op: string, path: string): ApiStatusError {
  return notApplied(`${op} operation does not apply: doc is missing key: ${path}: missing value`)
}

function notApplied(problem: string): ApiStatusError {
  return statusError('Invalid', {
    message: 'the server rejected our request due to an error in our request',
    causes: [{ reason: 'UnexpectedServerResponse', message: problem }],
  })
}

function badRequest(message: string): ApiStatusError {
  return statusError('BadRequest', { message })
}
