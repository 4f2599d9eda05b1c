/** Operators of numbers, text and containers, and conversions between types. */
import { CelError } from '../errors.ts'
import { define, type Overload, type OverloadRules, UNKNOWN_SIZE } from '../overloads.ts'
import {
  checkedInt,
  compare,
  type Duration,
  type MapValue,
  mapSize,
  type Timestamp,
  TypeValue,
  typeText,
  Uint,
} from '../values.ts'
import { durationText, timestampText } from './time.ts'

/** Cost of looking at every character or element of two arguments. */
const bothTraversed = ([a = 1, b = 1]: readonly number[]): number => (a + b) * 0.1
const added = ([a = 1, b = 1]: readonly number[]): number => a + b
const smaller = ([a = 1, b = 1]: readonly number[]): number => Math.min(a, b) * 0.1

function divide(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError('division by zero')
  return checkedInt(a / b)
}

function modulo(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new CelError('modulus by zero')
  return a % b
}

const uints = (operate: (a: bigint, b: bigint) => bigint) => (a: Uint, b: Uint) =>
  new Uint(operate(a.value, b.value))

const ARITHMETIC: readonly Overload[] = [
  define('_+_(int, int): int', (a: bigint, b: bigint) => checkedInt(a + b)),
  define('_-_(int, int): int', (a: bigint, b: bigint) => checkedInt(a - b)),
  define('_*_(int, int): int', (a: bigint, b: bigint) => checkedInt(a * b)),
  define('_/_(int, int): int', divide),
  define('_%_(int, int): int', modulo),
  define('-_(int): int', (a: bigint) => checkedInt(-a)),
  define(
    '_+_(uint, uint): uint',
    uints((a, b) => a + b),
  ),
  define(
    '_-_(uint, uint): uint',
    uints((a, b) => a - b),
  ),
  define(
    '_*_(uint, uint): uint',
    uints((a, b) => a * b),
  ),
  define('_/_(uint, uint): uint', uints(divide)),
  define('_%_(uint, uint): uint', uints(modulo)),
  define('_+_(double, double): double', (a: number, b: number) => a + b),
  define('_-_(double, double): double', (a: number, b: number) => a - b),
  define('_*_(double, double): double', (a: number, b: number) => a * b),
  define('_/_(double, double): double', (a: number, b: number) => a / b),
  define('-_(double): double', (a: number) => -a),
  define('!_(bool): bool', (a: boolean) => !a),
  define('_+_(string, string): string', (a: string, b: string) => a + b, {
    cost: bothTraversed,
    size: added,
  }),
  define('_+_(bytes, bytes): bytes', (a: Uint8Array, b: Uint8Array) => Buffer.concat([a, b]), {
    cost: bothTraversed,
    size: added,
  }),
  define('_+_(list<A>, list<A>): list<A>', (a: unknown[], b: unknown[]) => [...a, ...b], {
    size: added,
  }),
]

const ORDERED = ['bool', 'string', 'bytes', 'timestamp', 'duration']
const NUMERIC = ['int', 'uint', 'double']

function comparisons(): Overload[] {
  const measured = ORDERED.flatMap((kind) => comparisonsOf(kind, kind, { cost: smaller }))
  const pairs = NUMERIC.flatMap((left) => NUMERIC.map((right) => [left, right] as const))
  return [...measured, ...pairs.flatMap(([left, right]) => comparisonsOf(left, right))]
}

function comparisonsOf(left: string, right: string, rules: OverloadRules = {}): Overload[] {
  const operand = `(${left}, ${right}): bool`
  return [
    define(`_<_${operand}`, (a: unknown, b: unknown) => compare(a, b) < 0, rules),
    define(`_<=_${operand}`, (a: unknown, b: unknown) => compare(a, b) <= 0, rules),
    define(`_>_${operand}`, (a: unknown, b: unknown) => compare(a, b) > 0, rules),
    define(`_>=_${operand}`, (a: unknown, b: unknown) => compare(a, b) >= 0, rules),
  ]
}

function intFromText(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) {
    throw new CelError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  }
  return checkedInt(BigInt(text.replace('+', '')))
}

