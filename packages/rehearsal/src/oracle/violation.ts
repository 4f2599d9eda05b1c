/** What the oracle has to say. */

export interface Violation {
  /** Number of the invariant, as in behaviour.md, "What must always hold". */
  readonly invariant: number
  readonly name: string
  readonly message: string
  /** Virtual milliseconds from the start. */
  readonly at: number
  /** The objects it is about, shortened to what a reader needs. */
  readonly objects: readonly unknown[]
}
