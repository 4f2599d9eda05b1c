import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { SortieError, systemClock } from '@sortie/machinery'
import { stringify } from 'yaml'
import { sendJson, startFaultServer } from '../faults/http.ts'
import { createHttpTransport } from '../transport/http.ts'
import { loadKubeconfig } from './kubeconfig.ts'

const folder = mkdtempSync(join(tmpdir(), 'impersonation-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function load(user: object, server = 'https://c.example') {
  const path = join(folder, 'config')
  const content = {
    'current-context': 'dev',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u' } }],
  }
  writeFileSync(path, stringify(content))
  return loadKubeconfig({ path, env: {} })
}

/** The headers of requests and watches by this user that say who it is, in the order sent; the first request is refused with 401. */
async function sentBy(user: object): Promise<readonly string[][]> {
  const sent: string[][] = []
  const server = await startFaultServer((request, response) => {
    const pairs = request.rawHeaders.flatMap((name, at, all) =>
      at % 2 === 0 ? [`${name.toLowerCase()}: ${Buffer.from(all[at + 1] ?? '', 'latin1')}`] : [],
    )
    sent.push(pairs.filter((line) => /^(?:authorization|impersonate)/.test(line)))
    sendJson(response, sent.length === 1 ? 401 : 200, {})
  })
  const transport = createHttpTransport({ ...(await load(user, server.url)), clock: systemClock() })
  await transport.request({ method: 'GET', path: '/' })
  const sink = { onChunk: () => {}, onEnd: () => {} }
  await transport.stream({ method: 'GET', path: '/w' }, sink)
  await transport.close()
  await server.close()
  return sent
}

test('a user that acts as another says so with each request, beside its own credentials', async () => {
  const token = join(folder, 'token')
  writeFileSync(token, 't')
  const acting = {
    as: 'jörg',
    'as-uid': '7',
    'as-groups': ['pilots', 'system:authenticated'],
    'as-user-extra': { 'example.org/Project Ü%': ['one', 'two'], scopes: ['view'] },
  }
  const expected = [
    'authorization: Bearer t',
    'impersonate-user: jörg',
    'impersonate-uid: 7',
    'impersonate-group: pilots',
    'impersonate-group: system:authenticated',
    'impersonate-extra-example.org%2fproject%20%c3%9c%25: one',
    'impersonate-extra-example.org%2fproject%20%c3%9c%25: two',
    'impersonate-extra-scopes: view',
  ]
  assert.deepEqual(await sentBy({ tokenFile: token, ...acting }), [expected, expected, expected])
})

test('a user with a certificate, or with nothing, may act as another too', async () => {
  const { auth } = await load({ as: 'somebody' })
  assert.deepEqual(await auth?.credentials(), { headers: { 'impersonate-user': 'somebody' } })
})

test('who acts as another by a token that can’t be renewed does not try again with it', async () => {
  const expected = ['authorization: Bearer t', 'impersonate-user: a']
  assert.deepEqual(await sentBy({ token: 't', as: 'a' }), [expected, expected])
})

for (const [what, user] of [
  ['groups without a user', { 'as-groups': ['pilots'] }],
  ['a uid without a user', { 'as-uid': '7' }],
  ['an extra without a user', { as: '', 'as-user-extra': { a: ['b'] } }],
] as const) {
  test(`acting by ${what} is refused`, async () => {
    await assert.rejects(load(user), (error) => {
      assert.ok(error instanceof SortieError)
      assert.match(error.message, /^user u names as-[a-z-]+, but nobody to act as: set "as" too$/)
      return true
    })
  })
}

for (const user of [
  { as: 7 },
  { as: 'a', 'as-uid': 7 },
  { as: 'a', 'as-groups': 'pilots' },
  { as: 'a', 'as-groups': ['pilots', 7] },
  { as: 'a', 'as-user-extra': ['a'] },
  { as: 'a', 'as-user-extra': { a: 'b' } },
]) {
  test(`${JSON.stringify(user)} is refused, since less of it would be somebody else`, async () => {
    await assert.rejects(
      load(user),
      /^SortieError: as(?:-[a-z]+)* of user u must be a (?:text|list of texts|mapping from names to lists of texts)$/,
    )
  })
}
