import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createClient, createInformer, NO_RETRY } from '@sortie/client'
import {
  type ApiRequest,
  type ApiResponse,
  CONFIG_MAPS,
  EVENTS,
  type EventObject,
  isNotFound,
  type KubeObject,
  keyOf,
  NODES,
  type NodeObject,
  PODS,
  type Stored,
} from '@sortie/machinery'
import { makeAircraft, startTestCluster, type TestCluster } from '@sortie/testing'
import { createEventRecorder, type EventRecorder } from '../events/recorder.ts'
import { applyPlan, PlanError } from './apply.ts'
import { createWriteBarrier, type WriteBarrier } from './barrier.ts'
import { deleteInBackground, patchSpec, refAsSeen, refTo } from './operations.ts'
import { createPace, type Pace } from './pace.ts'
import type { ApplyResult, Operation, Plan } from './plan.ts'

type ConfigMap = KubeObject & { readonly data?: Readonly<Record<string, string>> }

let cluster: TestCluster
let bodies: { readonly method: string; readonly path: string; readonly body: unknown }[]
/** What the network does with a request; changed by a test. */
let onRequest: (request: ApiRequest, send: () => Promise<ApiResponse>) => Promise<ApiResponse>
let recorder: EventRecorder
let barrier: WriteBarrier
let pace: Pace
let owner: Stored<NodeObject>
let apply: (plan: Plan) => Promise<ApplyResult>

beforeEach(async () => {
  cluster = await startTestCluster()
  bodies = []
  onRequest = (_, send) => send()
  const inner = cluster.server.transport()
  const transport = {
    ...inner,
    request(request: ApiRequest): Promise<ApiResponse> {
      const { method, path, body } = request
      if (method !== 'GET') bodies.push({ method, path, body })
      return onRequest(request, () => inner.request(request))
    },
  }
  const client = createClient(transport, { ...cluster, retry: NO_RETRY })
  recorder = createEventRecorder({ ...cluster, client, component: 'test' })
  // Caches that never see anything, so that each write holds its key.
  const types = [CONFIG_MAPS, NODES]
  barrier = createWriteBarrier(types.map((type) => createInformer({ ...cluster, type })))
  pace = createPace(cluster.clock)
  owner = await cluster.client.resource<NodeObject>(NODES).create(makeAircraft('a'))
  apply = (plan) =>
    applyPlan({ client, recorder, barrier, pace }, { type: NODES, object: owner }, plan)
})
afterEach(() => cluster.stop())

const maps = () => cluster.client.resource<ConfigMap>(CONFIG_MAPS)
const stored = (name: string): Promise<Stored<ConfigMap>> =>
  maps().get({ namespace: 'default', name })
const newMap = (name: string): ConfigMap => {
  const { name: node, uid } = owner.metadata
  const reference = { apiVersion: 'v1', kind: 'Node', name: node, uid, controller: true }
  const metadata = { name, namespace: 'default', ownerReferences: [reference] }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } }
}
const create = (object: KubeObject): Operation => ({ kind: 'create', type: CONFIG_MAPS, object })
const patchOf = (
  object: Stored<ConfigMap>,
  more: { readonly uid?: string; readonly resourceVersion?: string } = {},
): Operation => ({
  kind: 'patch',
  type: CONFIG_MAPS,
  ref: { namespace: 'default', name: object.metadata.name, ...more },
  patch: { type: 'merge', body: { metadata: { labels: { new: 'yes' } }, data: { b: '2' } } },
})

test('a patch changes what it names and leaves the rest', async () => {
  const made = await maps().create(newMap('m'))
  await apply({ operations: [patchOf(made)] })
  const { metadata, data } = await stored('m')
  assert.deepEqual([metadata.labels, data], [{ new: 'yes' }, { a: '1', b: '2' }])
})

test('a patch that names uid and version is refused where another object, or another version of it, is there', async () => {
  const made = await maps().create(newMap('m'))
  const { uid, resourceVersion } = made.metadata
  const others: readonly Parameters<typeof patchOf>[1][] = [
    { uid: 'another' },
    { uid: 'another', resourceVersion },
    { uid, resourceVersion: '1' },
  ]
  for (const ref of others) {
    await assert.rejects(apply({ operations: [patchOf(made, ref)] }), PlanError)
    assert.equal((await stored('m')).metadata.resourceVersion, resourceVersion)
  }
  await apply({ operations: [patchOf(made, { uid, resourceVersion })] })
  const { metadata, data } = await stored('m')
  assert.deepEqual([metadata.labels, data], [{ new: 'yes' }, { a: '1', b: '2' }])
})

