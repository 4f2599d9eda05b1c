/** Strategic merge patch, the patch type that only built-in kinds take. */
import { deepEqual, isJsonObject, type JsonObject, setOwn } from '@sortie/machinery'
import { badRequest, plainError } from '../registry/failures.ts'
import { builtInRule, type PatchRule } from './patchrules.ts'
import {
  asList,
  checkOrder,
  inOrder,
  kindOfItems,
  type List,
  mergedList,
  unknownDirective,
} from './strategiclists.ts'

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

const ORDER_PREFIX = '$setElementOrder'
const DELETE_PREFIX = '$deleteFromPrimitiveList'

/**
 * Applies a strategic merge patch. Mutates nothing, shares what does not change and returns
 * `target` itself where nothing does. A directive in a place where there is nothing to merge is data.
 * @throws ApiStatusError BadRequest or 500 for a directive that makes no sense, as the API server has it
 */
export function applyStrategicMergePatch(
  target: JsonObject,
  patch: JsonObject,
  options: StrategicMergeOptions = {},
): JsonObject {
  const resolve = options.resolve ?? (() => undefined)
  return mergeMap(target, patch, { schema: options.schema, resolve, field: '', parent: '' })
}

function mergeMap(target: JsonObject, patch: JsonObject, walk: Walk): JsonObject {
  if (patch['$patch'] !== undefined) return directed(patch)
  const { $retainKeys: kept, ...rest } = patch
  const base = kept === undefined ? target : retained(target, rest, kept)
  const draft: Draft = { base, fields: undefined }
  const done = new Set<string>()
  for (const key of Object.keys(rest)) {
    if (!key.startsWith(ORDER_PREFIX)) continue
    const field = fieldOf(key, ORDER_PREFIX, 'invalid patch format of setElementOrder list')
    setField(draft, field, orderedField({ draft, patch: rest, field, order: rest[key] }, walk))
    done.add(key).add(field)
  }
  for (const key of Object.keys(rest)) {
    if (!done.has(key)) mergeField(draft, { key, value: rest[key] }, walk)
  }
  return (draft.fields as JsonObject | undefined) ?? draft.base
}

/** An object that is being made from another, copied when it first changes. */
interface Draft {
  readonly base: JsonObject
  fields: Record<string, unknown> | undefined
}

const fieldIn = ({ base, fields }: Draft, field: string): unknown =>
  Object.hasOwn(fields ?? base, field) ? (fields ?? base)[field] : undefined

function setField(draft: Draft, field: string, value: unknown): void {
  const before = fieldIn(draft, field)
  if (before === value || (before !== undefined && deepEqual(before, value))) return
  draft.fields ??= { ...draft.base }
  if (value === undefined) delete draft.fields[field]
  else setOwn(draft.fields, field, value)
}

/** What becomes of an object that the patch does not merge but replace or empty. */
function directed(patch: JsonObject): JsonObject {
  const { $patch: directive, ...rest } = patch
  if (directive === 'replace') return rest as JsonObject
  if (directive === 'delete') return {}
  throw unknownDirective(directive, patch)
}

/** Of the target's keys only these stay, and the patch sets no others. */
function retained(target: JsonObject, patch: Partial<JsonObject>, kept: unknown): JsonObject {
  const problem = 'invalid patch format of retainKeys'
  if (!Array.isArray(kept)) throw badRequest(problem)
  for (const [key, value] of Object.entries(patch)) {
    const isAside = key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX)
    if (value !== null && !isAside && !kept.includes(key)) throw badRequest(problem)
  }
  const left = Object.entries(target).filter(([key]) => kept.includes(key))
  return left.length === Object.keys(target).length
    ? target
    : (Object.fromEntries(left) as JsonObject)
}

/** The field that a directive's key is about: `$setElementOrder/ports` is about `ports`. */
function fieldOf(key: string, prefix: string, problem: string): string {
  const [head, ...field] = key.split('/')
  if (head !== prefix || field.length === 0) throw badRequest(problem)
  return field.join('/')
}

interface OrderedField {
  readonly draft: Draft
  readonly patch: Partial<JsonObject>
  readonly field: string
  readonly order: unknown
}

