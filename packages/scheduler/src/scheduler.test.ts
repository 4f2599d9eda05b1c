import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import {
  FLIGHT_TASKS,
  type FlightTask,
  type FlightTaskStatus,
  MISSION_STAGES,
  type MissionStage,
} from '@sortie/api'
import { createClient } from '@sortie/client'
import type { ApiRequest, EventObject, NodeObject, Pod, Stored, Transport } from '@sortie/machinery'
import { EVENTS, NODES, PODS, sleep, TransportError } from '@sortie/machinery'
import { makeAircraft, startTestCluster, type TestCluster, writesOf } from '@sortie/testing'
import { createScheduler } from './scheduler.ts'

let cluster: TestCluster
let requests: ReturnType<TestCluster['clientOf']>['requests']
let stop: () => Promise<void>

beforeEach(async () => {
  cluster = await startTestCluster()
  const { clock, random, log } = cluster
  const part = cluster.clientOf('sortie-scheduler')
  requests = part.requests
  const abort = new AbortController()
  const scheduler = createScheduler({ client: part.client, clock, random, log })
  const done = scheduler.start(abort.signal)
  stop = async () => {
    abort.abort()
    await done
  }
  await clock.advance(10)
})
afterEach(async () => {
  await stop()
  await cluster.stop()
})

const nodes = () => cluster.client.resource<NodeObject>(NODES)
const pods = () => cluster.client.resource<Pod>(PODS)
const tasks = () => cluster.client.resource<FlightTask>(FLIGHT_TASKS)
const advance = (ms: number): Promise<void> => cluster.clock.advance(ms)

async function addAircraft(...names: readonly string[]): Promise<void> {
  for (const name of names) await nodes().create(makeAircraft(name))
}

interface PodOptions {
  readonly type?: string
  readonly slots?: number
  readonly owner?: Stored<FlightTask>
  readonly attempt?: number
  readonly priority?: string
  readonly spec?: Partial<Pod['spec']>
}

function makePod(name: string, options: PodOptions = {}): Pod {
  const resources = { 'aircraft.mil/slot': String(options.slots ?? 1) }
  const { owner } = options
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      annotations: {
        'airforce.airforce.mil/priority': options.priority ?? 'medium',
        'airforce.airforce.mil/attempt': String(options.attempt ?? 0),
      },
      ...(owner === undefined ? {} : { ownerReferences: [ownerOf(owner)] }),
    },
    spec: {
      schedulerName: 'sortie-scheduler',
      restartPolicy: 'Never',
      nodeSelector: { 'aircraft.mil/type': options.type ?? 'j20' },
      containers: [
        { name: 'task', image: 'b', resources: { requests: resources, limits: resources } },
      ],
      ...options.spec,
    },
  }
}

function ownerOf(owner: Stored<FlightTask> | Stored<MissionStage>) {
  const { apiVersion, kind, metadata } = owner
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true }
}

async function makeTask(name: string, stage?: Stored<MissionStage>): Promise<Stored<FlightTask>> {
  return tasks().create({
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'FlightTask',
    metadata: {
      name,
      namespace: 'default',
      ...(stage === undefined ? {} : { ownerReferences: [ownerOf(stage)] }),
    },
    spec: { aircraftRequirement: { type: 'j20' } },
  })
}

async function setStatus(name: string, status: Partial<FlightTaskStatus>): Promise<void> {
  const patch = { type: 'merge', body: { status } } as const
  await tasks().patch({ namespace: 'default', name }, patch, { subresource: 'status' })
}

/**
 * Another scheduler in place of the present one, whose bindings take half a second.
 * @param onArrival before the server hears of one
 * @returns bindings that were asked for, filled as they are
 */
async function startSlow(onArrival?: (request: ApiRequest) => void): Promise<readonly unknown[]> {
  await stop()
  const { clock, random, log, server } = cluster
  const inner = server.transport()
  const bindings: unknown[] = []
  const slow: Transport = {
    ...inner,
    async request(request) {
      if (!request.path.endsWith('/binding')) return inner.request(request)
      bindings.push(request.body)
      await sleep(clock, 500)
      onArrival?.(request)
      return inner.request(request)
    },
  }
  const abort = new AbortController()
  const client = createClient(slow, { clock, random })
  const done = createScheduler({ client, clock, random, log }).start(abort.signal)
  stop = async () => {
    abort.abort()
    await advance(1000)
    await done
  }
  return bindings
}

