/** The paths of a resource in an OpenAPI v3 document, with Kubernetes' extensions. */
import type { GroupVersionKind } from '../schema/index.ts'
import type { DocumentResource } from './document.ts'
import { REF_PREFIX } from './schemas.ts'

interface GroupVersion {
  readonly group: string
  readonly version: string
}

interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path'
  readonly description: string
  readonly required?: boolean
  readonly schema: { readonly type: string; readonly uniqueItems?: boolean }
}

type Content = Readonly<Record<string, { readonly schema: { readonly $ref: string } }>>

export interface Operation {
  readonly tags: readonly string[]
  readonly description: string
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content; readonly required?: boolean }
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content: Content }>
  >
  readonly 'x-kubernetes-action': string
  readonly 'x-kubernetes-group-version-kind': GroupVersionKind
}

export interface SchemaIds {
  readonly item: string
  readonly list: string
  /** The id of another kind, adding its schema to the document. */
  readonly of: (kind: string) => string
}

const query = (name: string, type: string, description: string): Parameter => ({
  name,
  in: 'query',
  description,
  schema: { type, uniqueItems: true },
})

const DRY_RUN = query('dryRun', 'string', 'All: check, and change nothing.')
const MANAGER = query('fieldManager', 'string', 'Who is changing the object.')
const VALIDATION = query(
  'fieldValidation',
  'string',
  'What to do with unknown and repeated fields: Ignore, Warn or Strict.',
)
const WRITE = [DRY_RUN, MANAGER, VALIDATION]
const FORCE = query('force', 'boolean', 'Take fields over from other managers; apply only.')
const LIST = [
  query('allowWatchBookmarks', 'boolean', 'Send bookmarks.'),
  query('continue', 'string', 'Where the next part begins.'),
  query('fieldSelector', 'string', 'Limits by fields.'),
  query('labelSelector', 'string', 'Limits by labels.'),
  query('limit', 'integer', 'Most objects in the answer.'),
  query('resourceVersion', 'string', 'Version to answer at.'),
  query('resourceVersionMatch', 'string', 'How that version is meant.'),
  query('sendInitialEvents', 'boolean', 'Begin a watch with what there is.'),
  query('timeoutSeconds', 'integer', 'Seconds until the answer ends.'),
  query('watch', 'boolean', 'Watch for changes.'),
]
const DELETE = [
  DRY_RUN,
  query('gracePeriodSeconds', 'integer', 'Seconds until the object is removed.'),
  query('orphanDependents', 'boolean', 'Older form of propagationPolicy.'),
  query('propagationPolicy', 'string', 'Orphan, Background or Foreground.'),
]
const PRETTY = query('pretty', 'string', 'Indent the answer.')

const inPath = (name: string, description: string): Parameter => ({
  name,
  in: 'path',
  description,
  required: true,
  schema: { type: 'string', uniqueItems: true },
})
const NAME = inPath('name', 'Name of the object.')
const NAMESPACE = inPath('namespace', 'Namespace of the object.')

const JSON_TYPE = 'application/json'
const PATCH_TYPES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
]
const STRATEGIC = 'application/strategic-merge-patch+json'

const content = (types: readonly string[], id: string): Content =>
  Object.fromEntries(types.map((type) => [type, { schema: { $ref: REF_PREFIX + id } }]))

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1'

interface Context {
  readonly groupVersion: GroupVersion
  readonly resource: DocumentResource
  readonly ids: SchemaIds
  readonly kind: string
  /** Where it is of another group than the resource. */
  readonly gvk?: GroupVersionKind
  /** Suffix of operation ids: `NamespacedPod`, `NamespacedPodStatus`. */
  readonly id: string
}

interface OperationParts {
  readonly action: string
  readonly verb: string
  readonly description: string
  readonly answer: string
  readonly parameters?: readonly Parameter[]
  readonly body?: { readonly types: readonly string[]; readonly id: string }
}

function operation(context: Context, parts: OperationParts): Operation {
  const { group, version } = context.groupVersion
  const tag = `${group === '' ? 'core' : group.split('.')[0]}_${version}`
  const { body } = parts
  return {
    tags: [tag],
    description: parts.description,
    operationId: `${parts.verb}${pascal(tag)}${context.id}`,
    ...(parts.parameters === undefined ? {} : { parameters: parts.parameters }),
    ...(body === undefined
      ? {}
      : { requestBody: { content: content(body.types, body.id), required: true } }),
    responses: { 200: { description: 'OK', content: content([JSON_TYPE], parts.answer) } },
    'x-kubernetes-action': parts.action,
    'x-kubernetes-group-version-kind': context.gvk ?? { group, version, kind: context.kind },
  }
}

const pascal = (text: string): string =>
  text.replace(/(?:^|[_-])(\w)/g, (_, letter: string) => letter.toUpperCase())

type PathItem = Readonly<Record<string, Operation | readonly unknown[]>>

