/** What a request asks for, as RBAC and the audit log name it, and a transport that counts requests so. */
import {
  type ApiRequest,
  ApiStatusError,
  type Clock,
  type OpenStream,
  type Transport,
} from '@sortie/machinery'
import type { Metrics } from './metrics.ts'

/** A request in RBAC's terms. */
export interface RequestAttributes {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`. */
  readonly verb: string
  /** Empty for the core group, and for a path that names no resource. */
  readonly group: string
  /** Plural; empty for a path that names no resource, as `/version`. */
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
}

const NO_RESOURCE = { group: '', resource: '', subresource: '', namespace: '', name: '' }

/** Reads method and path as kube-apiserver's request info resolver does. */
export function requestAttributes(
  request: Pick<ApiRequest, 'method' | 'path' | 'query'>,
): RequestAttributes {
  const parts = request.path.split('/').filter((part) => part !== '')
  const grouped = parts[0] === 'apis'
  if (!grouped && parts[0] !== 'api') return { verb: plainVerb(request), ...NO_RESOURCE }
  const group = grouped ? (parts[1] ?? '') : ''
  let rest = parts.slice(grouped ? 3 : 2)
  let namespace = ''
  if (rest[0] === 'namespaces' && rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] ?? '')) {
    namespace = rest[1] ?? ''
    rest = rest.slice(2)
  }
  const [resource = '', name = '', subresource = ''] = rest
  if (resource === '') return { verb: plainVerb(request), ...NO_RESOURCE }
  return { verb: verbOf(request, name), group, resource, subresource, namespace, name }
}

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize'])

function plainVerb({ method }: Pick<ApiRequest, 'method'>): string {
  return method.toLowerCase()
}

function verbOf({ method, query }: Pick<ApiRequest, 'method' | 'query'>, name: string): string {
  switch (method) {
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === '' ? 'deletecollection' : 'delete'
    default:
      if (query?.['watch'] === 'true' || query?.['watch'] === '1') return 'watch'
      return name === '' ? 'list' : 'get'
  }
}

/** Told each request that came to an end, or each stream that was opened or refused. */
export type RequestObserver = (
  attributes: RequestAttributes,
  /** HTTP status; 0 where no answer came. */
  code: number,
  /** Until the answer; for a watch or stream until it was opened. */
  seconds: number,
) => void

/** A transport that tells an observer of each request; what goes through it is not changed. */
export function observeRequests(
  inner: Transport,
  clock: Clock,
  observe: RequestObserver,
): Transport {
  const timed = async <T>(
    request: ApiRequest,
    codeOf: (answer: T) => number,
    run: () => Promise<T>,
  ) => {
    const started = clock.monotonic()
    let code = 0
    try {
      const answer = await run()
      code = codeOf(answer)
      return answer
    } catch (error) {
      if (error instanceof ApiStatusError) code = error.code
      throw error
    } finally {
      observe(requestAttributes(request), code, (clock.monotonic() - started) / 1000)
    }
  }
  const opened = (_: OpenStream): number => 200
  return {
    parses: inner.parses === true,
    request: (request) =>
      timed(
        request,
        ({ status }) => status,
        () => inner.request(request),
      ),
    watch: (request, sink) => timed(request, opened, () => inner.watch(request, sink)),
    stream: (request, sink) => timed(request, opened, () => inner.stream(request, sink)),
    close: () => inner.close(),
  }
}

/** Counts and times requests by verb, resource and code. */
export function createRequestMetrics(metrics: Metrics): RequestObserver {
  const total = metrics.counter({
    name: 'rest_client_requests_total',
    help: 'Requests to the API server; code 0 where no answer came',
    labels: ['verb', 'resource', 'code'],
  })
  const time = metrics.histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'Time until the answer; of a watch until it was opened',
    labels: ['verb', 'resource'],
  })
  return ({ verb, resource, subresource }, code, seconds) => {
    const full = subresource === '' ? resource : `${resource}/${subresource}`
    total.add({ verb, resource: full, code: String(code) })
    time.observe(seconds, { verb, resource: full })
  }
}
