import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { Client } from '@sortie/client'
import {
  CONFIG_MAPS,
  EVENTS,
  isNotFound,
  type KubeObject,
  NODES,
  type NodeObject,
  SortieError,
  type Stored,
} from '@sortie/machinery'
import {
  makeAircraft,
  type RequestRecord,
  startTestCluster,
  type TestCluster,
  writesOf,
} from '@sortie/testing'
import { createEventRecorder, type EventRecorder } from '../events/recorder.ts'
import { applyPlan, PlanError } from './apply.ts'
import { createWriteBarrier } from './barrier.ts'
import { createPace, type Pace } from './pace.ts'
import type { Operation, Plan } from './plan.ts'

let cluster: TestCluster
let client: Client
let requests: RequestRecord[]
let recorder: EventRecorder
let owner: Stored<NodeObject>
let pace: Pace

beforeEach(async () => {
  cluster = await startTestCluster()
  const part = cluster.clientOf('part')
  client = part.client
  requests = part.requests
  recorder = createEventRecorder({ ...cluster, client, component: 'test' })
  pace = createPace(cluster.clock)
  owner = await cluster.client.resource<NodeObject>(NODES).create(makeAircraft('j20-01'))
})
afterEach(() => cluster.stop())

const configMap = (name: string, controller = owner): KubeObject => {
  const { name: node, uid } = controller.metadata
  const reference = { apiVersion: 'v1', kind: 'Node', name: node, uid, controller: true }
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ownerReferences: [reference] },
  }
}
const create = (object: KubeObject): Operation => ({ kind: 'create', type: CONFIG_MAPS, object })
const apply = (plan: Plan) =>
  applyPlan(
    { client, recorder, barrier: createWriteBarrier([]), pace },
    { type: NODES, object: owner },
    plan,
  )
const statusOf = async () =>
  (await cluster.client.resource<NodeObject>(NODES).get({ name: 'j20-01' })).status

/** An object whose status holds an observedGeneration: 1. */
async function deployment() {
  const type = {
    group: 'apps',
    version: 'v1',
    plural: 'deployments',
    kind: 'Deployment',
    namespaced: true,
  }
  const resource = cluster.client.resource<KubeObject & { status?: object }>(type)
  const ref = { namespace: 'default', name: 'd' }
  const template = {
    metadata: { labels: { a: 'b' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  }
  const spec = { selector: { matchLabels: { a: 'b' } }, template }
  await resource.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: ref,
    spec,
  } as KubeObject)
  const body = { status: { observedGeneration: 1, replicas: 1 } }
  const object = await resource.patch(ref, { type: 'merge', body }, { subresource: 'status' })
  return { type, object, resource, ref }
}

test('a status equal to the stored one is not written', async () => {
  await apply({ status: owner.status })
  assert.deepEqual(writesOf(requests), [])
})

test('a status that differs is written as the difference alone, with the version that it is based on', async () => {
  await apply({ status: { ...owner.status, phase: 'Flying' } })
  const [write, ...more] = writesOf(requests)
  assert.deepEqual(more, [])
  assert.deepEqual(write?.body, {
    metadata: { resourceVersion: owner.metadata.resourceVersion },
    status: { phase: 'Flying' },
  })
})

test('a stamp goes with what differs, and is never written alone', async () => {
  const stamp = { seen: 'now' }
  const generation = { ...owner.status, observedGeneration: 2 }
  const operations = [
    create({ ...configMap('B_'), metadata: { name: 'B_', namespace: 'default' } }),
  ]
  await assert.rejects(apply({ operations, status: generation, stamp }), PlanError)
  assert.deepEqual(
    writesOf(requests).filter(({ path }) => path.endsWith('/status')),
    [],
    'the generation was not followed, and nothing else differs',
  )
  await apply({ status: { ...owner.status, phase: 'Flying' }, stamp })
  const written = writesOf(requests).at(-1)?.body as { status: object } | undefined
  assert.deepEqual(written?.status, { phase: 'Flying', seen: 'now' })
})

test('a status that somebody takes back each time is said ever more slowly, and nothing is done before it where it comes first', async () => {
  const flying = { ...owner.status, phase: 'Flying' }
  for (let round = 0; round < 2; round++) {
    await apply({ status: flying })
    const patch = { type: 'merge', body: { status: { phase: null } } } as const
    const resource = cluster.client.resource<NodeObject>(NODES)
    owner = await resource.patch({ name: 'j20-01' }, patch, { subresource: 'status' })
  }
  requests.length = 0
  const event = { type: 'Normal', reason: 'Took', message: 'off' } as const
  const { requeueAt } = await apply({ status: flying, events: [event] })
  assert.equal(requeueAt, cluster.clock.now() + 1000)
  const first = { statusFirst: true, operations: [create(configMap('a'))] }
  await apply({ ...first, status: flying })
  assert.deepEqual(writesOf(requests), [])
  await apply({ operations: [create(configMap('a'))], status: flying })
  assert.equal(writesOf(requests).length, 1, 'what is to be done is done')
})

