import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Lease, NodeObject, Pod, PodStatus, Stored, WatchEvent } from '@sortie/machinery'
import { LEASES, NODES, PODS } from '@sortie/machinery'
import { settle, startTestCluster, type TestCluster, writesOf } from '@sortie/testing'
import { createFleet, type Fleet } from './fleet.ts'
import { DEFAULT_FLEET, FLEET_DEFAULTS, GROUP_DEFAULTS } from './spec/defaultfleet.ts'
import type { FleetSpec } from './spec/fleetspec.ts'

const SMALL: FleetSpec = {
  ...FLEET_DEFAULTS,
  heartbeat: 'none',
  metrics: false,
  aircraft: [{ ...GROUP_DEFAULTS, type: 'j20', count: 2, namePrefix: 'j20', hardpoints: 6 }],
}

let cluster: TestCluster
let running: { readonly abort: AbortController; readonly done: Promise<void> }[] = []

beforeEach(async () => {
  cluster = await startTestCluster()
})
afterEach(async () => {
  for (const { abort } of running) abort.abort()
  await Promise.all(running.map(({ done }) => done))
  running = []
  await cluster.stop()
})

interface RunningFleet {
  readonly fleet: Fleet
  readonly requests: ReturnType<TestCluster['clientOf']>['requests']
  stop(): Promise<void>
}

async function fly(spec: FleetSpec = SMALL): Promise<RunningFleet> {
  const { clock, random, log } = cluster
  const { client, requests } = cluster.clientOf('sortie-fleet')
  const fleet = createFleet({ client, clock, random, log, fleet: spec })
  const abort = new AbortController()
  const entry = { abort, done: fleet.start(abort.signal) }
  running.push(entry)
  await clock.advance(100)
  return {
    fleet,
    requests,
    async stop() {
      abort.abort()
      await entry.done
    },
  }
}

function pod(name: string, script: string, more: Partial<Pod['spec']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      restartPolicy: 'Never',
      nodeName: 'j20-01',
      containers: [{ name: 'task', image: 'busybox:1.36', command: ['sh', '-c', script] }],
      ...more,
    },
  }
}

const pods = () => cluster.client.resource<Pod>(PODS)
const nodes = () => cluster.client.resource<NodeObject>(NODES)
const statusOf = async (name: string): Promise<PodStatus> =>
  (await pods().get({ namespace: 'default', name })).status ?? {}

/** The phases that a watcher of the pods sees. */
async function watchPhases(): Promise<string[]> {
  const seen: string[] = []
  const onEvent = (event: WatchEvent): void => {
    const object = event.object as Stored<Pod>
    seen.push(`${event.type} ${object.metadata.name} ${object.status?.phase}`)
  }
  await pods().watch({ namespace: 'default' }, { onEvent, onEnd() {} })
  return seen
}

describe('the nodes of a fleet', () => {
  test('are registered with labels, resources and a Ready condition', async () => {
    await fly(DEFAULT_FLEET)
    const { items } = await nodes().listAll()
    assert.equal(items.length, 14)
    const j20 = items.find(({ metadata }) => metadata.name === 'j20-01')
    assert.equal(j20?.metadata.labels?.['aircraft.mil/type'], 'j20')
    assert.equal(j20?.metadata.labels?.['aircraft.mil/capability.stealth'], 'true')
    assert.equal(j20?.status?.allocatable?.['aircraft.mil/slot'], '1')
    assert.equal(j20?.status?.allocatable?.['aircraft.mil/hardpoint'], '6')
    assert.equal(j20?.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'True')
  })

  test('keep what people have set when the fleet starts again', async () => {
    const first = await fly()
    const labels = { 'aircraft.mil/status': 'maintenance', 'aircraft.mil/fuel.level': '12' }
    await nodes().patch({ name: 'j20-01' }, { type: 'merge', body: { metadata: { labels } } })
    await first.stop()
    const second = await fly()
    const node = await nodes().get({ name: 'j20-01' })
    assert.equal(node.metadata.labels?.['aircraft.mil/status'], 'maintenance')
    assert.equal(node.metadata.labels?.['aircraft.mil/fuel.level'], '12')
    assert.equal(writesOf(second.requests).length, 0)
  })

  test('come back when someone deletes one', async () => {
    await fly()
    await nodes().delete({ name: 'j20-02' })
    await cluster.clock.advance(1000)
    assert.equal((await nodes().get({ name: 'j20-02' })).metadata.name, 'j20-02')
  })

  test('renew a lease each in every interval, and an idle fleet writes nothing else', async () => {
    const { requests } = await fly({ ...SMALL, heartbeat: 'lease' })
    await cluster.clock.advance(10_000)
    const before = requests.length
    await cluster.clock.advance(60_000)
    const written = writesOf(requests.slice(before))
    assert.equal(written.length, 12)
    assert.ok(written.every(({ path, method }) => method === 'PUT' && path.includes('/leases/')))
    const lease = await cluster.client
      .resource<Lease>(LEASES)
      .get({ namespace: 'kube-node-lease', name: 'j20-01' })
    assert.equal(lease.spec?.leaseDurationSeconds, 40)
  })
})

