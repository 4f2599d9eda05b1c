/** The Kubernetes libraries: URL, quantity, IP and CIDR, named formats, semver. */
import {
  addQuantities,
  compareQuantities,
  type Quantity,
  subtractQuantities,
  tryParseQuantity,
} from '@sortie/machinery'
import { isCidr, isIPv4, isIPv6 } from '../../schema/formats.ts'
import { CelError } from '../errors.ts'
import { define, type Overload } from '../overloads.ts'
import { Opaque } from '../values.ts'
import { namedFormats } from './names.ts'

const tenth = ([a = 1]: readonly number[]): number => a * 0.1
const one = (): number => 1
const cheap = { cost: tenth, size: one }

class UrlValue extends Opaque {
  readonly kind = 'url'
  readonly text: string
  readonly url: URL
  constructor(text: string, url: URL) {
    super()
    this.text = text
    this.url = url
  }
  equals(other: unknown): boolean {
    return other instanceof UrlValue && other.text === this.text
  }
}

/** Go's ParseRequestURI: absolute, or a path from the root. */
function parseUrl(text: string): UrlValue | undefined {
  if (/[\s]/.test(text)) return undefined
  if (text.startsWith('/')) return relativeUrl(text)
  return URL.canParse(text) ? new UrlValue(text, new URL(text)) : undefined
}

function relativeUrl(text: string): UrlValue | undefined {
  const base = 'relative://'
  return URL.canParse(base + text) ? new UrlValue(text, new URL(base + text)) : undefined
}

function url(text: string): UrlValue {
  const parsed = parseUrl(text)
  if (parsed === undefined) {
    throw new CelError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    )
  }
  return parsed
}

const relative = (value: UrlValue): boolean => value.text.startsWith('/')

/** The authority as it was written: URL hides the default port. */
function hostOf(value: UrlValue): string {
  if (relative(value)) return ''
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(value.text)?.[1] ?? ''
  return authority.slice(authority.lastIndexOf('@') + 1)
}

function queryOf(value: UrlValue): Record<string, string[]> {
  const query: Record<string, string[]> = {}
  for (const [key, text] of value.url.searchParams) {
    const list = Object.hasOwn(query, key) ? query[key] : undefined
    if (list === undefined) query[key] = [text]
    else list.push(text)
  }
  return query
}

const PORT = /:(\d+)$/

const URLS: readonly Overload[] = [
  define('url(string): url', url, cheap),
  define('isURL(string): bool', (text: string) => parseUrl(text) !== undefined, cheap),
  define(
    'url.getScheme(): string',
    (u: UrlValue) => (relative(u) ? '' : u.url.protocol.slice(0, -1)),
    cheap,
  ),
  define('url.getHost(): string', hostOf, cheap),
  define(
    'url.getHostname(): string',
    (u: UrlValue) =>
      hostOf(u)
        .replace(PORT, '')
        .replace(/^\[|\]$/g, ''),
    cheap,
  ),
  define('url.getPort(): string', (u: UrlValue) => PORT.exec(hostOf(u))?.[1] ?? '', cheap),
  define('url.getEscapedPath(): string', (u: UrlValue) => pathOf(u), cheap),
  define('url.getQuery(): map<string, list<string>>', queryOf, cheap),
]

