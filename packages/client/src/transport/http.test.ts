import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { afterEach, test } from 'node:test'
import {
  ApiStatusError,
  createVirtualClock,
  PODS,
  seededRandom,
  systemClock,
  type Transport,
  TransportError,
  type WatchEvent,
} from '@sortie/machinery'
import type { AuthProvider } from '../auth/credentials.ts'
import { bearerToken } from '../auth/tokens.ts'
import { createClient } from '../client/client.ts'
import {
  type Answer,
  makeCertificate,
  sendJson,
  startFaultServer,
  targetOf,
} from '../faults/http.ts'
import { createHttpTransport } from './http.ts'
import type { HttpTransportOptions } from './wire.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function serve(...args: Parameters<typeof startFaultServer>) {
  const server = await startFaultServer(...args)
  cleanups.push(() => server.close())
  return server
}

function connect(options: Partial<HttpTransportOptions> & { readonly server: string }): Transport {
  const transport = createHttpTransport({ clock: systemClock(), ...options })
  cleanups.push(() => transport.close())
  return transport
}

const virtualClock = () =>
  createVirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)))

const echo: Answer = (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { 'content-type': type, authorization, accept } = request.headers
    const body = Buffer.concat(chunks).toString('utf8')
    const { url, method } = request
    sendJson(response, 200, { method, url, type, authorization, accept, body })
  })
}

async function sendPatches(transport: Transport, count: number): Promise<void> {
  const client = createClient(transport, { clock: systemClock(), random: seededRandom(1) })
  const patch = { type: 'merge', body: { metadata: { labels: { a: 'b' } } } } as const
  const ref = { namespace: 'ns', name: 'pod' }
  await Promise.all(Array.from({ length: count }, () => client.resource(PODS).patch(ref, patch)))
}

test('D1: 3,000 PATCHes use no more connections than the pool has', async () => {
  const server = await serve(echo)
  await sendPatches(connect({ server: server.url, maxConnections: 16 }), 3000)
  assert.equal(server.requests.length, 3000)
  assert.ok(server.connections().total <= 16, `${server.connections().total} connections`)
})

test('D1: 3,000 PATCHes over TLS with a CA and a client certificate use no more than the pool has', async () => {
  const certificate = makeCertificate('127.0.0.1')
  const own = makeCertificate('client')
  const names: unknown[] = []
  const server = await serve(
    (request, response) => {
      const { socket } = request
      names.push(
        'getPeerCertificate' in socket ? Object(socket).getPeerCertificate().subject?.CN : '',
      )
      echo(request, response)
    },
    { ...certificate, ca: own.cert, requestCert: true },
  )
  const tls = { ca: certificate.cert, cert: own.cert, key: own.key }
  await sendPatches(connect({ server: server.url, tls }), 3000)
  assert.ok(server.connections().total <= 32, `${server.connections().total} connections`)
  assert.equal(names.length, 3000)
  assert.equal(names[0], 'client')
})

test('a certificate of another authority or for another name is refused, unless told otherwise', async () => {
  const certificate = makeCertificate('127.0.0.1')
  const server = await serve(echo, certificate)
  const get = (tls: HttpTransportOptions['tls']) =>
    connect({ server: server.url, ...(tls === undefined ? {} : { tls }) }).request({
      method: 'GET',
      path: '/',
    })
  await assert.rejects(get(undefined), TransportError)
  await assert.rejects(get({ ca: certificate.cert, serverName: 'other.example' }), TransportError)
  assert.equal((await get({ ca: certificate.cert, serverName: 'api.example' })).status, 200)
  assert.equal((await get({ insecure: true })).status, 200)
})

test('a request carries method, path under the base, query, JSON body, credentials and content type', async () => {
  const server = await serve(echo)
  const transport = connect({
    server: `${server.url}/k8s/clusters/c/`,
    auth: bearerToken('s3cret'),
  })
  const response = await transport.request({
    method: 'PATCH',
    path: '/api/v1/pods',
    query: { labelSelector: 'a in (b, ü)', limit: '5' },
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { é: 1 },
  })
  assert.deepEqual(response.body, {
    method: 'PATCH',
    url: '/k8s/clusters/c/api/v1/pods?labelSelector=a+in+%28b%2C+%C3%BC%29&limit=5',
    type: 'application/merge-patch+json',
    authorization: 'Bearer s3cret',
    accept: 'application/json',
    body: '{"é":1}',
  })
})

