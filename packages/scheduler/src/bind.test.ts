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
  type StatusReason,
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
const REASONS: Readonly<Record<number, StatusReason>> = {
  404: 'NotFound',
  409: 'Conflict',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
}
const refusedAs =
  (code: number): Answer =>
  () =>
    Promise.resolve({
      status: code,
      headers: {},
      body: { ...statusError(REASONS[code] ?? 'Forbidden', { message: 'no', code }).status },
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

describe('what comes of a binding', () => {
  const BINDING = /\/binding$/
  /** The server's answers to the binding, and then to the questions for the pod. */
  async function outcomeOf(...codes: readonly number[]): Promise<readonly [unknown, number]> {
    let asked = 0
    const answers = codes.map((code): Answer => {
      const refuse = refusedAs(code)
      return (send) => {
        asked++
        return code === 200 ? send() : refuse(send)
      }
    })
    const outcome = await bindOver(clientOver(...answers))
    return [outcome, asked]
  }

  const cases: Readonly<Record<string, readonly [codes: number[], outcome: BindOutcome]>> = {
    'is refused where it is invalid, and nothing is asked': [[422], 'refused'],
    'is refused where the server is busy, and nothing is asked': [[429], 'refused'],
    'is an end where there is no such pod': [[404], 'gone'],
    'is asked after where the server broke': [[500, 200], 'refused'],
    'is asked after where there was a conflict': [[409, 200], 'refused'],
    'is an end where the pod is found to be gone': [[503, 404], 'gone'],
    'is a refusal where nothing may be known of the pod': [[503, 403], 'refused'],
    'is asked after again while the server is busy or broken': [[503, 429, 500, 200], 'refused'],
  }
  for (const [title, [codes, outcome]] of Object.entries(cases)) {
    test(title, async () => assert.deepEqual(await outcomeOf(...codes), [outcome, codes.length]))
  }

  test('is an end where another pod has the name by the time that it is asked after', async () => {
    const again: Answer = async () => {
      await pods().delete({ namespace: 'default', name: 'p' }, { gracePeriodSeconds: 0 })
      const metadata = { name: 'p', namespace: 'default' }
      await pods().create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: pod.spec })
      throw new TransportError('connection reset')
    }
    assert.equal(await bindOver(clientOver(again)), 'gone')
  })

  test('is asked after at growing intervals, ten seconds at the most', async () => {
    const began = cluster.clock.now()
    const seconds: number[] = []
    const { clock } = cluster
    const client = clientOver(
      ...Array.from(
        { length: 9 },
        (): Answer => () => {
          seconds.push((clock.now() - began) / 1000)
          return Promise.reject(new TransportError('connection reset'))
        },
      ),
    )
    const random = { ...cluster.random, next: () => 0.5 }
    const binder = createBinder({ client, clock, random, log: silentLogger, concurrency: 1 })
    binder.bind({ pod: podInfo(pod), node: 'n', trace: TRACE }, () => {})
    await clock.advance(60_000)
    assert.deepEqual(seconds, [0, 0, 0.5, 1.5, 3.5, 7.5, 15.5, 25.5, 35.5])
  })

  test('names the very pod and its node, and says why', async () => {
    let body: unknown
    const inner = cluster.server.transport()
    const transport: Transport = {
      ...inner,
      request(request) {
        if (BINDING.test(request.path)) body = request.body
        return inner.request(request)
      },
    }
    await bindOver(createClient(transport, cluster))
    assert.deepEqual(body, {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: {
        name: 'p',
        namespace: 'default',
        uid: pod.metadata.uid,
        annotations: { 'airforce.airforce.mil/assignment': JSON.stringify(TRACE) },
      },
      target: { apiVersion: 'v1', kind: 'Node', name: 'n' },
    })
  })
})

test('so many bindings go at a time, in order, and the binder is idle when none is left', async () => {
  const { clock, random } = cluster
  let [open, most] = [0, 0]
  const slow: Answer = async (send) => {
    most = Math.max(most, ++open)
    await new Promise<void>((resolve) => clock.setTimer(100, resolve))
    open--
    return send()
  }
  const client = clientOver(slow, slow, slow, slow, slow)
  const binder = createBinder({ client, clock, random, log: silentLogger, concurrency: 2 })
  const done: number[] = []
  const idle: string[] = []
  const rest = (when: string) => binder.idle().then(() => void idle.push(when))
  const before = rest('before')
  await clock.advance(0)
  assert.deepEqual(idle, ['before'])
  for (let index = 0; index < 5; index++) {
    const metadata = { name: `p${index}`, namespace: 'default' }
    const one = await pods().create({ apiVersion: 'v1', kind: 'Pod', metadata, spec: pod.spec })
    binder.bind({ pod: podInfo(one), node: 'n', trace: TRACE }, () => void done.push(index))
  }
  const after = rest('after')
  for (const [pending, ended] of [
    [5, 0],
    [3, 2],
    [1, 4],
  ] as const) {
    assert.deepEqual([binder.pending, done.length, idle.length], [pending, ended, 1])
    await clock.advance(100)
  }
  await Promise.all([before, after])
  assert.deepEqual([binder.pending, most, idle], [0, 2, ['before', 'after']])
  assert.deepEqual(done, [0, 1, 2, 3, 4])
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

  test('is whole up to 4,096 characters, and leaves out one part after the other beyond', () => {
    const base = { ...TRACE, filters: {}, candidates: [], refusals: {} }
    const long = (part: 'refusals' | 'filters', characters: number): AssignmentTrace => {
      const room = characters - JSON.stringify({ ...base, [part]: { '': 1 } }).length
      return { ...base, [part]: { ['x'.repeat(room)]: 1 } }
    }
    const partsOf = (trace: AssignmentTrace): string[] =>
      ['refusals', 'candidates', 'filters'].filter((part) => part in JSON.parse(writeTrace(trace)))
    assert.deepEqual(partsOf(long('refusals', 4096)), ['refusals', 'candidates', 'filters'])
    assert.deepEqual(partsOf(long('refusals', 4097)), ['candidates', 'filters'])
    assert.deepEqual(partsOf(long('filters', 5000)), [])
  })
})
