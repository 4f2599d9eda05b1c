/** What server-side apply needs to know of a schema: which lists and maps merge, and by what. */

/** The part of apiextensions/v1 JSONSchemaProps (and of OpenAPI v3) that says how values merge. */
export interface MergeSchemaSource {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly default?: unknown
  readonly items?: MergeSchemaSource
  readonly properties?: Readonly<Record<string, MergeSchemaSource>>
  readonly additionalProperties?: boolean | MergeSchemaSource
  readonly allOf?: readonly MergeSchemaSource[]
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-int-or-string'?: boolean
  readonly 'x-kubernetes-embedded-resource'?: boolean
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: string
  readonly 'x-kubernetes-patch-merge-key'?: string
  readonly 'x-kubernetes-patch-strategy'?: string
}

/** Changed as a whole, owned as a whole: a scalar, an atomic map, an atomic list. */
export interface LeafNode {
  readonly kind: 'leaf'
}

/** Belongs to the server: merged like a leaf, owned by nobody. */
export interface UntrackedNode {
  readonly kind: 'untracked'
}

/** An object whose keys are owned one by one. */
export interface MapNode {
  readonly kind: 'map'
  /**
   * The schema's named fields: the path element of each, so that it is built once, and what is
   * below.
   */
  readonly fields: ReadonlyMap<string, MapField>
  /** What the keys are that the schema does not name. */
  readonly element: MergeNode
  /** True where the object itself can't be owned, only what is in it. */
  readonly bare: boolean
}

export interface MapField {
  readonly element: string
  readonly node: MergeNode
}

/** A list of scalars in which each value is owned by itself. */
export interface SetNode {
  readonly kind: 'set'
}

/** A list of objects, each known by the values of its keys. */
export interface KeyedNode {
  readonly kind: 'keyed'
  /** Sorted by name, as path elements write them. */
  readonly keys: readonly ListKey[]
  readonly item: MergeNode
}

export interface ListKey {
  readonly name: string
  /** The start of its pair in a path element: `"name":`. */
  readonly prefix: string
  /** Stands in for the key where an item lacks it. */
  readonly default: unknown
}

export type MergeNode = LeafNode | UntrackedNode | MapNode | SetNode | KeyedNode

const LEAF: LeafNode = { kind: 'leaf' }
const UNTRACKED: UntrackedNode = { kind: 'untracked' }
const NO_FIELDS: ReadonlyMap<string, MapField> = new Map()

/** Without a schema: objects merge key by key, lists are atomic. */
export const DEDUCED: MergeNode = deducedNode()

function deducedNode(): MapNode {
  const node: { -readonly [K in keyof MapNode]: MapNode[K] } = {
    kind: 'map',
    fields: NO_FIELDS,
    element: LEAF,
    bare: false,
  }
  node.element = node
  return node
}

function granularMap(element: MergeNode): MapNode {
  return { kind: 'map', fields: NO_FIELDS, element, bare: false }
}

function fieldMap(fields: Readonly<Record<string, MergeNode>>): ReadonlyMap<string, MapField> {
  return new Map(
    Object.entries(fields).map(([name, node]) => [name, { element: `f:${name}`, node }]),
  )
}

/** Fields of metadata that the server fills in and that nobody owns. */
const SERVER_FIELDS = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'selfLink',
  'managedFields',
]

const METADATA: MapNode = {
  kind: 'map',
  fields: fieldMap({
    ...Object.fromEntries(SERVER_FIELDS.map((name) => [name, UNTRACKED])),
    labels: granularMap(LEAF),
    annotations: granularMap(LEAF),
    finalizers: { kind: 'set' },
    ownerReferences: {
      kind: 'keyed',
      // Its Go type has an empty uid where there is none.
      keys: [{ name: 'uid', prefix: '"uid":', default: '' }],
      // An owner reference is atomic within its list.
      item: LEAF,
    },
  }),
  element: DEDUCED,
  bare: true,
}

export interface CompileMergeOptions {
  /** Finds what a `$ref` names; built-in kinds' schemas use references. */
  readonly resolve?: (ref: string) => MergeSchemaSource | undefined
}

/**
 * The merge rules of a whole object by its schema; without a schema they are deduced from the
 * values. Compile once per version of a kind.
 */
export function compileMergeSchema(
  schema: MergeSchemaSource | undefined,
  options: CompileMergeOptions = {},
): MapNode {
  const compiler = new Compiler(options)
  const compiled = schema === undefined ? DEDUCED : compiler.compile(schema)
  return asObject(compiled.kind === 'map' ? compiled : (DEDUCED as MapNode))
}

/** The node with what every object has: apiVersion, kind and metadata. */
function asObject(node: MapNode): MapNode {
  const fields = new Map(node.fields)
  for (const name of ['apiVersion', 'kind'])
    fields.set(name, { element: `f:${name}`, node: UNTRACKED })
  fields.set('metadata', { element: 'f:metadata', node: METADATA })
  return { ...node, fields, bare: true }
}

