/** What a path asks for. */
import type { ApiRequest } from '@sortie/machinery'

export interface ResourcePath {
  readonly group: string
  readonly version: string
  readonly plural: string
  /** Empty where the path names none. */
  readonly namespace: string
  /** Empty for the collection. */
  readonly name: string
  /** Empty for the object itself; `status`, `log`, `scale`… */
  readonly subresource: string
}

const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize'])

/** The resource that a path names; undefined for every other path. */
export function parseResourcePath(path: string): ResourcePath | undefined {
  const parts = split(path)
  if (parts === undefined) return undefined
  if (parts[0] === 'api' && parts.length >= 3) {
    return resourceAt({ group: '', version: parts[1] ?? '' }, parts.slice(2))
  }
  if (parts[0] === 'apis' && parts.length >= 4) {
    return resourceAt({ group: parts[1] ?? '', version: parts[2] ?? '' }, parts.slice(3))
  }
  return undefined
}

/** The path's segments, decoded; undefined where one cannot be. */
function split(path: string): readonly string[] | undefined {
  const raw = path.split('/').filter((part) => part !== '')
  if (!path.includes('%')) return raw
  try {
    return raw.map(decodeURIComponent)
  } catch {
    return undefined
  }
}

function resourceAt(
  at: { readonly group: string; readonly version: string },
  parts: readonly string[],
): ResourcePath | undefined {
  const [first = '', second = '', third = ''] = parts
  const namespaced =
    first === 'namespaces' && parts.length >= 3 && !NAMESPACE_SUBRESOURCES.has(third)
  const rest = namespaced ? parts.slice(2) : parts
  if (rest.length > 3) return undefined
  const [plural = '', name = '', subresource = ''] = rest
  const namespace = namespaced ? second : ''
  return { ...at, plural, namespace, name, subresource }
}

const OLD_WATCH = /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)\/watch\/(?=.)/

/** The request that an old path of watches stands for: `/api/v1/watch/pods` is a watch of `/api/v1/pods`. */
export function withoutOldWatch(request: ApiRequest): ApiRequest {
  if (!request.path.includes('/watch/') || !OLD_WATCH.test(request.path)) return request
  const query = { ...request.query, watch: 'true' }
  return { ...request, path: request.path.replace(OLD_WATCH, '$1/'), query }
}