const bodies: readonly { what: string; body: unknown; given?: string; sent: string[] }[] = [
  { what: 'a value', body: { a: 1 }, sent: ['application/json', '{"a":1}'] },
  { what: 'a text', body: 'a: 1', sent: ['application/json', '"a: 1"'] },
  {
    what: 'a text of another type',
    body: 'a: 1',
    given: 'application/apply-patch+yaml',
    sent: ['application/apply-patch+yaml', 'a: 1'],
  },
  {
    what: 'a value of another type',
    body: { a: 1 },
    given: 'application/apply-patch+yaml',
    sent: ['application/apply-patch+yaml', '{"a":1}'],
  },
  {
    what: 'bytes',
    body: Buffer.from('{"a":2}'),
    given: 'application/json',
    sent: ['application/json', '{"a":2}'],
  },
]
for (const { what, body, given, sent } of bodies) {
  test(`${what} as the body${given === undefined ? '' : `, ${given},`} is sent as ${sent.join(' ')}`, async () => {
    const server = await serve(echo)
    const headers = given === undefined ? {} : { 'content-type': given }
    const request = { method: 'POST', path: '/', headers, body } as const
    const answer = Object((await connect({ server: server.url }).request(request)).body)
    assert.deepEqual([answer.type, answer.body], sent)
  })
}

test('a refusal whose JSON is broken is still a refusal', async () => {
  const server = await serve((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '3' })
    response.end('{"kind":')
  })
  const response = await connect({ server: server.url }).request({ method: 'GET', path: '/' })
  assert.deepEqual([response.status, response.body], [503, '{"kind":'])
  assert.equal(response.headers['retry-after'], '3')
})

test('an answer that is no JSON is given as text, with any status', async () => {
  const server = await serve((_request, response) => {
    response.writeHead(502, { 'content-type': 'text/html' })
    response.end('<h1>Bad gateway</h1>')
  })
  const response = await connect({ server: server.url }).request({ method: 'GET', path: '/' })
  assert.deepEqual([response.status, response.body], [502, '<h1>Bad gateway</h1>'])
})

test('a success that is cut off or no JSON is a TransportError', async () => {
  const server = await serve((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('{"kind":')
    if (targetOf(request).pathname === '/cut') response.destroy()
    else response.end('x'.repeat(92))
  })
  const transport = connect({ server: server.url })
  await assert.rejects(transport.request({ method: 'GET', path: '/cut' }), TransportError)
  await assert.rejects(transport.request({ method: 'GET', path: '/' }), TransportError)
})

test('a refused connection is a TransportError that keeps its cause and names the request', async () => {
  const server = await serve(echo)
  await server.close()
  await assert.rejects(
    connect({ server: server.url }).request({ method: 'GET', path: '/x' }),
    (error) => {
      assert.ok(error instanceof TransportError)
      assert.match(error.message, /^GET \/x: .*ECONNREFUSED/)
      assert.ok(error.cause instanceof Error)
      return true
    },
  )
})

async function eventually(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !condition(); turn++) await new Promise((r) => setTimeout(r, 5))
  assert.ok(condition())
}

test('a request without an answer ends by its time limit or its signal, and its socket goes', async () => {
  const clock = virtualClock()
  const server = await serve(() => {})
  const transport = connect({ server: server.url, clock })
  const timed = transport.request({ method: 'GET', path: '/a', timeoutMs: 5000 })
  const controller = new AbortController()
  const aborted = transport.request({ method: 'GET', path: '/b', signal: controller.signal })
  const outcomes = Promise.allSettled([timed, aborted])
  await eventually(() => server.requests.length === 2)
  controller.abort(new Error('enough'))
  await clock.advance(5000)
  const [first, second] = await outcomes
  assert.match(String(Object(first).reason), /TransportError: GET \/a: no answer within 5000 ms/)
  assert.match(String(Object(second).reason), /TransportError: GET \/b: aborted/)
  await server.whenQuiet()
  assert.equal(clock.pendingTimers(), 0)
})

function recordWatch(transport: Transport, signal?: AbortSignal) {
  const events: WatchEvent[] = []
  const ends: (Error | undefined)[] = []
  let activity = 0
  const sink = {
    onEvent: (event: WatchEvent) => void events.push(event),
    onEnd: (error?: Error) => void ends.push(error),
    onActivity: () => void activity++,
  }
  const request = { method: 'GET', path: '/w', query: { watch: 'true' } } as const
  const opening = transport.watch({ ...request, ...(signal === undefined ? {} : { signal }) }, sink)
  return { events, ends, opening, activity: () => activity }
}

