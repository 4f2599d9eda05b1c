/** Resource quantities as the Kubernetes API writes them: `500m`, `1Gi`, `1e3`. */
import { SortieError } from './errors.ts'

/** How a quantity was written, which decides how it is written again. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent'

/** An exact amount, in billionths of the unit: the smallest that Kubernetes keeps. */
export interface Quantity {
  readonly nanos: bigint
  readonly format: QuantityFormat
}

const NANO = 1_000_000_000n
const LARGEST = (2n ** 63n - 1n) * NANO
/** With a digit before the suffix: those of an exponent are no number by themselves. */
const WRITTEN = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const BINARY_PREFIXES = 'KMGTPE'

/**
 * Parses a quantity. What is smaller than a billionth is rounded away from zero, what is larger
 * than 2^63-1 becomes that, as the API server does.
 * @throws SortieError (terminal, InvalidQuantity)
 */
export function parseQuantity(written: string | number): Quantity {
  if (typeof written === 'number') return parseText(String(written))
  if (written.length < 16 && isDigits(written)) {
    return { nanos: BigInt(Number(written)) * NANO, format: 'DecimalSI' }
  }
  return parseText(written)
}

/** The same without throwing: undefined where the text is no quantity. */
export function tryParseQuantity(written: string | number): Quantity | undefined {
  return WRITTEN.test(String(written)) ? parseQuantity(written) : undefined
}

function isDigits(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 48 || code > 57) return false
  }
  return text.length > 0
}

function parseText(text: string): Quantity {
  const match = WRITTEN.exec(text)
  const [, sign, whole = '', fraction = '', suffix, exponent] = match ?? []
  if (match === null) throw badQuantity(text)
  const digits = BigInt(whole + fraction)
  const binary = suffix?.endsWith('i') === true
  const power =
    exponent === undefined
      ? suffix === undefined
        ? 0
        : (DECIMAL_EXPONENTS[suffix] ?? 0)
      : Number(exponent)
  const factor = binary ? 1024n ** BigInt(BINARY_PREFIXES.indexOf(suffix.charAt(0)) + 1) : 1n
  const size = scaleUp(digits * factor, power + 9 - fraction.length)
  const nanos = size > LARGEST ? LARGEST : size
  const small = nanos < NANO && nanos > 0n
  const format =
    exponent !== undefined ? 'DecimalExponent' : binary && !small ? 'BinarySI' : 'DecimalSI'
  return { nanos: sign === '-' ? -nanos : nanos, format }
}

/** `value` × 10^`power`, rounded up. */
function scaleUp(value: bigint, power: number): bigint {
  if (power >= 0) return value * 10n ** BigInt(power)
  const divisor = 10n ** BigInt(-power)
  return (value + divisor - 1n) / divisor
}

function badQuantity(text: string): SortieError {
  const rule =
    "a number with an optional suffix (n u m k M G T P E, Ki Mi Gi Ti Pi Ei, or an exponent as in '1e3')"
  const message = `invalid quantity ${JSON.stringify(text)}: it must be ${rule}`
  return new SortieError('terminal', message, { code: 'InvalidQuantity' })
}

/**
 * Canonical text: the largest suffix that leaves no fraction; `0.5` is `500m`, `1024Mi` is `1Gi`.
 */
export function formatQuantity({ nanos, format }: Quantity): string {
  if (nanos === 0n) return '0'
  const whole = nanos / NANO
  const isWhole = whole * NANO === nanos
  const isSmall = whole > -1024n && whole < 1024n
  if (format === 'BinarySI' && isWhole && !isSmall) return formatBinary(whole)
  let [value, power] = [nanos, -9]
  while (power < 18 && value % 1000n === 0n) {
    value /= 1000n
    power += 3
  }
  if (power === 0) return String(value)
  return format === 'DecimalExponent' ? `${value}e${power}` : `${value}${decimalSuffix(power)}`
}

function formatBinary(whole: bigint): string {
  let [value, index] = [whole, -1]
  while (index < 5 && value % 1024n === 0n) {
    value /= 1024n
    index++
  }
  return index < 0 ? String(value) : `${value}${BINARY_PREFIXES[index]}i`
}

function decimalSuffix(power: number): string {
  return Object.keys(DECIMAL_EXPONENTS).find((suffix) => DECIMAL_EXPONENTS[suffix] === power) ?? ''
}

/** Most quantities are canonical as they are written, which is quick to tell. */
const SHORT_CANONICAL = /^(?:0|[1-9]\d{0,2}(?:m|k|[MGTP]|[KMGTP]i)?)$/

/** The canonical text of a written quantity, as the API server stores it. */
export function canonicalQuantity(written: string | number): string {
  if (typeof written === 'string' && SHORT_CANONICAL.test(written)) return written
  return formatQuantity(parseQuantity(written))
}

/** Negative, zero or positive, as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0
}

/** The sum, written as `a` is (as `b` where `a` is zero). */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format }
}

/** The difference, written as `a` is (as `b` where `a` is zero). */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format }
}

/** Whole units, rounded away from zero: what schedulers count bytes, pods and devices in. */
export function quantityValue(written: string | number): number {
  if (typeof written === 'string' && written.length < 16 && isDigits(written))
    return Number(written)
  return unitsOf(parseQuantity(written), NANO)
}

/** Thousandths of a unit, rounded away from zero: what schedulers count CPU in. */
export function quantityMilliValue(written: string | number): number {
  if (typeof written === 'string' && written.length < 13) {
    if (isDigits(written)) return Number(written) * 1000
    const body = written.slice(0, -1)
    if (written.endsWith('m') && isDigits(body)) return Number(body)
  }
  return unitsOf(parseQuantity(written), 1_000_000n)
}

function unitsOf({ nanos }: Quantity, size: bigint): number {
  const rounding = nanos < 0n ? 1n - size : size - 1n
  return Number((nanos + rounding) / size)
}
