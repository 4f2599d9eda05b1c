/** OpenAPI v3 of what is served now: an index with hashes, and one document for each group and version. */
import type { ApiRequest } from '@sortie/machinery'
import {
  buildIndex,
  type DocumentSource,
  documentPath,
  lazyDocument,
  type ServedDocument,
} from '../openapi/index.ts'
import type { Catalog } from '../registry/catalog.ts'
import { type Answer, answerWith } from '../server/answer.ts'
import { type GroupVersionContent, groupsOf, subresourcesOf } from './groups.ts'

const ROOT = '/openapi/v3'

interface Entry {
  readonly content: GroupVersionContent
  readonly document: () => ServedDocument
}

interface Documents {
  generation: number
  /** By path under the root. */
  entries: ReadonlyMap<string, Entry>
}

const served = new WeakMap<Catalog, Documents>()

/** The answer to a path under /openapi/v3; undefined where there is none. */
export function answerOpenApi(
  catalog: Catalog,
  path: string,
  request: ApiRequest,
): Answer | undefined {
  if (!path.startsWith(ROOT)) return undefined
  const { entries } = documentsOf(catalog)
  if (path === ROOT) {
    const documents = new Map([...entries].map(([key, entry]) => [key, entry.document()]))
    return answerWith(200, buildIndex(documents))
  }
  const entry = entries.get(path.slice(ROOT.length + 1))
  if (entry === undefined) return undefined
  const { document, hash } = entry.document()
  const etag = `"${hash}"`
  if (request.headers?.['if-none-match'] === etag) return answerWith(304, '', { etag })
  const isPinned = request.query?.['hash'] === hash
  const caching = isPinned ? { 'cache-control': 'public, immutable' } : {}
  return answerWith(200, document, { etag, vary: 'Accept', ...caching })
}

/** The documents by the present catalog; those whose resources are the same are kept. */
function documentsOf(catalog: Catalog): Documents {
  const known = served.get(catalog)
  if (known?.generation === catalog.generation) return known
  const entries = new Map<string, Entry>()
  for (const content of [...groupsOf(catalog).values()].flat()) {
    const path = documentPath(content)
    const before = known?.entries.get(path)
    entries.set(path, before && sameResources(before.content, content) ? before : entryOf(content))
  }
  const fresh = { generation: catalog.generation, entries }
  served.set(catalog, fresh)
  return fresh
}

function sameResources(a: GroupVersionContent, b: GroupVersionContent): boolean {
  if (a.resources.length !== b.resources.length) return false
  return a.resources.every((one, index) => one === b.resources[index])
}

function entryOf(content: GroupVersionContent): Entry {
  return { content, document: lazyDocument(() => sourceOf(content)) }
}

function sourceOf({ group, version, resources }: GroupVersionContent): DocumentSource {
  const schemas = resources.flatMap((definition) => {
    const schema = definition.versions.find((one) => one.version === version)?.schema
    return schema === undefined ? [] : [[definition.kind, schema] as const]
  })
  return {
    groupVersion: { group, version },
    resources: resources.map((definition) => ({
      plural: definition.plural,
      kind: definition.kind,
      namespaced: definition.namespaced,
      subresources: subresourcesOf(definition).map(({ name }) => name),
      verbs: definition.verbs,
    })),
    schemas: Object.fromEntries(schemas),
  }
}
