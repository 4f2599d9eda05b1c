/**
 * The string functions of CEL and of its strings extension, by code points and not by UTF-16 units.
 */
import { compilePattern } from '../../schema/pattern.ts'
import { CelError } from '../errors.ts'
import { define, type Overload } from '../overloads.ts'
import { formatText } from './format.ts'
import { refuseNulls } from './lists.ts'

const first = ([a = 1]: readonly number[]): number => a * 0.1
const second = ([, b = 1]: readonly number[]): number => b * 0.1
/** The text is gone through, and what comes of it made. */
const twice = ([a = 1]: readonly number[]): number => a * 0.2
const joined = ([a = 1, b = 0]: readonly number[], [each = 1]: readonly number[] = []): number =>
  (a * each + b * Math.max(0, a - 1)) * 0.1
/** Each of two factors is a whole number. */
const product = ([a = 1, b = 1]: readonly number[]): number =>
  Math.ceil(a * 0.1) * Math.ceil(b * 0.1)
const matching = ([a = 1, b = 1]: readonly number[]): number =>
  Math.ceil((a + 1) * 0.1) * Math.ceil(b * 0.25)
const one = (): number => 1
const whole = ([a = 1]: readonly number[]): number => a

/** Code points; plain text is spared the split. */
const points = (text: string): readonly string[] => [...text]
const plain = (text: string): boolean => !/[\ud800-\udfff]/.test(text)

function slice(text: string, from: number, to: number): string {
  return plain(text) ? text.slice(from, to) : points(text).slice(from, to).join('')
}

const length = (text: string): number => (plain(text) ? text.length : points(text).length)

/** Offset in UTF-16 units as an offset in code points. */
const pointOffset = (text: string, units: number): bigint =>
  BigInt(units < 0 ? -1 : length(text.slice(0, units)))

function unitOffset(text: string, offset: bigint): number {
  const at = Number(offset)
  if (at < 0 || at > length(text)) throw new CelError(`index out of range: ${at}`)
  return plain(text) ? at : points(text).slice(0, at).join('').length
}

function substring(text: string, start: bigint, end: bigint): string {
  const size = length(text)
  const [from, to] = [Number(start), Number(end)]
  if (from < 0 || from > size) throw new CelError(`index out of range: ${from}`)
  if (to < 0 || to > size) throw new CelError(`index out of range: ${to}`)
  if (from > to) throw new CelError(`invalid substring range. start: ${from}, end: ${to}`)
  return slice(text, from, to)
}

function charAt(text: string, index: bigint): string {
  const size = length(text)
  if (index < 0n || Number(index) > size) throw new CelError(`index out of range: ${index}`)
  return slice(text, Number(index), Number(index) + 1)
}

function split(text: string, separator: string, limit: bigint): string[] {
  const most = Number(limit)
  if (most === 0) return []
  const parts = separator === '' ? [...points(text)] : text.split(separator)
  if (most < 0 || parts.length <= most) return parts
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)]
}

function replace(text: string, change: { from: string; to: string; count: bigint }): string {
  const { from, to } = change
  const count = Number(change.count)
  if (count === 0) return text
  if (count < 0) return text.replaceAll(from, () => to)
  const parts = text.split(from)
  const replaced = Math.min(count, parts.length - 1)
  let result = parts[0] ?? ''
  for (let index = 1; index < parts.length; index++) {
    result += (index <= replaced ? to : from) + parts[index]
  }
  return result
}

const lowerAscii = (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase())
const upperAscii = (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase())
/** The white space of Unicode, as Go trims it; JavaScript's trim takes the byte order mark too. */
const trim = (text: string) => text.replace(/^[\s\u0085]+|[\s\u0085]+$/g, '')

export function regex(pattern: string): RegExp {
  try {
    return compilePattern(pattern)
  } catch (error) {
    throw new CelError(`error parsing regexp: ${(error as Error).message}`)
  }
}

const matches = (text: string, pattern: string): boolean => regex(pattern).test(text)

function join(list: readonly unknown[], separator: string, shown = 'list, string'): string {
  refuseNulls(list, `join(${shown})`)
  for (const item of list) if (typeof item !== 'string') throw new CelError('no such overload')
  return list.join(separator)
}

