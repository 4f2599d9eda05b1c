import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Client } from '@sortie/client'
import { NODES, PODS } from '@sortie/machinery'
import { makeAircraft, startTestCluster, type TestCluster } from '@sortie/testing'
import { aborted } from '../controller/controller.ts'
import { createManager, runAll } from './manager.ts'

test('there is one watch per type and selection, however many controllers ask', async () => {
  const cluster = await startTestCluster()
  const { client, requests } = cluster.clientOf('operator')
  const manager = createManager({ ...cluster, client, name: 'test' })
  assert.equal(manager.informer(NODES), manager.informer(NODES))
  assert.notEqual(manager.informer(PODS), manager.informer(PODS, { labelSelector: 'a=b' }))
  const stop = new AbortController()
  const running = manager.start(stop.signal)
  await cluster.clock.advance(100)
  assert.equal(requests.filter(({ method }) => method === 'WATCH').length, 3)
  stop.abort()
  await running
  await cluster.stop()
})

test('what the manager runs starts with warm caches and ends before the informers do', async () => {
  const cluster = await startTestCluster()
  await cluster.client.resource(NODES).create(makeAircraft('a'))
  const manager = createManager({ ...cluster, name: 'test' })
  const nodes = manager.informer(NODES)
  const seen: [number, number] = [-1, -1]
  manager.add({
    name: 'part',
    async start(signal) {
      seen[0] = nodes.size
      await aborted(signal)
      seen[1] = nodes.size
    },
  })
  const stop = new AbortController()
  const running = manager.start(stop.signal)
  await cluster.clock.advance(100)
  assert.equal(manager.isReady(), true)
  assert.equal(manager.isLeader(), true)
  stop.abort()
  await running
  assert.deepEqual(seen, [1, 1])
  assert.equal(manager.isLeader(), false)
  await cluster.stop()
})

test('a part that fails ends the others, and its error is what comes out', async () => {
  const ended: string[] = []
  const failing = { name: 'failing', start: () => Promise.reject(new Error('broken')) }
  const other = {
    name: 'other',
    async start(signal: AbortSignal) {
      await aborted(signal)
      ended.push('other')
    },
  }
  await assert.rejects(runAll([other, failing], new AbortController().signal), /broken/)
  assert.deepEqual(ended, ['other'])
})

test('only the elected one of two managers runs its parts', async () => {
  const cluster = await startTestCluster()
  const running = new Set<string>()
  const stops = ['a', 'b'].map((identity) => {
    const manager = createManager({
      ...cluster,
      name: identity,
      leaderElection: { namespace: 'default', name: 'lease', identity },
    })
    manager.add({
      name: 'part',
      async start(signal) {
        running.add(identity)
        await aborted(signal)
        running.delete(identity)
      },
    })
    const stop = new AbortController()
    return { stop, done: manager.start(stop.signal) }
  })
  await cluster.clock.advance(30_000)
  assert.deepEqual([...running], ['a'])
  stops[0]?.stop.abort()
  await cluster.clock.advance(10_000)
  assert.deepEqual([...running], ['b'])
  stops[1]?.stop.abort()
  await cluster.clock.advance(1000)
  await Promise.all(stops.map(({ done }) => done))
  await cluster.stop()
})

/** A client whose lists and watches of pods are not answered before `open` is called. */
function clientHeldUpAtPods(cluster: TestCluster): { client: Client; open: () => void } {
  const { client } = cluster.clientOf('operator')
  const { request, watch } = client.transport
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const pass = async ({ path }: { readonly path: string }): Promise<void> => {
    if (path.endsWith('/pods')) await gate
  }
  Object.assign(client.transport, {
    async request(...args: Parameters<typeof request>) {
      await pass(args[0])
      return request.apply(client.transport, args)
    },
    async watch(...args: Parameters<typeof watch>) {
      await pass(args[0])
      return watch.apply(client.transport, args)
    },
  })
  return { client, open }
}

