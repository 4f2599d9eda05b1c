import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createClient } from '@sortie/client'
import { type LogFields, type Logger, PODS, seededRandom } from '@sortie/machinery'
import { startTestCluster, testClock } from '@sortie/testing'
import { createWorkQueue } from '../queue/workqueue.ts'
import { createHealthServer, type HealthServerOptions } from './health.ts'
import { withKeyFields } from './logging.ts'
import { createControllerMetrics, createMetrics } from './metrics.ts'
import { createObjectGauge } from './objects.ts'
import { createLeaderMetric, createProcessMetrics } from './process.ts'
import { createRequestMetrics, observeRequests, requestAttributes } from './requests.ts'

test('metrics come out in Prometheus’ text format with their labels', async () => {
  const metrics = createMetrics()
  const controllers = createControllerMetrics(metrics)
  controllers.reconciled('mission', 'success', 0.02)
  controllers.reconciled('mission', 'error', 0.02)
  controllers.queueDepth('mission', 3)
  const gauge = metrics.gauge({
    name: 'sortie_missions',
    help: 'Missions by phase',
    labels: ['phase'],
    collect: (self) => self.set(7, { phase: 'Running' }),
  })
  gauge.set(1, { phase: 'Failed' })
  const text = await metrics.expose()
  assert.match(
    text,
    /controller_runtime_reconcile_total\{controller="mission",result="success"\} 1/,
  )
  assert.match(text, /workqueue_depth\{name="mission"\} 3/)
  assert.match(text, /reconcile_time_seconds_bucket\{le="0.025",controller="mission"\} 2/)
  assert.match(text, /sortie_missions\{phase="Running"\} 7/)
})

/** A health server that listens: what it answers to a path, and how it ends. */
async function startHealthServer(
  options: Pick<HealthServerOptions, 'metrics' | 'isReady'>,
): Promise<{ status(path: string): Promise<number>; close(): Promise<void> }> {
  const stop = new AbortController()
  const listening = Promise.withResolvers<number>()
  const running = createHealthServer({
    ...options,
    host: '127.0.0.1',
    port: 0,
    onListening: ({ port }) => listening.resolve(port),
  }).start(stop.signal)
  const port = await listening.promise
  return {
    status: async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).status,
    async close() {
      stop.abort()
      await running
    },
  }
}

test('the health server tells life from readiness, shows metrics, and ends with its signal', async () => {
  let ready = false
  const metrics = createMetrics()
  const { status, close } = await startHealthServer({ metrics, isReady: () => ready })
  assert.equal(await status('/healthz'), 200)
  assert.equal(await status('/readyz'), 503)
  ready = true
  assert.equal(await status('/readyz?verbose'), 200)
  assert.equal(await status('/metrics'), 200)
  assert.equal(await status('/secrets'), 404)
  await close()
  await assert.rejects(status('/healthz'))
})

test('the health server shows only what it was given', async () => {
  const { status, close } = await startHealthServer({ metrics: createMetrics() })
  assert.deepEqual([await status('/metrics'), await status('/healthz')], [200, 404])
  await close()
  const health = await startHealthServer({ isReady: () => true })
  assert.deepEqual([await health.status('/metrics'), await health.status('/healthz')], [404, 200])
  await health.close()
})

test('the health server says so where its address is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const server = createHealthServer({ host: '127.0.0.1', port })
  await assert.rejects(server.start(new AbortController().signal), { code: 'EADDRINUSE' })
  taken.close()
})

test('the health server answers 500 where a metric cannot be read, and goes on', async () => {
  const metrics = createMetrics()
  let isBroken = true
  metrics.gauge({
    name: 'things',
    help: 'Things',
    collect(self) {
      if (isBroken) throw new Error('no cache')
      self.set(1)
    },
  })
  const { status, close } = await startHealthServer({ metrics })
  assert.equal(await status('/metrics'), 500)
  isBroken = false
  assert.equal(await status('/metrics'), 200)
  await close()
})

