import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '@sortie/client'
import { DEFAULT_FLEET } from '@sortie/fleet'
import {
  type KubeObject,
  NODES,
  type NodeObject,
  PODS,
  type Pod,
  type Stored,
  silentLogger,
} from '@sortie/machinery'
import { DEFAULT_OPERATOR_CONFIG } from '@sortie/operator'
import { createManager, createMetrics, observeRequests } from '@sortie/runtime'
import { makeAircraft, startTestCluster } from '@sortie/testing'
import { createFleetPart } from '../commands/fleet.ts'
import { createOperatorPart } from '../commands/operator.ts'
import { createSchedulerPart } from '../commands/scheduler.ts'
import { aircraftLabels, createAttemptMetrics, createSchedulingMetrics } from './metrics.ts'
import { instrument } from './run.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** All metrics of all parts, by name: type and labels as the text format has them. */
async function shown(): Promise<Map<string, string>> {
  const cluster = await startTestCluster()
  const found = new Map<string, string>()
  const parts = {
    operator: (context: never) => createOperatorPart(context, DEFAULT_OPERATOR_CONFIG),
    scheduler: (context: never) => createSchedulerPart(context, {}),
    fleet: (context: never) => createFleetPart(context, DEFAULT_FLEET),
  }
  for (const [name, create] of Object.entries(parts)) {
    const metrics = createMetrics()
    const observe = instrument(metrics, {
      clock: cluster.clock,
      name: `sortie-${name}`,
      ...(name === 'scheduler' ? { observe: createAttemptMetrics } : {}),
    })
    const transport = observeRequests(cluster.server.transport(), cluster.clock, observe)
    const client = createClient(transport, cluster)
    create({ ...cluster, client, metrics, log: silentLogger } as never)
    for (const [, metric = '', type = ''] of (await metrics.expose()).matchAll(
      /^# TYPE (\S+) (\S+)$/gm,
    )) {
      found.set(metric, type)
    }
  }
  await cluster.stop()
  return found
}

test('the page of metrics names those that there are, with their types, and no other', async () => {
  const rows = read('docs/reference/metrics.md').matchAll(/^\| `(\w+)` \| (\w+) \|/gm)
  const documented = new Map([...rows].map(([, name = '', type = '']) => [name, type]))
  assert.ok(documented.size > 15)
  assert.deepEqual(sorted(documented), sorted(await shown()))
})

test('alerts and the dashboard use only metrics that there are', async () => {
  const metrics = await shown()
  const texts = [
    'config/components/alerts/rules.yaml',
    'charts/sortie/files/dashboard.generated.json',
  ]
  for (const text of texts.map(read)) {
    const used =
      text.match(
        /\b(?:sortie|rest_client|workqueue|controller_runtime|process|leader_election|nodejs)_\w+/g,
      ) ?? []
    assert.ok(used.length > 5)
    for (const name of used) {
      const base = name.replace(/_(bucket|sum|count)$/, '')
      assert.ok(metrics.has(name) || metrics.get(base) === 'histogram', name)
    }
  }
  const expressions = [...read(texts[1] ?? '').matchAll(/"expr": "(.*)"/g)].map(([, text]) => text)
  assert.ok(expressions.length > 10)
  for (const text of expressions)
    assert.match(
      text ?? '',
      /(sortie|rest_client|workqueue|controller_runtime|process|leader_election)_/,
    )
})

function sorted(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1))
}

