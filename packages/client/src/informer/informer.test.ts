/** The scenarios that other clients fail (D2 to D10 of the research), over real sockets, on clocks that run fast. */
import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, test } from 'node:test'
import {
  type Clock,
  type KubeObject,
  type Logger,
  PODS,
  type Stored,
  seededRandom,
  type WatchEvent,
} from '@sortie/machinery'
import { createClient } from '../client/client.ts'
import { sendJson, startFaultServer, targetOf } from '../faults/http.ts'
import { createHttpTransport } from '../transport/http.ts'
import { createInformer, type Informer } from './informer.ts'

/** Fast enough for short tests, slow enough that time limits of seconds survive a busy machine. */
const SPEED = 50

function fastClock(speed: number): Clock {
  return {
    now: () => Date.now() * speed,
    monotonic: () => performance.now() * speed,
    setTimer(delayMs, callback) {
      const handle = setTimeout(callback, delayMs / speed)
      return { cancel: () => clearTimeout(handle) }
    },
  }
}

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type PodLike = Stored<KubeObject>

function pod(name: string, version: number, uid = name): PodLike {
  const metadata = {
    name,
    namespace: 'ns',
    uid,
    resourceVersion: String(version),
    creationTimestamp: '',
  }
  return { apiVersion: 'v1', kind: 'Pod', metadata }
}

const added = (object: PodLike): WatchEvent => ({ type: 'ADDED', object })
const modified = (object: PodLike): WatchEvent => ({ type: 'MODIFIED', object })

function bookmark(version: number, end = false): WatchEvent {
  const annotations = end ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}
  const metadata = { resourceVersion: String(version), ...annotations }
  return { type: 'BOOKMARK', object: { apiVersion: 'v1', kind: 'Pod', metadata } }
}

interface Exchange {
  readonly query: URLSearchParams
  readonly response: ServerResponse
  send(...events: WatchEvent[]): void
  refuse(code: number, reason: string, headers?: Record<string, string>): void
}

/** Each request is given to the next step of the script; the last step serves all that follow. */
function follow(...script: Script) {
  return followAt(SPEED, ...script)
}

type Script = readonly ((exchange: Exchange) => void)[]

async function followAt(speed: number, ...script: Script) {
  const clock = fastClock(speed)
  const queries: URLSearchParams[] = []
  const server = await startFaultServer((request, response) => {
    const exchange = exchangeOf(request, response)
    queries.push(exchange.query)
    script[Math.min(queries.length, script.length) - 1]?.(exchange)
  })
  const transport = createHttpTransport({ server: server.url, clock })
  const problems: string[] = []
  const random = seededRandom(7)
  const client = createClient(transport, { clock, random })
  const log = recordingLog(problems)
  const informer = createInformer<KubeObject>({ client, type: PODS, clock, random, log })
  const told: string[] = []
  informer.addHandler({
    onAdd: (object) => told.push(`add ${describe(object)}`),
    onUpdate: (_old, object) => told.push(`update ${describe(object)}`),
    onDelete: (object) => told.push(`delete ${describe(object)}`),
  })
  cleanups.push(async () => {
    await informer.stop()
    await transport.close()
    await server.close()
  })
  return { server, informer, told, queries, problems, transport }
}

function exchangeOf(request: IncomingMessage, response: ServerResponse): Exchange {
  return {
    query: targetOf(request).searchParams,
    response,
    send(...events) {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' })
      for (const event of events) response.write(`${JSON.stringify(event)}\n`)
    },
    refuse(code, reason, headers = {}) {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
      const status = {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        reason,
        code,
      }
      sendJson(response, code, status)
    },
  }
}

function recordingLog(problems: string[]): Logger {
  const note = (message: string): void => void problems.push(message)
  const log: Logger = { debug() {}, info() {}, warn: note, error: note, with: () => log }
  return log
}

const describe = ({ metadata }: PodLike): string =>
  `${metadata.name}/${metadata.uid}@${metadata.resourceVersion}`

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5000 && !condition(); turn++) await new Promise((r) => setTimeout(r, 3))
  assert.ok(condition(), 'did not happen')
}

const initial =
  (...objects: PodLike[]) =>
  (exchange: Exchange): void =>
    exchange.send(...objects.map(added), bookmark(10, true))

