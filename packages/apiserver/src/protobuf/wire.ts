/** Protobuf's wire format, read only. */

export type WireValue =
  | { readonly number: number; readonly varint: bigint }
  | { readonly number: number; readonly bytes: Uint8Array }

/** Raised for bytes that are no protobuf message. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/**
 * The fields of a message in the order in which they were written. Fields of fixed width are
 * skipped: the kinds here have none.
 * @throws WireError
 */
export function* readFields(message: Uint8Array): Generator<WireValue> {
  const reader: Reader = { bytes: message, position: 0 }
  while (reader.position < message.length) {
    const tag = readVarint(reader)
    const number = Number(tag >> 3n)
    if (number === 0 || number > 0x1fffffff)
      throw new WireError(`field number ${number} is invalid`)
    const type = Number(tag & 7n)
    if (type === 0) yield { number, varint: readVarint(reader) }
    else if (type === 2) yield { number, bytes: readBytes(reader, Number(readVarint(reader))) }
    else if (type === 1 || type === 5) readBytes(reader, type === 1 ? 8 : 4)
    else throw new WireError(`wire type ${type} is not supported`)
  }
}

interface Reader {
  readonly bytes: Uint8Array
  position: number
}

function readVarint(reader: Reader): bigint {
  let [low, shift] = [0, 0]
  // Most varints fit 28 bits; only longer ones need a BigInt on the way.
  for (; shift < 28; shift += 7) {
    const byte = nextByte(reader)
    low |= (byte & 0x7f) << shift
    if (byte < 0x80) return BigInt(low)
  }
  let value = BigInt(low)
  for (; shift < 70; shift += 7) {
    const byte = nextByte(reader)
    value |= BigInt(byte & 0x7f) << BigInt(shift)
    if (byte < 0x80) return BigInt.asUintN(64, value)
  }
  throw new WireError('a varint is longer than 10 bytes')
}

function nextByte(reader: Reader): number {
  const byte = reader.bytes[reader.position++]
  if (byte === undefined) throw new WireError('unexpected end of message')
  return byte
}

function readBytes(reader: Reader, length: number): Uint8Array {
  const start = reader.position
  if (length > reader.bytes.length - start) throw new WireError('unexpected end of message')
  reader.position = start + length
  return reader.bytes.subarray(start, reader.position)
}
