/**
 * The named formats of Kubernetes' CEL library (`format.dns1123Label().validate(x)`) and semantic
 * versions.
 */
import { formatCheck } from '../../schema/formats.ts'
import { CelError } from '../errors.ts'
import { define, type Overload } from '../overloads.ts'
import { Opaque, Optional } from '../values.ts'

class NamedFormat extends Opaque {
  readonly kind = 'format'
  readonly name: string
  /** What is wrong with a text; empty where nothing is. */
  readonly problems: (text: string) => string[]
  constructor(name: string, problems: (text: string) => string[]) {
    super()
    this.name = name
    this.problems = problems
  }
  equals(other: unknown): boolean {
    return other instanceof NamedFormat && other.name === this.name
  }
}

interface NameRule {
  readonly pattern: RegExp
  readonly limit: number
  readonly says: string
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'

const RULES: Readonly<Record<string, NameRule>> = {
  dns1123Label: {
    pattern: new RegExp(`^${LABEL}$`),
    limit: 63,
    says: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  },
  dns1123Subdomain: {
    pattern: new RegExp(`^${LABEL}(\\.${LABEL})*$`),
    limit: 253,
    says: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  },
  dns1035Label: {
    pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    limit: 63,
    says: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  },
  qualifiedName: {
    pattern: new RegExp(`^(${LABEL}(\\.${LABEL})*/)?${QUALIFIED}$`),
    limit: 317,
    says: "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  },
  labelValue: {
    pattern: new RegExp(`^(${QUALIFIED})?$`),
    limit: 63,
    says: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  },
}

/** Named formats that the schema's own formats already check. */
const BY_SCHEMA: Readonly<Record<string, string>> = {
  uri: 'uri',
  uuid: 'uuid',
  byte: 'byte',
  date: 'date',
  datetime: 'date-time',
}

function ruleProblems({ pattern, limit, says }: NameRule): (text: string) => string[] {
  return (text) => {
    const problems: string[] = []
    if (text.length > limit) problems.push(`must be no more than ${limit} bytes`)
    if (!pattern.test(text)) problems.push(says)
    return problems
  }
}

function allFormats(): ReadonlyMap<string, NamedFormat> {
  const formats = new Map<string, NamedFormat>()
  for (const [name, rule] of Object.entries(RULES)) {
    const problems = ruleProblems(rule)
    formats.set(name, new NamedFormat(name, problems))
    if (name.startsWith('dns')) {
      const prefix = `${name}Prefix`
      const trimmed = (text: string) => problems(text.endsWith('-') ? text.slice(0, -1) : text)
      formats.set(prefix, new NamedFormat(prefix, trimmed))
    }
  }
  for (const [name, format] of Object.entries(BY_SCHEMA)) {
    const check = formatCheck(format)
    const problems = (text: string) => (check?.(text) === false ? [`invalid ${name}`] : [])
    formats.set(name, new NamedFormat(name, problems))
  }
  return formats
}

class Semver extends Opaque {
  readonly kind = 'semver'
  readonly numbers: readonly [bigint, bigint, bigint]
  readonly pre: string
  constructor(numbers: readonly [bigint, bigint, bigint], pre: string) {
    super()
    this.numbers = numbers
    this.pre = pre
  }
  equals(other: unknown): boolean {
    return other instanceof Semver && compareSemver(this, other) === 0
  }
}

const SEMVER =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/

function parseSemver(text: string): Semver | undefined {
  const parts = SEMVER.exec(text)
  if (parts === null) return undefined
  const number = (index: number) => BigInt(parts[index] ?? 0)
  return new Semver([number(1), number(2), number(3)], parts[4] ?? '')
}

function semver(text: string): Semver {
  const parsed = parseSemver(text)
  if (parsed === undefined) throw new CelError(`No Major.Minor.Patch elements found`)
  return parsed
}

function compareSemver(a: Semver, b: Semver): number {
  for (const index of [0, 1, 2] as const) {
    const [left, right] = [a.numbers[index], b.numbers[index]]
    if (left !== right) return left < right ? -1 : 1
  }
  if (a.pre === '' || b.pre === '') return Number(a.pre === '') - Number(b.pre === '')
  return comparePre(a.pre.split('.'), b.pre.split('.'))
}

function comparePre(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [left, right] = [a[index], b[index]]
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1
    if (left === right) continue
    const numeric = [left, right].map((part) => /^\d+$/.test(part))
    if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1
    const less = numeric[0] ? BigInt(left) < BigInt(right) : left < right
    return less ? -1 : 1
  }
  return 0
}

const tenth = { cost: ([a = 1]: readonly number[]): number => a * 0.1, size: () => 1 }

export function namedFormats(): Overload[] {
  const formats = allFormats()
  const problems = (format: NamedFormat, text: string) => {
    const found = format.problems(text)
    return found.length === 0 ? Optional.none : Optional.of(found)
  }
  const named = (name: string) => {
    const format = formats.get(name)
    return format === undefined ? Optional.none : Optional.of(format)
  }
  return [
    ...[...formats].map(([name, format]) => define(`format::${name}(): format`, () => format)),
    define('format::named(string): optional<format>', named, tenth),
    define('format.validate(string): optional<list<string>>', problems, tenth),
    define('semver(string): semver', semver, tenth),
    define('isSemver(string): bool', (text: string) => parseSemver(text) !== undefined, tenth),
    define('semver.major(): int', (v: Semver) => v.numbers[0]),
    define('semver.minor(): int', (v: Semver) => v.numbers[1]),
    define('semver.patch(): int', (v: Semver) => v.numbers[2]),
    define('semver.isLessThan(semver): bool', (a: Semver, b: Semver) => compareSemver(a, b) < 0),
    define('semver.isGreaterThan(semver): bool', (a: Semver, b: Semver) => compareSemver(a, b) > 0),
    define('semver.compareTo(semver): int', (a: Semver, b: Semver) => BigInt(compareSemver(a, b))),
  ]
}
