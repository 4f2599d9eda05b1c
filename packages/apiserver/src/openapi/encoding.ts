/** Objects of built-in kinds as their Go types encode them again: what a Go value cannot tell from nothing is left out. */
import { setOwn } from '@sortie/machinery'
import { type Fields, isFields } from '../schema/index.ts'
import type { FieldModel, FieldType, KindName, TypeModel } from './model.ts'
import { builtinModel, modelNamed } from './schemas.ts'

/**
 * The object without what its kind does not know, without nulls, and without lists and maps that are empty; nulls within lists
 * and maps are what Go makes of them. Its JSON types must be right. The same object where nothing changes; its metadata as it is.
 */
export function encodedBuiltin(kind: KindName, object: Fields): Fields {
  const model = builtinModel(kind)
  return model === undefined ? withoutNulls(object) : encodeStruct(model, object, 'metadata')
}

function encodeStruct(model: TypeModel, value: Fields, kept?: string): Fields {
  if (model.open) return value
  let changed: Record<string, unknown> | undefined
  for (const key in value) {
    if (key === kept) continue
    const before = value[key]
    const field = model.fields.get(key)
    const after =
      field === undefined || before === null
        ? undefined
        : present(field, encodeType(field.type, before))
    if (after === before && before !== undefined) continue
    changed ??= { ...value }
    if (after === undefined) delete changed[key]
    else setOwn(changed, key, after)
  }
  return changed ?? value
}

/** Undefined for what is left out where the field is optional. */
function present({ required, type }: FieldModel, value: unknown): unknown {
  if (required) return value
  if (type.of === 'list') return Array.isArray(value) && value.length === 0 ? undefined : value
  return value === EMPTY_MAP ? undefined : value
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
      return value
  }
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

function zeroOf(type: FieldType): unknown {
  if (type.of === 'scalar') return ZEROS[type.name] ?? null
  return type.of === 'type' ? {} : null
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
