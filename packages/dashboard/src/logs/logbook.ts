/** The lines of a log as they are shown: bounded, searched, with colours. Apart from Vue, since lines come by the thousand. */

/** Most lines that are kept; the oldest go first. */
export const MOST_LINES = 100_000
/** How many are dropped at once, so that dropping is rare. */
const DROP = 10_000

export class Logbook {
  private kept: string[] = []
  private droppedLines = 0

  get lines(): readonly string[] {
    return this.kept
  }

  /** How many lines are gone from the beginning. */
  get dropped(): number {
    return this.droppedLines
  }

  add(lines: readonly string[]): void {
    for (const line of lines) this.kept.push(line)
    if (this.kept.length <= MOST_LINES) return
    const surplus = Math.max(DROP, this.kept.length - MOST_LINES)
    this.kept = this.kept.slice(surplus)
    this.droppedLines += surplus
  }

  clear(): void {
    this.kept = []
    this.droppedLines = 0
  }

  /** Indexes of the lines that contain the text, whatever the case. */
  find(text: string): readonly number[] {
    const sought = text.toLowerCase()
    const found: number[] = []
    if (sought === '') return found
    for (const [index, line] of this.kept.entries()) {
      if (line.toLowerCase().includes(sought)) found.push(index)
    }
    return found
  }
}
