/** The string formats that apiextensions checks; a format not named here is documentation only. */

const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
/** Zeros may lead: the server parses addresses as it always did. */
const IPV4 = /^(?:0*(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}0*(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const HOST_NAME = /^[a-z0-9\p{S}\p{L}](?:-?[a-z0-9\p{S}\p{L}]{0,62})?$/iu
/** A name with dots ends in a domain of two letters or more. */
const DOTTED_HOST =
  /^(?:[a-z0-9\p{S}\p{L}](?:[-a-z0-9\p{S}\p{L}]{0,61}[a-z0-9\p{S}\p{L}])?\.)+[a-z\p{L}]{2,63}$/iu
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const UUID3 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const GO_DURATION = /^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/
/** Anywhere in the text: a number and a unit by one of its names, or by what begins with the longest of them. */
const LONG_DURATION =
  /\d+\s*(?:ns|nano[a-zµ]*|us|µs|micro[a-zµ]*|ms|milli[a-zµ]*|s|sec[a-zµ]*|m|min[a-zµ]*|h|hr|hour[a-zµ]*|d|day[a-zµ]*|w|wk|week[a-zµ]*)(?![a-zµ])/i

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

const uuidOf = (version: string): ((text: string) => boolean) => {
  const pattern = new RegExp(
    `^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$`,
    'i',
  )
  return (text) => pattern.test(text)
}

function isHostname(text: string): boolean {
  if (!HOST_NAME.test(text) && !DOTTED_HOST.test(text)) return false
  return Buffer.byteLength(text) <= 255 && text.split('.').every((part) => part.length <= 63)
}

/** Check by format name, without dashes; only names listed here are enforced. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  datetime: isDateTime,
  date: isCalendarDate,
  duration: isDuration,
  ipv4: (text) => isIPv4(text) || (isIPv6(text) && text.includes('.')),
  ipv6: isIPv6,
  cidr: isCidr,
  uri: isUri,
  hostname: isHostname,
  email: (text) => /^(?:[^<>@]*<[^\s@<>]+@[^\s@<>]+>|[^\s@<>]+@[^\s@<>]+)$/.test(text),
  mac: (text) => /^(?:[0-9a-f]{2}[:-]){5,7}[0-9a-f]{2}$/i.test(text),
  uuid: (text) => UUID.test(text),
  uuid3: (text) => UUID3.test(text),
  uuid4: uuidOf('4'),
  uuid5: uuidOf('5'),
  byte: (text) =>
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/.test(text),
  hexcolor: (text) => /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  k8sshortname: (text) => text.length <= 63 && LABEL.test(text),
  k8slongname: (text) => text.length <= 253 && SUBDOMAIN.test(text),
}

/** Formats that are known, and checked by nobody here. */
const UNCHECKED = new Set([
  'bsonobjectid',
  'isbn',
  'isbn10',
  'isbn13',
  'creditcard',
  'ssn',
  'rgbcolor',
  'password',
])
const NUMERIC: Readonly<Record<string, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double'],
}

/** The format of a schema as far as the server minds it; empty where it does not. */
export function mindedFormat({
  type,
  format = '',
}: {
  readonly type?: string
  readonly format?: string
}): string {
  if (type !== undefined && type !== '' && type !== 'string') {
    return NUMERIC[type]?.includes(format) === true ? format : ''
  }
  const name = format.replaceAll('-', '')
  return name in FORMATS || UNCHECKED.has(name) ? format : ''
}

/** The check of a format, or undefined where the server does not enforce it. */
export function formatCheck(format: string | undefined): ((text: string) => boolean) | undefined {
  return format === undefined ? undefined : FORMATS[format.replaceAll('-', '')]
}