describe('a pod on an aircraft', () => {
  test('takes two status writes from its binding to its end', async () => {
    const { requests } = await fly()
    const seen = await watchPhases()
    await pods().create(pod('a', 'echo hello; sleep 2'))
    await cluster.clock.advance(3000)
    assert.deepEqual(seen, ['ADDED a Pending', 'MODIFIED a Running', 'MODIFIED a Succeeded'])
    const written = writesOf(requests).filter(({ path }) => path.includes('/pods/'))
    assert.deepEqual(
      written.map(({ method, path }) => `${method} ${path}`),
      Array(2).fill('PATCH /api/v1/namespaces/default/pods/a/status'),
    )
  })

  test('that lasts a moment is written once', async () => {
    await fly()
    const seen = await watchPhases()
    await pods().create(pod('a', 'sleep 0.02'))
    await cluster.clock.advance(1000)
    assert.deepEqual(seen, ['ADDED a Pending', 'MODIFIED a Succeeded'])
  })

  test('on a node of someone else is left alone', async () => {
    await fly()
    await pods().create(pod('a', 'sleep 1', { nodeName: 'elsewhere' }))
    await cluster.clock.advance(3000)
    assert.equal((await statusOf('a')).phase, 'Pending')
  })

  test('is turned away where its aircraft has no slot left, and the other goes on', async () => {
    await fly()
    const requests = { 'aircraft.mil/slot': '1' }
    const container = {
      name: 'task',
      image: 'busybox',
      command: ['sleep', '5'],
      resources: { requests, limits: requests },
    }
    await pods().create(pod('a', '', { containers: [container] }))
    await pods().create(pod('b', '', { containers: [container] }))
    await cluster.clock.advance(1000)
    assert.equal((await statusOf('a')).phase, 'Running')
    const refused = await statusOf('b')
    assert.equal(refused.phase, 'Failed')
    assert.equal(refused.reason, 'OutOfaircraft.mil/slot')
    await cluster.clock.advance(5000)
    await pods().create(pod('c', '', { containers: [container] }))
    await cluster.clock.advance(1000)
    assert.equal((await statusOf('c')).phase, 'Running')
  })

  test('is turned away where its node selector does not match', async () => {
    await fly()
    await pods().create(pod('a', 'sleep 1', { nodeSelector: { 'aircraft.mil/type': 'h6k' } }))
    await cluster.clock.advance(1000)
    assert.equal((await statusOf('a')).reason, 'NodeAffinity')
  })

  test('that is deleted ends with 143, says so, and goes', async () => {
    await fly()
    const seen = await watchPhases()
    await pods().create(pod('a', 'sleep 60'))
    await cluster.clock.advance(1000)
    await pods().delete({ namespace: 'default', name: 'a' }, { gracePeriodSeconds: 5 })
    await cluster.clock.advance(1000)
    assert.deepEqual(seen.slice(-2), ['MODIFIED a Failed', 'DELETED a Failed'])
  })

  test('that has ended goes at once when it is deleted', async () => {
    await fly()
    await pods().create(pod('a', 'sleep 1'))
    await cluster.clock.advance(2000)
    await pods().delete({ namespace: 'default', name: 'a' }, { gracePeriodSeconds: 30 })
    await cluster.clock.advance(100)
    assert.equal((await pods().list({ namespace: 'default' })).items.length, 0)
  })

  test('goes on where it was when the fleet starts again', async () => {
    const first = await fly()
    await pods().create(pod('a', 'sleep 10'))
    await cluster.clock.advance(4000)
    await first.stop()
    await cluster.clock.advance(2000)
    const second = await fly()
    assert.equal(writesOf(second.requests).length, 0)
    await cluster.clock.advance(3000)
    assert.equal((await statusOf('a')).phase, 'Running')
    await cluster.clock.advance(2000)
    assert.equal((await statusOf('a')).phase, 'Succeeded')
  })

  test('goes on when its image is patched to one that can be pulled', async () => {
    await fly()
    const image = 'registry.invalid/task:1'
    await pods().create(
      pod('a', '', { containers: [{ name: 'task', image, command: ['sleep', '1'] }] }),
    )
    await cluster.clock.advance(5000)
    const waiting = (await statusOf('a')).containerStatuses?.[0]?.state?.waiting
    assert.equal(waiting?.reason, 'ImagePullBackOff')
    const body = { spec: { containers: [{ name: 'task', image: 'busybox' }] } }
    await pods().patch({ namespace: 'default', name: 'a' }, { type: 'strategic', body })
    await cluster.clock.advance(2000)
    assert.equal((await statusOf('a')).phase, 'Succeeded')
  })

  test('can be evicted by its node', async () => {
    const { fleet } = await fly()
    await pods().create(pod('a', 'sleep 60'))
    await cluster.clock.advance(1000)
    assert.equal(fleet.evict('default/a', { reason: 'Evicted', message: 'low on memory' }), true)
    await cluster.clock.advance(1000)
    const status = await statusOf('a')
    assert.equal(`${status.phase} ${status.reason}`, 'Failed Evicted')
  })

  test('stands still while its aircraft plays dead', async () => {
    const { fleet } = await fly()
    await pods().create(pod('a', 'sleep 5'))
    await cluster.clock.advance(1000)
    fleet.setAlive('j20-01', false)
    await cluster.clock.advance(10_000)
    assert.equal((await statusOf('a')).phase, 'Running')
    fleet.setAlive('j20-01', true)
    await cluster.clock.advance(1000)
    assert.equal((await statusOf('a')).phase, 'Succeeded')
  })
})