test('a status based on an old version is a conflict, and nothing is overwritten', async () => {
  await cluster.client
    .resource(NODES)
    .patch({ name: 'j20-01' }, { type: 'merge', body: { metadata: { labels: { a: 'b' } } } })
  await assert.rejects(apply({ status: { ...owner.status, phase: 'Flying' } }), { code: 409 })
  assert.equal(((await statusOf()) as { phase?: string }).phase, undefined)
})

test('operations come before the status, and the status before the events', async () => {
  await apply({
    operations: [create(configMap('a'))],
    status: { ...owner.status, phase: 'Flying' },
    events: [{ type: 'Normal', reason: 'Took', message: 'off' }],
  })
  await recorder.flush()
  const order = requests.filter(({ method }) => method !== 'WATCH').map(({ path }) => path)
  assert.deepEqual(order, [
    '/api/v1/namespaces/default/configmaps',
    '/api/v1/nodes/j20-01/status',
    '/api/v1/namespaces/default/events',
  ])
})

test('record before acting: with statusFirst the status comes first, and where it fails nothing is done', async () => {
  const plan: Plan = {
    statusFirst: true,
    operations: [create(configMap('a'))],
    status: { ...owner.status, phase: 'Flying' },
  }
  await apply(plan)
  assert.match(requests[0]?.path ?? '', /status$/)
  requests.length = 0
  await assert.rejects(apply({ ...plan, status: { ...owner.status, phase: 'Landed' } }), {
    code: 409,
  })
  assert.deepEqual(
    requests.map(({ path }) => path),
    ['/api/v1/nodes/j20-01/status'],
  )
})

test('with statusBeside the status does not wait for the operations, nor they for it', async () => {
  const plan: Plan = {
    statusBeside: true,
    operations: [create(configMap('a'))],
    status: { ...owner.status, phase: 'Flying' },
  }
  await apply(plan)
  assert.equal(((await statusOf()) as { phase?: string }).phase, 'Flying')
  requests.length = 0
  const next = {
    ...plan,
    operations: [create(configMap('b'))],
    status: { ...owner.status, phase: 'Landed' },
  }
  await assert.rejects(apply(next), { code: 409 })
  assert.deepEqual(
    requests.map(({ method, path }) => `${method} ${path}`),
    ['POST /api/v1/namespaces/default/configmaps', 'PATCH /api/v1/nodes/j20-01/status'],
    'what was decided is done, although the status was based on an old version',
  )
})

test('a status that comes first does not say of a newer generation that it was followed', async () => {
  const { type, object, resource, ref } = await deployment()
  const plan = (replicas: number): Plan => ({
    statusFirst: true,
    operations: [create(configMap('a'))],
    status: { observedGeneration: 2, replicas },
  })
  const deps = { client, recorder, barrier: createWriteBarrier([]), pace }
  await applyPlan(deps, { type, object }, plan(2))
  const first = await resource.get(ref)
  assert.deepEqual(first.status, { observedGeneration: 1, replicas: 2 })
  await applyPlan(deps, { type, object: first }, { status: plan(2).status })
  assert.deepEqual((await resource.get(ref)).status, { observedGeneration: 2, replicas: 2 })
})

test('creating what is there already and is ours is success', async () => {
  await apply({ operations: [create(configMap('a'))] })
  await apply({ operations: [create(configMap('a'))] })
  assert.equal(
    (await cluster.client.resource(CONFIG_MAPS).list({ namespace: 'default' })).items.filter(
      ({ metadata }) => metadata.name === 'a',
    ).length,
    1,
  )
})

test('an object of another owner with our name is never taken over', async () => {
  const other = await cluster.client.resource<NodeObject>(NODES).create(makeAircraft('j20-02'))
  const foreign = await cluster.client.resource(CONFIG_MAPS).create(configMap('a', other))
  await assert.rejects(apply({ operations: [create(configMap('a'))] }), (error: unknown) => {
    assert.ok(error instanceof PlanError)
    assert.equal(error.kind, 'terminal')
    const cause = error.failures[0]?.error
    return cause instanceof SortieError && cause.code === 'NameTaken'
  })
  const after = await cluster.client.resource(CONFIG_MAPS).get({ namespace: 'default', name: 'a' })
  assert.equal(after.metadata.resourceVersion, foreign.metadata.resourceVersion)
})

