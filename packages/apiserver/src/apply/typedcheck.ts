/** What keeps a configuration from being merged by its kind's schema, as the library of server-side apply words it. */
import { isJsonObject } from '@sortie/machinery'
import { goSyntax, goText } from '../schema/fielderror.ts'
import { elementText } from './fieldset.ts'
import { elementOf, missingKey } from './listelements.ts'
import { compileMergeSchema, type MergeNode, type MergeSchemaSource } from './mergeschema.ts'

export interface TypedCheckOptions {
  /** Finds what a `$ref` names. */
  readonly resolve?: (ref: string) => MergeSchemaSource | undefined
  /** Takes lists whose items repeat, as a stored object may have them. */
  readonly allowDuplicates?: boolean
  /** The schema of metadata, of the object and of embedded ones. */
  readonly metadata: MergeSchemaSource
}

interface Walk extends TypedCheckOptions {
  readonly errors: string[]
}

interface Place {
  readonly path: string
  /** True below a schema that keeps unknown fields. */
  readonly open: boolean
}

const ANYTHING: MergeSchemaSource = {}
const TEXT: MergeSchemaSource = { type: 'string' }

/** Each as `.spec.size: expected numeric (int or float), got string`; empty where there are none. */
export function typedErrors(
  schema: MergeSchemaSource,
  value: unknown,
  options: TypedCheckOptions,
): string[] {
  const walk: Walk = { ...options, errors: [] }
  const whole = { ...schema, 'x-kubernetes-embedded-resource': true }
  check(whole, value, { walk, place: { path: '', open: false } })
  return walk.errors
}

interface At {
  readonly walk: Walk
  readonly place: Place
}

function report({ walk, place }: At, problem: string): void {
  walk.errors.push(place.path === '' ? problem : `${place.path}: ${problem}`)
}

function check(given: MergeSchemaSource, value: unknown, at: At): void {
  const schema = followed(given, at.walk)
  if (value === null || value === undefined) return
  const keeps = schema['x-kubernetes-preserve-unknown-fields'] === true
  const inner = keeps && !at.place.open ? { ...at, place: { ...at.place, open: true } } : at
  if (schema.type === undefined && !isLoose(schema)) checkUntyped(schema, value, inner)
  else if (schema.type === 'object') {
    if (isJsonObject(value)) checkFields(schema, value, inner)
    else report(at, `expected map, got &{${goText(value)}}`)
  } else if (schema.type === 'array') {
    if (Array.isArray(value)) checkItems(schema, value, inner)
    else report(at, `expected list, got &{${goText(value)}}`)
  } else checkScalar(schema, value, at)
}

function followed(schema: MergeSchemaSource, { resolve }: Walk): MergeSchemaSource {
  const ref = schema.$ref ?? (schema.type === undefined ? schema.allOf?.[0]?.$ref : undefined)
  return ref === undefined ? schema : (resolve?.(ref) ?? ANYTHING)
}

function checkUntyped(schema: MergeSchemaSource, value: unknown, at: At): void {
  if (isJsonObject(value)) checkFields(schema, value, at)
  else if (Array.isArray(value) && schema.items !== undefined) checkItems(schema, value, at)
}

const SCALARS: Readonly<Record<string, string>> = {
  integer: 'number',
  number: 'number',
  string: 'string',
  boolean: 'boolean',
}

/** Texts of most formats are taken for any scalar, and so are what is text or number in built-in kinds. */
const isLoose = ({ type, format }: MergeSchemaSource): boolean =>
  type === undefined
    ? format === 'int-or-string'
    : type === 'string' && format !== undefined && format !== '' && format !== 'byte'

function checkScalar(schema: MergeSchemaSource, value: unknown, at: At): void {
  const { type = '' } = schema
  if (isLoose(schema)) {
    if (typeof value === 'object') report(at, `expected any scalar, got &{${goText(value)}}`)
    return
  }
  if (typeof value === SCALARS[type]) return
  if (SCALARS[type] === 'number')
    report(at, `expected numeric (int or float), got ${goType(value)}`)
  else if (type === 'string') {
    report(at, `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`)
  } else report(at, `expected boolean, got &{${goText(value)}}`)
}

function checkFields(schema: MergeSchemaSource, value: object, at: At): void {
  const { walk, place } = at
  const { properties = {}, additionalProperties: additional } = schema
  const isWhole = schema['x-kubernetes-embedded-resource'] === true
  for (const [key, child] of Object.entries(value)) {
    const path = `${place.path}.${key}`
    const whole = isWhole ? wholeField(key, walk) : undefined
    // Metadata keeps no unknown fields, whatever it stands in.
    const inner = { walk, place: { path, open: place.open && whole === undefined } }
    const known = whole ?? own(properties, key)
    if (known !== undefined) check(known, child, inner)
    else if (typeof additional === 'object') check(additional, child, inner)
    else if (!isOpen(schema, place)) report(inner, 'field not declared in schema')
  }
}

const own = (
  properties: Readonly<Record<string, MergeSchemaSource>>,
  key: string,
): MergeSchemaSource | undefined => (Object.hasOwn(properties, key) ? properties[key] : undefined)

function wholeField(key: string, { metadata }: Walk): MergeSchemaSource | undefined {
  if (key === 'metadata') return metadata
  return key === 'apiVersion' || key === 'kind' ? TEXT : undefined
}

/** A schema without any properties takes all. */
function isOpen(
  { properties = {}, additionalProperties }: MergeSchemaSource,
  place: Place,
): boolean {
  if (additionalProperties === false) return false
  return additionalProperties === true || place.open || Object.keys(properties).length === 0
}

function checkItems(schema: MergeSchemaSource, list: readonly unknown[], at: At): void {
  const { walk, place } = at
  const { items } = schema
  if (items === undefined) return
  const node = listNode(schema, walk)
  const seen = new Set<string>()
  for (const [index, item] of list.entries()) {
    let step = `[${index}]`
    if (node.kind === 'set' || node.kind === 'keyed') {
      const element = elementOf(node, item)
      if (element === undefined) {
        report(at, `element ${index}: ${missingKey(node, item)}`)
        return
      }
      step = elementText(element)
      if (seen.has(element) && walk.allowDuplicates !== true)
        report(at, `duplicate entries for key ${step}`)
      seen.add(element)
    }
    check(items, item, { walk, place: { path: `${place.path}${step}`, open: place.open } })
  }
}

const nodes = new WeakMap<MergeSchemaSource, MergeNode>()

/** How the list merges, worked out once per schema. */
function listNode(schema: MergeSchemaSource, { resolve }: Walk): MergeNode {
  const known = nodes.get(schema)
  if (known !== undefined) return known
  const whole = { type: 'object', properties: { list: schema } }
  const compiled = compileMergeSchema(whole, resolve === undefined ? {} : { resolve })
  const node: MergeNode = compiled.fields.get('list')?.node ?? { kind: 'leaf' }
  nodes.set(schema, node)
  return node
}

function goType(value: unknown): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
}
