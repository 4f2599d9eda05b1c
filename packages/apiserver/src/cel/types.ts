/** The static types of CEL as Kubernetes declares them from schemas. */

export type ScalarKind =
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'null'
  | 'dyn'
  | 'type'
  | 'timestamp'
  | 'duration'
  | 'error'

/** Types of the Kubernetes libraries, opaque to the language. */
export type OpaqueKind =
  | 'url'
  | 'quantity'
  | 'ip'
  | 'cidr'
  | 'format'
  | 'semver'
  | 'authorizer'
  | 'pathCheck'
  | 'groupCheck'
  | 'resourceCheck'
  | 'decision'

export interface ScalarType {
  readonly kind: ScalarKind | OpaqueKind
  /**
   * Most elements (characters of a string, bytes) that a value may have; used by cost estimates.
   */
  readonly max?: number
}

export interface ListType {
  readonly kind: 'list'
  readonly element: CelType
  readonly max?: number
  /** x-kubernetes-list-type set and map: equal in any order. */
  readonly unordered?: 'set' | readonly string[]
}

export interface MapType {
  readonly kind: 'map'
  readonly key: CelType
  readonly value: CelType
  readonly max?: number
}

export interface ObjectField {
  /** The property's own name, before escaping. */
  readonly property: string
  readonly type: CelType
}

export interface ObjectType {
  readonly kind: 'object'
  /** By escaped name, which is what an expression writes. */
  readonly fields: ReadonlyMap<string, ObjectField>
}

export interface OptionalType {
  readonly kind: 'optional'
  readonly value: CelType
}

/** A type parameter of a function's signature. */
export interface ParameterType {
  readonly kind: 'parameter'
  readonly name: string
}

export type CelType = ScalarType | ListType | MapType | ObjectType | OptionalType | ParameterType

export const BOOL: CelType = { kind: 'bool' }
export const INT: CelType = { kind: 'int' }
export const UINT: CelType = { kind: 'uint' }
export const DOUBLE: CelType = { kind: 'double' }
export const STRING: CelType = { kind: 'string' }
export const BYTES: CelType = { kind: 'bytes' }
export const NULL: CelType = { kind: 'null' }
export const DYN: CelType = { kind: 'dyn' }
export const TYPE: CelType = { kind: 'type' }
export const TIMESTAMP: CelType = { kind: 'timestamp' }
export const DURATION: CelType = { kind: 'duration' }

export const listOf = (element: CelType): ListType => ({ kind: 'list', element })
export const mapOf = (key: CelType, value: CelType): MapType => ({ kind: 'map', key, value })
export const optionalOf = (value: CelType): OptionalType => ({ kind: 'optional', value })

const NAMES: Readonly<Record<string, string>> = {
  timestamp: 'timestamp',
  duration: 'duration',
  url: 'kubernetes.URL',
  quantity: 'kubernetes.Quantity',
  ip: 'net.IP',
  cidr: 'net.CIDR',
  format: 'kubernetes.NamedFormat',
  semver: 'kubernetes.Semver',
  authorizer: 'kubernetes.authorization.Authorizer',
  pathCheck: 'kubernetes.authorization.PathCheck',
  groupCheck: 'kubernetes.authorization.GroupCheck',
  resourceCheck: 'kubernetes.authorization.ResourceCheck',
  decision: 'kubernetes.authorization.Decision',
}

/** The type as cel-go prints it in errors. */
export function typeName(type: CelType): string {
  switch (type.kind) {
    case 'list':
      return `list(${typeName(type.element)})`
    case 'map':
      return `map(${typeName(type.key)}, ${typeName(type.value)})`
    case 'optional':
      return `optional_type(${typeName(type.value)})`
    case 'parameter':
      return type.name
    default:
      return NAMES[type.kind] ?? type.kind
  }
}

export type Bindings = Map<string, CelType>

/**
 * Whether a value of type `actual` may stand where `wanted` is declared; binds type parameters on
 * the way. `dyn` goes
 * with everything.
 */
export function accepts(wanted: CelType, actual: CelType, bindings: Bindings): boolean {
  if (wanted.kind === 'parameter') return bindParameter(wanted.name, actual, bindings)
  if (wanted.kind === 'dyn' || actual.kind === 'dyn' || actual.kind === 'parameter') return true
  if (wanted.kind === 'list' && actual.kind === 'list') {
    return accepts(wanted.element, actual.element, bindings)
  }
  if (wanted.kind === 'map' && actual.kind === 'map') {
    return (
      accepts(wanted.key, actual.key, bindings) && accepts(wanted.value, actual.value, bindings)
    )
  }
  if (wanted.kind === 'optional' && actual.kind === 'optional') {
    return accepts(wanted.value, actual.value, bindings)
  }
  return wanted.kind === actual.kind
}

function bindParameter(name: string, actual: CelType, bindings: Bindings): boolean {
  const bound = bindings.get(name)
  if (bound === undefined || bound.kind === 'parameter' || bound.kind === 'dyn') {
    bindings.set(name, actual)
    return true
  }
  return accepts(bound, actual, bindings) || accepts(actual, bound, bindings)
}

/** `type` with its parameters replaced by what they were bound to; unbound ones become dyn. */
export function substitute(type: CelType, bindings: Bindings): CelType {
  switch (type.kind) {
    case 'parameter':
      return bindings.get(type.name) ?? DYN
    case 'list':
      return listOf(substitute(type.element, bindings))
    case 'map':
      return mapOf(substitute(type.key, bindings), substitute(type.value, bindings))
    case 'optional':
      return optionalOf(substitute(type.value, bindings))
    default:
      return type
  }
}

/** The type of what may be either: the same, or dyn where they differ. */
export function join(a: CelType, b: CelType): CelType | undefined {
  if (a === b) return a
  if (a.kind === 'dyn' || b.kind === 'dyn') return DYN
  if (a.kind === 'null') return b
  if (b.kind === 'null') return a
  if (accepts(a, b, new Map()) && accepts(b, a, new Map())) return hasParameter(a) ? b : a
  return undefined
}

function hasParameter(type: CelType): boolean {
  if (type.kind === 'list') return hasParameter(type.element)
  if (type.kind === 'map') return hasParameter(type.key) || hasParameter(type.value)
  if (type.kind === 'optional') return hasParameter(type.value)
  return type.kind === 'parameter'
}

const SCALARS: Readonly<Record<string, CelType>> = {
  'google.protobuf.Timestamp': TIMESTAMP,
  'google.protobuf.Duration': DURATION,
  null_type: NULL,
}

/** Reads a type as signatures write it: `list<string>`, `map<string, A>`, `optional<A>`, `int`. */
export function parseType(text: string): CelType {
  const name = text.trim()
  if (/^[A-Z]$/.test(name)) return { kind: 'parameter', name }
  const generic = /^(list|map|optional)<(.*)>$/.exec(name)
  if (generic === null) return SCALARS[name] ?? { kind: name as ScalarKind }
  const inner = generic[2] ?? ''
  if (generic[1] === 'list') return listOf(parseType(inner))
  if (generic[1] === 'optional') return optionalOf(parseType(inner))
  const comma = inner.indexOf(',')
  return mapOf(parseType(inner.slice(0, comma)), parseType(inner.slice(comma + 1)))
}
