/** Slow readers, logs: what a socket does when the other end does not keep up. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, test } from 'node:test'
import { BATCH_MILLIS, STREAM_CLOSE, WEAPONS } from '@sortie/api'
import type { ByteSink, OpenStream, Transport } from '@sortie/machinery'
import { weapon } from '../testing/objects.ts'
import { type Site, startSite, until } from '../testing/site.ts'
import type { StreamUser } from './connection.ts'
import { createStreamServer } from './stream.ts'

/** What the log of a container is written by. */
let writer: ByteSink | undefined
let asked: { path: string; query: unknown } | undefined
let closes = 0

let site: Site
beforeEach(async () => {
  const logs = (transport: Transport): Transport => ({
    ...transport,
    async stream(request, sink): Promise<OpenStream> {
      asked = { path: request.path, query: request.query }
      writer = sink
      return { close: () => closes++ }
    },
  })
  const connect = () => logs(site.cluster.server.transport())
  site = await startSite({ connect })
  writer = undefined
})
afterEach(() => site.stop())

const SOURCE = { namespace: 'default', pod: 'p', container: 'task', follow: true }
const write = (text: string) => writer?.onChunk(Buffer.from(text))
const linesOf = (stream: { messages: readonly { type: string }[] }) =>
  stream.messages.filter((message) => message.type === 'lines') as unknown as { lines: string[] }[]

test('a reader that does not keep up is closed with 4008, and others go on', async () => {
  for (let n = 0; n < 100; n++) {
    await site.create(WEAPONS, weapon(`w${n}`, 'default', { weaponType: 'x'.repeat(250) }))
  }
  const browser = await site.launch()
  const [slow, quick] = [await browser.stream(), await browser.stream()]
  await Promise.all(Array.from({ length: 60 }, () => slow.show('weapons')))
  const held = await quick.show('weapons')
  slow.socket.pause()
  const client = site.cluster.client.resource(WEAPONS)
  for (let round = 0; round < 6; round++) {
    for (let n = 0; n < 100; n++) {
      const body = { spec: { weaponName: `${round}`.repeat(250) } }
      await client.patch({ namespace: 'default', name: `w${n}` }, { type: 'merge', body })
    }
    await site.clock.advance(BATCH_MILLIS)
    await until(() => held.batches > round)
  }
  slow.socket.resume()
  await until(() => slow.closed !== undefined)
  assert.equal(slow.closed?.code, 4008)
  assert.equal(quick.closed, undefined)
})

test('a stream too many is refused, and its reset harms nobody else', async () => {
  const { clock, random } = site.cluster
  const server = createStreamServer({ clock, random, mode: 'embedded', maxConnections: 0 })
  const socket = new PassThrough()
  const said = once(socket, 'data')
  const closed = Promise.withResolvers<void>()
  const upgrade = { request: {} as IncomingMessage, socket, head: Buffer.alloc(0) }
  server.accept(upgrade, {} as StreamUser, closed.resolve)
  await closed.promise
  assert.match(String(await said), /^HTTP\/1\.1 503 /)
  socket.destroy(new Error('read ECONNRESET'))
  await new Promise((resolve) => socket.once('close', resolve))
  await server.close()
})

test('a server that stops signs nobody out, so that pages keep what they show', async () => {
  const stream = await (await site.launch()).stream()
  await site.server.close()
  await until(() => stream.closed !== undefined)
  assert.notEqual(stream.closed?.code, STREAM_CLOSE.signedOut)
})

test('a log comes in lines, gathered for a tenth of a second', async () => {
  const stream = await (await site.launch()).stream()
  stream.say({ type: 'logs', id: 7, source: { ...SOURCE, previous: true, tailLines: 20 } })
  await until(() => writer !== undefined)
  assert.deepEqual(asked, {
    path: '/api/v1/namespaces/default/pods/p/log',
    query: { container: 'task', follow: 'true', previous: 'true', tailLines: '20' },
  })
  write('one\ntw')
  write('o\r\nthr')
  write('ee')
  await site.clock.advance(100)
  await until(() => linesOf(stream).length === 1)
  assert.deepEqual(linesOf(stream)[0]?.lines, ['one', 'two'])
  writer?.onEnd()
  await until(() => stream.messages.some(({ type }) => type === 'end'))
  assert.deepEqual(linesOf(stream)[1]?.lines, ['three'])
  assert.deepEqual(stream.messages.at(-1), { type: 'end', id: 7 })
})

test('a character that is cut between two chunks is whole again', async () => {
  const stream = await (await site.launch()).stream()
  stream.say({ type: 'logs', id: 1, source: SOURCE })
  await until(() => writer !== undefined)
  const bytes = Buffer.from('歼-20 就绪\n')
  for (const byte of bytes) writer?.onChunk(Uint8Array.of(byte))
  await site.clock.advance(100)
  await until(() => linesOf(stream).length === 1)
  assert.deepEqual(linesOf(stream)[0]?.lines, ['歼-20 就绪'])
})

test('a log that is unsubscribed is closed upstream, and so are those of a tab that goes', async () => {
  const stream = await (await site.launch()).stream()
  for (const id of [1, 2]) {
    writer = undefined
    stream.say({ type: 'logs', id, source: SOURCE })
    await until(() => writer !== undefined)
  }
  closes = 0
  stream.say({ type: 'unsubscribe', id: 1 })
  await until(() => closes === 1)
  stream.close()
  await until(() => closes === 2)
})

test('a line without end is cut, not kept', async () => {
  const stream = await (await site.launch()).stream()
  stream.say({ type: 'logs', id: 1, source: SOURCE })
  await until(() => writer !== undefined)
  for (let n = 0; n < 100; n++) write('x'.repeat(10_000))
  write('\n')
  await site.clock.advance(100)
  await until(() => linesOf(stream).length === 1)
  assert.equal(linesOf(stream)[0]?.lines[0]?.length, 16_384)
})
