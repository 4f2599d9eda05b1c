/** What an expression compiles to. */
import { CelCostError } from './errors.ts'
import { parseDuration, parseTimestamp } from './library/time.ts'
import type { CelType } from './types.ts'
import { Duration, dynamic, isMapValue, type Timestamp } from './values.ts'

/** One evaluation: its variables by slot, and what it has cost so far. */
export interface Frame {
  readonly slots: unknown[]
  cost: number
  readonly limit: number
}

export interface Node {
  readonly type: CelType
  readonly run: (frame: Frame) => unknown
  /** Estimated most that running it costs, in cel-go's units. */
  readonly cost: number
  /** Most elements (or characters) that its value has; 1 for scalars. */
  readonly size: number
}

/** Adds to an evaluation's cost. @throws CelCostError past its limit. */
export function spend(frame: Frame, cost: number): void {
  frame.cost += cost
  if (frame.cost > frame.limit) throw new CelCostError()
}

type Convert = (value: unknown) => unknown

const toInt: Convert = (value) => (typeof value === 'number' ? BigInt(Math.trunc(value)) : value)
const toTimestamp: Convert = (value) => (typeof value === 'string' ? timestampOf(value) : value)
const toDuration: Convert = (value) => (typeof value === 'string' ? durationOf(value) : value)
const toBytes: Convert = (value) =>
  typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value

function timestampOf(text: string): Timestamp {
  return parseTimestamp(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text)
}

/** Nanoseconds of the units of a text in the format `duration`, by what their names begin with. */
const LONG_UNITS: readonly (readonly [start: RegExp, nanos: bigint])[] = [
  [/^(?:ns|nano)/i, 1n],
  [/^(?:us|µs|micro)/i, 1_000n],
  [/^(?:ms|milli)/i, 1_000_000n],
  [/^(?:s$|sec)/i, 1_000_000_000n],
  [/^(?:m$|min)/i, 60_000_000_000n],
  [/^(?:h$|hr$|hour)/i, 3_600_000_000_000n],
  [/^(?:d$|day)/i, 86_400_000_000_000n],
  [/^(?:w$|wk$|week)/i, 604_800_000_000_000n],
]

/** The format takes more than the language does: `3 days`. @throws CelError */
function durationOf(text: string): Duration {
  const parts = [...text.matchAll(/(\d+)\s*([A-Za-zµ]+)/g)]
  const isLong = parts.some(([, , unit = '']) => !/^(?:ns|us|µs|ms|s|m|h)$/.test(unit))
  if (!isLong) return parseDuration(text)
  let nanos = 0n
  for (const [, count = '0', unit = ''] of parts) {
    const known = LONG_UNITS.find(([start]) => start.test(unit))
    nanos += BigInt(count) * (known?.[1] ?? 0n)
  }
  return new Duration(nanos)
}

const CONVERTERS: Readonly<Record<string, Convert>> = {
  int: toInt,
  dyn: dynamic,
  timestamp: toTimestamp,
  duration: toDuration,
  bytes: toBytes,
}

/**
 * How JSON becomes a value of this type; undefined where it is one already. Converted values pass
 * through.
 */
export function fromJson(type: CelType): Convert | undefined {
  return CONVERTERS[type.kind]
}

/** A whole list with its elements converted, for functions that look at all of them. */
export function materialise(type: CelType): Convert | undefined {
  if (type.kind !== 'list') return undefined
  const convert = fromJson(type.element)
  if (convert === undefined) return undefined
  return (value) => (Array.isArray(value) ? value.map(convert) : value)
}

/** The length that costs are reckoned by at run time. */
export function sizeOfValue(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) {
    return value.length
  }
  return isMapValue(value) ? Object.keys(value).length : 1
}