test('a delete that names a resourceVersion leaves what has changed alone', async () => {
  const resource = cluster.client.resource(CONFIG_MAPS)
  const { metadata } = await resource.create(configMap('a'))
  const { name, uid, resourceVersion } = metadata
  const ref = { namespace: 'default', name, uid, resourceVersion }
  await resource.patch(ref, { type: 'merge', body: { data: { a: 'b' } } })
  await apply({ operations: [{ kind: 'delete', type: CONFIG_MAPS, ref }] })
  const changed = await resource.get({ namespace: 'default', name: 'a' })
  const now = { ...ref, resourceVersion: changed.metadata.resourceVersion }
  await apply({ operations: [{ kind: 'delete', type: CONFIG_MAPS, ref: now }] })
  await assert.rejects(resource.get({ namespace: 'default', name: 'a' }), isNotFound)
})

test('what a former owner of our name left is waited for', async () => {
  await cluster.client.resource(CONFIG_MAPS).create(configMap('a'))
  const next = { ...owner, metadata: { ...owner.metadata, uid: 'next' } }
  await assert.rejects(apply({ operations: [create(configMap('a', next))] }), (error: unknown) => {
    assert.ok(error instanceof PlanError)
    assert.equal(error.kind, 'retryable')
    const cause = error.failures[0]?.error
    return cause instanceof SortieError && cause.code === 'NameNotFree'
  })
})

test('a failed operation keeps neither the others nor the status from being written, but observedGeneration stays', async () => {
  const { type, object, resource, ref } = await deployment()
  const bad: KubeObject = { ...configMap('b'), metadata: { name: 'B_', namespace: 'default' } }
  const plan: Plan = {
    operations: [create(bad), create(configMap('c'))],
    status: { observedGeneration: 2, replicas: 2 },
  }
  const barrier = createWriteBarrier([])
  const applying = applyPlan({ client, recorder, barrier, pace }, { type, object }, plan)
  await assert.rejects(applying, PlanError)
  await cluster.client.resource(CONFIG_MAPS).get({ namespace: 'default', name: 'c' })
  assert.deepEqual((await resource.get(ref)).status, { observedGeneration: 1, replicas: 2 })
})

test('the refusal of a refusable create is handed back, with nothing written after it', async () => {
  const bad: KubeObject = { ...configMap('b'), metadata: { name: 'B_', namespace: 'default' } }
  const result = await apply({
    operations: [{ kind: 'create', type: CONFIG_MAPS, object: bad, refusable: true }],
    status: { ...owner.status, phase: 'Flying' },
  })
  assert.match(String(result.refused?.error), /metadata.name/)
  assert.equal(((await statusOf()) as { phase?: string }).phase, undefined)
})

/** Somebody changes the owner after it was seen, or makes it again under its name. */
const CHANGES: readonly [string, () => Promise<unknown>][] = [
  [
    'has changed',
    () => {
      const body = { metadata: { labels: { a: 'b' } } }
      return cluster.client.resource(NODES).patch({ name: 'j20-01' }, { type: 'merge', body })
    },
  ],
  ['is gone', () => cluster.client.resource(NODES).delete({ name: 'j20-01' })],
]
for (const [title, change] of CHANGES) {
  test(`what only holds for the owner as it was seen is not done once that ${title}`, async () => {
    await change()
    const event = { type: 'Normal', reason: 'Took', message: 'off' } as const
    const operations = [create(configMap('a'))]
    const status = { ...owner.status, phase: 'Flying' }
    const result = await apply({
      operations,
      status,
      events: [event],
      requeueAt: 7,
      ifCurrent: true,
    })
    assert.deepEqual(result, { requeueAt: 7, unsaid: true })
    await recorder.flush()
    assert.deepEqual(writesOf(requests), [])
  })
  test(`nor what follows a status that is on record already, as far as an old view of one that ${title} tells`, async () => {
    await change()
    await apply({ operations: [create(configMap('a'))], status: owner.status, statusFirst: true })
    assert.deepEqual(writesOf(requests), [])
  })
}

test('what only holds for the owner as it was seen is done while it is so, and asked of the server only where there is something to do', async () => {
  await apply({ operations: [create(configMap('a'))], ifCurrent: true })
  await apply({ operations: [create(configMap('b'))], status: owner.status, statusFirst: true })
  assert.equal(writesOf(requests).length, 2)
  requests.length = 0
  await apply({ status: { ...owner.status, phase: 'Flying' }, statusFirst: true, ifCurrent: true })
  assert.deepEqual(
    requests.map(({ method }) => method),
    ['PATCH'],
  )
})

test('a status that is written first says itself whether the view was old', async () => {
  const status = { ...owner.status, phase: 'Flying' }
  await apply({ operations: [create(configMap('a'))], status, statusFirst: true })
  assert.deepEqual(
    requests.map(({ method }) => method),
    ['PATCH', 'POST'],
  )
})