/** Paths by template. */
export function resourcePaths(
  groupVersion: GroupVersion,
  resource: DocumentResource,
  ids: SchemaIds,
): Record<string, PathItem> {
  const { group, version } = groupVersion
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const { plural, kind, namespaced } = resource
  const base = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`
  const scope = namespaced ? [NAMESPACE] : []
  const id = `${namespaced ? 'Namespaced' : ''}${kind}`
  const context: Context = { groupVersion, resource, ids, kind, id }
  const paths: Record<string, PathItem> = {
    [base]: { ...collection(context), parameters: [...scope, PRETTY] },
    [`${base}/{name}`]: { ...single(context), parameters: [NAME, ...scope, PRETTY] },
  }
  if (namespaced) {
    const all = { ...context, id: `${kind}ForAllNamespaces` }
    paths[`${root}/${plural}`] = {
      ...methodOf(collection(all), 'get'),
      parameters: [...LIST, PRETTY],
    }
  }
  for (const name of resource.subresources ?? []) {
    const item = subresource(context, name)
    paths[`${base}/{name}/${name}`] = { ...item, parameters: [NAME, ...scope, PRETTY] }
  }
  return paths
}

const methodOf = (item: PathItem, method: string): PathItem =>
  item[method] === undefined ? {} : { [method]: item[method] }

const serves = ({ resource }: Context, verb: string): boolean =>
  resource.verbs === undefined || resource.verbs.includes(verb)

function collection(context: Context): PathItem {
  const { ids, kind } = context
  const item: Record<string, Operation> = {}
  if (serves(context, 'list')) {
    const description = `list or watch objects of kind ${kind}`
    item['get'] = operation(context, {
      action: 'list',
      verb: 'list',
      description,
      answer: ids.list,
      parameters: LIST,
    })
  }
  if (serves(context, 'create')) {
    const description = `create a ${kind}`
    const body = { types: [JSON_TYPE], id: ids.item }
    item['post'] = operation(context, {
      action: 'post',
      verb: 'create',
      description,
      answer: ids.item,
      parameters: WRITE,
      body,
    })
  }
  if (serves(context, 'deletecollection')) {
    const description = `delete several objects of kind ${kind}`
    const body = { types: [JSON_TYPE], id: `${META}.DeleteOptions` }
    const parameters = [...LIST, ...DELETE]
    item['delete'] = operation(context, {
      action: 'deletecollection',
      verb: 'deleteCollection',
      description,
      answer: `${META}.Status`,
      parameters,
      body,
    })
  }
  return item
}

function single(context: Context): PathItem {
  const item: Record<string, Operation> = { ...readAndWrite(context, context.ids.item) }
  if (serves(context, 'delete')) {
    const description = `delete a ${context.kind}`
    const body = { types: [JSON_TYPE], id: `${META}.DeleteOptions` }
    item['delete'] = operation(context, {
      action: 'delete',
      verb: 'delete',
      description,
      answer: `${META}.Status`,
      parameters: DELETE,
      body,
    })
  }
  return item
}

function readAndWrite(context: Context, id: string): Record<string, Operation> {
  const { kind } = context
  const item: Record<string, Operation> = {}
  if (serves(context, 'get')) {
    const description = `read the ${kind}`
    item['get'] = operation(context, { action: 'get', verb: 'read', description, answer: id })
  }
  if (serves(context, 'update')) {
    const description = `replace the ${kind}`
    const body = { types: [JSON_TYPE], id }
    item['put'] = operation(context, {
      action: 'put',
      verb: 'replace',
      description,
      answer: id,
      parameters: WRITE,
      body,
    })
  }
  if (serves(context, 'patch')) {
    const description = `change parts of the ${kind}`
    const builtin = id.startsWith('io.k8s.')
    const body = { types: builtin ? [...PATCH_TYPES, STRATEGIC] : PATCH_TYPES, id: `${META}.Patch` }
    item['patch'] = operation(context, {
      action: 'patch',
      verb: 'patch',
      description,
      answer: id,
      parameters: [...WRITE, FORCE],
      body,
    })
  }
  return item
}

/** Subresources that are only posted to, with the kind of the body. */
const POSTED: Readonly<Record<string, string>> = { binding: 'Binding', eviction: 'Eviction' }
const SCALE = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
const EVICTION = { group: 'policy', version: 'v1', kind: 'Eviction' }

function subresource(context: Context, name: string): PathItem {
  const id = `${context.id}${pascal(name)}`
  const posted = POSTED[name]
  if (posted !== undefined) {
    const answer = `${META}.Status`
    const description = `create ${name} of a ${context.kind}`
    const body = { types: [JSON_TYPE], id: context.ids.of(posted) }
    const inner = {
      ...context,
      id,
      kind: posted,
      ...(posted === 'Eviction' ? { gvk: EVICTION } : {}),
    }
    return {
      post: operation(inner, {
        action: 'post',
        verb: 'create',
        description,
        answer,
        parameters: WRITE,
        body,
      }),
    }
  }
  if (name === 'log') {
    const description = `read the log of a ${context.kind}`
    return {
      get: operation(
        { ...context, id },
        { action: 'get', verb: 'read', description, answer: `${META}.Status` },
      ),
    }
  }
  if (name === 'scale') {
    const inner = { ...context, id, kind: 'Scale', gvk: SCALE }
    return readAndWrite(inner, context.ids.of('Scale'))
  }
  return readAndWrite({ ...context, id }, context.ids.item)
}
