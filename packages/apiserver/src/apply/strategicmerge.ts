/** Strategic merge patch, the patch type that only built-in kinds take. */
import { deepEqual, isJsonObject, type JsonObject, setOwn, statusError } from '@sortie/machinery'
import { builtInRule, type PatchRule } from './patchrules.ts'

/** The part of a schema that says how a strategic merge patch merges. */
export interface PatchSchemaSource {
  readonly $ref?: string
  readonly allOf?: readonly PatchSchemaSource[]
  readonly items?: PatchSchemaSource
  readonly properties?: Readonly<Record<string, PatchSchemaSource>>
  readonly additionalProperties?: boolean | PatchSchemaSource
  readonly 'x-kubernetes-patch-merge-key'?: string
  readonly 'x-kubernetes-patch-strategy'?: string
}

export interface StrategicMergeOptions {
  /**
   * The kind's schema, where it carries x-kubernetes-patch-…; without one a table of the built-in
   * kinds is used.
   */
  readonly schema?: PatchSchemaSource
  readonly resolve?: (ref: string) => PatchSchemaSource | undefined
}

interface Walk {
  /** Undefined where the table decides. */
  readonly schema: PatchSchemaSource | undefined
  readonly resolve: (ref: string) => PatchSchemaSource | undefined
  /** The name of the field whose value this is. */
  readonly field: string
  /** The name of the field above it. */
  readonly parent: string
}

const ORDER_PREFIX = '$setElementOrder/'
const DELETE_PREFIX = '$deleteFromPrimitiveList/'

/**
 * Applies a strategic merge patch. Mutates nothing, shares what does not change and returns
 * `target` itself where nothing does.
 * @throws ApiStatusError BadRequest for a directive that makes no sense.
 */
export function applyStrategicMergePatch(
  target: JsonObject,
  patch: JsonObject,
  options: StrategicMergeOptions = {},
): JsonObject {
  const resolve = options.resolve ?? (() => undefined)
  const walk: Walk = { schema: options.schema, resolve, field: '', parent: '' }
  return mergeMap(target, patch, walk) ?? {}
}

/** Undefined where the patch deletes the whole. */
function mergeMap(target: JsonObject, patch: JsonObject, walk: Walk): JsonObject | undefined {
  const directive = patch['$patch']
  if (directive === 'delete') return undefined
  if (directive === 'replace') return withoutDirectives(patch) as JsonObject
  if (directive !== undefined && directive !== 'merge') {
    throw badPatch(`unknown $patch type: ${JSON.stringify(directive)}`)
  }
  let draft: Record<string, unknown> | undefined
  const base = retain(target, patch)
  for (const key in patch) {
    const value = patch[key]
    if (value === undefined || (key.startsWith('$') && !key.includes('/'))) continue
    const field = fieldOf(key)
    const before = Object.hasOwn(draft ?? base, field) ? (draft ?? base)[field] : undefined
    const after = mergeField({ before, patch, key }, inField(walk, field))
    if (after === before) continue
    draft ??= { ...base }
    if (after === undefined) delete draft[field]
    else setOwn(draft, field, after)
  }
  return (draft as JsonObject | undefined) ?? base
}

/** The field that a patch's key is about: `$setElementOrder/ports` is about `ports`. */
function fieldOf(key: string): string {
  if (key.startsWith(ORDER_PREFIX)) return key.slice(ORDER_PREFIX.length)
  return key.startsWith(DELETE_PREFIX) ? key.slice(DELETE_PREFIX.length) : key
}

/** $retainKeys: of a union's keys only these stay. */
function retain(target: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch['$retainKeys']
  if (keys === undefined) return target
  if (!Array.isArray(keys)) throw badPatch('$retainKeys must be a list')
  const kept = Object.entries(target).filter(([key]) => keys.includes(key))
  return kept.length === Object.keys(target).length
    ? target
    : (Object.fromEntries(kept) as JsonObject)
}

interface FieldPatch {
  readonly before: unknown
  readonly patch: JsonObject
  readonly key: string
}

function mergeField({ before, patch, key }: FieldPatch, walk: Walk): unknown {
  const value = patch[key]
  if (key.startsWith(DELETE_PREFIX)) return withoutScalars(before, value)
  if (key.startsWith(ORDER_PREFIX)) {
    // Beside the list itself the order is taken care of when that is merged.
    return patch[walk.field] === undefined ? ordered(before, value, ruleOf(walk)) : before
  }
  if (value === null) return undefined
  if (isJsonObject(value)) return mergeObject(before, value, walk)
  if (!Array.isArray(value)) return value === before ? before : value
  const rule = ruleOf(walk)
  const merged = mergeList(before, value, { walk, rule })
  const order = patch[`${ORDER_PREFIX}${walk.field}`]
  return order === undefined ? merged : ordered(merged, order, rule)
}

function mergeObject(before: unknown, patch: JsonObject, walk: Walk): unknown {
  if (isJsonObject(before) && !ruleOf(walk).replaces) return mergeMap(before, patch, walk)
  if (patch['$patch'] === 'delete') return undefined
  const after = mergeMap({}, withoutDirectives(patch) as JsonObject, walk)
  return deepEqual(before, after) ? before : after
}

