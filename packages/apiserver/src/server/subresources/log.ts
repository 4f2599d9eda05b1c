/** pods/log: from a log source in this process, else from the kubelet's own server on the loopback interface. */
import { type ByteSink, statusError } from '@sortie/machinery'
import { badRequest, notFound } from '../../registry/failures.ts'
import type { Query } from '../../request/query.ts'
import { listOf, objectOf, textOf } from '../../resources/pods/fields.ts'
import type { StoredObject } from '../../store/index.ts'
import type { Answer, PausableStream } from '../answer.ts'
import { type Call, placeOfCall } from '../call.ts'
import { openKubeletLog } from '../kubeletlog.ts'
import type { LogRequest } from '../logs.ts'

const LISTS = ['containers', 'initContainers', 'ephemeralContainers'] as const

export function answerLog(call: Call): Answer {
  const { definition, parts } = call
  const place = placeOfCall(call)
  const pod = parts.store.get(definition.storage, place)
  if (pod === undefined) throw notFound(definition, place.name)
  const request = logRequest(pod, call.query)
  if (request.node === '') return emptyLog()
  return { kind: 'stream', open: parts.logSource?.(request) ?? openerOfNode(call, request) }
}

/** A pod without node has written nothing yet. */
function emptyLog(): Answer {
  return {
    kind: 'response',
    response: { status: 200, headers: { 'content-type': 'text/plain' }, body: '' },
  }
}

function logRequest(pod: StoredObject, query: Query): LogRequest {
  const { name, namespace = '', uid } = pod.metadata
  const number = (key: string): Record<string, number> => {
    const text = query[key]
    if (text === undefined || text === '') return {}
    if (!/^\d+$/.test(text)) throw badRequest(`${key} must be a number`)
    return { [key]: Number(text) }
  }
  return {
    namespace,
    pod: name,
    uid,
    node: textOf(objectOf(pod, 'spec'), 'nodeName'),
    container: containerOf(pod, query['container'] ?? ''),
    follow: query['follow'] === 'true',
    previous: query['previous'] === 'true',
    timestamps: query['timestamps'] === 'true',
    ...number('tailLines'),
    ...number('limitBytes'),
    ...number('sinceSeconds'),
    ...(query['sinceTime'] === undefined ? {} : { sinceTime: query['sinceTime'] }),
  }
}

function containerOf(pod: StoredObject, wanted: string): string {
  const spec = objectOf(pod, 'spec')
  const names = LISTS.map((list) => listOf(spec, list).map((one) => textOf(one, 'name')))
  const [containers = [], init = []] = names
  if (wanted !== '') {
    if (names.flat().includes(wanted)) return wanted
    throw badRequest(`container ${wanted} is not valid for pod ${pod.metadata.name}`)
  }
  const [only] = containers
  if (only !== undefined && containers.length === 1) return only
  const choices = init.length === 0 ? '' : ` or one of the init containers: [${init.join(' ')}]`
  throw badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${containers.join(' ')}]${choices}`,
  )
}

/** @throws ApiStatusError ServiceUnavailable where the node tells of no server */
function openerOfNode(call: Call, request: LogRequest): (sink: ByteSink) => PausableStream {
  const node = call.parts.store.get('nodes', { namespace: '', name: request.node })
  const url = node === undefined ? undefined : kubeletUrl(node)
  if (url !== undefined) return (sink) => openKubeletLog({ url, request, query: call.query }, sink)
  const message = `no log server is known for node ${JSON.stringify(request.node)}`
  throw statusError('ServiceUnavailable', { message })
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|\[?::1\]?|localhost)$/

/** The kubelet's server as its node tells it; only on the loopback interface, or any node could name a victim. */
function kubeletUrl(node: StoredObject): string | undefined {
  const status = objectOf(node, 'status')
  const address = listOf(status, 'addresses').find((one) => one['type'] === 'InternalIP')?.[
    'address'
  ]
  const port = objectOf(objectOf(status, 'daemonEndpoints'), 'kubeletEndpoint')['Port']
  if (typeof address !== 'string' || !LOOPBACK.test(address) || typeof port !== 'number') {
    return undefined
  }
  return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
}
