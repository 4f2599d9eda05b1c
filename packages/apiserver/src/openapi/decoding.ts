/**
 * What Go's decoder would say of an object of a built-in kind: wrong JSON types, and fields that it
 * does not know.
 */
import { tryParseQuantity } from '@sortie/machinery'
import { isDateTime } from '../schema/formats.ts'
import { type Fields, isFields } from '../schema/index.ts'
import type { FieldModel, FieldType, KindName, TypeModel } from './model.ts'
import { builtinModel, modelNamed } from './schemas.ts'

export interface DecodingProblems {
  /** The first wrong type, as encoding/json words it; the server answers 400 with it. */
  readonly error?: string
  /** Paths of unknown fields, for strict decoding and warnings: `spec.containers[0].foo`. */
  readonly unknown: readonly string[]
}

interface Walk {
  error: string | undefined
  readonly unknown: string[]
}

interface Place {
  /** With indexes, for unknown fields. */
  readonly path: string
  /** Without indexes, for type errors: how Go names the place. */
  readonly dotted: string
  /** The struct that holds the field. */
  readonly struct: string
}

/** Looks at an object of a built-in kind; undefined for a kind that is not built in. */
export function decodingProblems(kind: KindName, object: unknown): DecodingProblems | undefined {
  const model = builtinModel(kind)
  if (model === undefined) return undefined
  const walk: Walk = { error: undefined, unknown: [] }
  checkStruct(model, object, { walk, place: { path: '', dotted: '', struct: model.go } })
  return walk.error === undefined
    ? { unknown: walk.unknown }
    : { error: decodingError(walk.error), unknown: walk.unknown }
}

/** Looks at the metadata of an object whose kind is not built in. @param path where it stands */
export function metadataProblems(metadata: unknown, path = 'metadata'): DecodingProblems {
  const model = modelNamed('ObjectMeta')
  const walk: Walk = { error: undefined, unknown: [] }
  const place = { path, dotted: '', struct: model.go }
  if (metadata !== null && metadata !== undefined) checkStruct(model, metadata, { walk, place })
  return walk.error === undefined
    ? { unknown: walk.unknown }
    : { error: decodingError(walk.error), unknown: walk.unknown }
}

/** Quantities read themselves, and their complaint stands alone. */
function decodingError(error: string): string {
  return error.startsWith('quantities ') ? error : `json: ${error}`
}

interface At {
  readonly walk: Walk
  readonly place: Place
}

function checkStruct(model: TypeModel, value: unknown, { walk, place }: At): void {
  if (model.open) return
  if (!isFields(value)) {
    mismatch(value, goType({ of: 'type', name: model.name }), { walk, place })
    return
  }
  const isWhole = place.path === ''
  for (const name in value) {
    if (isWhole && isClean(model, name, value[name])) continue
    const path = place.path === '' ? name : `${place.path}.${name}`
    const field = model.fields.get(name)
    if (field === undefined) {
      walk.unknown.push(path)
      continue
    }
    const part = value[name]
    if (part === null || part === undefined) continue
    const dotted = place.dotted === '' ? name : `${place.dotted}.${name}`
    checkField(field, part, { walk, place: { path, dotted, struct: model.go } })
    if (isWhole) noteClean(model, name, { part, walk })
  }
}

/** Parts of whole objects that were looked at without a complaint, and whose they are: most writes leave most parts as they were. */
const clean = new WeakMap<object, { readonly model: TypeModel; readonly name: string }>()

function isClean(model: TypeModel, name: string, part: unknown): boolean {
  const known = typeof part === 'object' && part !== null ? clean.get(part) : undefined
  return known?.model === model && known.name === name
}

function noteClean(
  model: TypeModel,
  name: string,
  { part, walk }: { readonly part: unknown; readonly walk: Walk },
): void {
  if (typeof part !== 'object' || part === null) return
  if (walk.error === undefined && walk.unknown.length === 0) clean.set(part, { model, name })
}

const checkField = (field: FieldModel, value: unknown, at: At): void =>
  checkType(field.type, value, at)

function checkType(type: FieldType, value: unknown, at: At): void {
  if (type.of === 'scalar') checkScalar(type.name, value, at)
  else if (type.of === 'type') checkStruct(modelNamed(type.name), value, at)
  else if (type.of === 'list') checkList(type.element, value, at)
  else checkMap(type.element, value, at)
}