test('a patch of a subresource goes there', async () => {
  const body = { status: { phase: 'Flying' } }
  const patch = { type: 'merge', body } as const
  const operation = { kind: 'patch', type: NODES, ref: { name: 'a' }, patch } as const
  await apply({ operations: [{ ...operation, subresource: 'status' }] })
  const { status } = await cluster.client.resource<NodeObject>(NODES).get({ name: 'a' })
  assert.equal((status as { phase?: string }).phase, 'Flying')
})

test('a patch of the spec and a delete in the background are of the very object that was seen', async () => {
  const made = await maps().create(newMap('m'))
  const { uid, resourceVersion } = made.metadata
  assert.deepEqual(refTo(owner), { name: 'a', uid: owner.metadata.uid })
  const ref = { namespace: 'default', name: 'm', uid, resourceVersion }
  assert.deepEqual(refAsSeen(made), ref)
  assert.deepEqual(patchSpec(PODS, ref, { cancel: true }), {
    kind: 'patch',
    type: PODS,
    ref,
    patch: { type: 'merge', body: { spec: { cancel: true } } },
  })
  await apply({ operations: [deleteInBackground(CONFIG_MAPS, ref)] })
  await assert.rejects(stored('m'), isNotFound)
  const body = (bodies.at(-1) ?? assert.fail()).body as Record<string, unknown>
  assert.deepEqual(body['preconditions'], { uid, resourceVersion })
  assert.equal(body['propagationPolicy'], 'Background')
})

test('a delete gives the grace that was asked for, and only then', async () => {
  for (const grace of [{}, { gracePeriodSeconds: 0 }, { gracePeriodSeconds: 7 }]) {
    const made = await maps().create(newMap('m'))
    await apply({ operations: [{ kind: 'delete', type: CONFIG_MAPS, ref: refTo(made), ...grace }] })
    const { body } = bodies.at(-1) ?? assert.fail()
    const { preconditions, gracePeriodSeconds, propagationPolicy } = body as Record<string, unknown>
    assert.deepEqual(preconditions, { uid: made.metadata.uid })
    assert.deepEqual([gracePeriodSeconds, propagationPolicy], [grace.gracePeriodSeconds, undefined])
  }
})

const refusedAs = (code: number): ApiResponse => ({
  status: code,
  headers: {},
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'no', code },
})

test('a delete that the server refuses is a failure, unless the object has changed', async () => {
  const made = await maps().create(newMap('m'))
  const remove: Operation = { kind: 'delete', type: CONFIG_MAPS, ref: refTo(made) }
  for (const code of [403, 500]) {
    onRequest = () => Promise.resolve(refusedAs(code))
    await assert.rejects(apply({ operations: [remove] }), PlanError)
  }
  onRequest = () => Promise.resolve(refusedAs(409))
  await apply({ operations: [remove] })
})

test('each kind of write holds its key until the caches have seen it, and a write that failed does not', async () => {
  const { metadata, ...rest } = newMap('m')
  // It stays for a while, so that there is something to be seen.
  const finalizers = ['example.com/held']
  const made = await maps().create({ ...rest, metadata: { ...metadata, finalizers } })
  await maps().create(newMap('ours'))
  const plans: readonly Plan[] = [
    { operations: [create(newMap('new'))] },
    { operations: [create(newMap('ours'))] },
    { operations: [patchOf(made)] },
    { status: { ...owner.status, phase: 'Flying' } },
    { operations: [{ kind: 'delete', type: CONFIG_MAPS, ref: refTo(made) }] },
  ]
  const key = keyOf(owner as KubeObject)
  for (const plan of plans) {
    onRequest = ({ method }, send) => (method === 'GET' ? send() : Promise.resolve(refusedAs(500)))
    await assert.rejects(apply(plan))
    assert.equal(barrier.isOpen(key), true)
    onRequest = (_, send) => send()
    await apply(plan)
    assert.equal(barrier.isOpen(key), false)
    barrier.forget(key)
  }
})

