/**
 * Values of CEL at run time. Ints are BigInt, doubles are numbers, objects and lists are the JSON
 * they came from.
 */
import { CelError } from './errors.ts'

export class Uint {
  readonly value: bigint
  constructor(value: bigint) {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn)
      throw new CelError('unsigned integer overflow')
    this.value = value
  }
}

/** A span of time in nanoseconds. */
export class Duration {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

/** A moment, in nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint
  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

export class TypeValue {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Base of what the Kubernetes libraries add: opaque values that compare by their own rule. */
export abstract class Opaque {
  abstract readonly kind: string
  abstract equals(other: unknown): boolean
}

export class Optional {
  readonly present: boolean
  readonly #value: unknown
  private constructor(present: boolean, value: unknown) {
    this.present = present
    this.#value = value
  }

  static readonly none: Optional = new Optional(false, undefined)

  static of(value: unknown): Optional {
    return new Optional(true, value)
  }

  /** @throws CelError where there is none. */
  get value(): unknown {
    if (!this.present) throw new CelError('optional.none() dereference')
    return this.#value
  }
}

const MAX_INT = 2n ** 63n - 1n
const MIN_INT = -(2n ** 63n)

export function checkedInt(value: bigint): bigint {
  if (value > MAX_INT || value < MIN_INT) throw new CelError('integer overflow')
  return value
}

/** A JSON object or a map literal. */
export type MapValue = Readonly<Record<string, unknown>> | ReadonlyMap<unknown, unknown>

export function isMapValue(value: unknown): value is MapValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (value instanceof Map) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

export function mapSize(map: MapValue): number {
  return map instanceof Map ? map.size : Object.keys(map).length
}

export function mapKeys(map: MapValue): unknown[] {
  return map instanceof Map ? [...map.keys()] : Object.keys(map)
}

/** The one form of a key in a map literal: equal numbers are the same key. */
export function storedKey(key: unknown): unknown {
  if (key instanceof Uint) return key.value
  if (typeof key === 'number' && Number.isInteger(key)) return BigInt(key)
  return key
}

/** The entry of a key, or undefined. */
export function mapGet(map: MapValue, key: unknown): unknown {
  if (map instanceof Map) return map.get(storedKey(key))
  const fields = map as Readonly<Record<string, unknown>>
  return typeof key === 'string' && Object.hasOwn(fields, key) ? fields[key] : undefined
}

/** A value out of schemaless JSON: whole numbers are ints there. */
export function dynamic(value: unknown): unknown {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value
}

export function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'bigint':
      return 'int'
    case 'number':
      return 'double'
    case 'boolean':
      return 'bool'
    default:
      return objectKind(value)
  }
}

/** Kinds that go by another name. */
const TYPE_TEXTS: Readonly<Record<string, string>> = {
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
  null: 'null_type',
}

/** The type of a value as the language names it. */
export function typeText(value: unknown): string {
  const kind = kindOf(value)
  return TYPE_TEXTS[kind] ?? kind
}

function objectKind(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value)) return 'list'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Timestamp) return 'timestamp'
  if (value instanceof Duration) return 'duration'
  if (value instanceof Optional) return 'optional'
  if (value instanceof Uint) return 'uint'
  if (value instanceof TypeValue) return 'type'
  return value instanceof Opaque ? value.kind : 'map'
}

/** CEL's equality: numbers across types, containers by their parts, different types unequal. */
export function equals(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (isNumeric(a) && isNumeric(b)) return compareNumbers(a, b) === 0
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equals(item, b[i]))
  }
  if (isMapValue(a)) return isMapValue(b) && mapsEqual(a, b)
  return objectsEqual(a, b)
}

function objectsEqual(a: object, b: object): boolean {
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name
  if (a instanceof Opaque) return a.equals(b)
  if (!(a instanceof Optional && b instanceof Optional)) return false
  if (a.present && b.present) return equals(a.value, b.value)
  return a.present === b.present
}

function mapsEqual(a: MapValue, b: MapValue): boolean {
  const keys = mapKeys(a)
  if (keys.length !== mapSize(b)) return false
  return keys.every((key) => {
    const other = mapGet(b, key)
    return other !== undefined && equals(mapGet(a, key), other)
  })
}

export type Numeric = number | bigint | Uint

export function isNumeric(value: unknown): value is Numeric {
  return typeof value === 'bigint' || typeof value === 'number' || value instanceof Uint
}

/** Less, equal or greater; NaN where a NaN makes them incomparable. */
export function compareNumbers(a: Numeric, b: Numeric): number {
  const left = a instanceof Uint ? a.value : a
  const right = b instanceof Uint ? b.value : b
  if (left < right) return -1
  if (left > right) return 1
  return Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : 0
}

/** Order of two values of one kind. @throws CelError where they have none. */
export function compare(a: unknown, b: unknown): number {
  if (isNumeric(a) && isNumeric(b)) return compareNumbers(a, b)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.nanos, b.nanos)
  if (a instanceof Duration && b instanceof Duration) return order(a.nanos, b.nanos)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b)
  throw new CelError('no such overload')
}

const order = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

/** By code point, as Go compares strings. */
function compareText(a: string, b: string): number {
  if (a === b) return 0
  for (let i = 0; i < a.length && i < b.length; i++) {
    const left = a.codePointAt(i) ?? 0
    const right = b.codePointAt(i) ?? 0
    if (left !== right) return left < right ? -1 : 1
  }
  return a.length < b.length ? -1 : 1
}

/** Equality of lists that the schema declares as sets, or as maps by key. */
export function unorderedEquals(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  return a.every((item) => b.some((other) => equals(item, other)))
}
