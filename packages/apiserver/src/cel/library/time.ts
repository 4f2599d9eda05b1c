/** Timestamps and durations: parsing, printing, and the calendar in a time zone. */
import { CelError } from '../errors.ts'
import { define, type Overload } from '../overloads.ts'
import { checkedInt, Duration, Timestamp } from '../values.ts'

const BILLION = 1_000_000_000n
const DAY_SECONDS = 86_400

/** Days since 1970-01-01 of a date of the Gregorian calendar (Hinnant's days_from_civil). */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function dateOf(days: number): { year: number; month: number; day: number } {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const doe = z - era * 146_097
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1_460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  )
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100))
  const mp = Math.floor((5 * doy + 2) / 153)
  const month = mp < 10 ? mp + 3 : mp - 9
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0)
  return { year, month, day: doy - Math.floor((153 * mp + 2) / 5) + 1 }
}

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))$/

/** @throws CelError for what is not RFC 3339. */
export function parseTimestamp(text: string): Timestamp {
  const parts = RFC3339.exec(text)
  if (parts === null) throw new CelError(`invalid timestamp: ${JSON.stringify(text)}`)
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map(Number)
  const offset =
    (Number(parts[9] ?? 0) * 60 + Number(parts[10] ?? 0)) * (parts[8] === '-' ? -60 : 60)
  const seconds =
    daysOf(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second - offset
  return new Timestamp(BigInt(seconds) * BILLION + BigInt((parts[7] ?? '').padEnd(9, '0')))
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: BILLION,
  m: 60n * BILLION,
  h: 3600n * BILLION,
}
const PART = /(\d+)?(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y

/** A Go duration. @throws CelError for what is none. */
export function parseDuration(text: string): Duration {
  const negative = text.startsWith('-')
  const body = /^[-+]/.test(text) ? text.slice(1) : text
  if (body === '0') return new Duration(0n)
  let nanos = 0n
  let at = 0
  while (at < body.length) {
    PART.lastIndex = at
    const part = PART.exec(body)
    if (part === null || (part[1] === undefined && !part[2])) break
    const unit = UNITS[part[3] ?? ''] ?? 0n
    nanos += BigInt(part[1] ?? 0) * unit
    const fraction = (part[2] ?? '').slice(0, 12)
    if (fraction !== '') nanos += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length)
    at = PART.lastIndex
  }
  if (at === 0 || at < body.length) throw new CelError(`invalid duration: ${JSON.stringify(text)}`)
  return new Duration(checkedInt(negative ? -nanos : nanos))
}

/** As Go prints protobuf durations: seconds with a fraction. */
export function durationText({ nanos }: Duration): string {
  const size = nanos < 0n ? -nanos : nanos
  const fraction = size % BILLION === 0n ? '' : `.${decimals(size % BILLION)}`
  return `${nanos < 0n ? '-' : ''}${size / BILLION}${fraction}s`
}

const decimals = (nanos: bigint): string => String(nanos).padStart(9, '0').replace(/0+$/, '')
const two = (value: number): string => String(value).padStart(2, '0')

export function timestampText({ nanos }: Timestamp): string {
  const { year, month, day, hours, minutes, seconds } = fieldsOf(nanos, 0)
  const rest = ((nanos % BILLION) + BILLION) % BILLION
  const fraction = rest === 0n ? '' : `.${decimals(rest)}`
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
  return `${date}T${two(hours)}:${two(minutes)}:${two(seconds)}${fraction}Z`
}

interface CalendarFields {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly dayOfYear: number
  readonly dayOfWeek: number
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
}

function fieldsOf(nanos: bigint, offsetSeconds: number): CalendarFields {
  const total = Math.floor(Number((nanos - (((nanos % BILLION) + BILLION) % BILLION)) / BILLION))
  const local = total + offsetSeconds
  const days = Math.floor(local / DAY_SECONDS)
  const second = local - days * DAY_SECONDS
  const date = dateOf(days)
  return {
    ...date,
    dayOfYear: days - daysOf(date.year, 1, 1),
    dayOfWeek: (((days + 4) % 7) + 7) % 7,
    hours: Math.floor(second / 3600),
    minutes: Math.floor(second / 60) % 60,
    seconds: second % 60,
  }
}

/** Seconds east of UTC of a zone named by IANA or by `+hh:mm`, at a moment. */
function zoneOffset(zone: string, nanos: bigint): number {
  const fixed = /^([+-]?)(\d\d):(\d\d)$/.exec(zone)
  if (fixed !== null) {
    const seconds = Number(fixed[2]) * 3600 + Number(fixed[3]) * 60
    return fixed[1] === '-' ? -seconds : seconds
  }
  if (zone === '' || zone === 'UTC') return 0
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    const parts = format.formatToParts(Number(nanos / 1_000_000n))
    const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
    const found = /GMT([+-])(\d\d):(\d\d)/.exec(name)
    return found === null ? 0 : zoneOffset(`${found[1]}${found[2]}:${found[3]}`, nanos)
  } catch {
    throw new CelError(`unknown time zone ${zone}`)
  }
}