function checkList(element: FieldType, value: unknown, at: At): void {
  if (!Array.isArray(value)) {
    mismatch(value, `[]${goType(element)}`, at)
    return
  }
  for (const [index, item] of value.entries()) {
    if (item === null) continue
    checkType(element, item, { ...at, place: { ...at.place, path: `${at.place.path}[${index}]` } })
  }
}

function checkMap(element: FieldType, value: unknown, at: At): void {
  if (!isFields(value)) {
    mismatch(value, `map[string]${goType(element)}`, at)
    return
  }
  for (const [key, item] of Object.entries(value as Fields)) {
    if (item === null) continue
    checkType(element, item, { ...at, place: { ...at.place, path: `${at.place.path}.${key}` } })
  }
}

/** JSON types that a scalar takes. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  string: ['string'],
  byte: ['string'],
  Time: ['string'],
  MicroTime: ['string'],
  bool: ['bool'],
  int32: ['number'],
  int64: ['number'],
  number: ['number'],
  IntOrString: ['string', 'number'],
  Quantity: ['string', 'number'],
}

function checkScalar(name: string, value: unknown, at: At): void {
  if (name === 'any') return
  if (name === 'byte' && Array.isArray(value)) {
    for (const item of value) if (item !== null) checkByte(item, at)
    return
  }
  if (!(TAKES[name] ?? []).includes(jsonType(value))) {
    mismatch(value, GO_TYPES[name] ?? name, at)
    return
  }
  const whole = name === 'int32' || name === 'int64' || name === 'IntOrString'
  if (whole && typeof value === 'number' && !fitsInteger(name, value)) {
    note(
      at.walk,
      `cannot unmarshal number ${value} into Go struct field ${goPlace(at.place)} of type ${GO_TYPES[name]}`,
    )
  }
  const problem = textProblem(name, value)
  if (problem !== undefined) note(at.walk, problem)
}

/** Bytes may be written as a list of numbers, too. */
function checkByte(item: unknown, at: At): void {
  if (typeof item !== 'number') mismatch(item, 'uint8', at)
  else if (!Number.isInteger(item) || item < 0 || item > 255) {
    const where = `Go struct field ${goPlace(at.place)} of type uint8`
    note(at.walk, `cannot unmarshal number ${item} into ${where}`)
  }
}

function fitsInteger(name: string, value: number): boolean {
  if (!Number.isInteger(value)) return false
  return name === 'int64' || (value < 2 ** 31 && value >= -(2 ** 31))
}

function textProblem(name: string, value: unknown): string | undefined {
  if (name === 'Quantity' && tryParseQuantity(value as string | number) === undefined) {
    return `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`
  }
  if (name === 'byte') return base64Problem(value as string)
  if ((name === 'Time' || name === 'MicroTime') && !isDateTime(value as string)) {
    const layout =
      name === 'Time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00'
    return `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(value)} as "2006"`
  }
  return undefined
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function base64Problem(text: string): string | undefined {
  if (BASE64.test(text.replaceAll(/[\r\n]/g, ''))) return undefined
  const at = /[^A-Za-z0-9+/]/.exec(text)?.index ?? text.length
  return `illegal base64 data at input byte ${at}`
}

const GO_TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  byte: 'uint8',
  Time: 'string',
  MicroTime: 'string',
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  number: 'float64',
  IntOrString: 'int32',
  Quantity: 'resource.Quantity',
  any: 'runtime.RawExtension',
}

function goType(type: FieldType): string {
  if (type.of === 'scalar')
    return type.name === 'byte' ? '[]uint8' : (GO_TYPES[type.name] ?? type.name)
  if (type.of === 'list') return `[]${goType(type.element)}`
  if (type.of === 'map') return `map[string]${goType(type.element)}`
  return `v1.${modelNamed(type.name).go}`
}

function jsonType(value: unknown): string {
  if (typeof value === 'boolean') return 'bool'
  if (Array.isArray(value)) return 'array'
  return value === null ? 'null' : typeof value
}

const goPlace = ({ struct, dotted }: Place): string => `${struct}.${dotted}`

function mismatch(value: unknown, type: string, { walk, place }: At): void {
  const where = place.dotted === '' ? `value` : `struct field ${goPlace(place)}`
  note(walk, `cannot unmarshal ${jsonType(value)} into Go ${where} of type ${type}`)
}

function note(walk: Walk, error: string): void {
  walk.error ??= error
}