function intFromDouble(value: number): bigint {
  if (!Number.isFinite(value)) throw new CelError('integer overflow')
  return checkedInt(BigInt(Math.trunc(value)))
}

function doubleFromText(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) {
    throw new CelError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`)
  }
  return value
}

const BOOLS: Readonly<Record<string, boolean>> = {
  1: true,
  t: true,
  T: true,
  true: true,
  TRUE: true,
  True: true,
  0: false,
  f: false,
  F: false,
  false: false,
  FALSE: false,
  False: false,
}

const NOT_BOOL = 'type conversion error from \x27string\x27 to \x27bool\x27'

function boolFromText(text: string): boolean {
  const value = BOOLS[text]
  if (value === undefined) throw new CelError(NOT_BOOL)
  return value
}

export function doubleText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value).replace(
    /e\+?(-?)(\d)$/,
    (_, sign: string, digit: string) => `e${sign || '+'}0${digit}`,
  )
}

const same = (value: unknown) => value
const tenth = ([size = 1]: readonly number[]): number => size * 0.1
const scalar = (): number => 1
/** Nothing tells cel-go how long a text is that a value is turned into. */
const unknown = (): number => UNKNOWN_SIZE

const CONVERSIONS: readonly Overload[] = [
  define('int(int): int', same),
  define('int(uint): int', (value: Uint) => checkedInt(value.value)),
  define('int(double): int', intFromDouble),
  define('int(string): int', intFromText, { cost: tenth, size: scalar }),
  define('int(timestamp): int', (value: Timestamp) => value.nanos / 1_000_000_000n),
  define('int(duration): int', (value: Duration) => value.nanos),
  define('uint(uint): uint', same),
  define('uint(int): uint', (value: bigint) => new Uint(value)),
  define('uint(double): uint', (value: number) => new Uint(intFromDouble(value))),
  define('uint(string): uint', (text: string) => new Uint(intFromText(text)), { size: scalar }),
  define('double(double): double', same),
  define('double(int): double', Number),
  define('double(uint): double', (value: Uint) => Number(value.value)),
  define('double(string): double', doubleFromText, { cost: tenth, size: scalar }),
  define('bool(bool): bool', same),
  define('bool(string): bool', boolFromText, { cost: tenth, size: scalar }),
  define('string(string): string', same),
  define('string(bool): string', String, { size: unknown }),
  define('string(int): string', String, { size: unknown }),
  define('string(uint): string', (value: Uint) => String(value.value), { size: unknown }),
  define('string(double): string', doubleText, { size: unknown }),
  define('string(bytes): string', (value: Uint8Array) => Buffer.from(value).toString('utf8'), {
    cost: tenth,
  }),
  define('string(timestamp): string', timestampText, { size: unknown }),
  define('string(duration): string', durationText, { size: unknown }),
  define('bytes(bytes): bytes', same),
  define('bytes(string): bytes', (text: string) => new Uint8Array(Buffer.from(text, 'utf8')), {
    cost: tenth,
  }),
  define('dyn(A): dyn', same),
  define(
    'type(A): type',
    (value: unknown) => {
      return new TypeValue(typeText(value))
    },
    { size: unknown },
  ),
]

/** Size in code points, as CEL counts characters. */
export function textSize(text: string): bigint {
  let count = 0
  for (const _ of text) count++
  return BigInt(count)
}

const listSize = (list: readonly unknown[]): bigint => BigInt(list.length)
const mapCount = (map: MapValue): bigint => BigInt(mapSize(map))
const byteCount = (bytes: Uint8Array): bigint => BigInt(bytes.length)

const SIZES: readonly Overload[] = [
  ['string', textSize] as const,
  ['bytes', byteCount] as const,
  ['list<A>', listSize] as const,
  ['map<A, B>', mapCount] as const,
].flatMap(([type, size]) => [
  define(`size(${type}): int`, size, { size: scalar }),
  define(`${type}.size(): int`, size, { size: scalar }),
])

export const OPERATORS: readonly Overload[] = [
  ...ARITHMETIC,
  ...comparisons(),
  ...CONVERSIONS,
  ...SIZES,
]
