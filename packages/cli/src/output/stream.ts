/** A stream of the process as commands write to it. */
import type { Environment, Output } from '../environment.ts'

const USUAL = { columns: 100, rows: 40 }

/** What is read of a `tty.WriteStream`, or of a pipe that has no size. */
export interface ProcessStream {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

/** A dumb terminal cannot move its cursor, and takes no colours: for it the stream is none. */
export function outputOf(stream: ProcessStream, { TERM }: Environment['variables']): Output {
  return {
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY === true && TERM !== 'dumb',
    // A terminal whose size nobody has set, as of `docker run -t` and `script`, has 0 of both.
    get columns() {
      return stream.columns || USUAL.columns
    },
    get rows() {
      return stream.rows || USUAL.rows
    },
  }
}
