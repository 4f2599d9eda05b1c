/** Requests that are neither pages nor objects: who one is, what one may do, why something waits. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AIRCRAFT,
  type AircraftMatrix,
  API_VERSION,
  FLIGHT_TASKS,
  GROUP,
  MISSIONS,
} from '@sortie/api'
import {
  type KubeObject,
  NODES,
  PODS,
  type Pod,
  statusError,
  TransportError,
} from '@sortie/machinery'
import type { Browser } from '../testing/browser.ts'
import { binding, mission, pod, ROLE_BINDINGS, ROLES, role, task } from '../testing/objects.ts'
import { type Site, startSite, until } from '../testing/site.ts'

let site: Site
let ada: Browser
before(async () => {
  site = await startSite({ mode: 'strict' })
  await site.create(MISSIONS, mission('alpha'))
  await site.create(FLIGHT_TASKS, task('lonely'))
  const rules = [
    { apiGroups: [GROUP], resources: ['missions', 'flighttasks'], verbs: ['get', 'list', 'watch'] },
  ]
  await site.create(ROLES, role('reader', 'default', rules))
  await site.create(ROLE_BINDINGS, binding('reader', 'default', 'ada'))
  ada = await site.signIn('token-ada')
})
after(() => site.stop())

const asked = () => (site.requests.get('token-ada') ?? []).length

test('a session tells who one is, by the API server’s word, and nothing that one may not list', async () => {
  const info = (await ada.get('/api/session')).json()
  assert.deepEqual(info['user'], { name: 'ada', groups: ['system:authenticated'] })
  assert.equal(info['namespaces'], undefined)
  assert.equal(info['mode'], 'strict')
  assert.equal(info['simulated'], true, 'the embedded server says what it is by its version')
  assert.equal((await site.browser().get('/api/session')).status, 401)
})

test('what one may do is asked with one’s own credentials, and remembered for half a minute', async () => {
  const may = (verb: string) => ({ verb, group: GROUP, resource: 'missions', namespace: 'default' })
  const ask = () => ada.ask('/api/access', { method: 'POST', body: [may('list'), may('delete')] })
  const first = (await ask()).json<{ allowed: boolean }[]>()
  assert.deepEqual(
    first.map(({ allowed }) => allowed),
    [true, false],
  )
  const before = asked()
  await ask()
  assert.equal(asked(), before)
  await site.clock.advance(31_000)
  await ask()
  assert.equal(asked(), before + 2)
})

test('what nobody answered is no, and is asked again at once', async () => {
  const may = { verb: 'watch', group: GROUP, resource: 'missions', namespace: 'default' }
  const ask = async () =>
    (await ada.ask('/api/access', { method: 'POST', body: [may] })).json<{ allowed: boolean }[]>()
  site.fault = () => new TransportError('connection refused')
  const [silent] = await ask()
  assert.partialDeepStrictEqual(silent, { allowed: false })
  site.fault = undefined
  assert.deepEqual(
    (await ask()).map(({ allowed }) => allowed),
    [true],
  )
})

test('questions that are none get a clear answer', async () => {
  const bodies = [{}, 'x', Array.from({ length: 51 }, () => ({})), [7], [{ verb: 7 }]]
  for (const body of bodies) {
    const reply = await ada.ask('/api/access', { method: 'POST', body })
    assert.equal(reply.status, 400, JSON.stringify(body))
  }
  assert.deepEqual((await ada.ask('/api/access', { method: 'POST', body: [] })).json(), [])
})

test('why something waits is told from what one may read', async () => {
  const reply = await ada.get('/api/why/FlightTask/default/lonely')
  assert.equal(reply.status, 200, reply.text)
  const diagnosis = reply.json<{ subject: unknown; findings: readonly { text: string }[] }>()
  assert.deepEqual(diagnosis.subject, { kind: 'FlightTask', name: 'lonely', namespace: 'default' })
  assert.ok(diagnosis.findings.length > 0)
  assert.equal((await ada.get('/api/why/MissionStage/default/x')).status, 403)
  assert.equal((await ada.get('/api/why/Mission/default/gone')).status, 404)
  for (const path of [
    'Secret/default/x',
    'Mission/default',
    'Mission/default/a/b',
    'Mission/default/..',
    'Mission/%2e%2e/x',
  ]) {
    assert.equal((await ada.get(`/api/why/${path}`)).status, 404, path)
  }
})

test('every aircraft is held against a task, for those who may read the fleet', async () => {
  const path = '/api/why/FlightTask/default/flown/aircraft'
  assert.equal((await ada.get(path)).status, 404, 'there is no such task')
  await site.create(FLIGHT_TASKS, task('flown'))
  assert.equal((await ada.get(path)).status, 403, 'aircraft are the cluster’s, not a namespace’s')
  await letReadFleet('ada')
  assert.equal((await ada.get(path)).status, 404, 'it has no pod')
  const { uid } = (
    await ada.get(`/api/kube/apis/${GROUP}/v1alpha1/namespaces/default/flighttasks/flown`)
  ).json<KubeObject>().metadata
  const made = pod('flown-0', { labels: { flighttask: 'flown' } }) as Pod
  const ownerReferences = [{ apiVersion: API_VERSION, kind: 'FlightTask', name: 'flown', uid }]
  await site.create(PODS, {
    ...made,
    metadata: { ...made.metadata, ownerReferences },
    spec: { ...made.spec, nodeSelector: { [AIRCRAFT.type]: 'j20' } },
  } as KubeObject)
  for (const type of ['h6k', 'j20']) {
    const metadata = { name: `${type}-01`, labels: { [AIRCRAFT.type]: type } }
    await site.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata } as KubeObject)
  }
  const { requirements, aircraft } = (await ada.get(path)).json<AircraftMatrix>()
  const [wanted] = requirements
  assert.deepEqual([wanted?.code, wanted?.rejected, wanted?.left], ['type', 1, 1])
  assert.deepEqual(
    aircraft.map(({ node }) => node),
    ['j20-01', 'h6k-01'],
  )
  await site.cluster.client
    .resource(PODS)
    .patch(
      { namespace: 'default', name: 'flown-0' },
      { type: 'merge', body: { status: { phase: 'Succeeded' } } },
      { subresource: 'status' },
    )
  const after = (await ada.get(path)).json<AircraftMatrix>()
  assert.deepEqual(after.requirements, requirements, 'what has flown tells what it asked for')
  assert.equal((await ada.get('/api/why/Mission/default/alpha/aircraft')).status, 404)
})

async function letReadFleet(name: string): Promise<void> {
  const group = 'rbac.authorization.k8s.io'
  const base = { group, version: 'v1', namespaced: false }
  const rules = [{ apiGroups: [''], resources: ['nodes', 'pods'], verbs: ['list'] }]
  await site.create({ ...base, plural: 'clusterroles', kind: 'ClusterRole' }, {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'fleet' },
    rules,
  } as KubeObject)
  await site.create({ ...base, plural: 'clusterrolebindings', kind: 'ClusterRoleBinding' }, {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'fleet' },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'fleet' },
    subjects: [{ apiGroup: group, kind: 'User', name }],
  } as KubeObject)
}

test('the schema of a kind is what its CRD has', async () => {
  const schema = (await ada.get('/api/schemas/Mission')).json<{ properties: object }>()
  assert.ok('spec' in schema.properties)
  for (const kind of ['Secret', '__proto__', 'constructor', '']) {
    assert.equal((await ada.get(`/api/schemas/${kind}`)).status, 404, kind)
  }
})

test('health needs no session', async () => {
  const reply = await site.browser().get('/healthz')
  assert.deepEqual([reply.status, reply.text], [200, 'ok\n'])
})

test('an API server that does not answer is told as that, and a session outlives it', async () => {
  site.fault = () => new TransportError('connection refused')
  const path = `/api/kube/apis/${GROUP}/v1alpha1/missions`
  const reply = await ada.get(path)
  assert.equal(reply.status, 503)
  assert.match(reply.json<{ message: string }>().message, /does not answer: connection refused/)
  assert.equal((await ada.get('/api/session')).status, 200)
  site.fault = undefined
})

test('a token that the API server no longer takes ends its session and its streams', async () => {
  const ben = await site.signIn('token-ben')
  const stream = await ben.stream()
  const unauthorized = statusError('Unauthorized', { message: 'Unauthorized' })
  site.fault = (path) => (path.endsWith('/nodes') ? unauthorized : undefined)
  assert.equal((await ben.get('/api/kube/api/v1/nodes')).status, 401)
  site.fault = undefined
  await until(() => stream.closed !== undefined)
  assert.equal(stream.closed?.code, 4001)
  assert.equal((await ben.get('/api/session')).status, 401)
})

test('objects come whole, and lists by their selectors', async () => {
  const root = `/api/kube/apis/${GROUP}/v1alpha1/namespaces/default/missions`
  const one = (await ada.get(`${root}/alpha`)).json<{ metadata: { name: string } }>()
  assert.equal(one.metadata.name, 'alpha')
  const list = (await ada.get(`${root}?fieldSelector=metadata.name%3Dnone&watch=true`)).json<{
    items: []
  }>()
  assert.deepEqual(list.items, [], 'a watch that is asked for is a list')
})

test('what is written carries the dashboard’s name', async () => {
  const admin = await site.signIn('token-admin')
  const path = `/api/kube/apis/${GROUP}/v1alpha1/namespaces/default/missions/alpha?fieldManager=me`
  const headers = { 'content-type': 'application/merge-patch+json' }
  const reply = await admin.ask(path, {
    method: 'PATCH',
    headers,
    body: { spec: { suspend: true } },
  })
  const { metadata } = reply.json<{ metadata: { managedFields: readonly { manager: string }[] } }>()
  const managers = metadata.managedFields.map(({ manager }) => manager)
  assert.ok(managers.includes('sortie-dashboard') && !managers.includes('me'))
})