test('an aircraft counts by what its labels and its node say', () => {
  const status = (labels: object, ready = 'True') => {
    const node = makeAircraft('a') as unknown as Stored<NodeObject>
    return aircraftLabels({
      ...node,
      metadata: { ...node.metadata, labels: { 'aircraft.mil/type': 'j20', ...labels } },
      status: { conditions: [{ type: 'Ready', status: ready }] },
    } as never)?.status
  }
  assert.equal(status({ 'aircraft.mil/status': 'ready' }), 'ready')
  assert.equal(status({ 'aircraft.mil/status': 'maintenance' }), 'maintenance')
  assert.equal(
    status({ 'aircraft.mil/status': 'ready', 'aircraft.mil/mission.current': 't' }),
    'flying',
  )
  assert.equal(status({ 'aircraft.mil/status': 'ready' }, 'False'), 'notready')
  assert.equal(status({}), 'unknown')
  assert.equal(status({ 'aircraft.mil/fuel.level': 'full' }), 'invalid')
  assert.equal(aircraftLabels({ metadata: { labels: {} } } as never), undefined)
})

test('a result that has not come yet is counted as 0, so that its first one is an increase', async () => {
  const metrics = createMetrics()
  createAttemptMetrics(metrics)
  const text = await metrics.expose()
  for (const result of ['scheduled', 'error', 'unschedulable']) {
    assert.match(text, new RegExp(`attempts_total\\{result="${result}"\\} 0`))
  }
})

test('pods are timed from when they were first seen waiting until they have a node', async () => {
  const cluster = await startTestCluster()
  const { clock, client } = cluster
  const metrics = createMetrics()
  const manager = createManager({ ...cluster, name: 'test' })
  const pods = manager.informer<Pod>(PODS)
  createSchedulingMetrics(metrics, { clock, pods, schedulerName: 'ours' })
  const stop = new AbortController()
  const running = manager.start(stop.signal)
  const create = (name: string, schedulerName: string) =>
    client.resource(PODS).create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { schedulerName, containers: [{ name: 'a', image: 'b' }] },
    } as KubeObject)
  await create('bound', 'ours')
  await create('waits', 'ours')
  await create('other', 'theirs')
  await clock.advance(2000)
  assert.match(await metrics.expose(), /sortie_scheduler_pending_pods 2/)
  await client.resource(NODES).create(makeAircraft('a'))
  const target = { apiVersion: 'v1', kind: 'Node', name: 'a' }
  const bind = async (name: string): Promise<void> => {
    const ref = { namespace: 'default', name }
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: ref, target }
    await client.resource(PODS).createSubresource(ref, 'binding', binding)
    await clock.advance(100)
  }
  await bind('bound')
  assert.match(await metrics.expose(), /sortie_scheduler_pending_pods 1/)
  await clock.advance(600_000)
  await bind('waits')
  const text = await metrics.expose()
  assert.match(text, /sortie_scheduler_pending_pods 0/)
  const within = [...text.matchAll(/scheduling_duration_seconds_bucket\{le="(.*)"\} (\d)/g)]
  const first = (count: string) => Number(within.find(([, , held]) => held === count)?.[1])
  assert.ok(first('1') >= 2 && first('1') < 4, 'the one that waited two seconds')
  assert.ok(first('2') >= 600 && first('2') < 1200, 'the one that waited ten minutes')
  stop.abort()
  await running
  await cluster.stop()
})

test('attempts are told from the scheduler’s own requests', async () => {
  const metrics = createMetrics()
  const observe = createAttemptMetrics(metrics)
  const pods = { group: '', resource: 'pods', namespace: 'a', name: 'b' }
  observe({ ...pods, verb: 'create', subresource: 'binding' }, 201, 0)
  observe({ ...pods, verb: 'create', subresource: 'binding' }, 409, 0)
  observe({ ...pods, verb: 'patch', subresource: 'status' }, 200, 0)
  observe({ ...pods, verb: 'patch', subresource: 'status' }, 404, 0)
  observe({ ...pods, verb: 'get', subresource: '' }, 200, 0)
  const lines = (await metrics.expose()).match(/^sortie_scheduler_attempts_total.*/gm)
  assert.deepEqual(lines, [
    'sortie_scheduler_attempts_total{result="scheduled"} 1',
    'sortie_scheduler_attempts_total{result="error"} 1',
    'sortie_scheduler_attempts_total{result="unschedulable"} 1',
  ])
})