function find(text: string, pattern: string): string {
  return regex(pattern).exec(text)?.[0] ?? ''
}

function findAll(text: string, pattern: string, limit: bigint): string[] {
  const source = regex(pattern)
  const all = [...text.matchAll(new RegExp(source.source, `${source.flags}g`))].map((m) => m[0])
  return limit < 0n ? all : all.slice(0, Number(limit))
}

const quote = (text: string) => JSON.stringify(text)

export const STRINGS: readonly Overload[] = [
  define('string.contains(string): bool', (a: string, b: string) => a.includes(b), {
    cost: product,
    size: one,
  }),
  define('string.startsWith(string): bool', (a: string, b: string) => a.startsWith(b), {
    cost: second,
    size: one,
  }),
  define('string.endsWith(string): bool', (a: string, b: string) => a.endsWith(b), {
    cost: second,
    size: one,
  }),
  define('string.matches(string): bool', matches, { cost: matching, size: one }),
  define('matches(string, string): bool', matches, { cost: matching, size: one }),
  define('string.charAt(int): string', charAt, { size: one }),
  define('string.indexOf(string): int', (a: string, b: string) => pointOffset(a, a.indexOf(b)), {
    cost: first,
    size: one,
  }),
  define(
    'string.indexOf(string, int): int',
    (a: string, b: string, from: bigint) => pointOffset(a, a.indexOf(b, unitOffset(a, from))),
    { cost: first, size: one },
  ),
  define(
    'string.lastIndexOf(string): int',
    (a: string, b: string) => pointOffset(a, a.lastIndexOf(b)),
    { cost: first, size: one },
  ),
  define(
    'string.lastIndexOf(string, int): int',
    (a: string, b: string, from: bigint) => pointOffset(a, a.lastIndexOf(b, unitOffset(a, from))),
    { cost: first, size: one },
  ),
  define('string.lowerAscii(): string', lowerAscii, { cost: first }),
  define('string.upperAscii(): string', upperAscii, { cost: first }),
  define('string.trim(): string', trim, { cost: first }),
  define('string.reverse(): string', (text: string) => [...text].reverse().join(''), {
    cost: first,
  }),
  define(
    'string.replace(string, string): string',
    (text: string, from: string, to: string) => replace(text, { from, to, count: -1n }),
    { cost: twice, size: ([a = 1, , c = 1]) => a * Math.max(1, c) },
  ),
  define(
    'string.replace(string, string, int): string',
    (...args: [string, string, string, bigint]) =>
      replace(args[0], { from: args[1], to: args[2], count: args[3] }),
    { cost: twice, size: ([a = 1, , c = 1]) => a * Math.max(1, c) },
  ),
  define('string.split(string): list<string>', (a: string, b: string) => split(a, b, -1n), {
    cost: twice,
    size: whole,
  }),
  define('string.split(string, int): list<string>', split, { cost: twice, size: whole }),
  define(
    'string.substring(int): string',
    (text: string, from: bigint) => substring(text, from, BigInt(length(text))),
    { cost: first, size: whole },
  ),
  define('string.substring(int, int): string', substring, { cost: first, size: whole }),
  define('list<string>.join(): string', (list: unknown[]) => join(list, '', 'list'), {
    cost: joined,
    size: (sizes, elements) => joined(sizes, elements) * 10,
  }),
  define('list<string>.join(string): string', join, {
    cost: joined,
    size: (sizes, elements) => joined(sizes, elements) * 10,
  }),
  define('strings::quote(string): string', quote, { cost: first }),
  define('string.format(list<dyn>): string', formatText, {
    cost: first,
    size: ([a = 1, b = 1]) => a + b,
  }),
  define('string.find(string): string', find, { cost: matching, size: whole }),
  define(
    'string.findAll(string): list<string>',
    (text: string, pattern: string) => findAll(text, pattern, -1n),
    { cost: matching, size: whole },
  ),
  define('string.findAll(string, int): list<string>', findAll, { cost: matching, size: whole }),
]
