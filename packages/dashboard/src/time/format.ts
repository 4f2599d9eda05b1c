/** Times and durations for people. Pure; the language comes in as a locale. */
import type { Instant } from '@sortie/machinery'

/** `utc` shows military Z time as well: 2026-11-23 10:00:00Z. */
export type TimeZoneChoice = 'local' | 'utc'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `850ms` is `0s`; then `42s`, `3m20s`, `5h07m`, `3d4h`. */
export function formatDuration(millis: number): string {
  const whole = Math.max(0, Math.floor(millis / SECOND))
  if (whole < 60) return `${whole}s`
  if (whole < 3_600) return `${Math.floor(whole / 60)}m${pad(whole % 60)}s`
  if (whole < 86_400) return `${Math.floor(whole / 3_600)}h${pad(Math.floor(whole / 60) % 60)}m`
  return `${Math.floor(whole / 86_400)}d${Math.floor(whole / 3_600) % 24}h`
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}

const formatters = new Map<string, Intl.DateTimeFormat>()

type Shape = 'clock' | 'dateTime' | 'dayMinute' | 'daySecond'

function formatter(shape: Shape, { locale, zone }: TimeStyle): Intl.DateTimeFormat {
  const key = `${locale} ${zone} ${shape}`
  const found = formatters.get(key)
  if (found !== undefined) return found
  const made = new Intl.DateTimeFormat(locale, {
    ...(shape === 'dateTime' ? { year: 'numeric' } : {}),
    ...(shape === 'clock' ? {} : { month: '2-digit', day: '2-digit' }),
    hour: '2-digit',
    minute: '2-digit',
    ...(shape === 'dayMinute' ? {} : { second: '2-digit' }),
    hourCycle: 'h23',
    ...(zone === 'utc' ? { timeZone: 'UTC' } : {}),
  })
  formatters.set(key, made)
  return made
}

function format(shape: Shape, instant: Instant, style: TimeStyle): string {
  return `${formatter(shape, style).format(instant)}${style.zone === 'utc' ? 'Z' : ''}`
}

export interface TimeStyle {
  readonly locale: string
  readonly zone: TimeZoneChoice
}

/** Hours to seconds; with a `Z` in UTC. */
export function formatClock(instant: Instant, style: TimeStyle): string {
  return format('clock', instant, style)
}

/** Date and time to seconds. */
export function formatDateTime(instant: Instant, style: TimeStyle): string {
  return format('dateTime', instant, style)
}

/** How far the clock that is shown is ahead of UTC at an instant, in milliseconds. */
export function offsetAt(instant: Instant, { zone }: TimeStyle): number {
  // biome-ignore lint/style/noRestrictedGlobals: the offset at a given instant reads no clock
  return zone === 'utc' ? 0 : -MINUTE * new Date(instant).getTimezoneOffset()
}

/** Times along an axis, in their order: the first of each day with its date, unless all are of the day of `now`. */
export function formatTicks(
  instants: readonly Instant[],
  now: Instant,
  style: TimeStyle,
): readonly string[] {
  const dayOf = (instant: Instant): number => Math.floor((instant + offsetAt(instant, style)) / DAY)
  const today = dayOf(now)
  const isOfToday = instants.every((instant) => dayOf(instant) === today)
  return instants.map((instant, at) => {
    const before = instants[at - 1]
    if (isOfToday || (before !== undefined && dayOf(before) === dayOf(instant)))
      return formatClock(instant, style)
    return format(instant % MINUTE === 0 ? 'dayMinute' : 'daySecond', instant, style)
  })
}

/** Time alone where it is of the day of `now`, date and time elsewhere. */
export function formatNear(instant: Instant, now: Instant, style: TimeStyle): string {
  return Math.abs(now - instant) < DAY / 2
    ? formatClock(instant, style)
    : formatDateTime(instant, style)
}