async function synced(informer: Informer<KubeObject>): Promise<void> {
  informer.start()
  await informer.whenSynced()
}

test('D2: a socket that is destroyed is followed by a watch from the last version seen', async () => {
  const { informer, told, queries } = await follow(
    (exchange) => {
      initial(pod('a', 5))(exchange)
      exchange.send(modified(pod('a', 11)))
      setTimeout(() => exchange.response.destroy(), 20)
    },
    (exchange) => exchange.send(modified(pod('a', 12))),
  )
  await synced(informer)
  await until(() => informer.hasSeen('12'))
  assert.deepEqual(told, ['add a/a@5', 'update a/a@11', 'update a/a@12'])
  assert.equal(queries[1]?.get('resourceVersion'), '11')
  assert.equal(queries[1]?.get('sendInitialEvents'), null)
})

test('D3: 500 and 429 on lists and watches are waited out', async () => {
  const { informer, queries } = await follow(
    (exchange) => exchange.refuse(500, 'InternalError'),
    (exchange) => exchange.refuse(429, 'TooManyRequests'),
    (exchange) => exchange.refuse(422, 'Invalid'),
    (exchange) => exchange.refuse(500, 'InternalError'),
    (exchange) => {
      const items = [{ metadata: pod('a', 5).metadata }]
      sendJson(exchange.response, 200, { metadata: { resourceVersion: '10' }, items })
    },
    (exchange) => exchange.refuse(503, 'ServiceUnavailable'),
    (exchange) => exchange.refuse(429, 'TooManyRequests'),
    (exchange) => exchange.send(modified(pod('a', 11))),
  )
  await synced(informer)
  await until(() => informer.hasSeen('11'))
  const kinds = queries.map((query) =>
    query.get('watch') === null ? 'list' : `watch ${query.get('resourceVersion')}`,
  )
  const expected = [
    'watch null',
    'watch null',
    'watch null',
    'list',
    'list',
    'watch 10',
    'watch 10',
    'watch 10',
  ]
  assert.deepEqual(kinds, expected)
  assert.equal(queries[3]?.get('resourceVersion'), '0')
  assert.equal(informer.get('ns/a')?.kind, 'Pod')
})

test('an API server that answers 429 while its watch cache starts is waited for as long as it says', async () => {
  const times: number[] = []
  const { informer } = await follow(
    ...Array.from({ length: 3 }, () => (exchange: Exchange) => {
      times.push(performance.now())
      exchange.refuse(429, 'TooManyRequests', { 'retry-after': '20' })
    }),
    (exchange) => {
      times.push(performance.now())
      initial(pod('a', 5))(exchange)
    },
  )
  await synced(informer)
  for (let at = 1; at < times.length; at++) {
    const waited = (times[at]! - times[at - 1]!) * SPEED
    assert.ok(waited >= 20_000 * 0.98, `waited ${waited} ms`)
  }
})

test('D4: a handler that throws is logged, and the others are told', async () => {
  const { informer, told, problems } = await follow((exchange) => {
    initial(pod('a', 5))(exchange)
    exchange.send(modified(pod('a', 11)))
  })
  informer.addHandler({
    onAdd: () => assert.fail('by design'),
    onUpdate: () => assert.fail('by design'),
  })
  const later: string[] = []
  informer.addHandler({ onAdd: (object) => later.push(object.metadata.name) })
  await synced(informer)
  await until(() => informer.hasSeen('11'))
  assert.deepEqual([told.length, later.length, problems.length], [2, 1, 2])
})

test('D5: a line that can’t be read loses no event', async () => {
  const { informer, told } = await follow(
    (exchange) => {
      initial(pod('a', 5))(exchange)
      exchange.response.write('{"type":"MODIFIED","object":{"kind":"Po\n')
    },
    (exchange) => exchange.send(modified(pod('a', 11)), modified(pod('a', 12))),
  )
  await synced(informer)
  await until(() => informer.hasSeen('12'))
  assert.deepEqual(told, ['add a/a@5', 'update a/a@11', 'update a/a@12'])
})

