import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createClient } from '@sortie/client'
import { LEASES, type Lease, parseTime, type Transport } from '@sortie/machinery'
import { settle, startTestCluster, type TestCluster } from '@sortie/testing'
import { createLeaderElector } from './leader.ts'

let cluster: TestCluster
let stops: AbortController[]

beforeEach(async () => {
  cluster = await startTestCluster()
  stops = []
})
afterEach(async () => {
  for (const stop of stops) stop.abort()
  await cluster.clock.advance(100)
  await cluster.stop()
})

const lease = () =>
  cluster.client.resource<Lease>(LEASES).get({ namespace: 'default', name: 'operator' })

/** Starts a candidate; `leads` tells whether it leads now, `cut` makes the server unreachable for it. */
function candidate(identity: string) {
  const stop = new AbortController()
  stops.push(stop)
  const inner = cluster.server.transport()
  const state = { leads: false, cut: false, outcome: 'running' as string }
  const transport: Transport = {
    ...inner,
    request: (request) =>
      state.cut ? Promise.reject(new Error('unreachable')) : inner.request(request),
  }
  const elector = createLeaderElector({
    ...cluster,
    client: createClient(transport, cluster),
    namespace: 'default',
    name: 'operator',
    identity,
  })
  const lead = async (signal: AbortSignal): Promise<void> => {
    state.leads = true
    await new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    )
    state.leads = false
  }
  elector.run(stop.signal, lead).then(
    () => {
      state.outcome = 'ended'
    },
    (error: { code?: string }) => {
      state.outcome = error.code ?? String(error)
    },
  )
  return { state, stop }
}

test('the first candidate leads, writes MicroTime with six digits, and the second waits', async () => {
  const [a, b] = [candidate('a'), candidate('b')]
  await cluster.clock.advance(60_000)
  assert.deepEqual([a.state.leads, b.state.leads], [true, false])
  const { spec } = await lease()
  assert.equal(spec?.holderIdentity, 'a')
  assert.match(spec?.renewTime ?? '', /\.\d{6}Z$/)
  assert.ok(cluster.clock.now() - (parseTime(spec?.renewTime) ?? 0) <= 2000)
})

test('a leader that stops releases the lease, and the next leads within seconds', async () => {
  const [a, b] = [candidate('a'), candidate('b')]
  await cluster.clock.advance(5000)
  a.stop.abort()
  await cluster.clock.advance(5000)
  assert.deepEqual([a.state.leads, a.state.outcome, b.state.leads], [false, 'ended', true])
  assert.equal((await lease()).spec?.leaseTransitions, 1)
})

test('a leader that cannot renew gives up within ten seconds, before another takes over', async () => {
  const [a, b] = [candidate('a'), candidate('b')]
  await cluster.clock.advance(5000)
  a.state.cut = true
  let both = false
  for (let i = 0; i < 300; i++) {
    await cluster.clock.advance(100)
    both ||= a.state.leads && b.state.leads
  }
  assert.equal(both, false)
  assert.deepEqual([a.state.outcome, b.state.leads], ['LeaseLost', true])
})

test('the holder’s clock is not trusted: a renewTime in the past alone gives nobody the lease', async () => {
  await cluster.client.resource<Lease>(LEASES).create({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'default', name: 'operator' },
    spec: {
      holderIdentity: 'other',
      leaseDurationSeconds: 15,
      renewTime: '2020-01-01T00:00:00.000000Z',
    },
  })
  const a = candidate('a')
  await cluster.clock.advance(10_000)
  assert.equal(a.state.leads, false)
  await cluster.clock.advance(15_000)
  assert.equal(a.state.leads, true)
})

test('a candidate stopped while it waits ends without leading', async () => {
  candidate('a')
  await cluster.clock.advance(1000)
  const b = candidate('b')
  await cluster.clock.advance(1000)
  b.stop.abort()
  await cluster.clock.advance(1000)
  await settle()
  assert.deepEqual([b.state.leads, b.state.outcome], [false, 'ended'])
})