/** @param names of its tasks; none says that those that exist are all */
function makeGangStage(name: string, names: readonly string[] = []): Promise<Stored<MissionStage>> {
  return cluster.client.resource<MissionStage>(MISSION_STAGES).create({
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'MissionStage',
    metadata: { name, namespace: 'default' },
    spec: {
      missionRef: { name: 'm' },
      stageName: name,
      stageIndex: 1,
      stageType: 'parallel',
      config: { synchronization: { waitForAll: true } },
      flightTasks: names.map((task) => ({ name: task, aircraft: 'j20' })),
      // What is left out is defaulted by the server.
    } as unknown as MissionStage['spec'],
  })
}

const podOf = (name: string): Promise<Stored<Pod>> => pods().get({ namespace: 'default', name })
const nodeOf = async (name: string): Promise<string | undefined> =>
  (await podOf(name)).spec.nodeName
async function reasonOf(name: string): Promise<string | undefined> {
  const { status } = await podOf(name)
  return status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message
}

async function setPhase(name: string, phase: 'Running' | 'Succeeded'): Promise<void> {
  const patch = { type: 'merge', body: { status: { phase } } } as const
  await pods().patch({ namespace: 'default', name }, patch, { subresource: 'status' })
}

async function setReady(name: string, status: 'True' | 'Unknown'): Promise<void> {
  const body = { status: { conditions: [{ type: 'Ready', status }] } }
  await nodes().patch({ name }, { type: 'strategic', body }, { subresource: 'status' })
}

