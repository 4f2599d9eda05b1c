import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ApiRequest,
  type ApiResponse,
  ApiStatusError,
  createVirtualClock,
  type KubeObject,
  NODES,
  PODS,
  type Pod,
  SortieError,
  seededRandom,
  type Transport,
  TransportError,
} from '@sortie/machinery'
import { type ClientOptions, createClient } from './client.ts'
import { NO_RETRY } from './retry.ts'

type Answer = (request: ApiRequest, attempt: number) => ApiResponse | Promise<ApiResponse>

const ok = (body: unknown = {}): ApiResponse => ({ status: 200, headers: {}, body })
const refuse = (status: number, headers: Record<string, string> = {}): ApiResponse => ({
  status,
  headers,
  body: 'no',
})

function setUp(answer: Answer, options: Partial<ClientOptions> = {}) {
  const clock = createVirtualClock(0, () => new Promise((resolve) => setImmediate(resolve)))
  const requests: ApiRequest[] = []
  const times: number[] = []
  const transport: Transport = {
    async request(request) {
      requests.push(request)
      times.push(clock.monotonic())
      return answer(request, requests.length)
    },
    watch: () => Promise.reject(new TransportError('none')),
    stream: () => Promise.reject(new TransportError('none')),
    close: () => Promise.resolve(),
  }
  const client = createClient(transport, { clock, random: seededRandom(5), ...options })
  return { clock, requests, times, client, pods: client.resource<Pod>(PODS) }
}

const ref = { namespace: 'ns', name: 'a' }
const merge = { type: 'merge', body: {} } as const
const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', namespace: 'ns' },
  spec: { containers: [] },
}

test('a write asks for the metadata of its result alone, where nobody looks at the rest', async () => {
  const { requests, pods } = setUp(() => ok({ metadata: { resourceVersion: '7' } }))
  const answer = 'metadata'
  await pods.create(pod, { answer })
  await pods.update(pod, { answer })
  await pods.patch(ref, { type: 'merge', body: {} }, { answer })
  await pods.create(pod)
  const accepted = requests.map(({ headers }) => headers?.['accept'])
  assert.deepEqual(
    accepted.slice(0, 3).map((text) => text?.includes('PartialObjectMetadata')),
    [true, true, true],
  )
  assert.equal(accepted[3], undefined)
  assert.equal(requests[2]?.headers?.['content-type'], 'application/merge-patch+json')
})

test('each verb asks for its path with its query and body', async () => {
  const { client, requests, pods } = setUp(() => ok({ metadata: {}, items: [] }), {
    fieldManager: 'tester',
  })
  const apply = { type: 'apply', body: pod } as const
  await pods.get(ref)
  await pods.list({ labelSelector: 'a=b', limit: 10 })
  await pods.list({ namespace: 'ns', fieldSelector: 'spec.nodeName=n' })
  await pods.create(pod, { dryRun: true, fieldValidation: 'Strict' })
  await pods.update(pod, { subresource: 'status' })
  await pods.patch(ref, apply, { force: true, fieldManager: 'other' })
  await pods.patch(ref, { type: 'json', body: [] }, { subresource: 'status' })
  await pods.delete(ref, { preconditions: { uid: 'u' }, gracePeriodSeconds: 0 })
  await pods.createSubresource(ref, 'binding', { target: {} })
  await client.resource(NODES).get({ name: 'n' })
  await pods.deleteCollection({ namespace: 'ns', labelSelector: 'x', propagationPolicy: 'Orphan' })
  const type = {
    group: 'airforce.airforce.mil',
    version: 'v1alpha1',
    plural: 'missions',
    kind: 'Mission',
    namespaced: true,
  }
  await client.resource(type).list({ namespace: 'ns' })
  const lines = requests.map(({ method, path, query }) =>
    `${method} ${path} ${new URLSearchParams(query)}`.trim(),
  )
  assert.deepEqual(lines, [
    'GET /api/v1/namespaces/ns/pods/a',
    'GET /api/v1/pods labelSelector=a%3Db&limit=10',
    'GET /api/v1/namespaces/ns/pods fieldSelector=spec.nodeName%3Dn',
    'POST /api/v1/namespaces/ns/pods fieldManager=tester&dryRun=All&fieldValidation=Strict',
    'PUT /api/v1/namespaces/ns/pods/a/status fieldManager=tester&fieldValidation=Ignore',
    'PATCH /api/v1/namespaces/ns/pods/a fieldManager=other&fieldValidation=Ignore&force=true',
    'PATCH /api/v1/namespaces/ns/pods/a/status fieldManager=tester&fieldValidation=Ignore',
    'DELETE /api/v1/namespaces/ns/pods/a',
    'POST /api/v1/namespaces/ns/pods/a/binding fieldManager=tester&fieldValidation=Ignore',
    'GET /api/v1/nodes/n',
    'DELETE /api/v1/namespaces/ns/pods labelSelector=x',
    'GET /apis/airforce.airforce.mil/v1alpha1/namespaces/ns/missions',
  ])
  assert.equal(requests[5]?.headers?.['content-type'], 'application/apply-patch+yaml')
  assert.equal(requests[6]?.headers?.['content-type'], 'application/json-patch+json')
  const options = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: { uid: 'u' },
    gracePeriodSeconds: 0,
  }
  assert.deepEqual(requests[7]?.body, options)
})

