/** A log that is read at once: whole, or seen not to be. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { type ByteSink, type OpenStream, type Transport, TransportError } from '@sortie/machinery'
import type { Browser } from '../testing/browser.ts'
import { type Site, startSite } from '../testing/site.ts'

const LOG = '/api/kube/api/v1/namespaces/default/pods/p/log?container=task'

/** What the API server does once it is asked for the log. */
let answer: (sink: ByteSink) => void
let asked: Readonly<Record<string, unknown>> | undefined
let site: Site
let browser: Browser
beforeEach(async () => {
  const logs = (transport: Transport): Transport => ({
    ...transport,
    async stream(request, sink): Promise<OpenStream> {
      asked = request.query
      setImmediate(() => answer(sink))
      return { close() {} }
    },
  })
  site = await startSite({ connect: () => logs(site.cluster.server.transport()) })
  browser = await site.launch()
})
afterEach(() => site.stop())

test('a log is handed on as it comes, up to 32 MiB, as a text that no browser takes for a page', async () => {
  answer = (sink) => {
    sink.onChunk(Buffer.from('<b>one\n'))
    sink.onChunk(Buffer.from('two\n'))
    sink.onEnd()
  }
  const { status, headers, text } = await browser.get(LOG)
  assert.equal(status, 200)
  assert.equal(text, '<b>one\ntwo\n')
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8')
  assert.equal(headers['cache-control'], 'no-store')
  assert.deepEqual(asked, { container: 'task', limitBytes: String(32 * 1024 * 1024) })
})

test('a log without a line is an empty text', async () => {
  answer = (sink) => sink.onEnd()
  const { status, text } = await browser.get(LOG)
  assert.deepEqual([status, text], [200, ''])
})

test('a log whose line to the API server breaks is cut off, not ended in order', async () => {
  answer = (sink) => {
    sink.onChunk(Buffer.from('the first half\n'))
    sink.onEnd(new TransportError('the connection was reset'))
  }
  await assert.rejects(browser.get(LOG), /aborted|ECONNRESET|socket hang up/)
})

test('a log that breaks before its first line is told as an API server that does not answer', async () => {
  answer = (sink) => sink.onEnd(new TransportError('the connection was reset'))
  const { status, text } = await browser.get(LOG)
  assert.equal(status, 503)
  assert.match(text, /the API server does not answer: the connection was reset/)
})
