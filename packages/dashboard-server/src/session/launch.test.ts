import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { SIGN_IN_BY_LINK } from '@sortie/api'
import { TransportError } from '@sortie/machinery'
import { type Site, startSite } from '../testing/site.ts'

let site: Site
beforeEach(async () => {
  site = await startSite({ simulated: true })
})
afterEach(() => site.stop())

const pathOf = (url: string): string => new URL(url).pathname

test('a launch link signs in once', async () => {
  const path = pathOf(site.server.launchUrl())
  const browser = site.browser()
  const reply = await browser.get(path)
  assert.equal(reply.status, 303)
  assert.equal(reply.headers.location, '/')
  const session = (await browser.get('/api/session')).json()
  assert.partialDeepStrictEqual(session, {
    user: { name: 'admin' },
    mode: 'embedded',
    simulated: true,
    namespace: 'default',
    namespaces: ['default', 'kube-node-lease', 'kube-public', 'kube-system'],
  })
  const second = site.browser()
  assert.equal((await second.get(path)).status, 410)
  assert.equal(second.cookie, undefined)
})

test('a launch link is not spent while the API server does not answer', async () => {
  const path = pathOf(site.server.launchUrl())
  site.fault = () => new TransportError('connection refused')
  const browser = site.browser()
  assert.equal((await browser.get(path)).status, 503)
  assert.equal(browser.cookie, undefined)
  site.fault = undefined
  assert.equal((await browser.get(path)).status, 303)
})

test('of two who come by one launch link at the same time one gets in', async () => {
  const path = pathOf(site.server.launchUrl())
  const replies = await Promise.all([site.browser().get(path), site.browser().get(path)])
  assert.deepEqual(replies.map(({ status }) => status).sort(), [303, 410])
})

test('a launch link is good for ten minutes', async () => {
  const path = pathOf(site.server.launchUrl())
  await site.clock.advance(10 * 60_000)
  assert.equal((await site.browser().get(path)).status, 410)
})

test('a code that was guessed opens nothing, and a prefetch from another site spends none', async () => {
  const path = pathOf(site.server.launchUrl())
  assert.equal((await site.browser().get(`${path.slice(0, -1)}0x`)).status, 410)
  assert.equal((await site.browser().ask(path, { method: 'HEAD' })).status, 404)
  assert.equal((await site.browser().ask(path, { method: 'POST' })).status, 404)
  assert.equal((await site.browser().get(path)).status, 303)
})

test('where a link lets people in, a token does not', async () => {
  const reply = await site.browser().ask('/api/session', {
    method: 'POST',
    body: { token: 'token-admin' },
  })
  assert.equal(reply.status, 403)
})

test('who comes without a link is told that one is needed', async () => {
  const reply = await site.browser().get('/api/session')
  assert.equal(reply.status, 401)
  assert.equal(reply.json<{ reason: string }>().reason, SIGN_IN_BY_LINK)
})
