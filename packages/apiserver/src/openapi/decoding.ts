/**
 * What Go's decoder would say of an object of a built-in kind: wrong JSON types, and fields that it
 * does not know.
 */
import { tryParseQuantity } from '@sortie/machinery'
import { isDateTime } from '../schema/formats.ts'
import { type Fields, isFields } from '../schema/index.ts'
import { createPartMemo } from './memo.ts'
import type { FieldType, KindName, TypeModel } from './model.ts'
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

/** Where a value stands; it is put into words only where there is something to say of it. */
interface Place {
  readonly walk: Walk
  readonly parent: Place | undefined
  /** A field's name, a map's key, a list's index; of the outermost the path that it has anyway. */
  readonly step: string | number
  /** Go's type errors name fields alone. */
  readonly isField: boolean
  /** The struct that holds the field. */
  readonly struct: string
}

/** Looks at an object of a built-in kind; undefined for a kind that is not built in. */
export function decodingProblems(kind: KindName, object: unknown): DecodingProblems | undefined {
  const model = builtinModel(kind)
  return model === undefined ? undefined : problemsOf(model, object, '')
}

/** Looks at the metadata of an object whose kind is not built in. @param path where it stands */
export function metadataProblems(metadata: unknown, path = 'metadata'): DecodingProblems {
  if (metadata === null || metadata === undefined) return { unknown: [] }
  return problemsOf(modelNamed('ObjectMeta'), metadata, path)
}

function problemsOf(model: TypeModel, value: unknown, path: string): DecodingProblems {
  const walk: Walk = { error: undefined, unknown: [] }
  checkStruct(model, value, {
    walk,
    parent: undefined,
    step: path,
    isField: false,
    struct: model.go,
  })
  return walk.error === undefined
    ? { unknown: walk.unknown }
    : { error: decodingError(walk.error), unknown: walk.unknown }
}

/** With indexes and keys, for unknown fields. */
function pathOf({ parent, step }: Place): string {
  if (parent === undefined) return String(step)
  const before = pathOf(parent)
  if (typeof step === 'number') return `${before}[${step}]`
  return before === '' ? step : `${before}.${step}`
}

/** How Go names the place in type errors. */
function dottedOf({ parent, step, isField }: Place): string {
  const before = parent === undefined ? '' : dottedOf(parent)
  if (!isField) return before
  return before === '' ? String(step) : `${before}.${step}`
}

/** Quantities read themselves, and their complaint stands alone. */
function decodingError(error: string): string {
  return error.startsWith('quantities ') ? error : `json: ${error}`
}

function checkStruct(model: TypeModel, value: unknown, place: Place): void {
  if (model.open) return
  if (!isFields(value)) {
    mismatch(value, goType({ of: 'type', name: model.name }), place)
    return
  }
  const isWhole = place.parent === undefined && place.step === ''
  for (const name in value) {
    const part = value[name]
    if (isWhole && clean.has(model, name, part)) continue
    const field = model.fields.get(name)
    if (field === undefined) place.walk.unknown.push(pathOf(stepTo(place, name, model.go)))
    else if (part !== null && part !== undefined && !isPlain(field.type, part)) {
      checkType(field.type, part, stepTo(place, name, model.go))
      if (isWhole && isUntroubled(place.walk)) clean.note(model, name, part)
    }
  }
}

/** @param struct that holds the field; without it the step is no field */
function stepTo(parent: Place, step: string | number, struct?: string): Place {
  const { walk } = parent
  return {
    walk,
    parent,
    step,
    isField: struct !== undefined,
    struct: struct ?? parent.struct,
  }
}

/** Parts of whole objects that were looked at without a complaint. */
const clean = createPartMemo()

const isUntroubled = ({ error, unknown }: Walk): boolean =>
  error === undefined && unknown.length === 0

/** The commonest right values, of which nothing has to be known but this. */
function isPlain(type: FieldType, value: unknown): boolean {
  if (type.of !== 'scalar') return false
  return type.name === 'string'
    ? typeof value === 'string'
    : type.name === 'bool' && typeof value === 'boolean'
}

function checkType(type: FieldType, value: unknown, place: Place): void {
  if (type.of === 'scalar') checkScalar(type.name, value, place)
  else if (type.of === 'type') checkStruct(modelNamed(type.name), value, place)
  else if (type.of === 'list') checkList(type.element, value, place)
  else checkMap(type.element, value, place)
}

function checkList(element: FieldType, value: unknown, place: Place): void {
  if (!Array.isArray(value)) {
    mismatch(value, `[]${goType(element)}`, place)
    return
  }
  for (let index = 0; index < value.length; index++) {
    const item: unknown = value[index]
    if (item === null || isPlain(element, item)) continue
    checkType(element, item, stepTo(place, index))
  }
}

function checkMap(element: FieldType, value: unknown, place: Place): void {
  if (!isFields(value)) {
    mismatch(value, `map[string]${goType(element)}`, place)
    return
  }
  for (const [key, item] of Object.entries(value as Fields)) {
    if (item === null || isPlain(element, item)) continue
    checkType(element, item, stepTo(place, key))
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

function checkScalar(name: string, value: unknown, place: Place): void {
  if (name === 'any') return
  if (name === 'byte' && Array.isArray(value)) {
    for (const item of value) if (item !== null) checkByte(item, place)
    return
  }
  if (!(TAKES[name] ?? []).includes(jsonType(value))) {
    mismatch(value, GO_TYPES[name] ?? name, place)
    return
  }
  const whole = name === 'int32' || name === 'int64' || name === 'IntOrString'
  if (whole && typeof value === 'number' && !fitsInteger(name, value)) {
    note(
      place.walk,
      `cannot unmarshal number ${value} into Go struct field ${goPlace(place)} of type ${GO_TYPES[name]}`,
    )
  }
  const problem = textProblem(name, value)
  if (problem !== undefined) note(place.walk, problem)
}

/** Bytes may be written as a list of numbers, too. */
function checkByte(item: unknown, place: Place): void {
  if (typeof item !== 'number') mismatch(item, 'uint8', place)
  else if (!Number.isInteger(item) || item < 0 || item > 255) {
    const where = `Go struct field ${goPlace(place)} of type uint8`
    note(place.walk, `cannot unmarshal number ${item} into ${where}`)
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

const goPlace = (place: Place): string => `${place.struct}.${dottedOf(place)}`

function mismatch(value: unknown, type: string, place: Place): void {
  const where = dottedOf(place) === '' ? `value` : `struct field ${goPlace(place)}`
  note(place.walk, `cannot unmarshal ${jsonType(value)} into Go ${where} of type ${type}`)
}

function note(walk: Walk, error: string): void {
  walk.error ??= error
}
