/**
 * The record of ended tasks in a stage's status, so that a FlightTask that someone deletes after it
 * ended is not flown again. Names are written as a list with ranges, as cluster tools write host
 * lists: `probe,scan-[0001-0412,0414]`. A task is found by its name, so the record stays right when
 * the stage's list changes; 10,000 copies that all succeeded are 20 characters.
 */

/** A name made by `count`: what it starts with, and its number. */
const COPY = /^(.+-)(\d{4,})$/
const GROUP = /^(.+-)\[([-\d,]+)\]$/

interface Run {
  readonly prefix: string
  readonly width: number
  readonly ranges: { first: number; last: number }[]
}

/** The names as one text; neighbours with consecutive numbers become ranges. */
export function encodeNames(names: Iterable<string>): string {
  const parts: (string | Run)[] = []
  for (const name of names) {
    const match = COPY.exec(name)
    if (match === null) parts.push(name)
    else appendCopy(parts, match[1] ?? '', match[2] ?? '')
  }
  return parts.map((part) => (typeof part === 'string' ? part : formatRun(part))).join(',')
}

function appendCopy(parts: (string | Run)[], prefix: string, digits: string): void {
  const number = Number(digits)
  const open = parts.at(-1)
  if (typeof open !== 'object' || open.prefix !== prefix || open.width !== digits.length) {
    parts.push({ prefix, width: digits.length, ranges: [{ first: number, last: number }] })
    return
  }
  const range = open.ranges.at(-1)
  if (range !== undefined && range.last + 1 === number) range.last = number
  else open.ranges.push({ first: number, last: number })
}

function formatRun({ prefix, width, ranges }: Run): string {
  const digits = (number: number): string => String(number).padStart(width, '0')
  const texts = ranges.map(({ first, last }) =>
    first === last ? digits(first) : `${digits(first)}-${digits(last)}`,
  )
  const single = ranges.length === 1 && ranges[0]?.first === ranges[0]?.last
  return single ? `${prefix}${texts[0]}` : `${prefix}[${texts.join(',')}]`
}

/** The names that `encodeNames` wrote. What it cannot have written is passed over. */
export function* decodeNames(text: string): Generator<string> {
  for (const part of splitOutsideBrackets(text)) {
    const match = GROUP.exec(part)
    if (match === null) {
      if (part !== '' && !part.includes('[')) yield part
    } else yield* decodeRanges(match[1] ?? '', match[2] ?? '')
  }
}

/** The longest range that is believed: no stage has more tasks. */
const LONGEST_RANGE = 100_000

function* decodeRanges(prefix: string, ranges: string): Generator<string> {
  for (const range of ranges.split(',')) {
    const [first = '', last = first] = range.split('-')
    const [from, to] = [Number(first), Number(last)]
    if (first === '' || to - from > LONGEST_RANGE) continue
    for (let number = from; number <= to; number++) {
      yield prefix + String(number).padStart(first.length, '0')
    }
  }
}

/** Splits at commas that stand outside brackets, in one pass: a record may be 60 KB long. */
function* splitOutsideBrackets(text: string): Generator<string> {
  let start = 0
  while (start < text.length) {
    const comma = endOf(text, ',', start)
    const bracket = text.indexOf('[', start)
    const end = bracket < 0 || bracket > comma ? comma : endOf(text, ',', endOf(text, ']', bracket))
    yield text.slice(start, end)
    start = end + 1
  }
}

function endOf(text: string, mark: string, from: number): number {
  const index = text.indexOf(mark, from)
  return index < 0 ? text.length : index
}