test('D7: an object made again with a new uid while disconnected is deleted and added', async () => {
  const { informer, told } = await follow(
    (exchange) => {
      initial(pod('a', 5), pod('b', 6))(exchange)
      setTimeout(() => exchange.response.destroy(), 20)
    },
    (exchange) => exchange.refuse(410, 'Expired'),
    (exchange) => exchange.send(added(pod('a', 20, 'a2')), bookmark(21, true)),
  )
  await synced(informer)
  await until(() => informer.hasSeen('21'))
  assert.deepEqual(told, ['add a/a@5', 'add b/b@6', 'delete b/b@6', 'delete a/a@5', 'add a/a2@20'])
})

test('D8: stop fires no error and no handler, and leaves no connection', async () => {
  const { informer, problems, told, server, transport } = await follow(initial(pod('a', 5)))
  await synced(informer)
  const before = told.length
  await informer.stop()
  await server.whenQuiet()
  assert.deepEqual([problems, told.length], [[], before])
  await transport.close()
})

test('a black-holed socket is given up, and what it missed is fetched', async () => {
  const { informer, told } = await followAt(
    300,
    (exchange) => initial(pod('a', 5))(exchange),
    (exchange) => exchange.send(modified(pod('a', 11))),
  )
  await synced(informer)
  await until(() => informer.hasSeen('11'))
  assert.deepEqual(told, ['add a/a@5', 'update a/a@11'])
})

test('410 in the stream lists again, from a version at least as new', async () => {
  const gone = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code: 410,
  } as const
  const { informer, told, queries } = await follow(
    (exchange) => {
      initial(pod('a', 5), pod('b', 6))(exchange)
      exchange.send({ type: 'ERROR', object: gone })
    },
    (exchange) => exchange.send(added(pod('b', 6)), added(pod('c', 12)), bookmark(13, true)),
  )
  await synced(informer)
  await until(() => informer.hasSeen('13'))
  assert.deepEqual(told, ['add a/a@5', 'add b/b@6', 'delete a/a@5', 'add c/c@12'])
  assert.equal(queries[1]?.get('resourceVersion'), '10')
  assert.equal(queries[1]?.get('sendInitialEvents'), 'true')
})

test('a server that was restored from a backup is followed, and waiters are let go', async () => {
  const { informer, told, queries } = await follow(
    (exchange) => {
      initial(pod('a', 5))(exchange)
      setTimeout(() => exchange.response.destroy(), 20)
    },
    (exchange) => exchange.refuse(410, 'Expired'),
    (exchange) => exchange.refuse(410, 'Expired'),
    (exchange) => exchange.send(added(pod('a', 2)), bookmark(3, true)),
  )
  await synced(informer)
  let released = false
  informer.whenSeen('11', () => {
    released = true
  })
  await until(() => released)
  assert.deepEqual(told, ['add a/a@5', 'update a/a@2'])
  assert.equal(queries[3]?.get('resourceVersion'), null)
})

test('events and characters split anywhere by the network arrive whole', async () => {
  const objects = Array.from({ length: 20 }, (_, at) => pod(`飛行機-🛩-${at}`, 11 + at))
  const bytes = Buffer.from(objects.map((object) => `${JSON.stringify(added(object))}\n`).join(''))
  const { informer } = await follow((exchange) => {
    initial()(exchange)
    const cut = (at: number): void => {
      if (at >= bytes.length) return
      exchange.response.write(bytes.subarray(at, at + 7), () => cut(at + 7))
    }
    cut(0)
  })
  await synced(informer)
  await until(() => informer.hasSeen('30'))
  assert.deepEqual([...informer.list()], objects)
})

test('D10: what the server sends is kept as it is, but for managedFields and the last-applied annotation', async () => {
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', kept: 'yes' }
  const sent = {
    ...pod('a', 5),
    spec: { fieldOfTomorrow: { deep: [1, { x: null }] } },
    status: { startTime: '2026-11-23T10:00:00.123456Z' },
  }
  const stored = { ...sent, metadata: { ...sent.metadata, annotations, managedFields: [{}] } }
  const { informer } = await follow(initial(stored))
  await synced(informer)
  assert.deepEqual(informer.get('ns/a'), {
    ...sent,
    metadata: { ...sent.metadata, annotations: { kept: 'yes' } },
  })
})
