/** Logs that are larger than what may wait for a slow reader. */
import assert from 'node:assert/strict'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { ByteSink } from '@sortie/machinery'
import { ADMIN } from '../server/users.ts'
import { PODS, podNamed, startTestServer, type TestServer } from '../testing/server.ts'
import { type HttpService, serveHttp } from './serve.ts'

const TOKEN = 'a'.repeat(64)
const MIB = 1024 * 1024
const NODES = '/api/v1/nodes'

/** What the log of the pods on the node `here` is made of, one call for each that asks. */
let writeLog: (sink: ByteSink) => void
/** How much the kubelet of the node `there` has been able to write. */
let kubeletWrote = 0
const kubelet = createServer((_, response) => {
  const chunk = Buffer.alloc(MIB, 'x')
  kubeletWrote = 0
  const write = (): void => {
    while (kubeletWrote < 64) {
      kubeletWrote++
      if (!response.write(chunk)) {
        response.once('drain', write)
        return
      }
    }
    response.end()
  }
  write()
})
let api: TestServer
let service: HttpService

before(async () => {
  await new Promise<void>((listening) => kubelet.listen(0, '127.0.0.1', listening))
  api = await startTestServer({
    logSource: ({ node }) =>
      node === 'here'
        ? (sink) => {
            setImmediate(() => writeLog(sink))
            return { close: () => undefined }
          }
        : undefined,
  })
  service = await serveHttp(api.server, { port: 0, tokens: new Map([[TOKEN, ADMIN]]) })
  const { port } = kubelet.address() as AddressInfo
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  }
  await api.send(`POST ${NODES}`, { metadata: { name: 'there' } })
  await api.send(`PATCH ${NODES}/there/status`, { status })
  for (const node of ['here', 'there']) {
    await api.send(`POST ${PODS}`, podNamed(node))
    await api.send(`POST ${PODS}/${node}/binding`, { target: { kind: 'Node', name: node } })
  }
})
after(async () => {
  await service.close()
  await api.server.stop()
  kubelet.closeAllConnections()
  kubelet.close()
})

interface Read {
  readonly bytes: number
  /** False where the connection broke before the end. */
  readonly complete: boolean
}

/** Reads the log of the pod of that name, from when `ready` resolves. */
async function readLog(pod: string, ready: () => Promise<void>): Promise<Read> {
  const response = await new Promise<IncomingMessage>((resolve) => {
    const headers = { authorization: `Bearer ${TOKEN}` }
    httpRequest(`${service.url}${PODS}/${pod}/log`, { headers }, resolve).end()
  })
  response.on('error', () => undefined)
  const closed = new Promise((resolve) => response.on('close', resolve))
  await ready()
  let bytes = 0
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  await closed
  return { bytes, complete: response.complete }
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50))

test('a log that is large as it begins arrives whole', async () => {
  writeLog = (sink) => {
    sink.onChunk(Buffer.alloc(20 * MIB, 'x'))
    sink.onEnd()
  }
  assert.deepEqual(await readLog('here', soon), { bytes: 20 * MIB, complete: true })
})

test('the log of a kubelet waits for its reader, and arrives whole', async () => {
  let wroteUnread = 0
  const read = await readLog('there', async () => {
    await soon()
    wroteUnread = kubeletWrote
  })
  assert.deepEqual(read, { bytes: 64 * MIB, complete: true })
  assert.ok(wroteUnread < 32, `the kubelet wrote ${wroteUnread} MiB that nobody read`)
})

test('a reader is cut off who lets pile up what goes on being written', async () => {
  writeLog = (sink) => {
    for (let count = 0; count < 40; count++) sink.onChunk(Buffer.alloc(MIB, 'x'))
    sink.onEnd()
  }
  assert.equal((await readLog('here', soon)).complete, false)
})
