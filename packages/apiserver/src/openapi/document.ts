/**
 * OpenAPI v3 documents of group versions, as kubectl reads them for explain, validation and edit.
 */
import { createHash } from 'node:crypto'
import type { JsonSchema } from '../schema/index.ts'
import type { TypeModel } from './model.ts'
import { type Operation, resourcePaths } from './paths.ts'
import { builtinModel, REF_PREFIX, schemaById } from './schemas.ts'

export interface DocumentResource {
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  /** As in `status`, `scale`, `binding`. */
  readonly subresources?: readonly string[]
  /** Verbs that the resource serves; all of them by default. */
  readonly verbs?: readonly string[]
}

export interface DocumentSource {
  readonly groupVersion: { readonly group: string; readonly version: string }
  readonly resources: readonly DocumentResource[]
  /** Schemas of custom kinds by kind. Kinds that are not in it are built in. */
  readonly schemas?: Readonly<Record<string, JsonSchema>>
}

export interface OpenApiDocument {
  readonly openapi: '3.0.0'
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation | readonly unknown[]>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> }
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'

/** The document of one group version; every reference in it resolves within it. */
export function buildGroupVersionDocument(source: DocumentSource): OpenApiDocument {
  const schemas = new Map<string, JsonSchema>()
  const idOf = (kind: string): string => {
    const found = kindSchema(source, kind)
    for (const [id, schema] of found.schemas) addWithReferences(schemas, id, schema)
    return found.id
  }
  const paths: Record<string, Readonly<Record<string, Operation | readonly unknown[]>>> = {}
  for (const resource of source.resources) {
    const { kind } = resource
    const ids = { item: idOf(kind), list: idOf(`${kind}List`), of: idOf }
    Object.assign(paths, resourcePaths(source.groupVersion, resource, ids))
  }
  for (const name of ['Status', 'DeleteOptions', 'Patch', 'WatchEvent', 'ObjectMeta', 'ListMeta']) {
    const id = `${META}.${name}`
    const schema = schemaById(id)
    if (schema !== undefined) addWithReferences(schemas, id, schema)
  }
  const sorted = [...schemas].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths,
    components: { schemas: Object.fromEntries(sorted) },
  }
}

interface KindSchema {
  readonly id: string
  readonly schemas: readonly (readonly [string, JsonSchema])[]
}

function kindSchema(source: DocumentSource, kind: string): KindSchema {
  const { group, version } = source.groupVersion
  const own = source.schemas?.[kind]
  if (own !== undefined) return customKind(source, kind, own)
  const item = kind.endsWith('List') ? source.schemas?.[kind.slice(0, -4)] : undefined
  if (item !== undefined) return customList(source, kind)
  const builtin = builtinModel({ group, version, kind }) ?? subresourceModel(kind)
  const id = builtin?.id ?? `${META}.Status`
  const schema = schemaById(id)
  return { id, schemas: schema === undefined ? [] : [[id, schema]] }
}

/** Kinds of subresources may be of another group than the resource. */
function subresourceModel(kind: string): TypeModel | undefined {
  const group = SUBRESOURCE_GROUPS[kind]
  return group === undefined ? undefined : builtinModel({ group, version: 'v1', kind })
}

const SUBRESOURCE_GROUPS: Readonly<Record<string, string>> = {
  Binding: '',
  Eviction: 'policy',
  Scale: 'autoscaling',
}

/**
 * `mil.airforce.airforce.v1alpha1.Mission`: the group backwards, as the server names custom kinds.
 */
function customId({ group, version }: DocumentSource['groupVersion'], kind: string): string {
  return [...group.split('.').reverse(), version, kind].join('.')
}

const ref = (id: string, description: string): JsonSchema => ({
  description,
  allOf: [{ $ref: REF_PREFIX + id }],
})

const API_VERSION: JsonSchema = {
  description: 'Version of the schema that this object is written in.',
  type: 'string',
}
const KIND: JsonSchema = { description: 'What this object is.', type: 'string' }

function customKind(source: DocumentSource, kind: string, schema: JsonSchema): KindSchema {
  const { group, version } = source.groupVersion
  const id = customId(source.groupVersion, kind)
  const { default: _, ...rest } = schema
  const made: JsonSchema = {
    ...rest,
    properties: {
      ...schema.properties,
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: ref(
        `${META}.ObjectMeta`,
        'Name, namespace, labels and what else every object has.',
      ),
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  }
  return { id, schemas: [[id, made]] }
}

function customList(source: DocumentSource, kind: string): KindSchema {
  const { group, version } = source.groupVersion
  const id = customId(source.groupVersion, kind)
  const item = customId(source.groupVersion, kind.slice(0, -4))
  const made: JsonSchema = {
    description: `A list of ${kind.slice(0, -4)} objects.`,
    type: 'object',
    required: ['items'],
    properties: {
      apiVersion: API_VERSION,
      items: {
        description: 'The objects.',
        type: 'array',
        items: { allOf: [{ $ref: REF_PREFIX + item }] },
      },
      kind: KIND,
      metadata: ref(`${META}.ListMeta`, 'Version of the list, and where the next part begins.'),
    },
    'x-kubernetes-group-version-kind': [{ group, version, kind }],
  }
  return { id, schemas: [[id, made]] }
}

function addWithReferences(schemas: Map<string, JsonSchema>, id: string, schema: JsonSchema): void {
  if (schemas.has(id)) return
  schemas.set(id, schema)
  for (const used of referencesIn(schema)) {
    const target = schemaById(used)
    if (target !== undefined) addWithReferences(schemas, used, target)
  }
}

/** Ids that a schema refers to. */
export function referencesIn(schema: JsonSchema): Set<string> {
  const found = new Set<string>()
  const visit = (part: JsonSchema): void => {
    if (part.$ref !== undefined) found.add(part.$ref.slice(REF_PREFIX.length))
    for (const child of Object.values(part.properties ?? {})) visit(child)
    for (const child of [...(part.allOf ?? []), ...(part.anyOf ?? []), ...(part.oneOf ?? [])])
      visit(child)
    if (part.items !== undefined) visit(part.items)
    if (typeof part.additionalProperties === 'object') visit(part.additionalProperties)
  }
  visit(schema)
  return found
}

/** A document as it is served, built when it is first asked for. */
export interface ServedDocument {
  readonly document: OpenApiDocument
  readonly json: string
  /** Hex, upper case: the `hash` of the index, by which clients cache. */
  readonly hash: string
}

/** Builds a document on first use and keeps it. Make a new one when the source changes. */
export function lazyDocument(source: () => DocumentSource): () => ServedDocument {
  let served: ServedDocument | undefined
  return () => {
    if (served !== undefined) return served
    const document = buildGroupVersionDocument(source())
    const json = JSON.stringify(document)
    const hash = createHash('sha512').update(json).digest('hex').toUpperCase()
    served = { document, json, hash }
    return served
  }
}

/** The path of a group version under `/openapi/v3/`: `api/v1`, `apis/apps/v1`. */
export function documentPath({ group, version }: DocumentSource['groupVersion']): string {
  return group === '' ? `api/${version}` : `apis/${group}/${version}`
}

export interface OpenApiIndex {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>
}

/** What `/openapi/v3` answers: where each document is, with its hash. */
export function buildIndex(documents: ReadonlyMap<string, ServedDocument>): OpenApiIndex {
  const entries = [...documents].map(
    ([path, { hash }]) =>
      [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const,
  )
  return { paths: Object.fromEntries(entries) }
}