test('what is deleted as soon as it is made is made again at once, and then ever more slowly', async () => {
  const maps = cluster.client.resource(CONFIG_MAPS)
  const { clock } = cluster
  const started = clock.now()
  const made: number[] = []
  while (clock.now() - started < 20_000) {
    const { requeueAt = clock.now() } = await apply({ operations: [create(configMap('a'))] })
    const held = await maps.list({ namespace: 'default' })
    if (held.items.length > 0) made.push(clock.now() - started)
    for (const { metadata } of held.items) {
      await maps.delete({ name: metadata.name, namespace: 'default' })
    }
    if (made.length > 1) await clock.advance(Math.max(1, requeueAt - clock.now()))
  }
  assert.deepEqual(
    made.map((at) => Math.round(at / 1000)),
    [0, 0, 1, 3, 7, 15],
  )
})

test('while something waits to be made again, the others are made, and observedGeneration stays', async () => {
  const maps = cluster.client.resource(CONFIG_MAPS)
  for (let round = 0; round < 2; round++) {
    await apply({ operations: [create(configMap('a'))] })
    await maps.delete({ name: 'a', namespace: 'default' })
  }
  const status = { ...owner.status, phase: 'Flying', observedGeneration: 7 }
  await apply({ operations: [create(configMap('a')), create(configMap('b'))], status })
  const held = await maps.list({ namespace: 'default' })
  assert.deepEqual(
    held.items.map(({ metadata }) => metadata.name),
    ['b'],
  )
  const written = (await statusOf()) as { phase?: string; observedGeneration?: number }
  assert.equal(written.phase, 'Flying')
  assert.equal(written.observedGeneration, undefined)
})

test('what was there already may be as an earlier generation asked for it: observedGeneration stays until it is seen', async () => {
  const { type, object, resource, ref } = await deployment()
  const status = { observedGeneration: 2, replicas: 3 }
  await cluster.client.resource(CONFIG_MAPS).create(configMap('a'))
  const deps = { client, recorder, barrier: createWriteBarrier([]), pace }
  await applyPlan(deps, { type, object }, { operations: [create(configMap('a'))], status })
  assert.deepEqual((await resource.get(ref)).status, { observedGeneration: 1, replicas: 3 })
})

test('a child of another owner under the same name has no past', async () => {
  const maps = cluster.client.resource(CONFIG_MAPS)
  const other = await cluster.client.resource<NodeObject>(NODES).create(makeAircraft('j20-02'))
  for (const parent of [owner, owner, other]) {
    await apply({ operations: [create(configMap('a', parent))] })
    await maps.delete({ name: 'a', namespace: 'default' })
  }
  assert.equal(writesOf(requests).filter(({ method }) => method === 'POST').length, 3)
})

test('a delete carries the uid: an object made again under the name is left alone', async () => {
  const ref = { namespace: 'default', name: 'a' }
  const first = await cluster.client.resource(CONFIG_MAPS).create(configMap('a'))
  await cluster.client.resource(CONFIG_MAPS).delete(ref)
  await cluster.client.resource(CONFIG_MAPS).create(configMap('a'))
  await apply({
    operations: [{ kind: 'delete', type: CONFIG_MAPS, ref: { ...ref, uid: first.metadata.uid } }],
  })
  await cluster.client.resource(CONFIG_MAPS).get(ref)
})

test('deleting what is gone already is success', async () => {
  const ref = { namespace: 'default', name: 'gone', uid: owner.metadata.uid }
  await apply({ operations: [{ kind: 'delete', type: CONFIG_MAPS, ref }] })
})

test('a thousand creates of one plan go side by side, sixteen at a time', async () => {
  let most = 0
  let open = 0
  const { transport } = client
  const inner = transport.request.bind(transport)
  Object.assign(transport, {
    async request(request: Parameters<typeof inner>[0]) {
      most = Math.max(most, ++open)
      try {
        return await inner(request)
      } finally {
        open--
      }
    },
  })
  const operations = Array.from({ length: 1000 }, (_, index) => create(configMap(`m-${index}`)))
  await apply({ operations })
  assert.equal(most, 16)
})

test('events said again are counted up, not written anew, and a talkative object is throttled', async () => {
  for (let i = 0; i < 5; i++) {
    recorder.record(owner as KubeObject, { type: 'Normal', reason: 'Same', message: 'again' })
  }
  for (let i = 0; i < 60; i++) {
    recorder.record(owner as KubeObject, { type: 'Warning', reason: 'Noise', message: `no ${i}` })
  }
  await recorder.flush()
  const { items } = await cluster.client.resource(EVENTS).list({ namespace: 'default' })
  const same = items.filter((event) => (event as { reason?: string }).reason === 'Same')
  assert.equal(same.length, 1)
  assert.equal((same[0] as { count?: number }).count, 5)
  assert.equal(items.length, 21)
})
