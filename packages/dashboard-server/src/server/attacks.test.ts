/** What somebody might try who is not the person at the browser: another site, another name, another path. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CSRF_HEADER, MISSIONS } from '@sortie/api'
import { NODES } from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import type { Ask, Browser } from '../testing/browser.ts'
import { mission } from '../testing/objects.ts'
import { type Site, startSite, until } from '../testing/site.ts'

let site: Site
let browser: Browser
before(async () => {
  site = await startSite({ mode: 'strict' })
  await site.create(MISSIONS, mission('alpha'))
  await site.create(NODES, makeAircraft('viper-1'))
  browser = await site.signIn('token-admin')
})
after(() => site.stop())

const MISSION = '/api/kube/apis/airforce.airforce.mil/v1alpha1/namespaces/default/missions'
const PATCH = { 'content-type': 'application/merge-patch+json' }
const upstream = (): number => site.requests.get('token-admin')?.length ?? 0

test('a Host that is not ours is answered 421, whatever else is right', async () => {
  for (const host of [
    'evil.example',
    `evil.example:${site.port}`,
    '127.0.0.1:1',
    '127.0.0.1.evil.example',
  ]) {
    for (const path of ['/', '/api/session', '/healthz', '/api/kube/api/v1/nodes', '/launch/x']) {
      assert.equal((await browser.get(path, { host })).status, 421, `${host}${path}`)
    }
    const write = await browser.ask(MISSION, {
      method: 'POST',
      headers: { host, origin: `http://${host}` },
      body: mission('x'),
    })
    assert.equal(write.status, 421, host)
    await assert.rejects(browser.stream({ host, origin: `http://${host}` }), /421/)
  }
})

test('a stream from another Origin, or from none, is refused', async () => {
  const origins = [
    'http://evil.example',
    `https://evil.example:${site.port}`,
    'null',
    `${site.url}.evil.example`,
    '',
  ]
  for (const origin of origins) await assert.rejects(browser.stream({ origin }), /403/, origin)
  await assert.rejects(browser.stream({ 'sec-fetch-site': 'cross-site' }), /403/)
  await assert.rejects(browser.stream({ 'sec-fetch-site': 'same-site' }), /403/)
})

test('a stream without a session is refused', async () => {
  await assert.rejects(site.browser().stream(), /401/)
  await assert.rejects(
    browser.stream({ cookie: `sortie-session-${site.port}=${'0'.repeat(64)}` }),
    /401/,
  )
})

test('a write of another site is refused, and reaches no API server', async () => {
  const before = upstream()
  const refused = async (headers: Ask['headers'], status: number, why: string) => {
    const reply = await browser.ask(`${MISSION}/alpha`, {
      method: 'PATCH',
      headers: { ...PATCH, ...headers },
      body: { spec: { suspend: true } },
    })
    assert.equal(reply.status, status, why)
  }
  await refused({ [CSRF_HEADER]: undefined }, 403, 'no CSRF header')
  await refused({ [CSRF_HEADER]: '' }, 403, 'an empty CSRF header')
  await refused({ origin: 'http://evil.example' }, 403, 'another Origin')
  await refused({ origin: undefined }, 403, 'no Origin')
  await refused({ origin: 'null' }, 403, 'a sandboxed page')
  await refused({ 'sec-fetch-site': 'cross-site' }, 403, 'another site')
  await refused({ 'sec-fetch-site': 'same-site' }, 403, 'a neighbour')
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json-seq',
  ]) {
    await refused({ 'content-type': type }, 415, type)
  }
  await refused({ cookie: undefined }, 401, 'no session')
  assert.equal(upstream(), before)
})

test('data is not given to another site’s page', async () => {
  assert.equal((await browser.get('/api/session', { 'sec-fetch-site': 'cross-site' })).status, 403)
  assert.equal((await browser.get('/', { 'sec-fetch-site': 'cross-site' })).status, 503)
})

test('what is not on the list is not there, however it is written, and reaches no API server', async () => {
  const before = upstream()
  const root = '/api/kube'
  const paths = [
    '/api/v1/secrets',
    '/api/v1/namespaces/default/secrets/token',
    '/api/v1/configmaps',
    '/api/v1/namespaces/default/pods/p/exec',
    '/api/v1/namespaces/default/pods/p/attach',
    '/api/v1/namespaces/default/pods/p/portforward',
    '/api/v1/namespaces/default/pods/p/proxy',
    '/api/v1/namespaces/default/pods/p/proxy/metrics',
    '/api/v1/namespaces/default/serviceaccounts/default/token',
    '/api/v1/nodes/viper-1/proxy/pods',
    '/api/v1/nodes/../secrets',
    '/api/v1/nodes/viper-1/../../secrets',
    '/api/v1/nodes/%2e%2e/secrets',
    '/api/v1/nodes/..%2fsecrets',
    '/api/v1/nodes/%252e%252e%252fsecrets',
    '/api/v1/nodes/viper-1%2fproxy',
    '/api/v1/nodes/viper-1%00',
    '/api/v1/nodes//viper-1',
    '/api/v1//secrets',
    '//api/v1/secrets',
    '/api/v1/nodes/viper-1\\..\\secrets',
    '/api/v1/nodes/viper-1/',
    '/api/v1/nodes/viper-1;x=/../secrets',
    '/api/v1/NODES',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    '/apis/airforce.airforce.mil/v1alpha1/namespaces/default/missions/alpha/status',
    '/apis/airforce.airforce.mil/v1/missions',
    '/openapi/v3',
    '/openapi/v2',
    '/openapi/v3/apis/apps/v1',
    '/metrics',
    '/version',
    '/',
    '',
  ]
  for (const path of paths) {
    assert.equal((await browser.get(root + path)).status, 404, path)
  }
  assert.equal((await browser.get('/api/../api/kube/api/v1/secrets')).status, 404)
  assert.equal((await browser.get('//evil.example/api/kube/api/v1/secrets')).status, 400)
  assert.equal(upstream(), before)
})

test('what may be read may not be written, and nothing can be deleted by the lot', async () => {
  const before = upstream()
  const tries: readonly (readonly [string, string])[] = [
    ['DELETE', '/api/kube/api/v1/namespaces/default/pods/p'],
    ['POST', '/api/kube/api/v1/namespaces/default/pods'],
    ['PUT', '/api/kube/api/v1/nodes/viper-1'],
    ['DELETE', '/api/kube/api/v1/nodes/viper-1'],
    ['PATCH', '/api/kube/api/v1/nodes'],
    ['DELETE', MISSION],
    ['PATCH', `${MISSION}/alpha/status`],
    ['POST', '/api/kube/api/v1/namespaces'],
    ['TRACE', MISSION],
    ['OPTIONS', MISSION],
  ]
  for (const [method, path] of tries) {
    const reply = await browser.ask(path, { method, headers: PATCH, body: {} })
    assert.equal(reply.status, 404, `${method} ${path}`)
  }
  assert.equal(upstream(), before)
})

test('of a node only whether it takes pods may be changed', async () => {
  const node = '/api/kube/api/v1/nodes/viper-1'
  const patch = (body: unknown) => browser.ask(node, { method: 'PATCH', headers: PATCH, body })
  const before = upstream()
  const bodies = [
    { metadata: { labels: { 'aircraft.mil/status': 'ready' } } },
    { spec: { unschedulable: true, taints: [] } },
    { spec: { unschedulable: true }, metadata: { finalizers: ['x'] } },
    { spec: { unschedulable: 'true' } },
    { spec: {} },
    [],
    [{ op: 'remove', path: '/spec' }],
  ]
  for (const body of bodies) assert.equal((await patch(body)).status, 403, JSON.stringify(body))
  assert.equal(upstream(), before)
  const done = await patch({ spec: { unschedulable: true } })
  assert.equal(done.status, 200, done.text)
  assert.equal(done.json<{ spec: { unschedulable: boolean } }>().spec.unschedulable, true)
})

test('nobody speaks for somebody else: credentials of a request are not handed on', async () => {
  const ada = await site.signIn('token-ada')
  const headers = {
    'impersonate-user': 'admin',
    'impersonate-group': 'system:masters',
    authorization: 'Bearer token-admin',
    connection: 'keep-alive, impersonate-user',
    'x-remote-user': 'admin',
  }
  const reply = await ada.get(MISSION, headers)
  assert.equal(reply.status, 403)
  assert.match(reply.json<{ message: string }>().message, /"ada"/)
})

test('every answer says what a browser must not do with it', async () => {
  for (const path of ['/', '/api/session', '/api/kube/api/v1/secrets', '/nowhere.js', '/healthz']) {
    const { headers } = await browser.get(path)
    assert.match(
      String(headers['content-security-policy']),
      /default-src 'none'.*frame-ancestors 'none'/,
    )
    assert.equal(headers['x-content-type-options'], 'nosniff', path)
    assert.equal(headers['referrer-policy'], 'no-referrer', path)
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin', path)
    assert.equal(headers['access-control-allow-origin'], undefined, path)
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe|\*/)
  }
})

