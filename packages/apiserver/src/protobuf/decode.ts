/** Request bodies in Kubernetes' protobuf, made into the objects that JSON would have given. */
import {
  formatMicroTime,
  formatTime,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  setOwn,
  statusError,
} from '@sortie/machinery'
import { type FieldRow, KINDS, type MessageTable, messageTable } from './fieldtable.ts'
import { readFields, WireError, type WireValue } from './wire.ts'

export const PROTOBUF_MEDIA_TYPE = 'application/vnd.kubernetes.protobuf'

/** `k8s` and a zero byte start every body. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00]
/** The deepest nesting of messages, as for JSON bodies. */
const MAX_DEPTH = 64

export function isProtobufBody(body: Uint8Array): boolean {
  return MAGIC.every((byte, index) => body[index] === byte)
}

/**
 * The object in a protobuf body.
 * @throws ApiStatusError BadRequest for bytes that are no such body, UnsupportedMediaType for a
 *   kind that is only taken as JSON.
 */
export function decodeProtobuf(body: Uint8Array): JsonObject {
  if (!isProtobufBody(body)) {
    throw badBody(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    )
  }
  try {
    return decodeEnvelope(body.subarray(MAGIC.length))
  } catch (error) {
    if (error instanceof WireError) throw badBody(error.message)
    throw error
  }
}

interface Envelope {
  apiVersion: string
  kind: string
  raw: Uint8Array
  encoding: string
}

/** runtime.Unknown: type, bytes, and how they are encoded. */
function decodeEnvelope(bytes: Uint8Array): JsonObject {
  const envelope: Envelope = { apiVersion: '', kind: '', raw: new Uint8Array(), encoding: '' }
  for (const field of readFields(bytes)) readEnvelopeField(envelope, field)
  const { apiVersion, kind, raw, encoding } = envelope
  if (encoding !== '')
    throw badBody(`content encoding ${JSON.stringify(encoding)} is not supported`)
  const message = KINDS.get(`${apiVersion} ${kind}`)
  if (message === undefined) {
    throw statusError('UnsupportedMediaType', {
      message: `${kind || 'an object'} of ${apiVersion || 'no version'} is not taken as protobuf: send JSON`,
    })
  }
  const result: Record<string, JsonValue> = { apiVersion, kind }
  decodeInto(result, raw, { table: tableOf(message), depth: 1 })
  return result
}

function readEnvelopeField(envelope: Envelope, field: WireValue): void {
  if (!('bytes' in field)) return
  if (field.number === 2) envelope.raw = field.bytes
  if (field.number === 3) envelope.encoding = text(field.bytes)
  if (field.number !== 1) return
  for (const part of readFields(field.bytes)) {
    if (!('bytes' in part)) continue
    if (part.number === 1) envelope.apiVersion = text(part.bytes)
    if (part.number === 2) envelope.kind = text(part.bytes)
  }
}

interface Level {
  readonly table: MessageTable
  readonly depth: number
}

function tableOf(message: string): MessageTable {
  const table = messageTable(message)
  if (table === undefined) throw new Error(`no protobuf table for ${message}`)
  return table
}

function decodeInto(target: Record<string, JsonValue>, bytes: Uint8Array, level: Level): void {
  if (level.depth > MAX_DEPTH) throw new WireError(`nested more than ${MAX_DEPTH} levels deep`)
  for (const field of readFields(bytes)) {
    const row = level.table.get(field.number)
    if (row === undefined) continue
    if (row.name === '...') {
      if ('bytes' in field) decodeInto(target, field.bytes, below(row.type, level))
    } else decodeField(target, row, { field, level })
  }
}

function below(type: string, { depth }: Level): Level {
  return { table: tableOf(type), depth: depth + 1 }
}

interface FieldPlace {
  readonly field: WireValue
  readonly level: Level
}

function decodeField(target: Record<string, JsonValue>, row: FieldRow, place: FieldPlace): void {
  if (row.shape === 'map') {
    decodeEntry(target, row, place)
    return
  }
  const value = decodeValue(row.type, place.field, place.level)
  if (row.shape === 'list') {
    const list = target[row.name]
    if (Array.isArray(list)) list.push(value)
    else target[row.name] = [value]
  } else if (value !== null && (row.keepsZero || !isZero(value))) target[row.name] = value
}

