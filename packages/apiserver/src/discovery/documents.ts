/** Everything that is no resource: version, health, discovery, OpenAPI. */
import { type ApiRequest, stableHash } from '@sortie/machinery'
import type { Catalog } from '../registry/catalog.ts'
import { type Answer, answerWith } from '../server/answer.ts'
import type { ServerParts } from '../server/parts.ts'
import {
  apiGroup,
  type GroupVersionContent,
  groupDiscovery,
  groupsOf,
  resourceList,
} from './groups.ts'

import { answerOpenApi } from './openapi.ts'

/** The answer to a path that names no resource; undefined where there is nothing at it. */
export function answerDocument(parts: ServerParts, request: ApiRequest): Answer | undefined {
  const path = request.path.length > 1 ? request.path.replace(/\/$/, '') : request.path
  return (
    answerHealth(path, request) ??
    answerVersion(parts, path) ??
    answerOpenApi(parts.catalog, path, request) ??
    answerDiscovery(parts.catalog, path, request)
  )
}

const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz'])
const TEXT = { 'content-type': 'text/plain; charset=utf-8' }

function answerHealth(path: string, request: ApiRequest): Answer | undefined {
  if (path === '/healthz/ping' || path === '/readyz/ping' || path === '/livez/ping') {
    return answerWith(200, 'ok', TEXT)
  }
  if (!HEALTH_PATHS.has(path)) return undefined
  if (request.query?.['verbose'] === undefined) return answerWith(200, 'ok', TEXT)
  const name = path.slice(1)
  return answerWith(200, `[+]ping ok\n[+]log ok\n[+]store ok\n${name} check passed\n`, TEXT)
}

function answerVersion({ version }: ServerParts, path: string): Answer | undefined {
  if (path !== '/version') return undefined
  const [, major = '1', minor = '0'] = /^v(\d+)\.(\d+)/.exec(version) ?? []
  return answerWith(200, {
    major,
    minor,
    gitVersion: version,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'none',
    compiler: 'none',
    platform: 'nodejs',
  })
}

interface Documents {
  readonly generation: number
  readonly groups: ReadonlyMap<string, readonly GroupVersionContent[]>
  readonly made: Map<string, object>
  readonly tags: Map<object, string>
}

const documents = new WeakMap<Catalog, Documents>()

/** What was derived from the catalog as it is now. */
function documentsOf(catalog: Catalog): Documents {
  const known = documents.get(catalog)
  if (known?.generation === catalog.generation) return known
  const fresh = {
    generation: catalog.generation,
    groups: groupsOf(catalog),
    made: new Map(),
    tags: new Map(),
  }
  documents.set(catalog, fresh)
  return fresh
}

function answerDiscovery(catalog: Catalog, path: string, request: ApiRequest): Answer | undefined {
  const found = documentsOf(catalog)
  const aggregated = aggregatedVersion(request.headers?.['accept'])
  const core = path === '/api'
  if ((core || path === '/apis') && aggregated !== undefined) {
    return answerAggregated(found, { core, version: aggregated, request })
  }
  const body = cached(found, path, () => plainDocument(found, path))
  return body === undefined ? undefined : answerWith(200, body)
}

function tagOf({ tags }: Documents, body: object): string {
  const known = tags.get(body)
  if (known !== undefined) return known
  const tag = JSON.stringify(stableHash(JSON.stringify(body)))
  tags.set(body, tag)
  return tag
}

function cached<T extends object | undefined>({ made }: Documents, key: string, make: () => T): T {
  const known = made.get(key)
  if (known !== undefined) return known as T
  const fresh = make()
  if (fresh !== undefined) made.set(key, fresh)
  return fresh
}

function plainDocument({ groups }: Documents, path: string): object | undefined {
  const [root = '', group = '', version = '', ...rest] = path.split('/').slice(1)
  if (rest.length > 0) return undefined
  if (root === 'api') return coreDocument(groups.get('') ?? [], { version: group, rest: version })
  if (root !== 'apis') return undefined
  if (group === '') return groupList(groups)
  const versions = group === '' ? undefined : groups.get(group)
  if (versions === undefined) return undefined
  if (version === '') return { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group, versions) }
  const content = versions.find((one) => one.version === version)
  return content === undefined ? undefined : resourceList(content)
}

function coreDocument(
  versions: readonly GroupVersionContent[],
  { version, rest }: { readonly version: string; readonly rest: string },
): object | undefined {
  if (rest !== '') return undefined
  if (version === '') {
    return {
      kind: 'APIVersions',
      versions: versions.map((content) => content.version),
      serverAddressByClientCIDRs: [],
    }
  }
  const content = versions.find((one) => one.version === version)
  return content === undefined ? undefined : resourceList(content)
}

function groupList(groups: Documents['groups']): object {
  const named = [...groups].filter(([group]) => group !== '')
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: named.map(([group, versions]) => apiGroup(group, versions)),
  }
}

/** The version of aggregated discovery that the client asks for first. */
function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  if (accept === undefined || !accept.includes('APIGroupDiscoveryList')) return undefined
  for (const entry of accept.split(',')) {
    const parts = entry.split(';').map((part) => part.trim())
    if (!parts.includes('as=APIGroupDiscoveryList') || parts[0] !== 'application/json') continue
    if (parts.includes('v=v2')) return 'v2'
    if (parts.includes('v=v2beta1')) return 'v2beta1'
  }
  return undefined
}

interface Aggregated {
  readonly core: boolean
  readonly version: 'v2' | 'v2beta1'
  readonly request: ApiRequest
}

/** Tagged, so that a client that has it need not be sent it again. */
function answerAggregated(found: Documents, { core, version, request }: Aggregated): Answer {
  const body = cached(found, `${core}/${version}`, () => ({
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: [...found.groups]
      .filter(([group]) => (group === '') === core)
      .map(([group, versions]) => groupDiscovery(group, versions)),
  }))
  const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`
  const tag = tagOf(found, body)
  if (request.headers?.['if-none-match'] === tag) {
    const headers = { etag: tag, vary: 'Accept' }
    return { kind: 'response', response: { status: 304, headers, body: '' } }
  }
  return answerWith(200, body, { 'content-type': type, vary: 'Accept', etag: tag })
}