function pathOf(value: UrlValue): string {
  const { pathname } = value.url
  if (pathname !== '/') return pathname
  return /^[^:]+:\/\/[^/?#]*(?:$|[?#])/.test(value.text) ? '' : '/'
}

class QuantityValue extends Opaque {
  readonly kind = 'quantity'
  readonly quantity: Quantity
  constructor(quantity: Quantity) {
    super()
    this.quantity = quantity
  }
  equals(other: unknown): boolean {
    return other instanceof QuantityValue && compareQuantities(this.quantity, other.quantity) === 0
  }
}

function quantity(text: string): QuantityValue {
  const parsed = tryParseQuantity(text)
  if (parsed === undefined) {
    throw new CelError(
      `quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    )
  }
  return new QuantityValue(parsed)
}

const NANO = 1_000_000_000n
const wholeNumber = (q: QuantityValue): boolean => q.quantity.nanos % NANO === 0n

function asInteger(q: QuantityValue): bigint {
  if (!wholeNumber(q)) throw new CelError('cannot convert value to integer')
  return q.quantity.nanos / NANO
}

const compareTo = (a: QuantityValue, b: QuantityValue): number =>
  compareQuantities(a.quantity, b.quantity)
const units = (count: bigint): Quantity => ({ nanos: count * NANO, format: 'DecimalSI' })
const amount = (other: QuantityValue | bigint): Quantity =>
  typeof other === 'bigint' ? units(other) : other.quantity

const QUANTITIES: readonly Overload[] = [
  define('quantity(string): quantity', quantity, cheap),
  define('isQuantity(string): bool', (text: string) => tryParseQuantity(text) !== undefined, cheap),
  define(
    'quantity.sign(): int',
    (q: QuantityValue) => BigInt(q.quantity.nanos > 0n) - BigInt(q.quantity.nanos < 0n),
  ),
  define('quantity.isInteger(): bool', wholeNumber),
  define('quantity.asInteger(): int', asInteger),
  define(
    'quantity.asApproximateFloat(): double',
    (q: QuantityValue) => Number(q.quantity.nanos) / 1e9,
  ),
  define(
    'quantity.isGreaterThan(quantity): bool',
    (a: QuantityValue, b: QuantityValue) => compareTo(a, b) > 0,
  ),
  define(
    'quantity.isLessThan(quantity): bool',
    (a: QuantityValue, b: QuantityValue) => compareTo(a, b) < 0,
  ),
  define('quantity.compareTo(quantity): int', (a: QuantityValue, b: QuantityValue) =>
    BigInt(compareTo(a, b)),
  ),
  ...['quantity', 'int'].flatMap((kind) => [
    define(
      `quantity.add(${kind}): quantity`,
      (a: QuantityValue, b: QuantityValue | bigint) =>
        new QuantityValue(addQuantities(a.quantity, amount(b))),
    ),
    define(
      `quantity.sub(${kind}): quantity`,
      (a: QuantityValue, b: QuantityValue | bigint) =>
        new QuantityValue(subtractQuantities(a.quantity, amount(b))),
    ),
  ]),
]

/** An address as an integer with its width: what IP and CIDR arithmetic needs. */
class IpValue extends Opaque {
  readonly kind = 'ip'
  readonly bits: bigint
  readonly width: 32 | 128
  constructor(bits: bigint, width: 32 | 128) {
    super()
    this.bits = bits
    this.width = width
  }
  equals(other: unknown): boolean {
    return other instanceof IpValue && other.bits === this.bits && other.width === this.width
  }
}

function parseIp(text: string): IpValue | undefined {
  if (isIPv4(text)) return new IpValue(v4Bits(text), 32)
  return isIPv6(text) ? new IpValue(v6Bits(text), 128) : undefined
}

const v4Bits = (text: string): bigint =>
  text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n)

function v6Bits(text: string): bigint {
  const [head = '', tail] = text.split('::')
  const groups = (half: string): bigint[] =>
    half === ''
      ? []
      : half.split(':').flatMap((part) => {
          if (!part.includes('.')) return [BigInt(`0x${part}`)]
          const bits = v4Bits(part)
          return [bits >> 16n, bits & 0xffffn]
        })
  const left = groups(head)
  const right = tail === undefined ? [] : groups(tail)
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => 0n)
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | group, 0n)
}

function ip(text: string): IpValue {
  const parsed = parseIp(text)
  if (parsed === undefined) {
    throw new CelError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: unable to parse IP`,
    )
  }
  return parsed
}

/** The text in canonical form (RFC 5952). */
function ipText({ bits, width }: IpValue): string {
  if (width === 32) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.')
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  )
  const runs = [...groups.join(':').matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)]
  const longest = runs.reduce<RegExpExecArray | undefined>(
    (best, run) => (best === undefined || run[0].length > best[0].length ? run : best),
    undefined,
  )
  const text = groups.join(':')
  if (longest === undefined) return text
  const before = text.slice(0, longest.index).replace(/:$/, '')
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '')
  return `${before}::${after}`
}