describe('an aircraft', () => {
  test('turns NotReady on demand', async () => {
    const { fleet } = await fly()
    await fleet.setReady('j20-01', false)
    const node = await nodes().get({ name: 'j20-01' })
    assert.equal(node.status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'False')
  })

  test('burns fuel in flight, written once at landing, and is filled up again', async () => {
    await fly({ ...SMALL, fuel: { refuelPerMinute: 1 } })
    await pods().create(pod('a', 'sleep 30m'))
    await cluster.clock.advance(29 * 60_000)
    const levelOf = async (): Promise<string | undefined> =>
      (await nodes().get({ name: 'j20-01' })).metadata.labels?.['aircraft.mil/fuel.level']
    assert.equal(await levelOf(), '90')
    await cluster.clock.advance(2 * 60_000)
    assert.equal(await levelOf(), '84')
    await cluster.clock.advance(10 * 60_000)
    assert.equal(await levelOf(), '90')
  })
})

describe('the usage of an aircraft', () => {
  const usageOf = async (path: string): Promise<{ usage?: unknown; containers?: unknown[] }> => {
    const response = await cluster.client.raw({
      method: 'GET',
      path: `/apis/metrics.k8s.io/v1beta1${path}`,
    })
    return response.body as { usage?: unknown; containers?: unknown[] }
  }

  test('can be read soon after it has registered', async () => {
    await fly({ ...SMALL, metrics: true })
    await cluster.clock.advance(2000)
    assert.deepEqual((await usageOf('/nodes/j20-01')).usage, { cpu: '160m', memory: '335545Ki' })
  })

  test('grows with its pods, whose own goes with them', async () => {
    await fly({ ...SMALL, metrics: true })
    await cluster.clock.advance(2000)
    const container = {
      name: 'task',
      image: 'b',
      command: ['sleep', '60'],
      resources: { requests: { cpu: '1' } },
    }
    await pods().create(pod('a', '', { containers: [container] }))
    await cluster.clock.advance(30_000)
    assert.equal((await usageOf('/namespaces/default/pods/a')).containers?.length, 1)
    assert.notDeepEqual((await usageOf('/nodes/j20-01')).usage, { cpu: '160m', memory: '335545Ki' })
    await cluster.clock.advance(60_000)
    await assert.rejects(usageOf('/namespaces/default/pods/a'), /not found/)
  })

  test('is not written again while nothing changes', async () => {
    const { requests } = await fly({ ...SMALL, metrics: true })
    await cluster.clock.advance(60_000)
    const before = requests.length
    await cluster.clock.advance(600_000)
    assert.equal(writesOf(requests.slice(before)).length, 0)
  })
})

test('a thousand pods live at the same time', async () => {
  const aircraft = [{ ...GROUP_DEFAULTS, type: 'j20', count: 200, namePrefix: 'j20' }]
  await fly({ ...SMALL, aircraft })
  for (let index = 0; index < 1000; index++) {
    const nodeName = `j20-${String((index % 200) + 1).padStart(2, '0')}`
    await pods().create(pod(`p${index}`, 'sleep 5', { nodeName }))
  }
  await settle()
  await cluster.clock.advance(10_000)
  const { items } = await pods().listAll()
  assert.ok(items.every(({ status }) => status?.phase === 'Succeeded'))
})