interface ListPlace {
  readonly walk: Walk
  readonly rule: PatchRule
}

function mergeList(before: unknown, patch: readonly unknown[], place: ListPlace): unknown {
  const { rule } = place
  const replace = patch.some((item) => isJsonObject(item) && item['$patch'] === 'replace')
  const plain = patch.filter((item) => !(isJsonObject(item) && isReplaceMarker(item)))
  if (!rule.merges || replace || !Array.isArray(before)) {
    const fresh = plain.filter((item) => !(isJsonObject(item) && item['$patch'] === 'delete'))
    const after = withoutDirectives(fresh)
    return deepEqual(before, after) ? before : after
  }
  const { key } = rule
  if (key === undefined) return mergeScalars(before, plain)
  return mergeItems(before, plain, { ...place, key })
}

function isReplaceMarker(item: JsonObject): boolean {
  return item['$patch'] === 'replace' && Object.keys(item).length === 1
}

function mergeScalars(before: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  const added = patch.filter((item) => !before.includes(item))
  return added.length === 0 ? before : [...before, ...new Set(added)]
}

function mergeItems(
  before: readonly unknown[],
  patch: readonly unknown[],
  { walk, key }: ListPlace & { readonly key: string },
): readonly unknown[] {
  const items = new Map<unknown, unknown>()
  for (const item of before) items.set(keyValue(item, key) ?? item, item)
  for (const item of patch) {
    if (!isJsonObject(item)) throw badPatch(`an item of ${walk.field} is no object`)
    const name = keyValue(item, key)
    if (name === undefined)
      throw badPatch(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`)
    const old = items.get(name)
    const after = mergeMap(isJsonObject(old) ? old : {}, item, inItems(walk))
    if (after === undefined) items.delete(name)
    else items.set(name, after)
  }
  const merged = [...items.values()]
  const same =
    merged.length === before.length && merged.every((item, index) => item === before[index])
  return same ? before : merged
}

function keyValue(item: unknown, key: string): unknown {
  const value = isJsonObject(item) ? item[key] : undefined
  return value === null ? undefined : value
}

/** $deleteFromPrimitiveList: the list without these values. */
function withoutScalars(before: unknown, values: unknown): unknown {
  if (!Array.isArray(values)) throw badPatch('$deleteFromPrimitiveList must be a list')
  if (!Array.isArray(before)) return before
  const kept = before.filter((item) => !values.includes(item))
  return kept.length === before.length ? before : kept
}

/**
 * $setElementOrder: the items that it names in its order, each of the others behind the item it
 * followed.
 */
function ordered(list: unknown, order: unknown, rule: PatchRule): unknown {
  if (!Array.isArray(order)) throw badPatch('$setElementOrder must be a list')
  if (!Array.isArray(list) || !rule.merges) return list
  const { key } = rule
  const nameOf = (item: unknown): unknown => (key === undefined ? item : keyValue(item, key))
  const wanted = new Map(order.map((item, index) => [nameOf(item), index]))
  const named = list.filter((item) => wanted.has(nameOf(item)))
  named.sort((a, b) => (wanted.get(nameOf(a)) ?? 0) - (wanted.get(nameOf(b)) ?? 0))
  const result: unknown[] = []
  let next = 0
  for (const item of list) result.push(wanted.has(nameOf(item)) ? named[next++] : item)
  return result.every((item, index) => item === list[index]) ? list : result
}

/** A patch's value as it is when there is nothing to merge it into. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives)
  if (!isJsonObject(value)) return value
  const result: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const child = value[key]
    if (key.startsWith('$') || child === null || child === undefined) continue
    if (isJsonObject(child) && child['$patch'] === 'delete') continue
    setOwn(result, key, withoutDirectives(child))
  }
  return result
}

function ruleOf({ schema, field, parent }: Walk): PatchRule {
  if (schema === undefined) return builtInRule(field, parent)
  const strategy = schema['x-kubernetes-patch-strategy']?.split(',') ?? []
  return {
    merges: strategy.includes('merge'),
    replaces: strategy.includes('replace'),
    key: schema['x-kubernetes-patch-merge-key'],
  }
}

function inField(walk: Walk, field: string): Walk {
  const schema = follow(walk.schema, walk)
  const additional = schema?.additionalProperties
  const below =
    schema?.properties?.[field] ?? (typeof additional === 'object' ? additional : undefined)
  return {
    ...walk,
    schema: schema === undefined ? undefined : (below ?? {}),
    field,
    parent: walk.field,
  }
}

function inItems(walk: Walk): Walk {
  const schema = follow(walk.schema, walk)
  return { ...walk, schema: schema === undefined ? undefined : (schema.items ?? {}) }
}

function follow(
  schema: PatchSchemaSource | undefined,
  { resolve }: Walk,
): PatchSchemaSource | undefined {
  const ref = schema?.$ref ?? schema?.allOf?.[0]?.$ref
  return ref === undefined ? schema : resolve(ref)
}

function badPatch(problem: string): Error {
  return statusError('BadRequest', { message: `invalid strategic merge patch: ${problem}` })
}
