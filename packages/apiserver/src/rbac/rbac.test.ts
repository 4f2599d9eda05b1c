import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { startTestServer, type TestServer } from '../testing/server.ts'
import { describeRules, missingRules } from './coverage.ts'
import { ruleAllows } from './matching.ts'
import type { PolicyRule } from './model.ts'

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const PODS = '/api/v1/namespaces/default/pods'

const rule = (given: Partial<PolicyRule>): PolicyRule => ({
  verbs: [],
  apiGroups: [],
  resources: [],
  resourceNames: [],
  nonResourceURLs: [],
  ...given,
})

const some = (...values: string[]) => fc.subarray(values, { minLength: 1 })
const anyRule = fc.record({
  verbs: some('get', 'list', '*'),
  apiGroups: some('', 'apps', '*'),
  resources: some('pods', 'pods/log', '*/log', '*'),
  resourceNames: fc.subarray(['a', 'b']),
  nonResourceURLs: fc.constant([]),
})
const anyQuestion = fc.record({
  user: fc.constant({ name: 'u', groups: [] }),
  verb: fc.constantFrom('get', 'list', 'delete'),
  group: fc.constantFrom('', 'apps', 'batch'),
  version: fc.constant('v1'),
  resource: fc.constantFrom('pods', 'nodes'),
  subresource: fc.constantFrom('', 'log', 'status'),
  namespace: fc.constant(''),
  name: fc.constantFrom('', 'a', 'b', 'c'),
})

test('whoever holds what covers a rule may do all that the rule allows', () => {
  fc.assert(
    fc.property(fc.array(anyRule), anyRule, anyQuestion, (held, wanted, question) => {
      if (missingRules(held, [wanted]).length > 0 || !ruleAllows(wanted, question)) return
      assert.ok(held.some((one) => ruleAllows(one, question)))
    }),
  )
})

test('a rule covers itself', () => {
  fc.assert(fc.property(anyRule, (one) => assert.deepEqual(missingRules([one], [one]), [])))
})

test('missing rules are told by resource, with their verbs together', () => {
  const wanted = rule({ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'nodes'] })
  const held = rule({ verbs: ['list'], apiGroups: [''], resources: ['nodes'] })
  assert.equal(
    describeRules(missingRules([held], [wanted])),
    '{APIGroups:[""], Resources:["nodes"], Verbs:["get"]}\n{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
  )
})

async function bind(server: TestServer, role: string, subject: object): Promise<void> {
  const { status } = await server.send(`POST ${RBAC}/clusterrolebindings`, {
    metadata: { name: role },
    roleRef: { kind: 'ClusterRole', name: role },
    subjects: [subject],
  })
  assert.equal(status, 201)
}

test('a user of the in-process transport is held to roles, and an administrator is not', async () => {
  const server = await startTestServer()
  const ann = { name: 'ann', groups: ['system:authenticated'] }
  const list = async () =>
    (await server.server.transport(ann).request({ method: 'GET', path: PODS })).status
  assert.equal(await list(), 403)
  await bind(server, 'view', { kind: 'User', name: 'ann' })
  assert.equal(await list(), 200)
  assert.equal((await server.send(`DELETE ${RBAC}/clusterrolebindings/view`)).status, 200)
  assert.equal(await list(), 403)
  assert.equal((await server.send(`GET ${PODS}`)).status, 200)
})

async function tokenOf(server: TestServer, seconds: number): Promise<string> {
  const accounts = '/api/v1/namespaces/default/serviceaccounts'
  await server.send(`POST ${accounts}`, { metadata: { name: 'robot' } })
  const spec = { expirationSeconds: seconds }
  const { status, body } = await server.send(`POST ${accounts}/robot/token`, { spec })
  assert.equal(status, 201)
  return (body['status'] as { token: string }).token
}

test('a token is good until it expires by the clock', async () => {
  const server = await startTestServer()
  const token = await tokenOf(server, 600)
  assert.equal(server.server.userOfToken(token)?.name, 'system:serviceaccount:default:robot')
  await server.clock.advance(599_000)
  assert.ok(server.server.userOfToken(token))
  await server.clock.advance(1_000)
  assert.equal(server.server.userOfToken(token), undefined)
})

test('a token of another server, or one that says another algorithm, is none', async () => {
  const server = await startTestServer()
  const other = await startTestServer()
  const token = await tokenOf(server, 600)
  assert.equal(other.server.userOfToken(token), undefined)
  const [, body] = token.split('.')
  const header = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
  for (const forged of [`${header}.${body}.`, `${header}.${body}`, '', '..', 'a.b.c']) {
    assert.equal(server.server.userOfToken(forged), undefined)
  }
})

test('a token dies with its account, even where one of the same name follows', async () => {
  const server = await startTestServer()
  const token = await tokenOf(server, 600)
  const account = '/api/v1/namespaces/default/serviceaccounts/robot'
  assert.equal((await server.send(`DELETE ${account}`)).status, 200)
  const made = await server.send('POST /api/v1/namespaces/default/serviceaccounts', {
    metadata: { name: 'robot' },
  })
  assert.equal(made.status, 201)
  assert.equal(server.server.userOfToken(token), undefined)
})

test('the key of tokens is served by no path', async () => {
  const server = await startTestServer()
  await tokenOf(server, 600)
  for (const path of ['/apis/sortie.internal/v1/signingkeys', '/apis/sortie.internal/v1']) {
    assert.equal((await server.send(`GET ${path}`)).status, 404)
  }
})

test('a role made of others by a selector that cannot be read is refused', async () => {
  const { send, settle } = await startTestServer()
  const expressions = [
    { key: 'x', operator: 'Bogus' },
    { key: 'x y', operator: 'Exists' },
    { key: 'x', operator: 'In' },
    { key: 'x', operator: 'Exists', values: ['a'] },
  ]
  const fields = ['operator', 'key', 'values', 'values']
  for (const [index, expression] of expressions.entries()) {
    const { status, body } = await send(`POST ${RBAC}/clusterroles`, {
      metadata: { name: 'odd' },
      aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [expression] }] },
    })
    await settle()
    assert.equal(status, 422)
    const path = `aggregationRule.clusterRoleSelectors[0].matchExpressions[0].${fields[index]}`
    assert.match(JSON.stringify(body), new RegExp(path.replaceAll(/[.[\]]/g, '\\$&')))
  }
})

test('a token is bound to no pod of another account, and lasts for whole seconds', async () => {
  const { send } = await startTestServer()
  const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts'
  await send(`POST ${ACCOUNTS}`, { metadata: { name: 'other' } })
  const spec = { serviceAccountName: 'default', containers: [{ name: 'c', image: 'i' }] }
  await send(`POST ${PODS}`, { metadata: { name: 'p' }, spec })
  const ask = async (account: string, fields: object): Promise<number> =>
    (await send(`POST ${ACCOUNTS}/${account}/token`, { spec: fields })).status
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p' }
  assert.equal(await ask('other', { boundObjectRef }), 400)
  assert.equal(await ask('default', { boundObjectRef }), 201)
  assert.equal(await ask('default', { expirationSeconds: 'soon' }), 400)
  assert.equal(await ask('default', { expirationSeconds: 700.5 }), 400)
})
