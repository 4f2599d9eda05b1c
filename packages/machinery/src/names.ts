import {
  isDnsLabel,
  isDnsSubdomain,
  isLabelValue,
  MAX_LABEL_LENGTH,
  MAX_NAME_LENGTH,
} from './validation.ts'

/** Characters in a stable hash. */
export const STABLE_HASH_LENGTH = 10

/**
 * Ten characters of `0-9a-v` (50 bits) that depend on nothing but `text`: FNV-1a with 64 bits over
 * its UTF-16 code units, each half mixed once more. The same on every machine and in every version;
 * it resists no attacker.
 */
export function stableHash(text: string): string {
  // The 64-bit state as four limbs of 16 bits, lowest first; the prime is 2^40 + 0x1b3.
  let a = 0x2325
  let b = 0x8422
  let c = 0x9ce4
  let d = 0xcbf2
  for (let index = 0; index < text.length; index++) {
    a ^= text.charCodeAt(index)
    const low = a * 0x1b3
    const second = b * 0x1b3 + (low >>> 16)
    const third = c * 0x1b3 + (a << 8) + (second >>> 16)
    const fourth = d * 0x1b3 + (b << 8) + Math.floor(third / 0x10000)
    a = low & 0xffff
    b = second & 0xffff
    c = third & 0xffff
    d = fourth & 0xffff
  }
  return base32(mix(((d << 16) | c) ^ Math.imul(a, 0x9e3779b1))) + base32(mix((b << 16) | a))
}

/** Murmur's last step: every bit of the input reaches every bit of the output. */
function mix(half: number): number {
  let bits = half ^ (half >>> 16)
  bits = Math.imul(bits, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

function base32(bits: number): string {
  return (bits >>> 7).toString(32).padStart(5, '0')
}

export interface NameOptions {
  /**
   * `label` allows no dots (container, port and volume names); `subdomain`, the default, is the
   * rule for objects.
   */
  readonly form?: 'label' | 'subdomain'
}

/**
 * The parts joined by `-`, as a valid DNS name of at most `longest` characters, and never more than
 * the form allows. A name that had to be cut or changed ends in `-` and a stable hash of the parts,
 * so different inputs stay different.
 * @throws RangeError where `longest` leaves no room for the hash.
 */
export function boundedName(
  parts: readonly string[],
  longest: number = MAX_NAME_LENGTH,
  options: NameOptions = {},
): string {
  const joined = parts.join('-')
  const isLabel = options.form === 'label'
  const maxLength = Math.min(longest, isLabel ? MAX_LABEL_LENGTH : MAX_NAME_LENGTH)
  const isValid = isLabel ? isDnsLabel : isDnsSubdomain
  if (joined.length <= maxLength && isValid(joined)) return joined
  const room = maxLength - STABLE_HASH_LENGTH
  if (room < 0) throw new RangeError(`a name of ${maxLength} characters has no room for its hash`)
  const hash = stableHash(parts.join('\u0000'))
  const kept = dnsText(joined, isLabel).slice(0, Math.max(0, room - 1))
  const stem = kept.replace(/[-.]+$/, '')
  return stem === '' ? hash : `${stem}-${hash}`
}

function dnsText(text: string, withoutDots: boolean): string {
  const lower = text.toLowerCase()
  const plain = withoutDots
    ? lower.replace(/[^-a-z0-9]+/g, '-')
    : lower.replace(/[^-.a-z0-9]+/g, '-')
  return plain.replace(/-*\.[-.]*/g, (run) => (run === '.' ? '.' : '-')).replace(/^[-.]+/, '')
}

/**
 * `text` as a label value: itself where it is one, else its valid characters, cut to fit, with `-`
 * and a stable hash of the whole, so that different texts give different values.
 */
export function toLabelValue(text: string): string {
  if (isLabelValue(text)) return text
  const stem = text
    .replace(/[^-A-Za-z0-9_.]+/g, '-')
    .replace(/^[-_.]+/, '')
    .slice(0, MAX_LABEL_LENGTH - STABLE_HASH_LENGTH - 1)
    .replace(/[-_.]+$/, '')
  return stem === '' ? stableHash(text) : `${stem}-${stableHash(text)}`
}

/**
 * The candidate that `word` was most likely meant to be, for "did you mean": fewest edits, letter
 * case aside, and no more than a third of the word's letters (one at least); the first of equals.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase()
  let limit = Math.max(1, Math.floor(word.length / 3))
  let best: string | undefined
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit) continue
    const distance = levenshtein(wanted, candidate.toLowerCase())
    if (distance > limit || (best !== undefined && distance === limit)) continue
    best = candidate
    limit = distance
  }
  return best
}

/** The number of insertions, deletions and replacements of one character that turn `a` into `b`. */
export function levenshtein(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      const shorter = Math.min(previous[column] ?? 0, current[column - 1] ?? 0) + 1
      current.push(Math.min(replaced, shorter))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
