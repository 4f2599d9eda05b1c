/** The times along a scale, with what is written at each. */
import type { Instant } from '@sortie/machinery'
import { formatTicks, offsetAt, type TimeStyle } from '../time/format.ts'
import { type TimeScale, ticksOf } from './scale.ts'

/** A time on its place. */
export interface AxisTick {
  readonly at: Instant
  readonly x: number
  readonly text: string
}

/** @param now of which day times need no date */
export function axisOf(scale: TimeScale, now: Instant, style: TimeStyle): readonly AxisTick[] {
  const ticks = ticksOf(scale, offsetAt(scale.at(0), style))
  const instants = ticks.map(({ at }) => at)
  const texts = formatTicks(instants, now, style)
  return ticks.map((tick, index) => ({ ...tick, text: texts[index] ?? '' }))
}
