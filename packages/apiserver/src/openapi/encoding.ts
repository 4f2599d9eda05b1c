/**
 * Objects of built-in kinds as their Go types encode them again: what a Go value cannot tell from nothing is left out, and what Go
 * always writes is there.
 */
import { canonicalQuantity, setOwn } from '@sortie/machinery'
import { type Fields, isFields } from '../schema/index.ts'
import { createPartMemo } from './memo.ts'
import type { FieldModel, FieldType, KindName, TypeModel } from './model.ts'
import { builtinModel, modelNamed } from './schemas.ts'

/**
 * The object without what its kind does not know, without nulls, and without what is zero where Go leaves that out; with the zeros
 * that Go writes. Nulls within lists and maps are what Go makes of them, quantities in their canonical form. Its JSON types must be
 * right. The same object where nothing changes; its metadata as it is.
 */
export function encodedBuiltin(kind: KindName, object: Fields): Fields {
  const model = builtinModel(kind)
  return model === undefined ? withoutNulls(object) : encodeStruct(model, object, WHOLE)
}

/** How the outermost struct is treated: its metadata stays as it is, and what was encoded once is not encoded again. */
const WHOLE = { kept: 'metadata', settled: createPartMemo() } as const

function encodeStruct(model: TypeModel, value: Fields, whole?: typeof WHOLE): Fields {
  if (model.open) return value
  let changed: Record<string, unknown> | undefined
  for (const key in value) {
    if (key === whole?.kept) continue
    const before = value[key]
    if (whole?.settled.has(model, key, before) === true) continue
    const field = model.fields.get(key)
    const after =
      field === undefined || before === null
        ? undefined
        : present(field, encodeType(field.type, before))
    whole?.settled.note(model, key, after)
    if (after === before && before !== undefined) continue
    changed ??= { ...value }
    if (after === undefined) delete changed[key]
    else setOwn(changed, key, after)
  }
  for (const [name, zero] of alwaysWritten(model)) {
    if (name === whole?.kept || (value[name] !== undefined && value[name] !== null)) continue
    changed ??= { ...value }
    changed[name] = zero
  }
  return changed ?? value
}

/** Undefined for what is left out. */
function present({ omits }: FieldModel, value: unknown): unknown {
  if (omits !== 'zero') return value
  if (value === '' || value === 0 || value === false) return undefined
  if (Array.isArray(value)) return value.length === 0 ? undefined : value
  return value === EMPTY_MAP ? undefined : value
}

type Zero = readonly [name: string, zero: unknown]

const writtenAlways = new WeakMap<TypeModel, readonly Zero[]>()

/** What Go writes of a struct that holds nothing. */
function alwaysWritten(model: TypeModel): readonly Zero[] {
  const known = writtenAlways.get(model)
  if (known !== undefined) return known
  const fields = [...model.fields.values()].filter(({ omits }) => omits === 'nothing')
  const made = fields.map(({ name, pointer, type }): Zero => [name, pointer ? null : zeroOf(type)])
  writtenAlways.set(model, made)
  return made
}

/** Stands for a map without keys, which a struct without fields is not. */
const EMPTY_MAP: Fields = Object.freeze({})

function encodeType(type: FieldType, value: unknown): unknown {
  switch (type.of) {
    case 'type':
      return isFields(value) ? encodeStruct(modelNamed(type.name), value) : value
    case 'list':
      return Array.isArray(value) ? encodeList(type.element, value) : value
    case 'map':
      return isFields(value) ? encodeMap(type.element, value) : value
    default:
      return encodeScalar(type.name, value)
  }
}

function encodeScalar(name: string, value: unknown): unknown {
  if (name === 'Quantity') return canonicalQuantity(value as string | number)
  // Go takes a list of numbers for bytes, too.
  if (name === 'byte' && Array.isArray(value)) return Buffer.from(value).toString('base64')
  return value
}

function encodeList(element: FieldType, list: readonly unknown[]): readonly unknown[] {
  let changed: unknown[] | undefined
  for (let index = 0; index < list.length; index++) {
    const before = list[index]
    const after = before === null ? zeroOf(element) : encodeType(element, before)
    if (after === before) continue
    changed ??= list.slice()
    changed[index] = after
  }
  return changed ?? list
}

function encodeMap(element: FieldType, map: Fields): Fields {
  let changed: Record<string, unknown> | undefined
  let size = 0
  for (const key in map) {
    size++
    const before = map[key]
    const after = before === null ? zeroOf(element) : encodeType(element, before)
    if (after === before) continue
    changed ??= { ...map }
    setOwn(changed, key, after)
  }
  return size === 0 ? EMPTY_MAP : (changed ?? map)
}

const ZEROS: Readonly<Record<string, unknown>> = {
  string: '',
  byte: '',
  bool: false,
  int32: 0,
  int64: 0,
  number: 0,
  Quantity: '0',
  IntOrString: 0,
}

/** What Go writes of a value that nobody set. */
function zeroOf(type: FieldType): unknown {
  if (type.of === 'scalar') return ZEROS[type.name] ?? null
  return type.of === 'type' ? encodeStruct(modelNamed(type.name), {}) : null
}

/** For kinds whose types are not known here. */
function withoutNulls(value: Fields): Fields {
  return stripNulls(value) as Fields
}

function stripNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map(stripNulls)
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  let changed: Record<string, unknown> | undefined
  for (const [key, before] of Object.entries(value)) {
    const after = stripNulls(before)
    if (after === before && after !== null) continue
    changed ??= { ...value }
    if (after === null) delete changed[key]
    else setOwn(changed, key, after)
  }
  return changed ?? value
}