test('a name or namespace that is missing is a bug, not a request', async () => {
  const { pods, requests } = setUp(() => ok())
  await assert.rejects(pods.get({ name: 'a' }), SortieError)
  await assert.rejects(pods.get({ namespace: 'ns', name: '' }), SortieError)
  await assert.rejects(pods.create({ ...pod, metadata: { name: 'a' } }), SortieError)
  await assert.rejects(pods.deleteCollection({}), SortieError)
  assert.equal(requests.length, 0)
})

test('D10: an object that is read and written back keeps fields that no type knows, and times as they are', async () => {
  const stored = {
    ...pod,
    metadata: { ...pod.metadata, creationTimestamp: '2026-11-23T10:00:00Z', resourceVersion: '7' },
    spec: { containers: [], fieldOfTomorrow: { deep: [1, null] } },
    status: { startTime: '2026-11-23T10:00:00.123456Z' },
  }
  const { pods, requests } = setUp(() => ok(stored))
  await pods.update(await pods.get(ref))
  assert.deepEqual(requests[1]?.body, stored)
})

test('a login page in the way is told from an API server', async () => {
  const redirect = { status: 302, headers: { location: 'https://login.example/' }, body: '' }
  const page = { status: 200, headers: {}, body: '<html>' }
  const { pods } = setUp((_request, attempt) => (attempt === 1 ? redirect : page))
  await assert.rejects(
    pods.delete(ref),
    /302: it sends on to https:\/\/login\.example\/, so the URL/,
  )
  await assert.rejects(pods.delete(ref), /the answer is no object: is this an API server\?/)
})

test('a Status in the answer is the error; anything else makes one up', async () => {
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    reason: 'NotFound',
    code: 404,
    message: 'pods "a" not found',
  }
  const answers = [
    { status: 404, headers: {}, body: status },
    { status: 404, headers: {}, body: '404 page not found\n' },
    { status: 409, headers: {}, body: undefined },
    { status: 418, headers: {}, body: { odd: true } },
  ]
  const { pods } = setUp((_request, attempt) => answers[attempt - 1] ?? ok())
  const seen: string[] = []
  for (const _ of answers) {
    await pods.get(ref).catch((error: unknown) => {
      assert.ok(error instanceof ApiStatusError)
      seen.push(`${error.code} ${error.reason}: ${error.message}`)
    })
  }
  assert.deepEqual(seen, [
    '404 NotFound: pods "a" not found',
    '404 NotFound: the server answered 404: 404 page not found',
    '409 Conflict: the server answered 409',
    '418 BadRequest: the server answered 418',
  ])
})

type Verb = 'get' | 'list' | 'apply' | 'create' | 'patch' | 'update' | 'delete'
const idempotent: readonly Verb[] = ['get', 'list', 'apply']
const all: readonly Verb[] = [...idempotent, 'create', 'patch', 'update', 'delete']