describe('the scheduler', () => {
  test('says what would have to give where no aircraft fits', async () => {
    await nodes().create(makeAircraft('j20-01', { fuel: 40 }))
    await nodes().create(makeAircraft('j20-02', { fuel: 40 }))
    const key = 'aircraft.mil/fuel.level'
    const matchExpressions = [{ key, operator: 'Gt' as const, values: ['59'] }]
    const required = { nodeSelectorTerms: [{ matchExpressions }] }
    const affinity = {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required },
    }
    await pods().create(makePod('p', { spec: { affinity } }))
    await advance(1000)
    const sentence =
      "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. " +
      '2 aircraft would fit if fuel ≥ 40 instead of 60.'
    assert.equal(await reasonOf('p'), sentence)
    const { items } = await cluster.client.resource<EventObject>(EVENTS).list({})
    assert.deepEqual(
      items.map(({ message }) => message),
      [sentence],
    )
  })

  test('gives an aircraft that is not ready no pods, until it is', async () => {
    await addAircraft('j20-01')
    await setReady('j20-01', 'Unknown')
    await pods().create(makePod('p'))
    await advance(1000)
    assert.equal(await nodeOf('p'), undefined)
    assert.match((await reasonOf('p')) ?? '', /1 node\(s\) had untolerated taint .*not-ready/)
    await setReady('j20-01', 'True')
    await advance(10)
    assert.equal(await nodeOf('p'), 'j20-01')
  })

  test('binds a pod with one request, and says why in an annotation', async () => {
    await addAircraft('j20-01')
    await advance(10)
    await pods().create(makePod('a'))
    await advance(10)
    assert.equal(await nodeOf('a'), 'j20-01')
    assert.deepEqual(
      writesOf(requests).map(({ method, path }) => `${method} ${path}`),
      ['POST /api/v1/namespaces/default/pods/a/binding'],
    )
    const trace = (await podOf('a')).metadata.annotations?.['airforce.airforce.mil/assignment']
    assert.equal(JSON.parse(trace ?? '{}').feasible, 1)
  })

  test('decides once on a pod whose task changes while its binding is under way', async () => {
    const bindings = await startSlow()
    await addAircraft('a', 'b')
    const owner = await makeTask('t')
    await pods().create(makePod('p', { owner }))
    await advance(10)
    await setStatus('t', { phase: 'Pending', retryCount: 0 })
    await advance(1000)
    assert.equal(bindings.length, 1)
  })

  test('places a pod that changed while its binding was under way, and refused', async () => {
    const bindings = await startSlow((request) => {
      if (bindings.length === 1) throw new TransportError(`${request.path}: no answer`)
    })
    await addAircraft('a')
    await pods().create(makePod('p'))
    await advance(10)
    const body = { metadata: { annotations: { note: 'changed' } } }
    await pods().patch({ namespace: 'default', name: 'p' }, { type: 'merge', body })
    await advance(5_000)
    assert.equal(bindings.length, 2)
    assert.equal((await podOf('p')).spec.nodeName, 'a')
  })

  test('leaves the pods of other schedulers alone', async () => {
    await addAircraft('j20-01')
    await pods().create(makePod('a', { spec: { schedulerName: 'default-scheduler' } }))
    await advance(1000)
    assert.equal(await nodeOf('a'), undefined)
    assert.equal(writesOf(requests).length, 0)
  })

  test('leaves gated pods alone until the gate is taken away', async () => {
    await addAircraft('j20-01')
    await pods().create(makePod('a', { spec: { schedulingGates: [{ name: 'wait' }] } }))
    await advance(1000)
    assert.equal(await nodeOf('a'), undefined)
    const body = { spec: { schedulingGates: null } }
    await pods().patch({ namespace: 'default', name: 'a' }, { type: 'merge', body })
    await advance(100)
    assert.equal(await nodeOf('a'), 'j20-01')
  })

  test('never puts two pods on one slot, and gives it to the next as soon as it is free', async () => {
    await addAircraft('j20-01')
    await pods().create(makePod('a'))
    await pods().create(makePod('b'))
    await advance(100)
    assert.equal(await nodeOf('a'), 'j20-01')
    assert.equal(await nodeOf('b'), undefined)
    await setPhase('a', 'Succeeded')
    await advance(10)
    assert.equal(await nodeOf('b'), 'j20-01')
  })

  test('tells a pod that no aircraft could ever take at once, one that queues after 5 s', async () => {
    await addAircraft('j20-01')
    for (const name of ['a', 'b']) await pods().create(makePod(name))
    await pods().create(makePod('never', { type: 'h6k' }))
    await advance(400)
    assert.match((await reasonOf('never')) ?? '', /didn't match/)
    await advance(4500)
    assert.equal(await reasonOf('b'), undefined)
    await advance(200)
    assert.match((await reasonOf('b')) ?? '', /Insufficient aircraft.mil\/slot/)
  })

  test('a pod that gets its aircraft within 5 s costs nothing but the binding', async () => {
    await addAircraft('j20-01')
    for (const name of ['a', 'b']) await pods().create(makePod(name))
    await advance(4000)
    await setPhase('a', 'Succeeded')
    await advance(60_000)
    assert.equal(await nodeOf('b'), 'j20-01')
    const paths = writesOf(requests).map(({ path }) => path.split('/').slice(-2).join('/'))
    assert.deepEqual(paths, ['a/binding', 'b/binding'])
  })

  test('says once why a pod waits, in its condition and in an event', async () => {
    await addAircraft('j20-01', 'j20-02')
    await pods().create(makePod('a', { type: 'h6k' }))
    await advance(60_000)
    const message =
      "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. " +
      '2 aircraft would fit if type j20 instead of h6k.'
    assert.equal(await reasonOf('a'), message)
    assert.equal(writesOf(requests).length, 1)
    const { items } = await cluster.client
      .resource<EventObject>(EVENTS)
      .list({ namespace: 'default' })
    assert.deepEqual(
      items.map(({ reason, message }) => ({ reason, message })),
      [{ reason: 'FailedScheduling', message }],
    )
  })

  test('says nothing about a pod that waits only for a moment', async () => {
    await pods().create(makePod('a'))
    await advance(100)
    await addAircraft('j20-01')
    await advance(5000)
    assert.equal(await nodeOf('a'), 'j20-01')
    assert.equal(writesOf(requests).length, 1)
  })

  test('says nothing about a pod that is being bound', async () => {
    await startSlow()
    await addAircraft('a')
    await pods().create(makePod('first'))
    await advance(1_000)
    await pods().create(makePod('second'))
    await advance(4_800)
    await pods().delete({ namespace: 'default', name: 'first' }, { gracePeriodSeconds: 0 })
    await advance(5_000)
    assert.equal((await podOf('second')).spec.nodeName, 'a')
    assert.deepEqual((await cluster.client.resource<EventObject>(EVENTS).listAll()).items, [])
  })
  test('writes nothing while nothing changes, however many wait', async () => {
    await addAircraft('j20-01')
    for (let index = 0; index < 20; index++) await pods().create(makePod(`p${index}`))
    await advance(60_000)
    const before = requests.length
    await advance(600_000)
    assert.equal(requests.slice(before).filter(({ method }) => method !== 'WATCH').length, 0)
  })

  test('places a pod that waits when a label of a node changes', async () => {
    await addAircraft('j20-01')
    await pods().create(makePod('a', { type: 'h6k' }))
    await advance(1000)
    const body = { metadata: { labels: { 'aircraft.mil/type': 'h6k' } } }
    await nodes().patch({ name: 'j20-01' }, { type: 'merge', body })
    await advance(10)
    assert.equal(await nodeOf('a'), 'j20-01')
  })

  test('gives a free aircraft to the higher priority', async () => {
    await pods().create(makePod('low', { priority: 'low' }))
    await advance(10)
    await pods().create(makePod('critical', { priority: 'critical' }))
    await advance(10)
    await addAircraft('j20-01')
    await advance(10)
    assert.equal(await nodeOf('critical'), 'j20-01')
    assert.equal(await nodeOf('low'), undefined)
  })

  test('refuses volumes that bind late, and names the scheduler to use', async () => {
    await addAircraft('j20-01')
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'c' } }]
    await pods().create(makePod('a', { spec: { volumes } }))
    await advance(1000)
    assert.match((await reasonOf('a')) ?? '', /use spec.schedulerName default-scheduler/)
  })

  test('binds two hundred pods to two hundred aircraft', async () => {
    await addAircraft(...Array.from({ length: 200 }, (_, index) => `j20-${index}`))
    for (let index = 0; index < 200; index++) await pods().create(makePod(`p${index}`))
    await advance(1000)
    const { items } = await pods().listAll()
    assert.equal(new Set(items.map(({ spec }) => spec.nodeName)).size, 200)
    assert.equal(writesOf(requests).length, 200)
  })
})