test('a watch is cut into events wherever the network cuts it, also within a character', async () => {
  const object = { kind: 'Pod', metadata: { name: '日本 🛩 é' } }
  const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object })}\n`.repeat(3))
  const server = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.socket?.setNoDelay(true)
    let at = 0
    const next = (): void => {
      if (at >= bytes.length) return void response.end()
      response.write(bytes.subarray(at, ++at), () => setImmediate(next))
    }
    next()
  })
  const watch = recordWatch(connect({ server: server.url }))
  await watch.opening
  await eventually(() => watch.ends.length === 1)
  assert.deepEqual(watch.events, Array(3).fill({ type: 'ADDED', object }))
  assert.deepEqual(watch.ends, [undefined])
  assert.ok(watch.activity() > 10)
})

test('a line that is no event ends the watch with an error, so that nothing is lost in silence', async () => {
  const lines = [
    '{"type":"ADDED","object":{"kind":"Pod"}}',
    '{"type":"MODIF',
    '{"type":"ADDED","object":{}}',
  ]
  const server = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(`${lines.join('\n')}\n`)
  })
  const watch = recordWatch(connect({ server: server.url }))
  await watch.opening
  await eventually(() => watch.ends.length === 1)
  assert.equal(watch.events.length, 1)
  assert.ok(watch.ends[0] instanceof TransportError)
  await server.whenQuiet()
})

for (const line of [
  'null',
  '1',
  '[]',
  '{"object":{}}',
  '{"type":"A"}',
  '{"type":"A","object":1}',
]) {
  test(`${line} is JSON, but no event, and ends the watch as well`, async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write(`${line}\n`)
    })
    const watch = recordWatch(connect({ server: server.url }))
    await watch.opening
    await eventually(() => watch.ends.length === 1)
    assert.deepEqual(watch.events, [])
    assert.match(watch.ends[0]?.message ?? '', /a line that is no event$/)
  })
}

test('a line longer than the limit ends the watch', async () => {
  const server = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(`{"type":"ADDED","object":"${'x'.repeat(5000)}`)
  })
  const watch = recordWatch(connect({ server: server.url, maxLineBytes: 1000 }))
  await watch.opening
  await eventually(() => watch.ends.length === 1)
  assert.match(String(watch.ends[0]), /longer than 1000 bytes/)
})

test('a refused watch throws what the server said', async () => {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: 'Expired',
    code: 410,
  }
  const server = await serve((_request, response) => sendJson(response, 410, body))
  const watch = recordWatch(connect({ server: server.url }))
  await assert.rejects(
    watch.opening,
    (error) => error instanceof ApiStatusError && error.code === 410,
  )
  assert.deepEqual(watch.ends, [])
})

const openWatch: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('\n')
}

test('watches have a connection each and take none from the pool', async () => {
  const server = await serve((request, response) => {
    if (targetOf(request).pathname === '/w') openWatch(request, response)
    else echo(request, response)
  })
  const transport = connect({ server: server.url, maxConnections: 2 })
  await Promise.all(Array.from({ length: 20 }, () => recordWatch(transport).opening))
  await transport.request({ method: 'GET', path: '/' })
  assert.equal(server.connections().open, 21)
})

test('a watch that is closed, by hand or by signal, tells its sink nothing more and drops its socket', async () => {
  const server = await serve(openWatch)
  const transport = connect({ server: server.url })
  const controller = new AbortController()
  const [byHand, bySignal] = [recordWatch(transport), recordWatch(transport, controller.signal)]
  const stream = await byHand.opening
  await bySignal.opening
  stream.close()
  controller.abort()
  await server.whenQuiet()
  assert.deepEqual([byHand.ends, bySignal.ends], [[], []])
})

test('close ends what is open, leaves no socket and no timer, and refuses what comes after', async () => {
  const clock = virtualClock()
  const server = await serve((request, response) => {
    if (targetOf(request).pathname === '/w') openWatch(request, response)
  })
  const transport = connect({ server: server.url, clock })
  const pending = transport.request({ method: 'GET', path: '/' })
  const refused = assert.rejects(pending, TransportError)
  const watch = recordWatch(transport)
  await watch.opening
  await eventually(() => server.requests.length === 2)
  await transport.close()
  await refused
  assert.equal(watch.ends.length, 1)
  assert.ok(watch.ends[0] instanceof TransportError)
  await server.whenQuiet()
  assert.equal(clock.pendingTimers(), 0)
  await assert.rejects(transport.request({ method: 'GET', path: '/' }), TransportError)
  await assert.rejects(recordWatch(transport).opening, TransportError)
})

function rotatingAuth(tokens: string[]): AuthProvider {
  return {
    credentials: () => ({ headers: { authorization: `Bearer ${tokens[0]}` } }),
    rejected: () => tokens.length > 1 && tokens.shift() !== undefined,
  }
}

