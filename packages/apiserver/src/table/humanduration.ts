const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

interface Step {
  /** The step holds for shorter durations than this. */
  readonly below: number
  readonly unit: number
  readonly letter: string
  /** The smaller unit that is shown beside it, where it is not zero. */
  readonly rest?: { readonly unit: number; readonly letter: string }
}

const STEPS: readonly Step[] = [
  { below: 2 * MINUTE, unit: SECOND, letter: 's' },
  { below: 10 * MINUTE, unit: MINUTE, letter: 'm', rest: { unit: SECOND, letter: 's' } },
  { below: 3 * HOUR, unit: MINUTE, letter: 'm' },
  { below: 8 * HOUR, unit: HOUR, letter: 'h', rest: { unit: MINUTE, letter: 'm' } },
  { below: 2 * DAY, unit: HOUR, letter: 'h' },
  { below: 8 * DAY, unit: DAY, letter: 'd', rest: { unit: HOUR, letter: 'h' } },
  { below: 2 * YEAR, unit: DAY, letter: 'd' },
  { below: 8 * YEAR, unit: YEAR, letter: 'y', rest: { unit: DAY, letter: 'd' } },
  { below: Number.POSITIVE_INFINITY, unit: YEAR, letter: 'y' },
]

/**
 * A duration in milliseconds as kubectl shows ages: `45s`, `3m20s`, `5h`, `2d4h`; a clock off by a
 * second is forgiven.
 */
export function humanDuration(millis: number): string {
  if (millis <= -2 * SECOND || Number.isNaN(millis)) return '<invalid>'
  const duration = Math.max(0, millis)
  const step = STEPS.find(({ below }) => duration < below) as Step
  const count = Math.floor(duration / step.unit)
  const rest = step.rest === undefined ? 0 : Math.floor((duration % step.unit) / step.rest.unit)
  return `${count}${step.letter}${rest === 0 ? '' : `${rest}${step.rest?.letter}`}`
}
