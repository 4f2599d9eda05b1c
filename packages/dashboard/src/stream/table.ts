/** Rows of one subscription, held apart from Vue: ten thousand of them must not be made reactive one by one. */
import type { Row } from '@sortie/api'

export class RowTable<R extends Row> {
  private held = new Map<string, R>()
  private arriving: Map<string, R> | undefined
  private whole = false

  /** False until all parts of the first snapshot are there. */
  get ready(): boolean {
    return this.whole
  }

  get size(): number {
    return this.held.size
  }

  get(uid: string): R | undefined {
    return this.held.get(uid)
  }

  rows(): IterableIterator<R> {
    return this.held.values()
  }

  /** The rows that were held stay in sight until the last part of the new ones is there. */
  snapshot(rows: readonly R[], part: { readonly first: boolean; readonly last: boolean }): void {
    if (part.first || this.arriving === undefined) this.arriving = new Map()
    for (const row of rows) this.arriving.set(row.uid, row)
    if (!part.last) return
    this.held = this.arriving
    this.arriving = undefined
    this.whole = true
  }

  batch(upserts: readonly R[], deletes: readonly string[]): void {
    const target = this.arriving ?? this.held
    for (const row of upserts) target.set(row.uid, row)
    for (const uid of deletes) target.delete(uid)
  }

  /** Nothing of it may be shown any more. */
  clear(): void {
    this.held = new Map()
    this.arriving = undefined
    this.whole = false
  }
}