describe('a pod of a flight task', () => {
  test('is bound while the record wants its attempt', async () => {
    await addAircraft('j20-01')
    const owner = await makeTask('t')
    await pods().create(makePod('a', { owner }))
    await advance(100)
    assert.equal(await nodeOf('a'), 'j20-01')
  })

  test('is not bound when its task has ended', async () => {
    await addAircraft('j20-01')
    const owner = await makeTask('t')
    await setStatus('t', { phase: 'Succeeded' })
    await pods().create(makePod('a', { owner }))
    await advance(5000)
    assert.equal(await nodeOf('a'), undefined)
    assert.equal(writesOf(requests).length, 0)
  })

  test('of an attempt that was given up is not bound, its successor is', async () => {
    await addAircraft('j20-01')
    const owner = await makeTask('t')
    await setStatus('t', { phase: 'Pending', retryCount: 1 })
    await pods().create(makePod('old', { owner, attempt: 0 }))
    await pods().create(makePod('new', { owner, attempt: 1 }))
    await advance(1000)
    assert.equal(await nodeOf('old'), undefined)
    assert.equal(await nodeOf('new'), 'j20-01')
  })

  test('waits until its attempt is in the record', async () => {
    await addAircraft('j20-01')
    const owner = await makeTask('t')
    await pods().create(makePod('a', { owner, attempt: 1 }))
    await advance(1000)
    assert.equal(await nodeOf('a'), undefined)
    await setStatus('t', { phase: 'Pending', retryCount: 1 })
    await advance(100)
    assert.equal(await nodeOf('a'), 'j20-01')
  })

  test('is not bound while another one of its task is on an aircraft', async () => {
    await addAircraft('j20-01', 'j20-02')
    const owner = await makeTask('t')
    await pods().create(makePod('first', { owner }))
    await advance(100)
    await pods().create(makePod('second', { owner }))
    await advance(1000)
    assert.notEqual(await nodeOf('first'), undefined)
    assert.equal(await nodeOf('second'), undefined)
    await pods().delete({ namespace: 'default', name: 'first' }, { gracePeriodSeconds: 0 })
    await advance(100)
    assert.notEqual(await nodeOf('second'), undefined)
  })

  test('of two that wait the recorded one is bound, else the older', async () => {
    const [recorded, unrecorded] = [await makeTask('r'), await makeTask('u')]
    for (const [name, owner] of Object.entries({ r: recorded, u: unrecorded })) {
      await pods().create(makePod(`${name}-older`, { owner }))
      await advance(1000)
      await pods().create(makePod(`${name}-younger`, { owner }))
    }
    const { name, uid } = (await podOf('r-younger')).metadata
    const podRef = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name, uid }
    await setStatus('r', { phase: 'Pending', podRef } as FlightTaskStatus)
    await advance(100)
    await addAircraft('j20-01', 'j20-02', 'j20-03', 'j20-04')
    await advance(1000)
    const bound: string[] = []
    for (const pod of ['r-older', 'r-younger', 'u-older', 'u-younger']) {
      if ((await nodeOf(pod)) !== undefined) bound.push(pod)
    }
    assert.deepEqual(bound, ['r-younger', 'u-older'])
  })

  test('that waits is bound once the other one of its task is deleted unbound', async () => {
    const owner = await makeTask('t')
    await pods().create(makePod('older', { owner, type: 'h6k' }))
    await advance(1000)
    await pods().create(makePod('younger', { owner }))
    await addAircraft('j20-01')
    await advance(1000)
    assert.equal(await nodeOf('younger'), undefined)
    await pods().delete({ namespace: 'default', name: 'older' })
    await advance(100)
    assert.equal(await nodeOf('younger'), 'j20-01')
  })

  test('is not bound when its task was made again under the same name', async () => {
    await addAircraft('j20-01')
    const owner = await makeTask('t')
    await tasks().delete({ namespace: 'default', name: 't' })
    await makeTask('t')
    await pods().create(makePod('a', { owner }))
    await advance(1000)
    assert.equal(writesOf(requests).length, 0)
  })
})

