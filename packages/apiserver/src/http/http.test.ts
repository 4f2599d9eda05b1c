import assert from 'node:assert/strict'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { after, before, describe, test } from 'node:test'
import {
  type LogFields,
  randomToken,
  seededRandom,
  silentLogger,
  systemClock,
} from '@sortie/machinery'
import { type ApiServer, createApiServer } from '../server/apiserver.ts'
import { ADMIN } from '../server/users.ts'
import { CONFIG_MAPS, configMap } from '../testing/server.ts'
import { MAX_BODY_BYTES } from './guard.ts'
import { type HttpService, serveHttp } from './serve.ts'

interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

interface Sent {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const range = (count: number): readonly number[] => [...Array(count).keys()]
const TOKEN = randomToken()
const logged: (readonly [string, LogFields | undefined])[] = []
let server: ApiServer
let service: HttpService

before(async () => {
  const log = {
    ...silentLogger,
    error: (message: string, fields?: LogFields) => logged.push([message, fields]),
  }
  server = createApiServer({ clock: systemClock({ unref: true }), random: seededRandom(1), log })
  await server.start()
  service = await serveHttp(server, { port: 0, tokens: new Map([[TOKEN, ADMIN]]) })
})
after(async () => {
  await service.close()
  await server.stop()
})

function open(sent: Sent, onResponse: (response: IncomingMessage) => void): ClientRequest {
  const { method = 'GET', path, headers, body } = sent
  const outgoing = httpRequest(
    {
      host: '127.0.0.1',
      port: service.port,
      method,
      path,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    },
    onResponse,
  )
  outgoing.end(body)
  return outgoing
}

function send(sent: Sent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    open(sent, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const { statusCode = 0, headers } = response
        resolve({ status: statusCode, headers, text: Buffer.concat(chunks).toString() })
      })
    }).on('error', reject)
  })
}

describe('whoever asks', () => {
  const cases: readonly (readonly [string, Sent['headers'], number])[] = [
    ['with the token', {}, 200],
    ['with the token as password', { authorization: `Basic ${btoa(`x:${TOKEN}`)}` }, 200],
    ['without a token', { authorization: '' }, 401],
    ['with another token', { authorization: 'Bearer nope' }, 401],
    ['by a name that was rebound', { host: 'evil.test' }, 403],
    ['by localhost', { host: 'localhost:1' }, 200],
    ['from another site', { origin: 'https://evil.test' }, 403],
    ['from a page of this machine', { origin: 'http://localhost:8080' }, 200],
    ['from a null origin', { origin: 'null' }, 403],
  ]
  for (const [who, headers, status] of cases) {
    test(`${who} is answered ${status}`, async () => {
      const reply = await send({ path: '/version', ...(headers === undefined ? {} : { headers }) })
      assert.equal(reply.status, status)
      assert.equal(reply.headers['access-control-allow-origin'], undefined)
    })
  }
})

describe('a request that is too much', () => {
  test('by its size is answered 413', async () => {
    const body = JSON.stringify(configMap('a', { data: { a: 'x'.repeat(MAX_BODY_BYTES) } }))
    const reply = await send({ method: 'POST', path: CONFIG_MAPS, body })
    assert.equal(reply.status, 413)
  })

  test('by its nesting is answered 400', async () => {
    const body = `{"metadata":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`
    const reply = await send({ method: 'POST', path: CONFIG_MAPS, body })
    assert.equal(reply.status, 400)
    assert.match(reply.text, /nests deeper than 64 levels/)
  })

  test('by brackets within strings is none', async () => {
    const body = JSON.stringify(configMap('brackets', { data: { a: '[{"\\'.repeat(200) } }))
    const reply = await send({ method: 'POST', path: CONFIG_MAPS, body })
    assert.equal(reply.status, 201)
  })

  const broken: readonly (readonly [string, string])[] = [
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a number', '7'],
    ['metadata that is text', '{"metadata":"x"}'],
    ['labels that are numbers', '{"metadata":{"name":"x","labels":{"a":1}}}'],
  ]
  for (const [what, body] of broken) {
    test(`and one with ${what} is answered 400`, async () => {
      const reply = await send({ method: 'POST', path: CONFIG_MAPS, body })
      assert.equal(reply.status, 400, reply.text)
    })
  }

  test('by its path leads nowhere', async () => {
    const paths = [
      '//evil.test/api',
      '/api/v1/%zz',
      '/api/../../etc/passwd',
      '/api/v1/nodes/n/proxy',
    ]
    for (const path of paths) {
      const { status } = await send({ path })
      assert.ok(status === 404 || status === 400, `${path}: ${status}`)
    }
  })
})

test('a key named __proto__ is kept as a key', async () => {
  const body = '{"metadata":{"name":"proto"},"data":{"__proto__":"x"}}'
  const made = await send({ method: 'POST', path: CONFIG_MAPS, body })
  assert.equal(made.status, 201)
  assert.match((await send({ path: `${CONFIG_MAPS}/proto` })).text, /"data":\{"__proto__":"x"\}/)
  assert.equal(({} as Record<string, unknown>)['x'], undefined)
})

