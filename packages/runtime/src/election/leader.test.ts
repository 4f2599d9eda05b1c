import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createClient } from '@sortie/client'
import { type ApiRequest, LEASES, type Lease, parseTime, type Transport } from '@sortie/machinery'
import { settle, startTestCluster, type TestCluster } from '@sortie/testing'
import { createLeaderElector, type LeaderElectionOptions } from './leader.ts'

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

/** Rejects once the request is given up: what a network that swallows everything looks like. */
const silence = ({ signal }: ApiRequest): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
  })

type Times = Pick<
  LeaderElectionOptions,
  'leaseDurationSeconds' | 'renewDeadlineSeconds' | 'retryPeriodSeconds'
>

/** Starts a candidate; `leads` tells whether it leads now, `cut` makes the server unreachable for it, `mute` without an answer. */
function candidate(identity: string, times: Times = {}) {
  const stop = new AbortController()
  stops.push(stop)
  const inner = cluster.server.transport()
  const state = { leads: false, cut: false, mute: false, outcome: 'running' as string }
  const transport: Transport = {
    ...inner,
    request(request) {
      if (state.mute) return silence(request)
      return state.cut ? Promise.reject(new Error('unreachable')) : inner.request(request)
    },
  }
  const elector = createLeaderElector({
    ...cluster,
    client: createClient(transport, cluster),
    namespace: 'default',
    name: 'operator',
    identity,
    ...times,
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
  const a = candidate('a')
  await cluster.clock.advance(1000)
  const b = candidate('b')
  await cluster.clock.advance(1000)
  b.stop.abort()
  await cluster.clock.advance(1000)
  await settle()
  assert.deepEqual([a.state.leads, b.state.leads, b.state.outcome], [true, false, 'ended'])
})

test('a leader whose requests get no answer gives up before another takes over, as does one that is cut off', async () => {
  const [a, b] = [candidate('a'), candidate('b')]
  await cluster.clock.advance(5000)
  a.state.mute = true
  let both = false
  for (let i = 0; i < 300; i++) {
    await cluster.clock.advance(100)
    both ||= a.state.leads && b.state.leads
  }
  a.state.mute = false
  await cluster.clock.advance(100)
  assert.equal(both, false)
  assert.deepEqual([a.state.leads, b.state.leads], [false, true])
})

test('what counts is how long ago the last renewal was, not how many have failed', async () => {
  const a = candidate('a')
  for (let round = 0; round < 10; round++) {
    a.state.cut = round % 2 === 1
    await cluster.clock.advance(6000)
  }
  assert.equal(a.state.leads, true)
  await cluster.clock.advance(1900)
  assert.equal(a.state.leads, true)
  await cluster.clock.advance(2100)
  assert.deepEqual([a.state.leads, a.state.outcome], [false, 'LeaseLost'])
})

test('the times are those that were asked for', async () => {
  const a = candidate('a', {
    leaseDurationSeconds: 40,
    renewDeadlineSeconds: 30,
    retryPeriodSeconds: 5,
  })
  await cluster.clock.advance(64_000)
  const { spec } = await lease()
  assert.equal(spec?.leaseDurationSeconds, 40)
  assert.equal(parseTime(spec?.renewTime), cluster.clock.now() - 4000)
  a.state.cut = true
  await cluster.clock.advance(25_500)
  assert.equal(a.state.leads, true)
  await cluster.clock.advance(1000)
  assert.equal(a.state.outcome, 'LeaseLost')
})

test('how long a lease holds is for its holder to say', async () => {
  const a = candidate('a', { leaseDurationSeconds: 60 })
  await cluster.clock.advance(1000)
  const b = candidate('b')
  await cluster.clock.advance(1000)
  a.state.cut = true
  await cluster.clock.advance(50_000)
  assert.deepEqual([a.state.leads, b.state.leads], [false, false])
  await cluster.clock.advance(20_000)
  assert.equal(b.state.leads, true)
})

test('a lease says since when it is held and how often it has changed hands, whatever its renewals', async () => {
  const began = cluster.clock.now()
  const a = candidate('a')
  await cluster.clock.advance(30_000)
  const first = (await lease()).spec
  assert.deepEqual([parseTime(first?.acquireTime), first?.leaseTransitions], [began, 0])
  const b = candidate('b')
  await cluster.clock.advance(1000)
  a.stop.abort()
  await cluster.clock.advance(30_000)
  const second = (await lease()).spec
  assert.equal(b.state.leads, true)
  assert.equal(second?.leaseTransitions, 1)
  const since = (parseTime(second?.acquireTime) ?? 0) - began
  assert.ok(since >= 31_000 && since < 36_000, `${since}`)
})

test('who released a lease holds it no longer, and who lost it to another releases nothing', async () => {
  const a = candidate('a')
  await cluster.clock.advance(1000)
  a.stop.abort()
  await cluster.clock.advance(0)
  const { spec } = await lease()
  assert.deepEqual([spec?.holderIdentity, spec?.leaseDurationSeconds], ['', 1])
  const b = candidate('b')
  await cluster.clock.advance(1000)
  const ref = { namespace: 'default', name: 'operator' }
  const body = { spec: { holderIdentity: 'c', leaseDurationSeconds: 15 } }
  await cluster.client.resource<Lease>(LEASES).patch(ref, { type: 'merge', body })
  b.stop.abort()
  await cluster.clock.advance(1000)
  assert.deepEqual([b.state.outcome, (await lease()).spec?.holderIdentity], ['ended', 'c'])
})

test('who is stopped before it has begun never leads', async () => {
  const stop = new AbortController()
  stop.abort()
  const { client } = cluster
  const where = { namespace: 'default', name: 'operator', identity: 'a' }
  await createLeaderElector({ ...cluster, client, ...where }).run(stop.signal, () =>
    assert.fail('it leads'),
  )
  await assert.rejects(lease(), { code: 404 })
})
