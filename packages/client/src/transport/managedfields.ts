/**
 * Leaves managedFields out of a watch's line before it is parsed. They are about half of an object's text and take more than half of the
 * time to parse, for each name in them is a field of its own, and no cache keeps them.
 */

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN = 123
const CLOSE = 125

/** From the first byte to the one after the last. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A member of an object: from its name, and where its value begins. */
interface Member {
  readonly start: number
  readonly value: number
}

/**
 * Where `"managedFields":[…]` of a watch event's object stands in its line, with the comma that goes with it. Undefined where there is
 * none, and where the text is not laid out as API servers write it, without blanks: then it is parsed as it is.
 */
export function managedFieldsIn(line: Uint8Array): ByteRange | undefined {
  const object = memberOf(line, 0, OBJECT)
  const metadata = object === undefined ? undefined : memberOf(line, object.value, METADATA)
  const found = metadata === undefined ? undefined : memberOf(line, metadata.value, MANAGED_FIELDS)
  if (found === undefined) return undefined
  const { start } = found
  const end = skipValue(line, found.value)
  if (line[end] === COMMA) return { start, end: end + 1 }
  return { start: line[start - 1] === COMMA ? start - 1 : start, end }
}

const nameBytes = (name: string): Uint8Array => new TextEncoder().encode(`"${name}":`)
const OBJECT = nameBytes('object')
const METADATA = nameBytes('metadata')
const MANAGED_FIELDS = nameBytes('managedFields')

/** @param at where the object's brace is */
function memberOf(bytes: Uint8Array, at: number, name: Uint8Array): Member | undefined {
  if (bytes[at] !== OPEN) return undefined
  let start = at + 1
  while (bytes[start] === QUOTE) {
    if (startsWith(bytes, start, name)) return { start, value: start + name.length }
    const colon = skipText(bytes, start)
    if (bytes[colon] !== COLON) return undefined
    const end = skipValue(bytes, colon + 1)
    if (bytes[end] !== COMMA) return undefined
    start = end + 1
  }
  return undefined
}

function startsWith(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) {
    if (bytes[at + index] !== name[index]) return false
  }
  return true
}

/** The byte after a text whose quote is at `at`. */
function skipText(bytes: Uint8Array, at: number): number {
  const { length } = bytes
  let index = at + 1
  for (; index < length; index++) {
    const byte = bytes[index]
    if (byte === QUOTE) return index + 1
    if (byte === BACKSLASH) index++
  }
  return length
}

/** The byte after a value: its comma, or the end of what it is in. */
function skipValue(bytes: Uint8Array, at: number): number {
  const { length } = bytes
  let depth = 0
  let index = at
  while (index < length) {
    const byte = bytes[index] ?? 0
    if (byte === QUOTE) {
      index = skipText(bytes, index)
      continue
    }
    if (byte === COMMA && depth === 0) return index
    if (byte === OPEN || byte === OPEN_LIST) depth++
    else if (byte === CLOSE || byte === CLOSE_LIST) {
      if (depth === 0) return index
      depth--
    }
    index++
  }
  return length
}
