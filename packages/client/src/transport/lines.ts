/** Cuts a stream of bytes into the JSON lines of a watch. */
import { TransportError } from '@sortie/machinery'
import type { ByteRange } from './managedfields.ts'

const NEWLINE = 10
/** Far above what an API server stores (1.5 MB by etcd's default), far below what hurts this process. */
export const MAX_LINE_BYTES = 32 * 1024 * 1024

export interface LineSplitter {
  /**
   * Takes the next piece of the stream, cut anywhere: also within a character.
   * @throws TransportError where a line grows past the limit
   */
  push(chunk: Uint8Array): void
  /** What was left after the last newline, if anything but blanks; the stream is over. */
  finish(): void
}

export interface LineOptions {
  /** Default MAX_LINE_BYTES. */
  readonly maxBytes?: number
  /** What of a line is left out; must not cut within a character. */
  readonly leavesOut?: (line: Uint8Array) => ByteRange | undefined
}

/** @param onLine called in order with each line that is not blank, without its newline */
export function createLineSplitter(
  onLine: (line: string) => void,
  { maxBytes = MAX_LINE_BYTES, leavesOut }: LineOptions = {},
): LineSplitter {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let held: Uint8Array[] = []
  let heldBytes = 0

  const emit = (last: Uint8Array): void => {
    const bytes = held.length === 0 ? last : concatenate([...held, last], heldBytes + last.length)
    held = []
    heldBytes = 0
    const line = textOf(bytes).trim()
    if (line !== '') onLine(line)
  }
  const textOf = (bytes: Uint8Array): string => {
    const range = leavesOut?.(bytes)
    if (range === undefined) return decoder.decode(bytes)
    return (
      decoder.decode(bytes.subarray(0, range.start)) + decoder.decode(bytes.subarray(range.end))
    )
  }
  const check = (size: number): void => {
    if (size > maxBytes) {
      throw new TransportError(`a line of the stream is longer than ${maxBytes} bytes`)
    }
  }
  return {
    push(chunk) {
      let start = 0
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        check(heldBytes + end - start)
        emit(chunk.subarray(start, end))
        start = end + 1
      }
      if (start === chunk.length) return
      check(heldBytes + chunk.length - start)
      held.push(chunk.subarray(start))
      heldBytes += chunk.length - start
    },
    finish() {
      emit(new Uint8Array(0))
    },
  }
}

function concatenate(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
