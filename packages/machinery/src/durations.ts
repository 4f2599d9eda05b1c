import { SortieError } from './errors.ts'

const NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  '\u00b5s': 1_000n,
  '\u03bcs': 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const LONGEST = 2n ** 63n - 1n
const TERM = /(\d*)(?:\.(\d*))?([^\d.]*)/y
const EXAMPLE = "write numbers with units, as in '30m', '1h30m' or '300s'"

/**
 * Milliseconds of a Go duration: `1h30m`, `300s`, `1.5h`, `-5m`, `100ms`, `0`. Exact to the
 * millisecond; smaller units give a fraction.
 * @throws SortieError (terminal, InvalidDuration) that says what is wrong.
 */
export function parseDuration(text: string): number {
  const result = readDuration(text)
  if (typeof result === 'string') {
    const message = `invalid duration ${JSON.stringify(text)}: ${result}`
    throw new SortieError('terminal', message, { code: 'InvalidDuration' })
  }
  const millis = result / 1_000_000n
  return Number(millis) + Number(result - millis * 1_000_000n) / 1e6
}

/** What is wrong with a duration, as a clause for people; undefined where it is right. */
export function durationProblem(text: string): string | undefined {
  const result = readDuration(text)
  return typeof result === 'string' ? result : undefined
}

/** Nanoseconds, or what is wrong. */
function readDuration(text: string): bigint | string {
  const negative = text.startsWith('-')
  const body = negative || text.startsWith('+') ? text.slice(1) : text
  if (body === '') return `it is empty; ${EXAMPLE}`
  if (body === '0') return 0n
  let total = 0n
  TERM.lastIndex = 0
  while (TERM.lastIndex < body.length) {
    const match = TERM.exec(body)
    const nanos = match === null ? `it is no duration; ${EXAMPLE}` : termNanos(match)
    if (typeof nanos === 'string') return nanos
    total += nanos
    if (total > LONGEST) return 'it is too long; the longest is about 292 years'
  }
  return negative ? -total : total
}

function termNanos(match: RegExpExecArray): bigint | string {
  const [, whole = '', fraction = '', unit = ''] = match
  const number = match[0].slice(0, match[0].length - unit.length)
  if (whole === '' && fraction === '') {
    return `a number is missing before ${JSON.stringify(number + unit)}; ${EXAMPLE}`
  }
  if (unit === '') return `the unit is missing after ${number}; ${EXAMPLE}`
  const scale = Object.hasOwn(NANOS, unit) ? NANOS[unit] : undefined
  if (scale === undefined) {
    return `unknown unit ${JSON.stringify(unit)}; units are h, m, s, ms, us and ns`
  }
  if (whole.length > 19) return 'it is too long; the longest is about 292 years'
  // Beyond 19 digits a fraction says nothing about nanoseconds of any unit.
  const digits = fraction.slice(0, 19)
  return (
    BigInt(whole || '0') * scale + (BigInt(digits || '0') * scale) / 10n ** BigInt(digits.length)
  )
}

const UNITS = [
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
  [1, 'ms'],
] as const

/**
 * The shortest duration that Go parses to this many milliseconds: `1h30m`, `1.5s` as `1s500ms`,
 * `0s`.
 */
export function formatDuration(millis: number): string {
  if (!Number.isFinite(millis)) throw new RangeError(`no duration: ${millis}`)
  const rounded = Math.round((Math.abs(millis) % 1) * 1e6)
  const nanos = rounded % 1e6
  let rest = Math.trunc(Math.abs(millis)) + (rounded - nanos) / 1e6
  let text = ''
  for (const [size, unit] of UNITS) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) text += `${count}${unit}`
  }
  if (nanos > 0) text += `${nanos}ns`
  if (text === '') return '0s'
  return millis < 0 ? `-${text}` : text
}