test('hostile text comes back as JSON, never as a page', async () => {
  const reply = await browser.get(`${MISSION}/alpha?x=<script>alert(1)</script>`)
  assert.match(String(reply.headers['content-type']), /^application\/json/)
  const missing = await browser.get(
    '/api/kube/api/v1/<img src=x onerror=alert(1)>'.replaceAll(' ', '%20'),
  )
  assert.match(String(missing.headers['content-type']), /^application\/json/)
  assert.doesNotMatch(missing.text, /<img/)
})

test('bodies that are too large, no JSON or too deep get a clear answer', async () => {
  const post = (path: string, body: string) => browser.ask(path, { method: 'POST', body })
  const large = JSON.stringify({ note: 'x'.repeat(1024 * 1024) })
  const weapons = MISSION.replace('missions', 'weapons')
  assert.equal((await post(weapons, large)).status, 413)
  assert.equal((await post('/api/access', large)).status, 413)
  assert.equal((await post(weapons, '{"a":')).status, 400)
  assert.equal((await post(weapons, `${'['.repeat(100)}${']'.repeat(100)}`)).status, 400)
  const huge = await post(MISSION, JSON.stringify({ note: 'x'.repeat(1_600_000) }))
  assert.equal(huge.status, 413)
  assert.match(huge.json<{ message: string }>().message, /1572864 bytes/)
  // What a mission may have is for the API server to answer.
  const stages = Array.from({ length: 3 }, (_, n) => ({
    name: `s${n}`,
    flightTasks: [{ name: 't', taskParams: { note: 'x'.repeat(480_000) } }],
  }))
  const mission15 = { ...mission('large'), spec: { stages } }
  const answered = await post(MISSION, JSON.stringify(mission15))
  assert.ok([201, 413, 422].includes(answered.status), String(answered.status))
  assert.notEqual(answered.json<{ message?: string }>().message, '')
})