const prefixed = (value: IpValue, base: string, length: number): boolean => {
  const net = parseIp(base)
  if (net === undefined || net.width !== value.width) return false
  const shift = BigInt(value.width - length)
  return value.bits >> shift === net.bits >> shift
}

const isLoopback = (a: IpValue) => (a.width === 32 ? prefixed(a, '127.0.0.0', 8) : a.bits === 1n)
const isLinkLocal = (a: IpValue) => prefixed(a, '169.254.0.0', 16) || prefixed(a, 'fe80::', 10)
const isLinkMulticast = (a: IpValue) => prefixed(a, '224.0.0.0', 24) || prefixed(a, 'ff02::', 16)
const isMulticast = (a: IpValue) => prefixed(a, '224.0.0.0', 4) || prefixed(a, 'ff00::', 8)
const isUnspecified = (a: IpValue) => a.bits === 0n
const isGlobal = (a: IpValue) =>
  !(isUnspecified(a) || isLoopback(a) || isMulticast(a) || isLinkLocal(a)) &&
  !(a.width === 32 && a.bits === 0xffff_ffffn)

class CidrValue extends Opaque {
  readonly kind = 'cidr'
  readonly ip: IpValue
  readonly length: number
  constructor(address: IpValue, length: number) {
    super()
    this.ip = address
    this.length = length
  }
  equals(other: unknown): boolean {
    return other instanceof CidrValue && this.length === other.length && this.ip.equals(other.ip)
  }
}

function cidr(text: string): CidrValue {
  const [address = '', length = ''] = text.split('/')
  const parsed = isCidr(text) ? parseIp(address) : undefined
  if (parsed === undefined) {
    throw new CelError(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): no '/'`,
    )
  }
  return new CidrValue(parsed, Number(length))
}

function masked({ ip: address, length }: CidrValue): CidrValue {
  const shift = BigInt(address.width - length)
  return new CidrValue(new IpValue((address.bits >> shift) << shift, address.width), length)
}

function containsIp(net: CidrValue, address: IpValue): boolean {
  if (net.ip.width !== address.width) return false
  const shift = BigInt(address.width - net.length)
  return net.ip.bits >> shift === address.bits >> shift
}

const containsCidr = (net: CidrValue, other: CidrValue): boolean =>
  other.length >= net.length && containsIp(net, other.ip)
const family = (address: IpValue): bigint => (address.width === 32 ? 4n : 6n)

const NET: readonly Overload[] = [
  define('ip(string): ip', ip, cheap),
  define('isIP(string): bool', (text: string) => parseIp(text) !== undefined, cheap),
  define('ip::isCanonical(string): bool', (text: string) => ipText(ip(text)) === text, cheap),
  define('string(ip): string', ipText),
  define('ip.family(): int', family),
  define('ip.isUnspecified(): bool', isUnspecified),
  define('ip.isLoopback(): bool', isLoopback),
  define('ip.isLinkLocalUnicast(): bool', isLinkLocal),
  define('ip.isLinkLocalMulticast(): bool', isLinkMulticast),
  define('ip.isGlobalUnicast(): bool', isGlobal),
  define('cidr(string): cidr', cidr, cheap),
  define('isCIDR(string): bool', (text: string) => isCidr(text), cheap),
  define('string(cidr): string', (net: CidrValue) => `${ipText(net.ip)}/${net.length}`),
  define('cidr.containsIP(ip): bool', containsIp),
  define(
    'cidr.containsIP(string): bool',
    (net: CidrValue, text: string) => containsIp(net, ip(text)),
    cheap,
  ),
  define('cidr.containsCIDR(cidr): bool', containsCidr),
  define(
    'cidr.containsCIDR(string): bool',
    (net: CidrValue, text: string) => containsCidr(net, cidr(text)),
    cheap,
  ),
  define('cidr.ip(): ip', (net: CidrValue) => net.ip),
  define('cidr.masked(): cidr', masked),
  define('cidr.prefixLength(): int', (net: CidrValue) => BigInt(net.length)),
]

export const KUBERNETES: readonly Overload[] = [...URLS, ...QUANTITIES, ...NET, ...namedFormats()]
