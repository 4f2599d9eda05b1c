/**
 * The filter grammar of page and address: words apart by spaces, all of which must hold.
 *   text            some shown text contains it, whatever the case
 *   key:a,b*        the field is `a`, or begins with `b`; commas mean or, `*` anything
 *   -key:a          not so
 *   age:<10m        a duration compared: `<`, `<=`, `>`, `>=`; the same for numbers: `retries:>0`
 *   "two words"     a text with spaces; also after a key
 */
import { parseDuration } from '@sortie/machinery'

/** A field of a row as filters and tables see it: text, number, milliseconds, several texts. */
export type FieldValue = string | number | readonly string[] | undefined

export interface FilterField<R> {
  /** As it is typed: `phase`. */
  readonly key: string
  /** `duration` is in milliseconds. */
  readonly type: 'text' | 'number' | 'duration'
  readonly value: (row: R) => FieldValue
}

export interface FilterProblem {
  readonly word: string
  readonly why: 'unknownField' | 'noDuration' | 'noNumber' | 'noValue'
}

/** `isBlank` where it asks for nothing and so leaves all. */
export type Filter<R> =
  | { readonly ok: true; readonly isBlank: boolean; readonly test: (row: R) => boolean }
  | { readonly ok: false; readonly problem: FilterProblem }

/** Splits at spaces outside quotes; quotes are kept. */
export function wordsOf(text: string): readonly string[] {
  return text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []
}

/** Reads a filter for rows with the given fields. Pure; called again only when the text changes. */
export function parseFilter<R>(text: string, fields: readonly FilterField<R>[]): Filter<R> {
  const tests: ((row: R) => boolean)[] = []
  for (const word of wordsOf(text)) {
    if (unquote(word) === '') continue
    const read = readWord(word, fields)
    if ('why' in read) return { ok: false, problem: read }
    tests.push(read.test)
  }
  return { ok: true, isBlank: tests.length === 0, test: (row) => tests.every((test) => test(row)) }
}

function readWord<R>(
  word: string,
  fields: readonly FilterField<R>[],
): { readonly test: (row: R) => boolean } | FilterProblem {
  const found = /^(-?)([A-Za-z][\w-]*):(.*)$/s.exec(word)
  if (found === null) return { test: anyField(unquote(word), fields) }
  const [, minus, key = '', rest = ''] = found
  const field = fields.find((one) => one.key === key.toLowerCase())
  if (field === undefined) return { word, why: 'unknownField' }
  if (rest === '') return { word, why: 'noValue' }
  const test = valueTest(rest, field.type)
  if (typeof test === 'string') return { word, why: test }
  const isNegative = minus === '-'
  return { test: (row) => test(field.value(row)) !== isNegative }
}

function anyField<R>(text: string, fields: readonly FilterField<R>[]): (row: R) => boolean {
  const sought = text.toLowerCase()
  const texts = fields.filter((field) => field.type === 'text')
  const known = searched.get(fields) ?? new WeakMap<object, string>()
  searched.set(fields, known)
  return (row) => textOf(row, texts, known).includes(sought)
}

/** By fields and by row, for as long as there are these: rows are never changed, others take their place. */
const searched = new WeakMap<object, WeakMap<object, string>>()

/** All texts of a row in small letters, apart by what nobody can type into a filter. */
function textOf<R>(
  row: R,
  texts: readonly FilterField<R>[],
  known: WeakMap<object, string>,
): string {
  const before = known.get(row as object)
  if (before !== undefined) return before
  const text = texts
    .map((field) => field.value(row))
    .flatMap((value) => (typeof value === 'number' ? [] : (value ?? [])))
    .join('\n')
    .toLowerCase()
  known.set(row as object, text)
  return text
}

type ValueTest = (value: FieldValue) => boolean

function valueTest(
  text: string,
  type: FilterField<never>['type'],
): ValueTest | FilterProblem['why'] {
  if (type === 'text') return textTest(text)
  const [, sign = '', amount = ''] = /^(<=|>=|<|>|=?)(.*)$/s.exec(text) ?? []
  const bound = type === 'duration' ? durationOf(amount) : Number(amount || Number.NaN)
  if (bound === undefined || Number.isNaN(bound)) {
    return type === 'duration' ? 'noDuration' : 'noNumber'
  }
  return (value) => typeof value === 'number' && compare(value, sign, bound)
}

/** Milliseconds; days are taken beside Go's units. */
function durationOf(text: string): number | undefined {
  const days = /^(\d+)d(.*)$/.exec(text)
  const rest = days === null ? text : (days[2] ?? '')
  const whole = days === null ? 0 : Number(days[1]) * 86_400_000
  if (rest === '' && days !== null) return whole
  try {
    return whole + parseDuration(rest)
  } catch {
    return undefined
  }
}

function compare(value: number, sign: string, bound: number): boolean {
  switch (sign) {
    case '<':
      return value < bound
    case '<=':
      return value <= bound
    case '>':
      return value > bound
    case '>=':
      return value >= bound
    default:
      return value === bound
  }
}

function textTest(text: string): ValueTest {
  const patterns = text.split(',').map((one) => patternOf(unquote(one)))
  const matches = (one: string): boolean => patterns.some((pattern) => pattern.test(one))
  return (value) => {
    if (value === undefined) return matches('')
    if (Array.isArray(value)) return value.some(matches)
    return matches(String(value))
  }
}

function patternOf(text: string): RegExp {
  const escaped = text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')
  return new RegExp(`^${escaped}$`, 'is')
}

function unquote(text: string): string {
  return text.replaceAll('"', '')
}
