import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../testing/server.ts'
import { compareVersions } from './versions.ts'

interface Listed {
  readonly name: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly verbs: readonly string[]
}

test('lists the resources of a version with verbs, short names and categories', async () => {
  const { send } = await startTestServer()
  const { body } = await send('GET /api/v1')
  const resources = body['resources'] as Listed[]
  const pods = resources.find((one) => one.name === 'pods')
  assert.deepEqual(pods, {
    name: 'pods',
    singularName: 'pod',
    namespaced: true,
    kind: 'Pod',
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    shortNames: ['po'],
    categories: ['all'],
  } as unknown as Listed)
  const subresources = resources.filter((one) => one.name.startsWith('pods/'))
  assert.deepEqual(
    subresources.map((one) => one.name),
    ['pods/binding', 'pods/eviction', 'pods/log', 'pods/status'],
  )
})

test('aggregates where the client asks for it, in either version', async () => {
  const { send } = await startTestServer()
  for (const version of ['v2', 'v2beta1']) {
    const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`
    const headers = { accept: `${type},application/json` }
    const core = await send('GET /api', undefined, { headers })
    assert.equal(core.headers['content-type'], type)
    assert.equal((core.body['items'] as unknown[]).length, 1)
    const groups = await send('GET /apis', undefined, { headers })
    const names = (groups.body['items'] as { metadata: { name: string } }[]).map(
      (item) => item.metadata.name,
    )
    for (const name of ['apps', 'batch', 'apiextensions.k8s.io', 'metrics.k8s.io', 'policy']) {
      assert.ok(names.includes(name), name)
    }
  }
  const plain = await send('GET /apis')
  assert.equal(plain.body['kind'], 'APIGroupList')
})

test('answers version and health', async () => {
  const { send } = await startTestServer({ version: 'v1.31.2-test' })
  const { body } = await send('GET /version')
  assert.deepEqual([body['major'], body['minor'], body['gitVersion']], ['1', '31', 'v1.31.2-test'])
  for (const path of ['/healthz', '/livez', '/readyz']) {
    assert.equal((await send(`GET ${path}`)).body, 'ok' as unknown)
  }
  const verbose = await send('GET /readyz?verbose=')
  assert.match(String(verbose.body), /readyz check passed/)
})

test('serves OpenAPI v3 by group version, each reference within its document', async () => {
  const { send } = await startTestServer()
  const { body } = await send('GET /openapi/v3')
  const paths = body['paths'] as Record<string, { serverRelativeURL: string }>
  const url = paths['api/v1']?.serverRelativeURL ?? ''
  assert.match(url, /^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]+$/)
  const { body: document, headers } = await send(`GET ${url}`)
  assert.equal(headers['cache-control'], 'public, immutable')
  const { schemas } = document['components'] as { schemas: Record<string, unknown> }
  const used = new Set(
    [...JSON.stringify(schemas).matchAll(/#\/components\/schemas\/([^"]+)/g)].map(
      (match) => match[1] ?? '',
    ),
  )
  assert.deepEqual(
    [...used].filter((name) => schemas[name] === undefined),
    [],
  )
  const cached = await send(`GET ${url}`, undefined, {
    headers: { 'if-none-match': headers['etag'] ?? '' },
  })
  assert.equal(cached.status, 304)
  assert.equal((await send('GET /openapi/v2')).status, 404)
})

test('orders versions as Kubernetes does', () => {
  const versions = ['v1alpha1', 'foo', 'v2', 'v1beta2', 'v10', 'v1', 'v1beta1', 'bar', 'v11alpha1']
  assert.deepEqual(versions.sort(compareVersions), [
    'v10',
    'v2',
    'v1',
    'v1beta2',
    'v1beta1',
    'v11alpha1',
    'v1alpha1',
    'bar',
    'foo',
  ])
})

test('answers reviews of access and identity', async () => {
  const user = { name: 'ann', groups: ['pilots', 'system:authenticated'] }
  const { send, server } = await startTestServer({ tokens: new Map([['t', user]]) })
  const access = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
  const resourceAttributes = { verb: 'create', resource: 'pods', namespace: 'default' }
  const review = await send(`POST ${access}`, { spec: { resourceAttributes } })
  assert.deepEqual([review.status, review.body['status']], [201, { allowed: true }])
  const rules = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
  const { body } = await send(`POST ${rules}`, { spec: { namespace: 'default' } })
  const { resourceRules } = body['status'] as { resourceRules: { verbs: string[] }[] }
  assert.ok(resourceRules.some(({ verbs }) => verbs.includes('*')))
  const self = await server.transport(user).request({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: {},
  })
  assert.deepEqual((self.body as { status: object }).status, {
    userInfo: { username: 'ann', groups: ['pilots', 'system:authenticated'] },
  })
  const tokens = '/apis/authentication.k8s.io/v1/tokenreviews'
  const known = await send(`POST ${tokens}`, { spec: { token: 't' } })
  assert.equal((known.body['status'] as { authenticated: boolean }).authenticated, true)
  const unknown = await send(`POST ${tokens}`, { spec: { token: 'x' } })
  assert.equal((unknown.body['status'] as { authenticated?: boolean }).authenticated, undefined)
})

test('refuses what the authorizer does not allow', async () => {
  const { send } = await startTestServer({
    authorizer: {
      authorize: ({ verb }) => ({ allowed: verb !== 'list' }),
      rulesFor: () => ({ resourceRules: [], nonResourceRules: [] }),
    },
  })
  const { status, body } = await send('GET /api/v1/namespaces/default/pods')
  assert.deepEqual(
    [status, body['message']],
    [
      403,
      'pods is forbidden: User "system:admin" cannot list resource "pods" in API group "" in the namespace "default"',
    ],
  )
})
