/** Time to pixels, with stretches in which nothing happened folded to a sliver where that is asked for. Pure. */
import type { Instant } from '@sortie/machinery'

export interface Span {
  readonly from: Instant
  readonly to: Instant
}

/** A stretch of time on its place; `folded` ones are drawn as a break. */
export interface Stretch extends Span {
  readonly x: number
  readonly width: number
  readonly folded: boolean
}

export interface TimeScale {
  readonly width: number
  readonly stretches: readonly Stretch[]
  /** Pixels from the left; times outside are put at the edges. */
  x(at: Instant): number
  /** The time at a pixel. */
  at(x: number): Instant
}

export interface ScaleOptions {
  readonly whole: Span
  /** Pixels for the whole. */
  readonly width: number
  /** When something happened; given where idle time is to be folded. */
  readonly busy?: readonly Span[]
}

/** Idle stretches shorter than this share of the whole stay as they are. */
const FOLD_SHARE = 0.05
const FOLDED_WIDTH = 24

export function makeScale({ whole, width, busy }: ScaleOptions): TimeScale {
  const span = { from: whole.from, to: Math.max(whole.to, whole.from + 1) }
  const parts = busy === undefined ? [] : idleStretches(span, busy)
  const folded = parts.reduce((sum, part) => sum + (part.to - part.from), 0)
  const shown = span.to - span.from - folded
  const perMilli = Math.max(1, width - parts.length * FOLDED_WIDTH) / Math.max(1, shown)
  const stretches = stretchesOf(span, parts, perMilli)
  return {
    width,
    stretches,
    x: (at) => positionOf(stretches, at),
    at: (x) => timeOf(stretches, x),
  }
}

function idleStretches(whole: Span, busy: readonly Span[]): readonly Span[] {
  const least = (whole.to - whole.from) * FOLD_SHARE
  const sorted = busy.toSorted((a, b) => a.from - b.from)
  const idle: Span[] = []
  let until = whole.from
  for (const { from, to } of sorted) {
    if (from - until > least) idle.push({ from: until, to: from })
    until = Math.max(until, to)
  }
  return idle
}

function stretchesOf(whole: Span, idle: readonly Span[], perMilli: number): readonly Stretch[] {
  const stretches: Stretch[] = []
  let x = 0
  const add = (from: Instant, to: Instant, folded: boolean): void => {
    if (to <= from) return
    const width = folded ? FOLDED_WIDTH : (to - from) * perMilli
    stretches.push({ from, to, x, width, folded })
    x += width
  }
  let at = whole.from
  for (const part of idle) {
    add(at, part.from, false)
    add(part.from, part.to, true)
    at = part.to
  }
  add(at, whole.to, false)
  return stretches
}

function positionOf(stretches: readonly Stretch[], at: Instant): number {
  const last = stretches.at(-1)
  if (last === undefined) return 0
  const found = stretches.find((stretch) => at < stretch.to) ?? last
  const share = (at - found.from) / (found.to - found.from)
  return found.x + Math.max(0, Math.min(1, share)) * found.width
}

function timeOf(stretches: readonly Stretch[], x: number): Instant {
  const last = stretches.at(-1)
  if (last === undefined) return 0
  const found = stretches.find((stretch) => x < stretch.x + stretch.width) ?? last
  const share = Math.max(0, Math.min(1, (x - found.x) / found.width))
  return found.from + share * (found.to - found.from)
}

const STEPS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 604_800,
]
const LEAST_APART = 90

/**
 * Round times at least 90 pixels apart.
 * @param offset of the clock by which they are round, in milliseconds ahead of UTC
 */
export function ticksOf(
  scale: TimeScale,
  offset = 0,
): readonly { readonly at: Instant; readonly x: number }[] {
  const open = scale.stretches.filter((stretch) => !stretch.folded)
  const millis = open.reduce((sum, stretch) => sum + (stretch.to - stretch.from), 0)
  const pixels = open.reduce((sum, stretch) => sum + stretch.width, 0)
  const step =
    1_000 *
    (STEPS.find((seconds) => (seconds * 1_000 * pixels) / millis >= LEAST_APART) ?? 2_419_200)
  const ticks: { at: Instant; x: number }[] = []
  let free = 0
  for (const { from, to } of open) {
    for (let at = Math.ceil((from + offset) / step) * step - offset; at < to; at += step) {
      const x = scale.x(at)
      if (x < free) continue
      ticks.push({ at, x })
      free = x + LEAST_APART
    }
  }
  return ticks
}
