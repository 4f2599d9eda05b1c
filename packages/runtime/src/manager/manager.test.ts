import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NODES, PODS } from '@sortie/machinery'
import { makeAircraft, startTestCluster } from '@sortie/testing'
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