test('YAML bodies are read as JSON ones', async () => {
  const headers = { 'content-type': 'application/yaml' }
  const body = 'metadata:\n  name: yaml\ndata:\n  a: "1"\n'
  const reply = await send({ method: 'POST', path: CONFIG_MAPS, headers, body })
  assert.equal(reply.status, 201)
})

test('a watch streams a line for each event and ends with the client', async () => {
  const lines: string[] = []
  const received = new Promise<void>((resolve) => {
    const outgoing = open(
      { path: `${CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dw` },
      (response) => {
        response.on('data', (chunk: Buffer) => {
          lines.push(...chunk.toString().trim().split('\n'))
          if (lines.length === 2) outgoing.destroy()
        })
        response.on('close', resolve)
        response.on('error', () => undefined)
        void send({ method: 'POST', path: CONFIG_MAPS, body: JSON.stringify(configMap('w')) }).then(
          () => send({ method: 'DELETE', path: `${CONFIG_MAPS}/w` }),
        )
      },
    )
  })
  await received
  const events = lines.map((line) => JSON.parse(line))
  assert.deepEqual(
    events.map((event) => [event.type, event.object.metadata.name]),
    [
      ['ADDED', 'w'],
      ['DELETED', 'w'],
    ],
  )
})

test('a large list is compressed where the client takes it', async () => {
  const data = { a: 'x'.repeat(200_000) }
  await send({
    method: 'POST',
    path: CONFIG_MAPS,
    body: JSON.stringify(configMap('big', { data })),
  })
  const packed = await send({ path: CONFIG_MAPS, headers: { 'accept-encoding': 'gzip' } })
  assert.equal(packed.headers['content-encoding'], 'gzip')
  const plain = await send({ path: CONFIG_MAPS })
  assert.equal(plain.headers['content-encoding'], undefined)
})

test('of a parameter that comes several times the first counts', async () => {
  for (const name of ['once', 'twice']) {
    const body = JSON.stringify(configMap(name, { metadata: { name, labels: { name } } }))
    await send({ method: 'POST', path: CONFIG_MAPS, body })
  }
  const query = 'labelSelector=name%3Dtwice&labelSelector=name%3Donce'
  const { text } = await send({ path: `${CONFIG_MAPS}?${query}` })
  const { items } = JSON.parse(text) as { items: { metadata: { name: string } }[] }
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['twice'],
  )
})

test('warnings that are no header, or too many for one, do not keep an answer from its client', async () => {
  const odd = { ['a\u007f']: 1, ...Object.fromEntries(range(9_000).map((i) => [`field${i}`, 1])) }
  const data = { a: 'x'.repeat(200_000) }
  const made = await send({
    method: 'POST',
    path: CONFIG_MAPS,
    headers: { 'accept-encoding': 'gzip' },
    body: JSON.stringify({ ...configMap('warned', { data }), ...odd }),
  })
  assert.equal(made.status, 201)
  const warning = String(made.headers['warning'])
  assert.match(warning, /^299 - "unknown field \\"field0\\"", /)
  assert.ok(warning.length < 8_000)
})

test('a watcher that does not read is cut off', async () => {
  const transport = server.transport()
  const text = 'x'.repeat(100_000)
  const flood = async (): Promise<void> => {
    for (let index = 0; index < 400; index++) {
      const body = { data: { index: String(index), text } }
      const headers = { 'content-type': 'application/merge-patch+json' }
      await transport.request({ method: 'PATCH', path: `${CONFIG_MAPS}/brackets`, headers, body })
      if (index % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const wasComplete = await new Promise<boolean>((resolve) => {
    open({ path: '/api/v1/configmaps?watch=true' }, (response) => {
      response.pause()
      response.on('error', () => undefined)
      response.on('close', () => resolve(response.complete))
      void flood().then(() => response.resume())
    })
  })
  assert.equal(wasComplete, false)
})

test('a stop ends watches and answers no more', async () => {
  const own = await serveHttp(server, { port: 0, tokens: new Map([[TOKEN, ADMIN]]) })
  const ended = new Promise<void>((resolve, reject) => {
    const headers = { authorization: `Bearer ${TOKEN}` }
    const outgoing = httpRequest(`${own.url}/api/v1/pods?watch=true`, { headers }, (response) => {
      response.resume()
      response.on('end', resolve)
      void own.close()
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
  await ended
})

test('a bug is answered 500 and logged', async () => {
  const broken = createApiServer({
    clock: systemClock({ unref: true }),
    random: seededRandom(1),
    log: { ...silentLogger, error: (message, fields) => logged.push([message, fields]) },
    authorizer: {
      authorize: () => {
        throw new TypeError('oops')
      },
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [] }),
    },
  })
  logged.length = 0
  const { status, body } = await broken.transport().request({ method: 'GET', path: '/api/v1/pods' })
  assert.equal(status, 500)
  assert.equal((body as { message: string }).message, 'Internal error occurred: oops')
  assert.equal(logged[0]?.[0], 'request failed')
})
