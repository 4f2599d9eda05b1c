/** Everything a command touches of the world, handed in: tests run commands in-process against streams of their own. */
import type { Clock, Random } from '@sortie/machinery'

/** A stream that people or pipes read. */
export interface Output {
  write(text: string): void
  readonly isTTY: boolean
  /** Width of the terminal in characters; 100 where there is none. */
  readonly columns: number
  /** Lines of the terminal; 40 where there is none. */
  readonly rows: number
}

export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly workingDirectory: string
  readonly out: Output
  readonly err: Output
  readStdin(): Promise<string>
  readonly clock: Clock
  readonly random: Random
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
}

/** What a command's exit status means. Documented in docs/reference/cli.md. */
export const EXIT = {
  ok: 0,
  /** What was asked for was done, and the answer is bad: a mission failed, a manifest has errors. */
  failed: 1,
  /** The command line was wrong. */
  usage: 2,
  /** The API server could not be reached, or refused who we are. */
  unreachable: 3,
  /** The API server has no such object, or refused the request. */
  refused: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT]

/** An error that is the user's to mend: a sentence, and what to do next. Printed without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly status: ExitStatus

  constructor(message: string, status: ExitStatus = EXIT.failed) {
    super(message)
    this.status = status
  }
}
