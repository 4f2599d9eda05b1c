/**
 * A compact notation for the types of the Kubernetes API. One line is one field:
 *
 *     name! type options... -- description
 *
 * `!` marks a field that documents call required, `*` a scalar that Go holds by a pointer. A type is a scalar (`string`, `int32`, `int64`,
 * `number`, `bool`, `byte`, `Time`,
 * `MicroTime`, `IntOrString`, `Quantity`, `any`), the name of another type, `[]type`, or
 * `map:type`. Options: `map(a,b)` for a
 * list keyed by those fields, `set`, `atomic` (maps; lists without a kind are atomic), `merge(a)`
 * for the key of strategic
 * merge, `merge` for a merged list of scalars, `retain` for the strategy retainKeys, `always` for a
 * field that Go's encoder writes whatever it holds, although documents do not call it required.
 */

export type FieldType =
  | { readonly of: 'scalar'; readonly name: string }
  | { readonly of: 'type'; readonly name: string }
  | { readonly of: 'list'; readonly element: FieldType }
  | { readonly of: 'map'; readonly element: FieldType }

/**
 * What Go's encoder leaves out of an object: `null` only what is not there (pointers), `zero` also what is empty, nought or false,
 * `nothing` never anything: what is not there is written as its zero.
 */
export type Omission = 'null' | 'zero' | 'nothing'

export interface FieldModel {
  readonly name: string
  readonly required: boolean
  readonly omits: Omission
  /** Go holds the scalar by a pointer: its zero is null. */
  readonly pointer: boolean
  readonly type: FieldType
  readonly description: string
  readonly listType: string | undefined
  readonly keys: readonly string[]
  readonly mapAtomic: boolean
  readonly mergeKey: string | undefined
  readonly strategy: string | undefined
}

export interface KindName {
  readonly group: string
  readonly version: string
  readonly kind: string
}

export interface TypeModel {
  /**
   * As other types name it: `Container`, or with a prefix where two packages have the same name.
   */
  readonly name: string
  /** Name in OpenAPI documents: `io.k8s.api.core.v1.Container`. */
  readonly id: string
  /** Name of the Go type, as decoding errors give it. */
  readonly go: string
  readonly description: string
  readonly kinds: readonly KindName[]
  readonly fields: ReadonlyMap<string, FieldModel>
  /** Keeps unknown fields: JSON without a schema. */
  readonly open: boolean
  /** Fields of this struct cannot be owned or patched one by one. */
  readonly atomic: boolean
}

const SCALARS = new Set([
  'string',
  'int32',
  'int64',
  'number',
  'bool',
  'byte',
  'Time',
  'MicroTime',
  'IntOrString',
  'Quantity',
  'any',
])

/** A package of types: the prefix of their ids, and the notation of each by name. */
export interface PackageTable {
  readonly prefix: string
  readonly group: string
  readonly version: string
  /**
   * `Name` or `Name kind` (an object of the API with metadata) or `Name kind list` (and its List);
   * then description and fields.
   */
  readonly types: Readonly<Record<string, string>>
}

const META_FIELDS = `
apiVersion string -- Version of the schema that this object is written in.
kind string -- What this object is.
metadata ObjectMeta -- Name, namespace, labels and what else every object has.`

/** Reads a package's notation. @throws Error for a line that is none. */
export function readPackage(table: PackageTable): TypeModel[] {
  return Object.entries(table.types).flatMap(([head, text]) => readType(table, head, text))
}

function readType(table: PackageTable, head: string, text: string): TypeModel[] {
  const [name = '', ...marks] = head.split(' ')
  const [first = '', ...lines] = text.trim().split('\n')
  const isKind = marks.includes('kind')
  const go = name.includes('.') ? (name.split('.')[1] ?? name) : name
  const notation = isKind ? [...META_FIELDS.trim().split('\n'), ...lines] : lines
  const fields = notation.map((line) => line.trim()).filter((line) => line !== '')
  const { group, version } = table
  const base: TypeModel = {
    name,
    id: `${table.prefix}.${go}`,
    go,
    description: first.trim(),
    kinds: isKind || marks.includes('meta') ? [{ group, version, kind: go }] : [],
    fields: new Map(fields.map((line) => readField(line)).map((field) => [field.name, field])),
    open: marks.includes('open'),
    atomic: marks.includes('atomic'),
  }
  return marks.includes('list') ? [base, listModel(base, table)] : [base]
}

function listModel(item: TypeModel, { group, version }: PackageTable): TypeModel {
  const lines = [
    'apiVersion string -- Version of the schema that this list is written in.',
    `items! []${item.name} -- The objects.`,
    'kind string -- What this list is of.',
    'metadata ListMeta -- Version of the list, and where the next part begins.',
  ]
  return {
    ...item,
    name: `${item.name}List`,
    id: `${item.id}List`,
    go: `${item.go}List`,
    description: `A list of ${item.go} objects.`,
    kinds: [{ group, version, kind: `${item.go}List` }],
    fields: new Map(lines.map((line) => readField(line)).map((field) => [field.name, field])),
  }
}

function readField(line: string): FieldModel {
  const [head = '', description = ''] = line.split(' -- ')
  const [written = '', type = '', ...options] = head.trim().split(' ')
  if (type === '') throw new Error(`field notation: ${line}`)
  const pointer = type.startsWith('*')
  const parsed = readFieldType(pointer ? type.slice(1) : type)
  const keyed = optionArgument(options, 'map')
  const merge = optionArgument(options, 'merge')
  const plainMerge = options.includes('merge') || merge !== undefined
  const strategies = [
    ...(plainMerge ? ['merge'] : []),
    ...(options.includes('retain') ? ['retainKeys'] : []),
  ]
  const list = parsed.of === 'list'
  const required = written.endsWith('!')
  return {
    name: written.replace('!', ''),
    required,
    omits: required || options.includes('always') ? 'nothing' : omissionOf(parsed, pointer),
    pointer,
    type: parsed,
    description: description.trim(),
    listType: list ? listTypeOf(options, keyed) : undefined,
    keys: keyed?.split(',') ?? [],
    mapAtomic: !list && options.includes('atomic'),
    mergeKey: merge,
    strategy: strategies.length === 0 ? undefined : strategies.join(','),
  }
}

/** Structs are held by pointers, and so are what Go makes structs of, unless the notation says otherwise. */
function omissionOf(type: FieldType, pointer: boolean): Omission {
  if (type.of === 'list' || type.of === 'map') return 'zero'
  return type.of === 'scalar' && !pointer && PLAIN_SCALARS.has(type.name) ? 'zero' : 'null'
}

/** Scalars that Go has types for. */
const PLAIN_SCALARS = new Set(['string', 'int32', 'int64', 'number', 'bool', 'byte'])

function listTypeOf(options: readonly string[], keyed: string | undefined): string {
  if (keyed !== undefined) return 'map'
  return options.includes('set') ? 'set' : 'atomic'
}

function optionArgument(options: readonly string[], name: string): string | undefined {
  const option = options.find((one) => one.startsWith(`${name}(`))
  return option?.slice(name.length + 1, -1)
}

function readFieldType(text: string): FieldType {
  if (text.startsWith('[]')) return { of: 'list', element: readFieldType(text.slice(2)) }
  if (text.startsWith('map:')) return { of: 'map', element: readFieldType(text.slice(4)) }
  return { of: SCALARS.has(text) ? 'scalar' : 'type', name: text }
}