test('a manager is ready once all of its caches are full', async () => {
  const cluster = await startTestCluster()
  const { client, open } = clientHeldUpAtPods(cluster)
  const manager = createManager({ ...cluster, client, name: 'test' })
  assert.equal(manager.name, 'test')
  for (const type of [NODES, PODS]) manager.informer(type)
  const stop = new AbortController()
  const running = manager.start(stop.signal)
  await cluster.clock.advance(100)
  assert.equal(manager.isReady(), false)
  open()
  await cluster.clock.advance(5000)
  assert.deepEqual([manager.isReady(), manager.isLeader()], [true, true])
  stop.abort()
  await running
  assert.equal(cluster.clock.pendingTimers(), 0)
  await cluster.stop()
})

test('what needs few caches begins once those are full, what needs all waits for all', async () => {
  const cluster = await startTestCluster()
  const { client, open } = clientHeldUpAtPods(cluster)
  const manager = createManager({ ...cluster, client, name: 'test' })
  const begun: string[] = []
  const part = (name: string) => ({
    name,
    async start(signal: AbortSignal) {
      begun.push(name)
      await aborted(signal)
    },
  })
  manager.add(part('on all'))
  manager.addOn((informers) => {
    informers.informer(NODES)
    informers.informer(PODS)
    return part('on nodes and pods')
  })
  manager.addOn((informers) => {
    assert.equal(informers.informer(NODES), manager.informer(NODES))
    return part('on nodes')
  })
  const stop = new AbortController()
  const running = manager.start(stop.signal)
  await cluster.clock.advance(100)
  assert.deepEqual(begun, ['on nodes'])
  open()
  await cluster.clock.advance(5000)
  assert.deepEqual(begun.toSorted(), ['on all', 'on nodes', 'on nodes and pods'])
  stop.abort()
  await running
  assert.equal(cluster.clock.pendingTimers(), 0)
  await cluster.stop()
})

test('a manager that is stopped before its caches are full ends and begins nothing', async () => {
  const cluster = await startTestCluster()
  const { client, open } = clientHeldUpAtPods(cluster)
  const manager = createManager({ ...cluster, client, name: 'test' })
  let begun = false
  manager.addOn((informers) => {
    informers.informer(PODS)
    return {
      name: 'part',
      async start() {
        begun = true
      },
    }
  })
  const stop = new AbortController()
  const running = manager.start(stop.signal)
  await cluster.clock.advance(100)
  stop.abort()
  open()
  await cluster.clock.advance(100)
  await running
  assert.equal(begun, false)
  await cluster.stop()
})

test('an informer holds what its selection lets through, as its transform leaves it', async () => {
  const cluster = await startTestCluster()
  const nodes = cluster.client.resource(NODES)
  await nodes.create(makeAircraft('a', { type: 'h6k' }))
  await nodes.create(makeAircraft('b'))
  const manager = createManager({ ...cluster, name: 'test' })
  const selected = manager.informer(NODES, { labelSelector: 'aircraft.mil/type=h6k' })
  const bare = manager.informer(NODES, {}, ({ metadata, ...rest }) => {
    const { labels: _, ...kept } = metadata
    return { ...rest, metadata: kept }
  })
  const stop = new AbortController()
  const running = manager.start(stop.signal)
  await cluster.clock.advance(100)
  assert.deepEqual(
    [...selected.list()].map(({ metadata }) => metadata.name),
    ['a'],
  )
  assert.deepEqual(
    [...bare.list()].map(({ metadata }) => metadata.labels),
    [undefined, undefined],
  )
  stop.abort()
  await running
  await cluster.stop()
})

test('parts that are stopped before they begin are told so at once', async () => {
  const stop = new AbortController()
  stop.abort()
  const told: boolean[] = []
  const part = {
    name: 'part',
    async start(signal: AbortSignal) {
      told.push(signal.aborted)
      await aborted(signal)
    },
  }
  await runAll([part, part], stop.signal)
  assert.deepEqual(told, [true, true])
})

test('parts that end by themselves do not end the whole', async () => {
  const stop = new AbortController()
  let ended = false
  const part = { name: 'part', start: () => Promise.resolve() }
  const running = runAll([part], stop.signal).then(() => {
    ended = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(ended, false)
  stop.abort()
  await running
})