/** A map's entry is a message with the key as field 1 and the value as field 2. */
function decodeEntry(target: Record<string, JsonValue>, row: FieldRow, place: FieldPlace): void {
  const { field, level } = place
  if (!('bytes' in field)) throw new WireError(`${row.name}: wrong wire type`)
  let key = ''
  let value: JsonValue = zeroOf(row.type)
  for (const part of readFields(field.bytes)) {
    if (part.number === 1 && 'bytes' in part) key = text(part.bytes)
    if (part.number === 2) value = decodeValue(row.type, part, level)
  }
  const map = target[row.name]
  const entries: Record<string, JsonValue> = isJsonObject(map)
    ? (map as Record<string, JsonValue>)
    : {}
  setOwn(entries, key, value)
  target[row.name] = entries
}

function zeroOf(type: string): JsonValue {
  if (type === 's' || type === 'y') return ''
  return type === 'Quantity' ? '0' : {}
}

function isZero(value: JsonValue): boolean {
  if (typeof value !== 'object') return value === '' || value === 0 || value === false
  if (value === null) return true
  for (const _ in value) return false
  return true
}

function decodeValue(type: string, field: WireValue, level: Level): JsonValue {
  if ('varint' in field) {
    if (type === 'i') return Number(BigInt.asIntN(64, field.varint))
    if (type === 'b') return field.varint !== 0n
    throw new WireError(`field ${field.number}: wrong wire type`)
  }
  if (type === 'i' || type === 'b') throw new WireError(`field ${field.number}: wrong wire type`)
  if (type === 's') return text(field.bytes)
  if (type === 'y') return base64(field.bytes)
  const special = SPECIAL.get(type)
  if (special !== undefined) return special(field.bytes)
  const message: Record<string, JsonValue> = {}
  decodeInto(message, field.bytes, below(type, level))
  return message
}

/** Messages whose JSON is no object of their fields. */
const SPECIAL: ReadonlyMap<string, (bytes: Uint8Array) => JsonValue> = new Map([
  ['Time', (bytes: Uint8Array) => decodeTime(bytes, formatTime)],
  ['MicroTime', (bytes: Uint8Array) => decodeTime(bytes, formatMicroTime)],
  ['Quantity', (bytes: Uint8Array) => firstText(bytes)],
  ['FieldsV1', (bytes: Uint8Array) => rawJson(bytes)],
  ['RawExtension', (bytes: Uint8Array) => rawJson(bytes)],
  ['IntOrString', decodeIntOrString],
  ['ExtraValue', (bytes: Uint8Array) => texts(bytes)],
])

/** The latest time that RFC 3339 can write: the end of the year 9999. */
const LAST_SECOND = 253_402_300_799n

function decodeTime(bytes: Uint8Array, format: (instant: number) => string): JsonValue {
  let [seconds, nanos, isSet] = [0n, 0, false]
  for (const field of readFields(bytes)) {
    if (!('varint' in field)) continue
    isSet = true
    if (field.number === 1) seconds = BigInt.asIntN(64, field.varint)
    if (field.number === 2) nanos = Number(BigInt.asIntN(64, field.varint))
  }
  if (!isSet) return null
  // The zero time of Go lies in the year 1 and means that there is none.
  if (seconds === -62_135_596_800n) return null
  if (seconds < -62_135_596_800n || seconds > LAST_SECOND)
    throw new WireError('a time is out of range')
  if (nanos < 0 || nanos > 999_999_999) throw new WireError('a time is out of range')
  return format(Number(seconds) * 1000 + Math.floor(nanos / 1e6))
}

function decodeIntOrString(bytes: Uint8Array): JsonValue {
  let [isText, number, string] = [false, 0, '']
  for (const field of readFields(bytes)) {
    if ('bytes' in field) {
      if (field.number === 3) string = text(field.bytes)
    } else if (field.number === 1) isText = field.varint !== 0n
    else if (field.number === 2) number = Number(BigInt.asIntN(64, field.varint))
  }
  return isText ? string : number
}

function firstText(bytes: Uint8Array): string {
  for (const field of readFields(bytes)) {
    if (field.number === 1 && 'bytes' in field) return text(field.bytes)
  }
  return ''
}

/** A list of strings that is a message of its own. */
function texts(bytes: Uint8Array): JsonValue {
  const list: string[] = []
  for (const field of readFields(bytes)) {
    if (field.number === 1 && 'bytes' in field) list.push(text(field.bytes))
  }
  return list
}

/** JSON within protobuf: managedFields and raw extensions carry it as bytes. */
function rawJson(bytes: Uint8Array): JsonValue {
  const source = firstText(bytes)
  if (source === '') return {}
  try {
    return JSON.parse(source) as JsonValue
  } catch {
    throw new WireError('embedded JSON does not parse')
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function text(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    throw new WireError('a string is no valid UTF-8')
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

function badBody(problem: string): Error {
  return statusError('BadRequest', { message: `the request body could not be decoded: ${problem}` })
}