test('a request is named as RBAC names it', () => {
  const name = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, watch?: string) => {
    const query = watch === undefined ? {} : { query: { watch } }
    return Object.values(requestAttributes({ method, path, ...query })).join(' ')
  }
  assert.equal(name('GET', '/api/v1/pods'), 'list  pods   ')
  assert.equal(name('GET', '/api/v1/pods', 'true'), 'watch  pods   ')
  assert.equal(name('GET', '/api/v1/namespaces/a/pods/b/log'), 'get  pods log a b')
  assert.equal(name('POST', '/api/v1/namespaces/a/pods/b/binding'), 'create  pods binding a b')
  assert.equal(name('PATCH', '/api/v1/nodes/n/status'), 'patch  nodes status  n')
  assert.equal(name('GET', '/api/v1/namespaces/a'), 'get  namespaces   a')
  assert.equal(name('PATCH', '/api/v1/namespaces/a/status'), 'patch  namespaces status  a')
  assert.equal(name('DELETE', '/apis/g/v1/namespaces/a/things'), 'deletecollection g things  a ')
  assert.equal(name('GET', '/version'), 'get     ')
})

test('requests are counted by verb, resource and code, those without an answer as 0', async () => {
  const cluster = await startTestCluster()
  const { clock } = cluster
  const metrics = createMetrics()
  const observe = createRequestMetrics(metrics)
  const transport = observeRequests(cluster.server.transport(), clock, observe)
  const client = createClient(transport, { clock, random: seededRandom(1) })
  await client.resource(PODS).list()
  await assert.rejects(client.resource(PODS).get({ namespace: 'default', name: 'none' }))
  const broken = { ...transport, request: () => Promise.reject(new Error('broken')) }
  const request = { method: 'POST', path: '/api/v1/namespaces/a/pods/b/binding' } as const
  await assert.rejects(observeRequests(broken, clock, observe).request(request))
  const text = await metrics.expose()
  assert.match(text, /requests_total\{verb="list",resource="pods",code="200"\} 1/)
  assert.match(text, /requests_total\{verb="get",resource="pods",code="404"\} 1/)
  assert.match(text, /requests_total\{verb="create",resource="pods\/binding",code="0"\} 1/)
  assert.match(text, /request_duration_seconds_count\{verb="list",resource="pods"\} 1/)
  await cluster.stop()
})

test('a gauge over objects counts afresh each time and forgets labels that nothing has', async () => {
  const metrics = createMetrics()
  let phases = ['Running', 'Running', 'Failed']
  createObjectGauge(metrics, {
    name: 'things',
    help: 'Things by phase',
    labels: ['phase'],
    always: [{ phase: 'Pending' }],
    list: () => phases.map((phase) => ({ kind: phase }) as never),
    labelsOf: ({ kind }) => (kind === 'Failed' ? undefined : { phase: kind }),
  })
  assert.match(await metrics.expose(), /things\{phase="Pending"\} 0\nthings\{phase="Running"\} 2\n/)
  phases = []
  assert.doesNotMatch(await metrics.expose(), /Running/)
})

test('a process says its version, what it takes, and whether it leads', async () => {
  const metrics = createMetrics()
  createProcessMetrics(metrics, { clock: testClock(), version: '1.2.3', part: 'operator' })
  let leading = false
  createLeaderMetric(metrics, { name: 'operator', isLeader: () => leading })
  assert.match(await metrics.expose(), /master_status\{name="operator"\} 0/)
  leading = true
  const text = await metrics.expose()
  assert.match(text, /master_status\{name="operator"\} 1/)
  assert.match(text, /sortie_build_info\{version="1.2.3",part="operator"\} 1/)
  assert.match(text, /process_cpu_seconds_total 0?\.?\d+/)
})

test('the queue tells how long a key waited, from its first add', async () => {
  const clock = testClock()
  const waits: number[] = []
  const onTaken = (ms: number): void => void waits.push(ms)
  const queue = createWorkQueue({ clock, random: seededRandom(1), onReady() {}, onTaken })
  queue.add('a')
  await clock.advance(30)
  queue.add('a', 2)
  queue.add('b')
  await clock.advance(20)
  queue.take()
  queue.add('a')
  await clock.advance(5)
  queue.done('a')
  queue.take()
  queue.take()
  assert.deepEqual(waits, [50, 25, 0])
})

test('lines about an object say whose they are', () => {
  const lines: LogFields[] = []
  const keep = (_: string, fields: LogFields = {}): void => void lines.push(fields)
  const base: Logger = { debug: keep, info: keep, warn: keep, error: keep, with: () => base }
  const log = withKeyFields(base, (controller, key) => ({ [controller]: key }))
  log.info('plain', { key: 'a/b' })
  log.with({ controller: 'mission' }).with({ x: 1 }).warn('failed', { key: 'a/b' })
  assert.deepEqual(lines, [{ key: 'a/b' }, { key: 'a/b', mission: 'a/b' }])
})
