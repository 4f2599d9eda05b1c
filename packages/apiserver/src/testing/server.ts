/** A server for tests: virtual time, seeded ids, and short forms for requests. */

import {
  type ApiResponse,
  createVirtualClock,
  type HttpMethod,
  type OpenStream,
  onNextTurn,
  parseTime,
  type Random,
  seededRandom,
  silentLogger,
  type Transport,
  type VirtualClock,
  type WatchEvent,
} from '@sortie/machinery'
import { type ApiServer, type ApiServerOptions, createApiServer } from '../server/apiserver.ts'
import type { StoredObject } from '../store/index.ts'

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: StoredObject & { readonly [field: string]: unknown }
}

export interface RecordedWatch {
  readonly events: readonly WatchEvent[]
  /** `ADDED a`, `MODIFIED b`: what came so far. */
  readonly log: readonly string[]
  readonly stream: OpenStream
  readonly ended: boolean
}

export interface TestServer {
  readonly server: ApiServer
  readonly clock: VirtualClock
  readonly random: Random
  readonly transport: Transport
  /** `send('POST /api/v1/pods?dryRun=All', body)`; PATCH is a merge patch unless `type` says otherwise. */
  send(line: string, body?: unknown, options?: SendOptions): Promise<Answered>
  watch(target: string): Promise<RecordedWatch>
  /** Lets everything that is under way settle. */
  settle(): Promise<void>
}

export interface SendOptions {
  /** The kind of patch: json, merge, strategic-merge or apply. */
  readonly type?: 'json' | 'merge' | 'strategic-merge' | 'apply'
  readonly headers?: Readonly<Record<string, string>>
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  'strategic-merge': 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const
const START = parseTime('2026-11-23T10:00:00Z') ?? 0

const turn = (): Promise<void> => new Promise((resolve) => onNextTurn(resolve))

/** A server whose controllers run. */
export async function startTestServer(
  options: Partial<ApiServerOptions> = {},
): Promise<TestServer> {
  const clock = createVirtualClock(START, turn)
  const random = seededRandom(7)
  const server = createApiServer({ clock, random, log: silentLogger, ...options })
  await server.start()
  await turn()
  const transport = server.transport()
  return {
    server,
    clock,
    random,
    transport,
    settle: turn,
    send: (line, body, sending = {}) => send(transport, { line, body, ...sending }),
    watch: (target) => watch(transport, target),
  }
}

function parseTarget(target: string) {
  const [path = '', search = ''] = target.split('?')
  return { path, query: Object.fromEntries(new URLSearchParams(search)) }
}

interface Sending extends SendOptions {
  readonly line: string
  readonly body: unknown
}

async function send(transport: Transport, sending: Sending): Promise<Answered> {
  const { line, body, type, headers } = sending
  const [method = 'GET', target = ''] = line.split(' ')
  const contentType = method === 'PATCH' ? PATCH_TYPES[type ?? 'merge'] : 'application/json'
  const answer: ApiResponse = await transport.request({
    method: method as HttpMethod,
    ...parseTarget(target),
    headers: { 'content-type': contentType, ...headers },
    ...(body === undefined ? {} : { body }),
  })
  return answer as Answered
}

async function watch(transport: Transport, target: string): Promise<RecordedWatch> {
  const events: WatchEvent[] = []
  const state = { ended: false }
  const { path, query } = parseTarget(target)
  const stream = await transport.watch(
    { method: 'GET', path, query: { ...query, watch: 'true' } },
    {
      onEvent: (event) => events.push(event),
      onEnd: () => {
        state.ended = true
      },
    },
  )
  return {
    events,
    stream,
    get ended() {
      return state.ended
    },
    get log() {
      return events.map(({ type, object }) =>
        'name' in object.metadata ? `${type} ${object.metadata.name}` : type,
      )
    },
  }
}

/** A pod that is valid, as small as can be. */
export function podNamed(name: string, fields: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { containers: [{ name: 'task', image: 'busybox:1.36' }] },
    ...fields,
  }
}

export function configMap(name: string, fields: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...fields }
}

export const PODS = '/api/v1/namespaces/default/pods'
export const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'
