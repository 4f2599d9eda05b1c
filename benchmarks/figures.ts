/** What a benchmark reports, and how it is held against the committed ranges. */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Figure {
  /** Stable name: `mission1000.requests_per_task`. */
  readonly name: string
  readonly value: number
  readonly unit: string
}

/** A range, with where it comes from. */
export interface Range {
  readonly unit: string
  /** Values of the runs that the range was set from. */
  readonly runs: readonly number[]
  readonly min?: number
  readonly max?: number
  /** How the bounds follow from the runs or from the goal. */
  readonly why: string
  /** Gated figures fail the run outside their range; the others, times on noisy machines, are shown. */
  readonly gate: boolean
}

export type Ranges = Readonly<Record<string, Range>>

/** Figures of different servers stand in different files. */
function fileOf(against: string): string {
  const name = against === 'embedded' ? 'ranges.json' : `ranges.${against}.json`
  return join(dirname(fileURLToPath(import.meta.url)), name)
}

export function readRanges(against: string): Ranges {
  return JSON.parse(readFileSync(fileOf(against), 'utf8')) as Ranges
}

/** Adds this run's values to the ranges' records, keeping the last five. */
export function recordRuns(against: string, figures: readonly Figure[]): void {
  const ranges: Record<string, Range> = { ...readRanges(against) }
  for (const { name, value, unit } of figures) {
    const held = ranges[name] ?? { unit, runs: [], why: 'recorded, no bound yet', gate: false }
    ranges[name] = { ...held, unit, runs: [...held.runs, round(value)].slice(-5) }
  }
  writeFileSync(fileOf(against), `${JSON.stringify(ranges, null, 2)}\n`)
}

export interface Verdict {
  readonly figure: Figure
  readonly range: Range | undefined
  readonly within: boolean
}

export function judge(figures: readonly Figure[], ranges: Ranges): Verdict[] {
  return figures.map((figure) => {
    const range = ranges[figure.name]
    const { min = -Infinity, max = Infinity } = range ?? {}
    return { figure, range, within: figure.value >= min && figure.value <= max }
  })
}

export function round(value: number): number {
  return Number(value.toPrecision(4))
}

export function formatVerdict({ figure, range, within }: Verdict): string {
  const bounds = [
    range?.min === undefined ? '' : `≥ ${range.min}`,
    range?.max === undefined ? '' : `≤ ${range.max}`,
  ].filter((bound) => bound !== '')
  const mark = within ? 'ok' : range?.gate === true ? 'OUT' : 'out'
  const goal =
    bounds.length === 0 ? '' : `  (${bounds.join(', ')}${range?.gate ? '' : ', not gated'})`
  return `${mark.padEnd(4)} ${figure.name.padEnd(44)} ${String(round(figure.value)).padStart(10)} ${figure.unit}${goal}`
}