/** A list, merged where the patch has it, in the order that the patch gives. */
function orderedField({ draft, patch, field, order }: OrderedField, walk: Walk): unknown {
  const wanted = asList(order)
  const before = fieldIn(draft, field)
  const old = before === undefined ? undefined : asList(before)
  const given = Object.hasOwn(patch, field) ? asList(patch[field]) : undefined
  const inner = inField(walk, field)
  const { key = '' } = ruleOf(inner)
  checkOrder(given ?? [], wanted, key)
  if (old === undefined && given === undefined) return undefined
  const merged =
    given === undefined
      ? (old ?? [])
      : old === undefined
        ? (withoutDirected(given) as List)
        : mergeLists(old, given, inner)
  kindOfItems(old ?? [], given ?? [])
  return inOrder(merged, { order: wanted, before: old ?? [], key })
}

interface FieldPatch {
  readonly key: string
  readonly value: unknown
}

function mergeField(draft: Draft, { key, value }: FieldPatch, walk: Walk): void {
  const deletes = key.startsWith(DELETE_PREFIX)
  const field = deletes
    ? fieldOf(key, DELETE_PREFIX, 'invalid patch format of primitive list')
    : key
  if (value === null) {
    setField(draft, field, undefined)
    return
  }
  const before = fieldIn(draft, field)
  if (before === undefined || !isAlike(before, value)) {
    if (!deletes) setField(draft, field, withoutDirected(withoutNulls(value)))
    return
  }
  const inner = (): Walk => inField(walk, field)
  if (Array.isArray(before)) {
    const list = asList(value)
    const after = deletes ? withoutItems(before, list, inner()) : mergeLists(before, list, inner())
    setField(draft, field, after)
  } else if (isJsonObject(before) && isJsonObject(value)) {
    const below = inner()
    setField(draft, field, ruleOf(below).replaces ? value : mergeMap(before, value, below))
  } else setField(draft, field, value)
}

/** Whether two values are of one type, so that one can be merged into the other. */
const isAlike = (a: unknown, b: unknown): boolean =>
  Array.isArray(a) === Array.isArray(b) && isJsonObject(a) === isJsonObject(b)

function mergeLists(before: List, patch: List, walk: Walk): List {
  const rule = ruleOf(walk)
  if (!rule.merges) return patch
  const below = inItems(walk)
  const merge = (item: JsonObject, one: JsonObject): JsonObject => mergeMap(item, one, below)
  return mergedList(before, patch, { key: rule.key ?? '', merge })
}

function withoutItems(before: List, gone: List, walk: Walk): List {
  if (before.length === 0 && gone.length === 0) return before
  if (kindOfItems(before, gone) === 'map') return mergeLists(before, gone, walk)
  return before.filter((item) => !gone.includes(item))
}

/** A patch's value without its nulls, where there is nothing that they could take away. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isJsonObject(value)) return value
  const result: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    if (value[key] !== null) setOwn(result, key, withoutNulls(value[key]))
  }
  return result
}

/** A patch's value without the objects that have a directive; undefined where it is one itself. */
function withoutDirected(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutDirected).filter((item) => item !== undefined)
  }
  if (!isJsonObject(value)) return value
  if (Object.hasOwn(value, '$patch')) return undefined
  const result: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const child = withoutDirected(value[key])
    if (child !== undefined) setOwn(result, key, child)
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

/** @throws ApiStatusError 500 for a field that the type does not have */
function inField(walk: Walk, field: string): Walk {
  const schema = follow(walk.schema, walk)
  const below = schema === undefined ? undefined : propertyOf(schema, field, walk)
  return { ...walk, schema: below, field, parent: walk.field }
}

function propertyOf(schema: PatchSchemaSource, field: string, walk: Walk): PatchSchemaSource {
  if (typeof schema.additionalProperties === 'object') {
    throw plainError('merging an object in json but data type is not struct, instead is: map')
  }
  const { properties = {} } = schema
  const found = Object.hasOwn(properties, field) ? properties[field] : undefined
  if (found !== undefined) return found
  const type = refOf(walk.schema)?.split('.').pop() ?? ''
  throw plainError(
    `unable to find api field in struct ${type} for the json field ${JSON.stringify(field)}`,
  )
}

function inItems(walk: Walk): Walk {
  const schema = follow(walk.schema, walk)
  return { ...walk, schema: schema === undefined ? undefined : (schema.items ?? {}) }
}

const refOf = (schema: PatchSchemaSource | undefined): string | undefined =>
  schema?.$ref ?? schema?.allOf?.[0]?.$ref

function follow(
  schema: PatchSchemaSource | undefined,
  { resolve }: Walk,
): PatchSchemaSource | undefined {
  const ref = refOf(schema)
  return ref === undefined ? schema : resolve(ref)
}
