/** Functions of lists and sets: CEL's lists and sets extensions and Kubernetes' own. */
import { CelError } from '../errors.ts'
import { define, type Overload } from '../overloads.ts'
import { checkedInt, compare, Duration, equals, Uint } from '../values.ts'

type List = readonly unknown[]

const once = ([a = 1]: readonly number[]): number => a
/** Each element is compared, a text by its characters. */
const compared = ([a = 1]: readonly number[], [each = 0]: readonly number[] = []): number =>
  a * (1 + each * 0.1)
const product = ([a = 1, b = 1]: readonly number[]): number => a * b
const one = (): number => 1

/** A list is taken for what its first item is. @param call `sum(list)`, as a refusal shows it */
export function refuseNulls(list: List, call: string): void {
  if (list[0] === null) throw new CelError(`no such overload: ${call}`)
}

function isSorted(list: List): boolean {
  refuseNulls(list, 'isSorted(list)')
  for (let index = 1; index < list.length; index++) {
    if (compare(list[index - 1], list[index]) > 0) return false
  }
  return true
}

function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'bigint' && typeof b === 'bigint') return checkedInt(a + b)
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (a instanceof Uint && b instanceof Uint) return new Uint(a.value + b.value)
  if (a instanceof Duration && b instanceof Duration)
    return new Duration(checkedInt(a.nanos + b.nanos))
  throw new CelError('no such overload')
}

function extreme(list: List, sign: number, name: string): unknown {
  refuseNulls(list, `${name}(list)`)
  if (list.length === 0) throw new CelError(`${name} called on empty list`)
  return list.reduce((best, item) => (compare(item, best) * sign > 0 ? item : best))
}

const indexOf = (list: List, item: unknown): bigint =>
  BigInt(list.findIndex((other) => equals(other, item)))
const lastIndexOf = (list: List, item: unknown): bigint =>
  BigInt(list.findLastIndex((other) => equals(other, item)))

function distinct(list: List): unknown[] {
  const found: unknown[] = []
  const scalars = new Set<unknown>()
  for (const item of list) {
    const scalar = typeof item === 'string' || typeof item === 'bigint'
    if (scalar ? scalars.has(item) : found.some((other) => equals(other, item))) continue
    if (scalar) scalars.add(item)
    found.push(item)
  }
  return found
}

function slice(list: List, start: bigint, end: bigint): List {
  if (start < 0n || end < 0n) {
    throw new CelError(`cannot slice(${start}, ${end}), negative indexes not supported`)
  }
  if (start > end) {
    throw new CelError(
      `cannot slice(${start}, ${end}), start index must be less than or equal to end index`,
    )
  }
  if (Number(end) > list.length) {
    throw new CelError(`cannot slice(${start}, ${end}), list is length ${list.length}`)
  }
  return list.slice(Number(start), Number(end))
}

function flatten(list: List, depth: bigint): unknown[] {
  if (depth < 0n) throw new CelError('level must be non-negative')
  return list.flat(Number(depth))
}

const contains = (list: List, parts: List): boolean =>
  parts.every((part) => list.some((item) => equals(item, part)))
const intersects = (list: List, parts: List): boolean =>
  parts.some((part) => list.some((item) => equals(item, part)))

function range(count: bigint): bigint[] {
  if (count > 1_000_000n) throw new CelError('range too large')
  return Array.from({ length: Math.max(0, Number(count)) }, (_, index) => BigInt(index))
}

function sum(list: List, zero: unknown): unknown {
  refuseNulls(list, 'sum(list)')
  return list.reduce(add, zero)
}

function sums(): Overload[] {
  const zeros = { int: 0n, uint: new Uint(0n), double: 0, duration: new Duration(0n) }
  return Object.entries(zeros).map(([kind, zero]) =>
    define(`list<${kind}>.sum(): ${kind}`, (list: List) => sum(list, zero), {
      cost: once,
      size: one,
    }),
  )
}

export const LISTS: readonly Overload[] = [
  ...sums(),
  define('list<A>.isSorted(): bool', isSorted, { cost: compared, size: one }),
  define('list<A>.min(): A', (list: List) => extreme(list, -1, 'min'), {
    cost: compared,
    size: one,
  }),
  define('list<A>.max(): A', (list: List) => extreme(list, 1, 'max'), {
    cost: compared,
    size: one,
  }),
  define('list<A>.indexOf(A): int', indexOf, { cost: compared, size: one }),
  define('list<A>.lastIndexOf(A): int', lastIndexOf, { cost: compared, size: one }),
  define('list<A>.distinct(): list<A>', distinct, { cost: ([a = 1]) => a * a }),
  define('list<A>.reverse(): list<A>', (list: List) => [...list].reverse(), { cost: once }),
  define('list<A>.slice(int, int): list<A>', slice, { cost: once, size: once }),
  define('list<A>.flatten(): list<dyn>', (list: List) => flatten(list, 1n), { cost: once }),
  define('list<A>.flatten(int): list<dyn>', flatten, { cost: once }),
  define('list<A>.sort(): list<A>', (list: List) => [...list].sort(compare), {
    cost: ([a = 1]) => a * a,
  }),
  define('lists::range(int): list<int>', range, { cost: once }),
  define('sets::contains(list<A>, list<A>): bool', contains, { cost: product, size: one }),
  define(
    'sets::equivalent(list<A>, list<A>): bool',
    (a: List, b: List) => contains(a, b) && contains(b, a),
    { cost: product, size: one },
  ),
  define('sets::intersects(list<A>, list<A>): bool', intersects, { cost: product, size: one }),
]
