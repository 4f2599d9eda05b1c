import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { AssignmentTrace } from '@sortie/api'
import { type Client, createClient, NO_RETRY } from '@sortie/client'
import {
  type ApiResponse,
  NODES,
  type NodeObject,
  PODS,
  type Pod,
  type Stored,
  silentLogger,
  statusError,
  type Transport,
  TransportError,
} from '@sortie/machinery'
import { makeAircraft, startTestCluster, type TestCluster } from '@sortie/testing'
import { type BindOutcome, createBinder, writeTrace } from './bind.ts'
import { podInfo } from './snapshot/podinfo.ts'

const TRACE: AssignmentTrace = {
  score: 1,
  parts: {},
  feasible: 1,
  nodes: 1,
  refusals: { 'no room': 1 },
}

let cluster: TestCluster
let pod: Stored<Pod>
const pods = () => cluster.client.resource<Pod>(PODS)

beforeEach(async () => {
  cluster = await startTestCluster()
  await cluster.client.resource<NodeObject>(NODES).create(makeAircraft('n'))
  pod = await pods().create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  })
})
afterEach(() => cluster.stop())

type Answer = (send: () => Promise<ApiResponse>) => Promise<ApiResponse>

/** A client over a network that does with the n-th request what the n-th answer says. */
function clientOver(...answers: readonly Answer[]): Client {
  const inner = cluster.server.transport()
  let count = 0
  const transport: Transport = {
    request(request) {
      const answer = answers[count++]
      const send = () => inner.request(request)
      return answer === undefined ? send() : answer(send)
    },
    watch: (request, sink) => inner.watch(request, sink),
    stream: (request, sink) => inner.stream(request, sink),
    close: () => inner.close(),
  }
  return createClient(transport, { clock: cluster.clock, random: cluster.random, retry: NO_RETRY })
}

const lost: Answer = () => Promise.reject(new TransportError('connection reset'))
const lostAfterwards: Answer = async (send) => {
  await send()
  throw new TransportError('connection reset')
}
const refusedAs =
  (code: number): Answer =>
  () =>
    Promise.resolve({
      status: code,
      headers: {},
      body: { ...statusError('Forbidden', { message: 'no', code }).status },
    })

async function bindOver(client: Client): Promise<BindOutcome | undefined> {
  const { clock, random } = cluster
  const binder = createBinder({ client, clock, random, log: silentLogger, concurrency: 2 })
  let outcome: BindOutcome | undefined
  binder.bind({ pod: podInfo(pod), node: 'n', trace: TRACE }, (result) => {
    outcome = result
  })
  await clock.advance(60_000)
  return outcome
}

const nodeOf = async (): Promise<string | undefined> =>
  (await pods().get({ namespace: 'default', name: 'p' })).spec.nodeName

describe('a binding', () => {
  test('holds where the server takes it', async () => {
    assert.equal(await bindOver(clientOver()), 'bound')
    assert.equal(await nodeOf(), 'n')
  })

  test('holds where the answer was lost but the server had taken it', async () => {
    assert.equal(await bindOver(clientOver(lostAfterwards)), 'bound')
    assert.equal(await nodeOf(), 'n')
  })

  test('is to be decided again where the request was lost', async () => {
    assert.equal(await bindOver(clientOver(lost)), 'refused')
    assert.equal(await nodeOf(), undefined)
  })

  test('is found out about however long the server is away', async () => {
    assert.equal(await bindOver(clientOver(lostAfterwards, lost, lost, lost)), 'bound')
  })

  test('counts as held where the pod has another node already', async () => {
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'p' },
      target: { kind: 'Node', name: 'n' },
    }
    await pods().createSubresource({ namespace: 'default', name: 'p' }, 'binding', binding)
    assert.equal(await bindOver(clientOver()), 'bound')
  })

  test('is refused where the server does not allow it', async () => {
    assert.equal(await bindOver(clientOver(refusedAs(403))), 'refused')
  })

  test('ends with a pod that is no more', async () => {
    await pods().delete({ namespace: 'default', name: 'p' }, { gracePeriodSeconds: 0 })
    assert.equal(await bindOver(clientOver()), 'gone')
  })

  test('does not take a pod that was made again under the same name', async () => {
    await pods().delete({ namespace: 'default', name: 'p' }, { gracePeriodSeconds: 0 })
    await pods().create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default' },
      spec: pod.spec,
    })
    assert.notEqual(await bindOver(clientOver()), 'bound')
    assert.equal(await nodeOf(), undefined)
  })
})

describe('the reason in a binding', () => {
  test('is JSON', () => {
    assert.deepEqual(JSON.parse(writeTrace(TRACE)), TRACE)
  })

  test('leaves out the refusals where it would be too long', () => {
    const refusals = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`reason number ${i}`, i]),
    )
    const { refusals: _, ...rest } = TRACE
    assert.deepEqual(JSON.parse(writeTrace({ ...TRACE, refusals })), rest)
  })

  test('stays JSON and below 8 KB, however long the names are', () => {
    const candidates = Array.from({ length: 3 }, (_, index) => ({
      node: `${index}`.repeat(2_000),
      score: index,
      parts: {},
    }))
    const text = writeTrace({ ...TRACE, candidates, filters: { NodeAffinity: 3 } })
    assert.ok(Buffer.byteLength(text) <= 8_192)
    const { refusals: _, ...rest } = TRACE
    assert.deepEqual(JSON.parse(text), { ...rest, filters: { NodeAffinity: 3 } })
  })
})