/** An object within an object: all that it says of itself is owned like any other field. */
function asEmbedded(node: MapNode): MapNode {
  const fields = new Map(node.fields)
  for (const name of ['apiVersion', 'kind']) fields.set(name, { element: `f:${name}`, node: LEAF })
  const below = new Map(METADATA.fields)
  for (const name of SERVER_FIELDS) {
    const rule = name === 'managedFields' ? DEDUCED : LEAF
    below.set(name, { element: `f:${name}`, node: rule })
  }
  const metadata: MapNode = { ...METADATA, fields: below, bare: false }
  fields.set('metadata', { element: 'f:metadata', node: metadata })
  return { ...node, fields }
}

class Compiler {
  readonly #resolve: (ref: string) => MergeSchemaSource | undefined
  readonly #byRef = new Map<string, MergeNode>()

  constructor(options: CompileMergeOptions) {
    this.#resolve = options.resolve ?? (() => undefined)
  }

  compile(schema: MergeSchemaSource): MergeNode {
    const ref = schema.$ref ?? schema.allOf?.[0]?.$ref
    if (ref === undefined) return this.#compileInline(schema)
    const atomic = schema['x-kubernetes-map-type'] === 'atomic'
    return atomic ? LEAF : this.#compileReference(ref)
  }

  #compileReference(ref: string): MergeNode {
    const known = this.#byRef.get(ref)
    if (known !== undefined) return known
    const target = this.#resolve(ref)
    if (target === undefined) return DEDUCED
    // A schema that leads back to itself finds this entry, which is filled in below.
    const draft = { ...(DEDUCED as MapNode) }
    this.#byRef.set(ref, draft)
    const node = this.#compileInline(target)
    if (node.kind === 'map') Object.assign(draft, node)
    const result = node.kind === 'map' ? draft : node
    this.#byRef.set(ref, result)
    return result
  }

  #compileInline(schema: MergeSchemaSource): MergeNode {
    if (schema['x-kubernetes-int-or-string'] === true) return LEAF
    if (schema.type === 'array' || schema.items !== undefined) return this.#compileList(schema)
    if (schema.properties !== undefined || isObjectType(schema)) return this.#compileMap(schema)
    return schema.type === undefined ? DEDUCED : LEAF
  }

  #compileMap(schema: MergeSchemaSource): MergeNode {
    if (schema['x-kubernetes-map-type'] === 'atomic') return LEAF
    const properties = Object.entries(schema.properties ?? {})
    const fields = new Map(
      properties.map(([name, child]) => [
        name,
        { element: `f:${name}`, node: this.compile(child) },
      ]),
    )
    const { additionalProperties: additional } = schema
    const element = typeof additional === 'object' ? this.compile(additional) : DEDUCED
    const node: MapNode = { kind: 'map', fields, element, bare: false }
    return schema['x-kubernetes-embedded-resource'] === true ? asEmbedded(node) : node
  }

  #compileList(schema: MergeSchemaSource): MergeNode {
    const { items } = schema
    const rule = listRule(schema)
    if (rule === undefined || items === undefined) return LEAF
    if (rule === 'set') return { kind: 'set' }
    const target = this.#target(items)
    // A text that a Go type lacks is empty.
    const zero = target === items ? undefined : ''
    const keys = [...rule].sort().map((name) => ({
      name,
      prefix: `${JSON.stringify(name)}:`,
      default: target.properties?.[name]?.default ?? (isText(target, name) ? zero : undefined),
    }))
    return keys.length === 0 ? LEAF : { kind: 'keyed', keys, item: this.compile(items) }
  }

  #target(schema: MergeSchemaSource): MergeSchemaSource {
    const ref = schema.$ref ?? schema.allOf?.[0]?.$ref
    return ref === undefined ? schema : (this.#resolve(ref) ?? schema)
  }
}

const isText = ({ properties }: MergeSchemaSource, name: string): boolean =>
  properties?.[name]?.type === 'string'

function isObjectType(schema: MergeSchemaSource): boolean {
  return schema.type === 'object' || typeof schema.additionalProperties === 'object'
}

/** The keys of a list of type map, `set`, or undefined where the list is atomic. */
function listRule(schema: MergeSchemaSource): readonly string[] | 'set' | undefined {
  const type = schema['x-kubernetes-list-type']
  if (type === 'map') return schema['x-kubernetes-list-map-keys'] ?? []
  if (type !== undefined) return type === 'set' ? 'set' : undefined
  const strategy = schema['x-kubernetes-patch-strategy']?.split(',')
  if (strategy?.includes('merge') !== true) return undefined
  const key = schema['x-kubernetes-patch-merge-key']
  return key === undefined ? 'set' : [key]
}
