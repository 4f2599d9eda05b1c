/** Time as product code sees it. Only `adapters.ts` and the virtual clock implement it. */

/** Milliseconds since the Unix epoch. */
export type Instant = number

export interface Timer {
  /** Stops the timer; does nothing once it has fired. */
  cancel(): void
}

export interface Clock {
  /** Wall-clock time. It may jump; use it for what is written into objects and compared with them. */
  now(): Instant
  /** Milliseconds of a clock that never goes back; use it for durations within this process. */
  monotonic(): number
  /** Calls `callback` once, `delayMs` from now (any length: adapters split what setTimeout can't hold). */
  setTimer(delayMs: number, callback: () => void): Timer
}

/** The earliest of what is set. */
export function soonest(...times: readonly (Instant | undefined)[]): Instant | undefined {
  let first: Instant | undefined
  for (const time of times) {
    if (time !== undefined && (first === undefined || time < first)) first = time
  }
  return first
}

/** Resolves after `delayMs`, or at once when `signal` is aborted; never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve()
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = clock.setTimer(delayMs, finish)
    signal?.addEventListener('abort', finish, { once: true })
  })
}

/** The second that was written last: what happens at a time names it often. */
const written = { second: Number.NaN, text: '' }

/** RFC 3339 in UTC with seconds, as meta/v1 Time: `2026-11-23T10:00:00Z`. */
export function formatTime(instant: Instant): string {
  const second = Math.floor(instant / 1000)
  if (second !== written.second) {
    written.text = `${isoString(instant).slice(0, 19)}Z`
    written.second = second
  }
  return written.text
}

/** RFC 3339 with exactly six fractional digits, as meta/v1 MicroTime: the API server takes no other number of them. */
export function formatMicroTime(instant: Instant): string {
  return `${isoString(instant).slice(0, 23)}000Z`
}

/** JavaScript reads much else as a time, "step 1" too, and what names no zone by the machine's own. */
const RFC_3339 = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i

/** Milliseconds since the epoch, or undefined where the text is no RFC 3339 time. */
export function parseTime(text: string | undefined): Instant | undefined {
  if (text === undefined || !RFC_3339.test(text) || !isDay(text.slice(0, 10))) return undefined
  return parseDate(text)
}

/** JavaScript reads 30 February as 2 March. Every month has 28 days, which spares nearly all times the look at a calendar. */
function isDay(date: string): boolean {
  if (Number(date.slice(8)) <= 28) return true
  const midnight = parseDate(date)
  return midnight !== undefined && isoString(midnight).startsWith(date)
}

/** The same of the date in an HTTP header (RFC 9110): `Mon, 23 Nov 2026 10:00:00 GMT`. */
export function parseHttpDate(text: string | undefined): Instant | undefined {
  return text?.endsWith(' GMT') === true ? parseDate(text) : undefined
}

function parseDate(text: string): Instant | undefined {
  // biome-ignore lint/style/noRestrictedGlobals: parsing a given time reads no clock
  const instant = Date.parse(text)
  return Number.isNaN(instant) ? undefined : instant
}

function isoString(instant: Instant): string {
  // biome-ignore lint/style/noRestrictedGlobals: formatting a given instant reads no clock
  return new Date(instant).toISOString()
}