test('operations of one kind go side by side, others one after the other, in order', async () => {
  const made = await Promise.all(['x', 'y'].map((name) => maps().create(newMap(name))))
  const log: string[] = []
  onRequest = async ({ method, path, body }, send) => {
    const name = (body as KubeObject).metadata?.name ?? path.split('/').at(-1) ?? ''
    log.push(`${method} ${name}`)
    await new Promise<void>((resolve) => cluster.clock.setTimer(10, resolve))
    log.push(`end ${name}`)
    return send()
  }
  const removals = made.map(
    (object): Operation => ({ kind: 'delete', type: CONFIG_MAPS, ref: refTo(object) }),
  )
  const operations = [create(newMap('a')), create(newMap('b')), ...removals, create(newMap('c'))]
  const applied = apply({ operations })
  await cluster.clock.advance(100)
  await applied
  assert.deepEqual(log, [
    ...['POST a', 'POST b', 'end a', 'end b'],
    ...['DELETE x', 'DELETE y', 'end x', 'end y'],
    ...['POST c', 'end c'],
  ])
})

test('a failure is retryable while one of its errors is, and is told by the first', async () => {
  const other = await cluster.client.resource<NodeObject>(NODES).create(makeAircraft('b'))
  const { name, uid } = other.metadata
  const reference = { apiVersion: 'v1', kind: 'Node', name, uid, controller: true }
  const foreign = { ...newMap('taken'), metadata: { ...newMap('taken').metadata } }
  await maps().create({
    ...foreign,
    metadata: { ...foreign.metadata, ownerReferences: [reference] },
  })
  await maps().create({ ...newMap('free'), metadata: { name: 'free', namespace: 'default' } })
  const failuresOf = async (...names: string[]): Promise<PlanError> => {
    try {
      await apply({ operations: names.map((one) => create(newMap(one))) })
    } catch (error) {
      assert.ok(error instanceof PlanError)
      return error
    }
    return assert.fail('it works')
  }
  const both = await failuresOf('taken', 'free')
  assert.deepEqual([both.kind, both.code, both.failures.length], ['terminal', 'PlanFailed', 2])
  assert.equal(both.cause, both.failures[0]?.error)
  assert.match(both.message, /default\/taken exists already and belongs to Node b/)
  assert.match(String(both.failures[1]?.error), /default\/free .* belongs to nobody that we know/)
  onRequest = (request, send) =>
    (request.body as KubeObject | undefined)?.metadata.name === 'fresh'
      ? Promise.resolve(refusedAs(500))
      : send()
  assert.equal((await failuresOf('taken', 'fresh')).kind, 'retryable')
})

test('the key is looked at again at the earliest of what was asked for and what waits', async () => {
  const now = cluster.clock.now()
  assert.deepEqual(await apply({ requeueAt: now + 500 }), { requeueAt: now + 500 })
  assert.equal((await apply({})).requeueAt, undefined)
  for (let round = 0; round < 2; round++) {
    await apply({ operations: [create(newMap('m'))] })
    await maps().delete({ namespace: 'default', name: 'm' })
  }
  const again = { operations: [create(newMap('m'))] }
  assert.equal((await apply(again)).requeueAt, now + 1000)
  assert.equal((await apply({ ...again, requeueAt: now + 500 })).requeueAt, now + 500)
  assert.equal((await apply({ ...again, requeueAt: now + 5000 })).requeueAt, now + 1000)
})

test('an event is about the owner unless it names another object, and is not told where nothing could be said', async () => {
  const made = await maps().create(newMap('m'))
  const event = { type: 'Normal', reason: 'Took', message: 'off' } as const
  await apply({ events: [event, { ...event, regarding: made }] })
  await recorder.flush()
  const { items } = await cluster.client.resource<EventObject>(EVENTS).listAll()
  assert.deepEqual(items.map(({ involvedObject }) => involvedObject.name).sort(), ['a', 'm'])
})

test('with statusBeside the error of the status comes out once the operations have ended', async () => {
  onRequest = async ({ path }, send) => {
    if (path.endsWith('/status')) return refusedAs(500)
    await new Promise<void>((resolve) => cluster.clock.setTimer(1000, resolve))
    return send()
  }
  let outcome = 'pending'
  const plan = { statusBeside: true, operations: [create(newMap('m'))] }
  const applied = apply({ ...plan, status: { ...owner.status, phase: 'Flying' } }).then(
    () => assert.fail('it works'),
    () => {
      outcome = 'failed'
    },
  )
  await cluster.clock.advance(900)
  assert.equal(outcome, 'pending')
  await cluster.clock.advance(200)
  await applied
  assert.equal((await stored('m')).metadata.name, 'm')
})