test('after a 401 a request and a watch are sent again with new credentials, once', async () => {
  const server = await serve((request, response) => {
    if (request.headers.authorization !== 'Bearer new') return sendJson(response, 401, { no: true })
    if (targetOf(request).pathname === '/w') openWatch(request, response)
    else echo(request, response)
  })
  const get = { method: 'GET', path: '/' } as const
  const renewed = connect({ server: server.url, auth: rotatingAuth(['old', 'new']) })
  assert.equal((await renewed.request(get)).status, 200)
  const watching = connect({ server: server.url, auth: rotatingAuth(['old', 'new']) })
  await recordWatch(watching).opening
  const hopeless = connect({ server: server.url, auth: rotatingAuth(['old', 'older', 'oldest']) })
  assert.equal((await hopeless.request(get)).status, 401)
  assert.equal(server.requests.length, 6)
})

test('requests that are refused together are all sent again with the credentials that came next', async () => {
  const refused: (() => void)[] = []
  const server = await serve((request, response) => {
    if (request.headers.authorization === 'Bearer 2') return echo(request, response)
    refused.push(() => sendJson(response, 401, { no: true }))
    if (refused.length < 3) return
    for (const answer of refused.splice(0)) answer()
  })
  let current = { headers: { authorization: 'Bearer 1' } }
  const auth: AuthProvider = {
    credentials: () => current,
    rejected(credentials) {
      const number = Number(current.headers.authorization.split(' ')[1])
      if (credentials === current) current = { headers: { authorization: `Bearer ${number + 1}` } }
      return true
    },
  }
  const transport = connect({ server: server.url, auth })
  const send = () => transport.request({ method: 'GET', path: '/' })
  const answers = await Promise.all([send(), send(), send()])
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  )
})

test('a new client certificate gets new connections, and the old ones end', async () => {
  const certificate = makeCertificate('127.0.0.1')
  const own = [makeCertificate('first'), makeCertificate('second')]
  const server = await serve(
    (request, response) =>
      sendJson(response, 200, Object(request.socket).getPeerCertificate().subject.CN),
    { ...certificate, ca: own.map(({ cert }) => cert).join('\n'), requestCert: true },
  )
  let current = own[0]
  const auth: AuthProvider = {
    credentials: () => ({
      headers: {},
      ...(current === undefined ? {} : { clientCertificate: current }),
    }),
  }
  const transport = connect({ server: server.url, tls: { ca: certificate.cert }, auth })
  const get = { method: 'GET', path: '/' } as const
  assert.equal((await transport.request(get)).body, 'first')
  current = own[1]
  assert.equal((await transport.request(get)).body, 'second')
  await eventually(() => server.connections().open === 1)
})

test('requests and watches go through a proxy by CONNECT', async () => {
  const certificate = makeCertificate('127.0.0.1')
  const server = await serve((request, response) => {
    if (targetOf(request).pathname === '/w') openWatch(request, response)
    else echo(request, response)
  }, certificate)
  const tunnels: string[] = []
  const proxy = await startConnectProxy(tunnels)
  const transport = connect({ server: server.url, proxyUrl: proxy, tls: { ca: certificate.cert } })
  assert.equal((await transport.request({ method: 'GET', path: '/' })).status, 200)
  await recordWatch(transport).opening
  assert.deepEqual(tunnels, Array(2).fill(new URL(server.url).host))
})

test('D1: requests that a proxy forwards use no more connections than the pool has', async () => {
  const forwarding = await serve((request, response) => sendJson(response, 200, request.url))
  const options = { server: 'http://api.example', proxyUrl: forwarding.url, maxConnections: 4 }
  const transport = connect(options)
  const send = () => transport.request({ method: 'GET', path: '/x' })
  const answers = await Promise.all(Array.from({ length: 50 }, send))
  assert.deepEqual([answers.length, answers[0]?.body], [50, 'http://api.example/x'])
  assert.ok(forwarding.connections().total <= 4, `${forwarding.connections().total} connections`)
})

async function startConnectProxy(tunnels: string[]): Promise<string> {
  const sockets = new Set<Socket>()
  const proxy = net.createServer((client) => {
    sockets.add(client)
    client.on('error', () => client.destroy())
    client.once('data', (head) => {
      const host = /^CONNECT (\S+) /.exec(head.toString())?.[1] ?? ''
      tunnels.push(host)
      const upstream = net.connect(Number(host.split(':')[1]), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n')
        upstream.pipe(client).pipe(upstream)
      })
      upstream.on('error', () => client.destroy())
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => proxy.close(resolve))
  })
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
}

test('a stream gives bytes as they come', async () => {
  const server = await serve((_request, response) => {
    response.write('line 1\n')
    response.end('line 2')
  })
  const chunks: Uint8Array[] = []
  const transport = connect({ server: server.url })
  await new Promise<void>((resolve, reject) => {
    const sink = { onChunk: (chunk: Uint8Array) => void chunks.push(chunk), onEnd: () => resolve() }
    transport.stream({ method: 'GET', path: '/log' }, sink).catch(reject)
  })
  assert.equal(Buffer.concat(chunks).toString(), 'line 1\nline 2')
})