test('after twenty writes in a minute a session waits; trials are counted apart', async () => {
  const ben = await site.signIn('token-ben')
  const write = (query = '') =>
    ben.ask(`${MISSION}/alpha${query}`, { method: 'PATCH', headers: PATCH, body: {} })
  for (let n = 0; n < 20; n++) assert.equal((await write()).status, 403, 'RBAC says no')
  const refused = await write()
  assert.equal(refused.status, 429)
  assert.equal(refused.headers['retry-after'], '60')
  assert.equal((await write('?dryRun=All')).status, 403)
  await site.clock.advance(60_000)
  assert.equal((await write()).status, 403)
})

test('each write leaves a line in the log: who, what, with which outcome', async () => {
  const body = { spec: { suspend: true } }
  const path = `${MISSION}/alpha?dryRun=All`
  assert.equal((await browser.ask(path, { method: 'PATCH', headers: PATCH, body })).status, 200)
  const line = site.log.findLast(({ message }) => message === 'write')
  assert.partialDeepStrictEqual(line?.fields, {
    user: 'admin',
    method: 'PATCH',
    path: '/apis/airforce.airforce.mil/v1alpha1/namespaces/default/missions/alpha',
    trial: true,
    status: 200,
  })
  assert.doesNotMatch(JSON.stringify(site.log), /token-admin/)
})

test('a trial of a deletion deletes nothing, with and without a body', async () => {
  for (const body of [undefined, {}]) {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const path = `${MISSION}/alpha?dryRun=All`
    assert.equal((await browser.ask(path, { method: 'DELETE', headers, body })).status, 200)
    const { body: sent } = site.requests.get('token-admin')?.at(-1) ?? {}
    assert.deepEqual(
      (sent as { dryRun?: unknown }).dryRun,
      ['All'],
      'it stands where the server looks',
    )
    assert.equal((await browser.get(`${MISSION}/alpha`)).status, 200)
  }
})

test('a deletion keeps its precondition', async () => {
  const body = { preconditions: { uid: 'another' } }
  const reply = await browser.ask(`${MISSION}/alpha`, { method: 'DELETE', body })
  assert.equal(reply.status, 409, reply.text)
})

test('a token that the API server does not know signs nobody in', async () => {
  const stranger = site.browser()
  const ask = (body: unknown) => stranger.ask('/api/session', { method: 'POST', body })
  assert.equal((await ask({ token: 'made-up' })).status, 401)
  for (const token of ['', ' ', 'a\r\nb: c', 7, null, 'x'.repeat(20_000)]) {
    assert.equal((await ask({ token })).status, 400, JSON.stringify(token))
  }
  assert.equal(stranger.cookie, undefined)
})

test('the token never comes back, and the cookie is of no use to scripts or other sites', async () => {
  const other = site.browser()
  const reply = await other.signIn('token-admin')
  assert.doesNotMatch(reply.text + JSON.stringify(reply.headers), /token-admin/)
  const cookie = String(reply.headers['set-cookie'])
  assert.match(cookie, /; HttpOnly/)
  assert.match(cookie, /; SameSite=Strict/)
  assert.match(cookie, /^sortie-session-\d+=[0-9a-f]{64};/)
})

test('who signs in again gets another session, and the old one is over', async () => {
  const ada = await site.signIn('token-ada')
  const old = ada.cookie
  await ada.signIn('token-ada')
  assert.notEqual(ada.cookie, old)
  assert.equal((await ada.get('/api/session', { cookie: old })).status, 401)
  assert.equal((await ada.get('/api/session')).status, 200)
})

test('a session ends after half an hour without use; an open stream keeps it', async () => {
  const [idle, watching] = [await site.signIn('token-ada'), await site.signIn('token-ada')]
  const stream = await watching.stream()
  await site.clock.advance(31 * 60_000)
  assert.equal((await idle.get('/api/session')).status, 401)
  assert.equal((await watching.get('/api/session')).status, 200)
  stream.close()
  await until(() => stream.closed !== undefined)
  browser = await site.signIn('token-admin')
})

test('behind TLS the cookie is for TLS only', async (t) => {
  const secure = await startSite({ mode: 'strict', secure: true })
  t.after(() => secure.stop())
  const reply = await secure.browser().signIn('token-admin')
  assert.match(
    String(reply.headers['set-cookie']),
    /^__Host-sortie-session=.*; Path=\/;.*; Secure$/,
  )
})