const rules: readonly { what: string; fail: () => ApiResponse; retried: readonly Verb[] }[] = [
  { what: '429', fail: () => refuse(429), retried: all },
  { what: '429 with Retry-After', fail: () => refuse(429, { 'retry-after': '1' }), retried: all },
  { what: '503 with Retry-After', fail: () => refuse(503, { 'retry-after': '1' }), retried: all },
  { what: '503', fail: () => refuse(503), retried: idempotent },
  { what: '500', fail: () => refuse(500), retried: idempotent },
  {
    what: 'a broken connection',
    fail: () => {
      throw new TransportError('reset')
    },
    retried: idempotent,
  },
  { what: '404', fail: () => refuse(404), retried: [] },
  { what: '409', fail: () => refuse(409), retried: [] },
]

for (const { what, fail, retried } of rules) {
  test(`${what} is retried for: ${retried.join(', ') || 'nothing'}`, async () => {
    for (const verb of all) {
      const { pods, requests, clock } = setUp((_request, attempt) =>
        attempt === 1 ? fail() : ok({ metadata: {}, items: [] }),
      )
      const calls: Record<Verb, () => Promise<unknown>> = {
        get: () => pods.get(ref),
        list: () => pods.listAll(),
        apply: () => pods.patch(ref, { type: 'apply', body: pod }),
        create: () => pods.create(pod),
        patch: () => pods.patch(ref, merge),
        update: () => pods.update(pod),
        delete: () => pods.delete(ref),
      }
      const outcome = calls[verb]().then(
        () => 'done',
        () => 'failed',
      )
      await clock.advance(10_000)
      assert.equal(await outcome, retried.includes(verb) ? 'done' : 'failed', verb)
      assert.equal(requests.length, retried.includes(verb) ? 2 : 1, verb)
    }
  })
}

test('Retry-After is waited for, up to a bound; other waits double', async () => {
  const headers = ['7', '100000', undefined]
  const { pods, clock, times } = setUp((_request, attempt) => {
    if (attempt > 3) return ok()
    const seconds = headers[attempt - 1]
    return refuse(429, seconds === undefined ? {} : { 'retry-after': seconds })
  })
  const done = pods.create(pod)
  await clock.advance(100_000)
  await done
  const waits = times.slice(1).map((time, at) => time - (times[at] ?? 0))
  assert.equal(waits[0], 7000)
  assert.equal(waits[1], 20_000)
  assert.ok(waits[2]! >= 800 && waits[2]! < 1600, String(waits[2]))
})

test('a failure that goes on is given up after five attempts, or at once where the caller says so', async () => {
  const { pods, clock, requests } = setUp(() => refuse(503))
  const failed = assert.rejects(pods.get(ref), ApiStatusError)
  await clock.advance(60_000)
  await failed
  assert.equal(requests.length, 5)
  await assert.rejects(pods.get(ref, { retry: NO_RETRY }), ApiStatusError)
  assert.equal(requests.length, 6)
})

test('an abort ends the wait between attempts and leaves no timer', async () => {
  const { pods, clock, requests } = setUp(() => refuse(429))
  const controller = new AbortController()
  const failed = assert.rejects(pods.get(ref, { signal: controller.signal }), TransportError)
  await clock.advance(0)
  controller.abort()
  await failed
  assert.deepEqual([requests.length, clock.pendingTimers()], [1, 0])
})

test('at most 32 requests are in flight, the rest wait their turn, and an aborted one leaves the queue', async () => {
  const open: (() => void)[] = []
  const { pods, requests } = setUp(() => new Promise((resolve) => open.push(() => resolve(ok()))))
  const controller = new AbortController()
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  const many = Array.from({ length: 40 }, (_, at) => pods.get({ namespace: 'ns', name: `p${at}` }))
  const aborted = assert.rejects(pods.get(ref, { signal: controller.signal }), TransportError)
  const last = pods.get({ namespace: 'ns', name: 'last' })
  await turn()
  assert.equal(requests.length, 32)
  controller.abort()
  await aborted
  while (open.length > 0) {
    open.shift()?.()
    await turn()
  }
  await Promise.all([...many, last])
  assert.equal(requests.length, 41)
  assert.equal(requests.at(-1)?.path.split('/').at(-1), 'last')
})

