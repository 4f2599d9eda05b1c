/** `'%s of %d'.format([...])` of CEL's strings extension. */
import { CelError } from '../errors.ts'
import {
  Duration,
  isMapValue,
  kindOf,
  type MapValue,
  mapGet,
  mapKeys,
  Timestamp,
  TypeValue,
  Uint,
} from '../values.ts'
import { durationText, timestampText } from './time.ts'

const VERB = /%(?:\.(\d+))?([%a-zA-Z])/g

/** @throws CelError where verbs and arguments do not go together. */
export function formatText(template: string, args: readonly unknown[]): string {
  let next = 0
  const result = template.replace(VERB, (_, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%'
    if (next >= args.length) throw new CelError(`index ${next} out of range`)
    return one(verb, precision, args[next++])
  })
  if (next < args.length) {
    throw new CelError(
      `too many arguments supplied to string.format (expected ${next}, got ${args.length})`,
    )
  }
  return result
}

function one(verb: string, precision: string | undefined, value: unknown): string {
  const digits = precision === undefined ? 6 : Number(precision)
  switch (verb) {
    case 's':
      return textOf(value)
    case 'd':
      return integerText(value, 10)
    case 'f':
      return numberOf(value).toFixed(digits)
    case 'e':
      return numberOf(value)
        .toExponential(digits)
        .replace(/e([+-])(\d)$/, 'e$10$2')
    case 'b':
      return typeof value === 'boolean' ? (value ? '1' : '0') : integerText(value, 2)
    case 'o':
      return integerText(value, 8)
    case 'x':
      return hex(value)
    case 'X':
      return hex(value).toUpperCase()
    default:
      throw new CelError(
        `could not parse formatting clause: unrecognized formatting clause "${verb}"`,
      )
  }
}

function integerText(value: unknown, radix: number): string {
  if (typeof value === 'bigint') return value.toString(radix)
  if (value instanceof Uint) return value.value.toString(radix)
  if (typeof value === 'number' && radix === 10 && !Number.isFinite(value)) return textOf(value)
  throw new CelError(
    `error during formatting: decimal clause can only be used on integers, was given ${kindOf(value)}`,
  )
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  throw new CelError(
    `error during formatting: fixed-point clause can only be used on doubles, was given ${kindOf(value)}`,
  )
}

function hex(value: unknown): string {
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('hex')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return integerText(value, 16)
}

/** A value as `%s` prints it. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null) return 'null'
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Timestamp) return timestampText(value)
  if (value instanceof Duration) return durationText(value)
  if (value instanceof TypeValue) return value.name
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`
  if (isMapValue(value)) return mapText(value)
  if (value === Number.POSITIVE_INFINITY) return 'Infinity'
  return String(value)
}

function mapText(map: MapValue): string {
  const entries = mapKeys(map).map((key) => [textOf(key), textOf(mapGet(map, key))] as const)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, value]) => `${key}: ${value}`).join(', ')}}`
}