const GETTERS: readonly (readonly [string, (fields: CalendarFields) => number])[] = [
  ['getFullYear', (fields) => fields.year],
  ['getMonth', (fields) => fields.month - 1],
  ['getDate', (fields) => fields.day],
  ['getDayOfMonth', (fields) => fields.day - 1],
  ['getDayOfWeek', (fields) => fields.dayOfWeek],
  ['getDayOfYear', (fields) => fields.dayOfYear],
  ['getHours', (fields) => fields.hours],
  ['getMinutes', (fields) => fields.minutes],
  ['getSeconds', (fields) => fields.seconds],
]

const milliseconds = (time: Timestamp): bigint =>
  (((time.nanos % BILLION) + BILLION) % BILLION) / 1_000_000n

function timestampGetters(): Overload[] {
  return GETTERS.flatMap(([name, get]) => [
    define(`timestamp.${name}(): int`, (time: Timestamp) => BigInt(get(fieldsOf(time.nanos, 0)))),
    define(`timestamp.${name}(string): int`, (time: Timestamp, zone: string) =>
      BigInt(get(fieldsOf(time.nanos, zoneOffset(zone, time.nanos)))),
    ),
  ])
}

/** Years 1 to 9999, as protobuf's Timestamp has it. */
function inRange(nanos: bigint): Timestamp {
  if (nanos < -62_135_596_800n * BILLION || nanos >= 253_402_300_800n * BILLION) {
    throw new CelError('timestamp overflow')
  }
  return new Timestamp(nanos)
}

const span = (nanos: bigint): Duration => new Duration(checkedInt(nanos))

export const TIME: readonly Overload[] = [
  ...timestampGetters(),
  define('timestamp.getMilliseconds(): int', milliseconds),
  define('timestamp.getMilliseconds(string): int', (time: Timestamp, _zone: string) =>
    milliseconds(time),
  ),
  define('duration.getHours(): int', (d: Duration) => d.nanos / (3600n * BILLION)),
  define('duration.getMinutes(): int', (d: Duration) => d.nanos / (60n * BILLION)),
  define('duration.getSeconds(): int', (d: Duration) => d.nanos / BILLION),
  define('duration.getMilliseconds(): int', (d: Duration) => (d.nanos / 1_000_000n) % 1_000n),
  define('timestamp(string): timestamp', parseTimestamp),
  define('timestamp(int): timestamp', (seconds: bigint) => inRange(seconds * BILLION)),
  define('timestamp(timestamp): timestamp', (time: Timestamp) => time),
  define('duration(string): duration', parseDuration),
  define('duration(duration): duration', (d: Duration) => d),
  define('_+_(duration, duration): duration', (a: Duration, b: Duration) =>
    span(a.nanos + b.nanos),
  ),
  define('_-_(duration, duration): duration', (a: Duration, b: Duration) =>
    span(a.nanos - b.nanos),
  ),
  define('_+_(timestamp, duration): timestamp', (a: Timestamp, b: Duration) =>
    inRange(a.nanos + b.nanos),
  ),
  define('_+_(duration, timestamp): timestamp', (a: Duration, b: Timestamp) =>
    inRange(a.nanos + b.nanos),
  ),
  define('_-_(timestamp, duration): timestamp', (a: Timestamp, b: Duration) =>
    inRange(a.nanos - b.nanos),
  ),
  define('_-_(timestamp, timestamp): duration', (a: Timestamp, b: Timestamp) =>
    span(a.nanos - b.nanos),
  ),
  define('-_(duration): duration', (d: Duration) => span(-d.nanos)),
]