test('a request whose signal is aborted already fails at once, also where no place is free', async () => {
  const { pods, requests } = setUp(() => new Promise(() => {}), { maxConcurrentRequests: 1 })
  void pods.get(ref)
  await assert.rejects(pods.get(ref, { signal: AbortSignal.abort('enough') }), (error) => {
    assert.ok(error instanceof TransportError)
    return error.cause === 'enough'
  })
  assert.equal(requests.length, 1)
})

test('an abort between attempts fails at once, also where the places are taken meanwhile', async () => {
  const { pods, clock } = setUp(
    ({ path }) => (path.endsWith('/a') ? refuse(429) : new Promise(() => {})),
    { maxConcurrentRequests: 1 },
  )
  const controller = new AbortController()
  const failed = assert.rejects(pods.get(ref, { signal: controller.signal }), TransportError)
  await clock.advance(0)
  void pods.get({ namespace: 'ns', name: 'stuck' })
  controller.abort()
  await failed
})

test('a request that waits to be sent again takes no place from others', async () => {
  const { pods, clock } = setUp(
    (request) => (request.path.endsWith('/slow') ? refuse(429, { 'retry-after': '9' }) : ok()),
    { maxConcurrentRequests: 1 },
  )
  const slow = pods.get({ namespace: 'ns', name: 'slow' }).catch(() => 'failed')
  await pods.get(ref)
  await clock.advance(100_000)
  assert.equal(await slow, 'failed')
})

test('listAll follows the pages, and asks for the whole where they expire on the way', async () => {
  const item = (name: string): KubeObject => ({ ...pod, metadata: { name } })
  let expired = true
  const { pods, requests } = setUp((request) => {
    const { limit, continue: token } = request.query ?? {}
    if (token === 't1' && expired) return refuse(410)
    const first = { metadata: { resourceVersion: '9', continue: 't1' }, items: [item('a')] }
    const rest = { metadata: { resourceVersion: '9' }, items: [item('b')] }
    const whole = { metadata: { resourceVersion: '9' }, items: [item('a'), item('b')] }
    if (limit === undefined) return ok(whole)
    return ok(token === undefined ? first : rest)
  })
  const names = async () => {
    const list = await pods.listAll({ namespace: 'ns', resourceVersion: '5' })
    return [list.metadata, list.items.map(({ metadata }) => metadata.name)]
  }
  assert.deepEqual(await names(), [{ resourceVersion: '9' }, ['a', 'b']])
  assert.deepEqual(
    requests.map(({ query }) => query),
    [
      { limit: '500', resourceVersion: '5' },
      { limit: '500', continue: 't1' },
      { resourceVersion: '5' },
    ],
  )
  expired = false
  assert.deepEqual(await names(), [{ resourceVersion: '9' }, ['a', 'b']])
})

test('items of a list get the apiVersion and kind that servers leave out', async () => {
  const { pods } = setUp(() => ok({ metadata: {}, items: [{ metadata: { name: 'a' } }] }))
  const { items } = await pods.list()
  assert.deepEqual([items[0]?.apiVersion, items[0]?.kind], ['v1', 'Pod'])
})

test('a list without items is an empty one', async () => {
  const metadata = { resourceVersion: '7' }
  for (const items of [null, undefined]) {
    const { pods } = setUp(() => ok({ metadata, items }))
    assert.deepEqual(await pods.list(), { metadata, items: [] })
  }
})

test('a read may ask for any state, and a deletion for a rehearsal', async () => {
  const { pods, requests } = setUp(() => ok())
  await pods.get(ref, { resourceVersion: '0' })
  await pods.delete(ref, { dryRun: true, propagationPolicy: 'Foreground' })
  assert.deepEqual(requests[0]?.query, { resourceVersion: '0' })
  assert.deepEqual(requests[1]?.body, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Foreground',
    dryRun: ['All'],
  })
})
