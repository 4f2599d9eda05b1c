/**
 * Equal parts of objects are held once. Ten thousand tasks of one stage have the same template, retry policy, owner and tolerations, and
 * an object that changed has kept most of what it was; parsed from text, each would hold strings and objects of its own. It is also what
 * keeps garbage young: of an object that comes anew only what is new in it outlives the moment.
 */

/**
 * The object with each part that equals that of `one` or `other` at the same place replaced by it; the whole of one of them where it is
 * equal to that. Changes `fresh`, of which nobody else may hold a part; the other two are only read.
 */
export function shareEqual<T>(fresh: T, one: unknown, other: unknown): T {
  return shared(fresh, one, other) as T
}

type Fields = Record<string, unknown>

function shared(fresh: unknown, one: unknown, other: unknown): unknown {
  if (fresh === one) return one
  if (fresh === other) return other
  if (typeof fresh !== 'object' || fresh === null) return fresh
  const isList = Array.isArray(fresh)
  const first = alike(one, isList)
  const second = alike(other, isList)
  if (first === undefined && second === undefined) return fresh
  return isList
    ? sharedList(fresh, first as readonly unknown[], second as readonly unknown[])
    : sharedFields(fresh as Fields, first as Fields, second as Fields)
}

function alike(value: unknown, isList: boolean): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return Array.isArray(value) === isList ? value : undefined
}

function sharedList(
  fresh: unknown[],
  one: readonly unknown[] | undefined,
  other: readonly unknown[] | undefined,
): unknown {
  let isOne = one?.length === fresh.length
  let isOther = other?.length === fresh.length
  for (let at = 0; at < fresh.length; at++) {
    const kept = shared(fresh[at], one?.[at], other?.[at])
    fresh[at] = kept
    isOne &&= kept === one?.[at]
    isOther &&= kept === other?.[at]
  }
  return isOne ? one : isOther ? other : fresh
}

function sharedFields(
  fresh: Fields,
  one: Readonly<Fields> | undefined,
  other: Readonly<Fields> | undefined,
): unknown {
  let count = 0
  let isOne = one !== undefined
  let isOther = other !== undefined
  for (const name in fresh) {
    // As a field of one and the prototype of the other it would be taken for what it is not.
    if (name === '__proto__') return fresh
    const held = fresh[name]
    const first = one?.[name]
    const second = other?.[name]
    const kept = shared(held, first, second)
    if (kept !== held) fresh[name] = kept
    isOne &&= kept === first
    isOther &&= kept === second
    count++
  }
  if (isOne && count === sizeOf(one)) return one
  if (isOther && count === sizeOf(other)) return other
  shareTexts(fresh, one, other)
  return fresh
}

/** Two equal texts can't be told from one: they are put in where the object stays, and only there, since writing is what costs. */
function shareTexts(
  fresh: Fields,
  one: Readonly<Fields> | undefined,
  other: Readonly<Fields> | undefined,
): void {
  for (const name in fresh) {
    const held = fresh[name]
    if (typeof held !== 'string') continue
    if (held === one?.[name]) fresh[name] = one[name]
    else if (held === other?.[name]) fresh[name] = other[name]
  }
}

function sizeOf(fields: Readonly<Fields> | undefined): number {
  let count = 0
  for (const _name in fields) count++
  return count
}
