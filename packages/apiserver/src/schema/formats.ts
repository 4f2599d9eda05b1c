/** The string formats that apiextensions checks; a format not named here is documentation only. */

const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const HOSTNAME = /^(?=.{1,255}$)[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.?$/
const UUID =
  /^[0-9a-f]{8}-?[0-9a-f]{4}-?([0-9a-f])[0-9a-f]{3}-?([0-9a-f])[0-9a-f]{3}-?[0-9a-f]{12}$/i
const GO_DURATION = /^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/
const LONG_DURATION =
  /^(?:\d+\s*(?:ns|nano(?:second)?s?|us|µs|micro(?:second)?s?|ms|milli(?:second)?s?|s|sec(?:ond)?s?|m|min(?:ute)?s?|h|hr|hours?|d|days?|w|wk|weeks?)\s*)+$/

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > (DAYS[month - 1] ?? 0)) return false
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return !(month === 2 && day === 29 && !leap)
}

/**
 * The number that the digits from `start` to `end` write; the caller knows that they are digits.
 */
function digits(text: string, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 10 + text.charCodeAt(at) - 48
  return value
}

/** RFC 3339, as meta/v1 Time takes it. */
export function isDateTime(text: string): boolean {
  if (!DATE_TIME.test(text)) return false
  if (digits(text, 11, 13) > 23 || digits(text, 14, 16) > 59 || digits(text, 17, 19) > 59)
    return false
  return isDate(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10))
}

function isCalendarDate(text: string): boolean {
  const parts = DATE.exec(text)
  return parts !== null && isDate(Number(parts[1]), Number(parts[2]), Number(parts[3]))
}

export function isIPv4(text: string): boolean {
  return IPV4.test(text)
}

/** RFC 4291 text, without a zone. */
export function isIPv6(text: string): boolean {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(':')) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  let groups = 0
  for (const [index, half] of halves.entries()) {
    const parts = half === '' ? [] : half.split(':')
    for (const [at, part] of parts.entries()) {
      const last = index === halves.length - 1 && at === parts.length - 1
      if (last && part.includes('.')) {
        if (!isIPv4(part)) return false
        groups += 2
      } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups += 1
      else return false
    }
  }
  return halves.length === 2 ? groups <= 7 : groups === 8
}

export function isCidr(text: string): boolean {
  const [address = '', bits, extra] = text.split('/')
  if (bits === undefined || extra !== undefined || !/^\d{1,3}$/.test(bits)) return false
  if (isIPv4(address)) return Number(bits) <= 32
  return isIPv6(address) && Number(bits) <= 128
}

export function isUri(text: string): boolean {
  return URL.canParse(text) || (text.startsWith('/') && URL.canParse(text, 'http://localhost'))
}

/** A Go duration, or the longer form of go-openapi/strfmt (`3 days`). */
export function isDuration(text: string): boolean {
  return GO_DURATION.test(text) || LONG_DURATION.test(text)
}

const uuidOf = (version: string) => (text: string) => UUID.exec(text)?.[1] === version

/** Check by format name, without dashes; only names listed here are enforced. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  datetime: isDateTime,
  date: isCalendarDate,
  duration: isDuration,
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  uri: isUri,
  hostname: (text) => HOSTNAME.test(text),
  email: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
  mac: (text) => /^(?:[0-9a-f]{2}[:-]){5,7}[0-9a-f]{2}$/i.test(text),
  uuid: (text) => UUID.test(text),
  uuid3: uuidOf('3'),
  uuid4: uuidOf('4'),
  uuid5: uuidOf('5'),
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  k8sshortname: (text) => text.length <= 63 && LABEL.test(text),
  k8slongname: (text) => text.length <= 253 && SUBDOMAIN.test(text),
}

/** The check of a format, or undefined where the server does not enforce it. */
export function formatCheck(format: string | undefined): ((text: string) => boolean) | undefined {
  return format === undefined ? undefined : FORMATS[format.replaceAll('-', '')]
}