describe('a gang', () => {
  async function makeGang(size: number): Promise<Stored<FlightTask>[]> {
    const stage = await makeGangStage('s')
    const members: Stored<FlightTask>[] = []
    for (let index = 0; index < size; index++) members.push(await makeTask(`t${index}`, stage))
    return members
  }

  test('waits whole where there are too few aircraft, and goes whole when there are enough', async () => {
    await addAircraft('j20-01', 'j20-02')
    const members = await makeGang(3)
    for (const [index, owner] of members.entries())
      await pods().create(makePod(`p${index}`, { owner }))
    await advance(6000)
    for (const index of [0, 1, 2]) assert.equal(await nodeOf(`p${index}`), undefined)
    assert.match(
      (await reasonOf('p0')) ?? '',
      /^gang default\/s of 3 waits whole: no aircraft left for /,
    )
    await addAircraft('j20-03')
    await advance(100)
    for (const index of [0, 1, 2]) assert.notEqual(await nodeOf(`p${index}`), undefined)
  })

  test('waits for the pods of all its tasks', async () => {
    await addAircraft('j20-01', 'j20-02')
    const [first, second] = await makeGang(2)
    await pods().create(makePod('p0', { owner: first! }))
    await advance(6000)
    assert.equal(await nodeOf('p0'), undefined)
    assert.equal(
      await reasonOf('p0'),
      'gang default/s waits until it is complete: 1 of its 2 tasks have no pod yet',
    )
    await pods().create(makePod('p1', { owner: second! }))
    await advance(100)
    assert.notEqual(await nodeOf('p0'), undefined)
    assert.notEqual(await nodeOf('p1'), undefined)
  })

  test('says so when one of its pods is on its way out', async () => {
    await addAircraft('j20-01')
    const members = await makeGang(2)
    for (const [index, owner] of members.entries())
      await pods().create(makePod(`p${index}`, { owner }))
    await advance(6000)
    assert.match((await reasonOf('p0')) ?? '', /waits whole/)
    const ref = { namespace: 'default', name: 'p1' }
    const held = { metadata: { finalizers: ['example.com/held'] } }
    await pods().patch(ref, { type: 'merge', body: held })
    await pods().delete(ref)
    await advance(6000)
    assert.match((await reasonOf('p0')) ?? '', /until it is complete: 1 of its 2 tasks/)
  })

  test('waits for the tasks of its stage that are not made yet', async () => {
    await addAircraft('j20-01')
    const stage = await makeGangStage('s', ['t0', 't1'])
    await pods().create(makePod('p0', { owner: await makeTask('t0', stage) }))
    await advance(6000)
    assert.equal(await nodeOf('p0'), undefined)
    assert.match((await reasonOf('p0')) ?? '', /: 1 of its 2 tasks have no pod yet$/)
    await pods().create(makePod('p1', { owner: await makeTask('t1', stage) }))
    await addAircraft('j20-02')
    await advance(100)
    assert.notEqual(await nodeOf('p0'), undefined)
    assert.notEqual(await nodeOf('p1'), undefined)
  })

  test('that its stage has given up, for one task after the other, does not wait for the later ones', async () => {
    await addAircraft('j20-01')
    const stage = await makeGangStage('s', ['t0', 't1'])
    await pods().create(makePod('p0', { owner: await makeTask('t0', stage) }))
    await advance(100)
    assert.equal(await nodeOf('p0'), undefined)
    const patch = { type: 'merge', body: { spec: { stageType: 'sequential' } } } as const
    await cluster.client.resource(MISSION_STAGES).patch({ namespace: 'default', name: 's' }, patch)
    await advance(100)
    assert.equal(await nodeOf('p0'), 'j20-01')
  })

  test('does not wait for a task whose end is on record and whose object is gone', async () => {
    await addAircraft('j20-01')
    const stage = await makeGangStage('s', ['t0', 't1'])
    await pods().create(makePod('p0', { owner: await makeTask('t0', stage) }))
    await advance(100)
    assert.equal(await nodeOf('p0'), undefined)
    const ended = { total: 2, pending: 1, scheduled: 0, running: 0, succeeded: 1, failed: 0 }
    const counts = { ...ended, cancelled: 0 }
    const patch = { type: 'merge', body: { status: { counts } } } as const
    const ref = { namespace: 'default', name: 's' }
    await cluster.client.resource(MISSION_STAGES).patch(ref, patch, { subresource: 'status' })
    await advance(100)
    assert.equal(await nodeOf('p0'), 'j20-01')
  })

  test('does not wait for a task that has ended', async () => {
    await addAircraft('j20-01')
    const [first] = await makeGang(2)
    await setStatus('t1', { phase: 'Succeeded' })
    await pods().create(makePod('p0', { owner: first! }))
    await advance(100)
    assert.equal(await nodeOf('p0'), 'j20-01')
  })

  test('takes in a replacement while the others fly', async () => {
    await addAircraft('j20-01', 'j20-02')
    const [first, second] = await makeGang(2)
    await pods().create(makePod('p0', { owner: first! }))
    await pods().create(makePod('p1', { owner: second! }))
    await advance(100)
    await pods().delete({ namespace: 'default', name: 'p1' }, { gracePeriodSeconds: 0 })
    await pods().create(makePod('p2', { owner: second! }))
    await advance(100)
    assert.notEqual(await nodeOf('p2'), undefined)
  })

  test('does not hold up single pods while it waits', async () => {
    await addAircraft('j20-01')
    const members = await makeGang(2)
    for (const [index, owner] of members.entries())
      await pods().create(makePod(`p${index}`, { owner }))
    await pods().create(makePod('single'))
    await advance(100)
    assert.equal(await nodeOf('single'), 'j20-01')
  })
})
