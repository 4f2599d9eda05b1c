/** Something that a process starts and stops. */
export interface Runnable {
  readonly name: string
  /** Runs until the signal is aborted and all that it began has ended. @throws where it cannot go on. */
  start(signal: AbortSignal): Promise<void>
}
