/** Operator and scheduler on the embedded server: whose pod goes first when aircraft are short. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { API_VERSION, MISSIONS, type Priority } from '@sortie/api'
import { type KubeObject, NODES, PODS, type Pod } from '@sortie/machinery'
import { createOperator } from '@sortie/operator'
import { runAll } from '@sortie/runtime'
import { createScheduler } from '@sortie/scheduler'
import { makeAircraft, startTestCluster, type TestCluster } from '@sortie/testing'

let cluster: TestCluster
let stop: () => Promise<void>

beforeEach(async () => {
  cluster = await startTestCluster()
  const { clock, random, log } = cluster
  const base = { clock, random, log }
  const abort = new AbortController()
  const running = runAll(
    [
      createOperator({ ...base, client: cluster.clientOf('operator').client }),
      createScheduler({ ...base, client: cluster.clientOf('scheduler').client }),
    ],
    abort.signal,
  )
  await clock.advance(50)
  stop = async () => {
    abort.abort()
    await clock.advance(50)
    await running
    await cluster.stop()
  }
})
afterEach(() => stop())

async function fly(name: string, priority: Priority, tasks = 1): Promise<void> {
  const stages = [{ name: 's', flightTasks: [{ name: 't', aircraft: 'j20', count: tasks }] }]
  await cluster.client.resource<KubeObject>(MISSIONS).create({
    apiVersion: API_VERSION,
    kind: 'Mission',
    metadata: { name, namespace: 'default' },
    spec: { priority, stages },
  } as KubeObject)
  await cluster.clock.advance(2000)
}

async function placed(): Promise<string[]> {
  const { items } = await cluster.client.resource<Pod>(PODS).list({ namespace: 'default' })
  const bound = items.filter(({ spec }) => spec.nodeName !== undefined)
  return bound.map(({ metadata }) => metadata.labels?.['mission'] ?? '').sort()
}

async function addAircraft(name: string): Promise<void> {
  await cluster.client.resource(NODES).create(makeAircraft(name, { type: 'j20' }))
  await cluster.clock.advance(500)
}

test("a critical mission's pod goes before a low one's when aircraft are short", async () => {
  await fly('low', 'low', 2)
  await fly('critical', 'critical')
  await addAircraft('viper-1')
  assert.deepEqual(await placed(), ['critical'])
  await addAircraft('viper-2')
  assert.deepEqual(await placed(), ['critical', 'low'])
})

test('priorities are followed in their order, whoever came first', async () => {
  for (const priority of ['low', 'medium', 'high', 'critical'] as const)
    await fly(priority, priority)
  const order: string[] = []
  for (let aircraft = 1; aircraft <= 4; aircraft++) {
    await addAircraft(`viper-${aircraft}`)
    order.push(...(await placed()).filter((name) => !order.includes(name)))
  }
  assert.deepEqual(order, ['critical', 'high', 'medium', 'low'])
})

test('the pod says its priority and attempt by the annotations of the contract', async () => {
  await fly('m', 'high')
  const { items } = await cluster.client.resource<Pod>(PODS).list({ namespace: 'default' })
  const { annotations = {} } = items[0]?.metadata ?? {}
  assert.equal(annotations['airforce.airforce.mil/priority'], 'high')
  assert.equal(annotations['airforce.airforce.mil/attempt'], '0')
})
