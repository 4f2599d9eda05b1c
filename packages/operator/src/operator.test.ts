import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import {
  API_VERSION,
  FLIGHT_TASKS,
  MISSION_STAGES,
  MISSION_TEMPLATES,
  MISSIONS,
  type MissionSpecInput,
} from '@sortie/api'
import {
  findCondition,
  isNotFound,
  type KubeObject,
  type Pod,
  type Stored,
  statusError,
  type Transport,
} from '@sortie/machinery'
import { type Harness, type Play, startHarness } from './harness.fixtures.ts'

let harness: Harness

const start = async (play?: Play): Promise<Harness> => {
  harness = await startHarness(play)
  await harness.startOperator()
  return harness
}

afterEach(() => harness.stop())

type StageInput = NonNullable<MissionSpecInput['stages']>[number]

const stage = (
  name: string,
  dependsOn: string[] = [],
  more: Partial<StageInput> = {},
): StageInput => ({
  name,
  dependsOn,
  flightTasks: [{ name: 'a' }],
  ...more,
})
const ref = (name: string) => ({ namespace: 'default', name })
const forEver = (pod: Stored<Pod>): number | undefined =>
  pod.metadata.name.includes('forever') ? undefined : 500

describe('what a mission costs', () => {
  test('one task of three seconds: at most 13 writes, and none that changes nothing', async () => {
    const { fly, untilEnded, writes } = await start({ runMs: () => 3000 })
    await fly('m', { stages: [stage('recon')] })
    await untilEnded()
    const ours = writes().filter(({ path }) => !path.includes('/nodes/'))
    assert.ok(ours.length <= 13, `${ours.length} writes`)
    for (const { method, body } of ours) {
      if (method === 'PATCH') assert.ok(Object.keys(body as object).length > 0)
    }
  })
  test('two hundred tasks: one create each, and a write of the stage per second at most', async () => {
    const { fly, untilEnded, writes, cluster } = await start({ runMs: () => 200 })
    const began = cluster.clock.now()
    await fly('m', {
      stages: [stage('recon', [], { flightTasks: [{ name: 'scan', count: 200 }] })],
    })
    const mission = await untilEnded()
    const seconds = Math.ceil((cluster.clock.now() - began) / 1000)
    assert.equal(mission.status?.statistics?.succeededTasks, 200)
    const to = (plural: string, method: string): number =>
      writes().filter((write) => write.path.includes(`/${plural}`) && write.method === method)
        .length
    assert.equal(to('flighttasks', 'POST'), 200)
    assert.ok(to('missionstages', 'PATCH') <= seconds + 3, `${to('missionstages', 'PATCH')} writes`)
    assert.ok(to('missions', 'PATCH') <= seconds + 3)
  })
  test('a quiet minute costs nothing, with finished missions or waiting ones (D34)', async () => {
    const { fly, untilEnded, pass, requests } = await start()
    await fly('m', { stages: [stage('a'), stage('b', ['a'])] })
    await fly('w', { stages: [stage('a', [], { startGates: [{ name: 'approval' }] })] })
    await untilEnded()
    await pass(3000)
    const before = requests.length
    await pass(60_000)
    assert.deepEqual(requests.slice(before), [])
  })
})

describe('order', () => {
  test('stages run in the order of their dependencies, all objects there from the start', async () => {
    const { fly, untilEnded, podLog, stages, pass } = await start()
    await fly('m', { stages: [stage('c', ['b']), stage('b', ['a']), stage('a')] })
    await pass(100)
    assert.deepEqual(Object.keys(await stages()), ['m-a', 'm-b', 'm-c'])
    await untilEnded()
    assert.deepEqual(
      podLog.map(({ name }) => name),
      ['m-a-a-pod', 'm-b-a-pod', 'm-c-a-pod'],
    )
  })
  test('a sequential stage never has two pods that live', async () => {
    const { fly, untilEnded, podLog } = await start({ runMs: () => 1000 })
    const flightTasks = [{ name: 'one' }, { name: 'two' }, { name: 'three' }]
    await fly('m', { stages: [stage('s', [], { type: 'sequential', flightTasks })] })
    await untilEnded()
    const [first, second, third] = podLog
    assert.ok((second?.at ?? 0) >= (first?.at ?? 0) + 1000)
    assert.ok((third?.at ?? 0) >= (second?.at ?? 0) + 1000)
  })
  test('a mixed stage goes by the dependencies of its tasks', async () => {
    const { fly, untilEnded, podLog } = await start()
    const flightTasks = [
      { name: 'join', dependsOn: ['left', 'right'] },
      { name: 'left' },
      { name: 'right', count: 2 },
    ]
    await fly('m', { stages: [stage('s', [], { type: 'mixed', flightTasks })] })
    await untilEnded()
    assert.deepEqual(podLog.map(({ name }) => name).at(-1), 'm-s-join-pod')
    assert.equal(podLog.length, 4)
  })
  test("a user's gate holds a stage until someone removes it", async () => {
    const { fly, pass, podLog, stages, untilEnded, cluster, mission } = await start()
    await fly('m', { stages: [stage('a', [], { startGates: [{ name: 'approval' }] })] })
    await pass(5000)
    assert.deepEqual(podLog, [])
    assert.match((await mission()).status?.message ?? '', /a waits for gate approval/)
    assert.match((await stages())['m-a']?.status?.message ?? '', /approval/)
    const open = { type: 'merge', body: { spec: { startGates: [] } } } as const
    await cluster.client.resource(MISSION_STAGES).patch(ref('m-a'), open)
    assert.equal((await untilEnded()).status?.phase, 'Succeeded')
  })
  test('a condition that others set on the stage lets it start, and survives', async () => {
    const { fly, pass, podLog, untilEnded, stages, cluster } = await start()
    const dependencies = { conditions: [{ type: 'WeatherClear' }] }
    await fly('m', { stages: [stage('a', [], { dependencies })] })
    await pass(2000)
    assert.deepEqual(podLog, [])
    const condition = {
      type: 'WeatherClear',
      status: 'True',
      reason: 'Forecast',
      message: '',
      lastTransitionTime: '2026-01-05T08:00:00Z',
    }
    const set = { type: 'merge', body: { status: { conditions: [condition] } } } as const
    await cluster.client.resource(MISSION_STAGES).patch(ref('m-a'), set, { subresource: 'status' })
    assert.equal((await untilEnded()).status?.phase, 'Succeeded')
    const { conditions } = (await stages())['m-a']?.status ?? {}
    assert.equal(findCondition(conditions, 'WeatherClear')?.status, 'True')
  })
  test('maxParallelTasks holds over all stages at every moment', async () => {
    const { fly, pass, tasks, mission } = await start({ runMs: () => 300 })
    const flightTasks = [{ name: 't', count: 6 }]
    const wide = (name: string) => stage(name, [], { flightTasks })
    await fly('m', { maxParallelTasks: 4, stages: [wide('a'), wide('b'), wide('c')] })
    let most = 0
    for (let round = 0; round < 400; round++) {
      await pass(50)
      const active = Object.values(await tasks()).filter(
        ({ status }) => !['Succeeded', 'Failed', 'Cancelled'].includes(status?.phase ?? ''),
      )
      most = Math.max(most, active.length)
      if ((await mission()).status?.phase === 'Succeeded') break
    }
    assert.equal((await mission()).status?.phase, 'Succeeded')
    assert.equal(most, 4, 'as many as allowed, and no more')
  })
})

describe('failure, cancel, suspend', () => {
  const fails = (pod: Stored<Pod>) =>
    pod.metadata.name.includes('bad') ? ('Failed' as const) : ('Succeeded' as const)

  test('abort stops siblings and other stages; nothing that waited starts (D3, D4)', async () => {
    const { fly, untilEnded, stages, pods, podLog } = await start({ runMs: forEver, exit: fails })
    await fly('m', {
      stages: [
        stage('a', [], { flightTasks: [{ name: 'bad' }, { name: 'forever' }] }),
        stage('b', [], { flightTasks: [{ name: 'forever' }] }),
        stage('c', ['b']),
      ],
    })
    const mission = await untilEnded()
    assert.equal(mission.status?.phase, 'Failed')
    assert.match(mission.status?.message ?? '', /stage a failed: task bad failed/)
    const phases = Object.values(await stages()).map(({ status }) => status?.phase)
    assert.deepEqual(phases, ['Failed', 'Cancelled', 'Cancelled'])
    assert.equal(podLog.length, 3)
    const left = Object.values(await pods()).filter(({ status }) => status?.phase === 'Running')
    assert.deepEqual(left, [])
    assert.deepEqual(mission.status?.statistics, {
      totalFlightTasks: 4,
      succeededTasks: 0,
      failedTasks: 1,
      runningTasks: 0,
      pendingTasks: 0,
      cancelledTasks: 3,
    })
  })
  test('continue goes on, and the mission succeeds with failures', async () => {
    const { fly, untilEnded } = await start({ exit: fails })
    await fly('m', {
      config: { failurePolicy: { stageFailureAction: 'continue' } },
      stages: [
        stage('a', [], { flightTasks: [{ name: 'bad' }, { name: 'good' }] }),
        stage('b', ['a']),
      ],
    })
    const { status } = await untilEnded()
    assert.equal(status?.phase, 'Succeeded')
    const complete = findCondition(status?.conditions, 'Complete')
    assert.equal(complete?.reason, 'SucceededWithFailures')
    assert.match(status?.message ?? '', /stage a failed/)
  })
  test('a stage that times out stops its tasks and fails', async () => {
    const { fly, untilEnded, cluster, stages } = await start({ runMs: forEver })
    const began = cluster.clock.now()
    await fly('m', {
      stages: [stage('a', [], { timeout: '10s', flightTasks: [{ name: 'forever' }] })],
    })
    assert.equal((await untilEnded()).status?.phase, 'Failed')
    const lasted = cluster.clock.now() - began
    assert.ok(lasted >= 10_000 && lasted < 15_000, `${lasted} ms`)
    assert.match((await stages())['m-a']?.status?.message ?? '', /timed out after 10s/)
  })
  test('cancel stops everything and ends Cancelled', async () => {
    const { fly, pass, change, untilEnded, stages, podLog } = await start({ runMs: forEver })
    await fly('m', {
      stages: [stage('a', [], { flightTasks: [{ name: 'forever' }] }), stage('b', ['a'])],
    })
    await pass(1000)
    await change('m', { cancel: true })
    const mission = await untilEnded()
    assert.equal(mission.status?.phase, 'Cancelled')
    const phases = Object.values(await stages()).map(({ status }) => status?.phase)
    assert.deepEqual(phases, ['Cancelled', 'Cancelled'])
    assert.equal(podLog.length, 1)
  })
  test('suspend lets running tasks end and starts no other; resume goes on', async () => {
    const { fly, pass, change, untilEnded, podLog, mission } = await start()
    await fly('m', { stages: [stage('a'), stage('b', ['a'])] })
    await pass(200)
    await change('m', { suspend: true })
    await pass(20_000)
    assert.deepEqual(
      podLog.map(({ name }) => name),
      ['m-a-a-pod'],
    )
    const { status } = await mission()
    assert.equal(findCondition(status?.conditions, 'Suspended')?.status, 'True')
    await change('m', { suspend: false })
    assert.equal((await untilEnded()).status?.phase, 'Succeeded')
    assert.equal(podLog.length, 2)
  })
})

describe('what people and other programs do meanwhile', () => {
  test('two missions whose joined names collide both run (D18)', async () => {
    const { fly, untilEnded, stages } = await start()
    await fly('a-b', { stages: [stage('c')] })
    await fly('a', { stages: [stage('b-c')] })
    assert.equal((await untilEnded('a-b')).status?.phase, 'Succeeded')
    assert.equal((await untilEnded('a')).status?.phase, 'Succeeded')
    assert.equal(Object.keys(await stages()).length, 2)
  })
  test("someone else's objects with our names are left as they are (D19)", async () => {
    const { fly, untilEnded, cluster, tasks } = await start()
    const foreign = (kind: string, name: string, labels = {}): KubeObject =>
      ({
        apiVersion: API_VERSION,
        kind,
        metadata: { name, namespace: 'default', labels },
        spec: { startGates: [{ name: 'never' }] },
      }) as KubeObject
    const stages = cluster.client.resource(MISSION_STAGES)
    await stages.create(foreign('MissionStage', 'm-a', { mission: 'm' }))
    await cluster.client
      .resource(FLIGHT_TASKS)
      .create(foreign('FlightTask', 'm-b-a', { mission: 'm' }))
    await fly('m', { stages: [stage('a'), stage('b')] })
    assert.equal((await untilEnded()).status?.phase, 'Succeeded')
    const left = await stages.get(ref('m-a'))
    assert.equal(left.metadata.generation, 1)
    assert.deepEqual((await tasks())['m-b-a']?.status?.phase ?? 'Pending', 'Pending')
  })
  test('a task deleted while it runs is made again; one deleted after its end is not (D1)', async () => {
    const { fly, pass, untilEnded, cluster, podLog } = await start({ runMs: () => 2000 })
    const flightTasks = [{ name: 'one' }, { name: 'two' }]
    await fly('m', { stages: [stage('s', [], { type: 'sequential', flightTasks })] })
    const tasks = cluster.client.resource(FLIGHT_TASKS)
    await pass(2700)
    await tasks.delete(ref('m-s-one'))
    await pass(200)
    await tasks.delete(ref('m-s-two'))
    const mission = await untilEnded()
    assert.equal(mission.status?.phase, 'Succeeded')
    const flown = podLog.map(({ name }) => name.replace(/-pod.*/, ''))
    assert.deepEqual(flown, ['m-s-one', 'm-s-two', 'm-s-two'])
  })
  test('one deleted right after its end, before any counter was written, is not made again either', async () => {
    const runMs = (pod: Stored<Pod>): number => (pod.metadata.name.includes('short') ? 300 : 5000)
    const { fly, pass, untilEnded, cluster, podLog } = await start({ runMs })
    const flightTasks = [{ name: 'short' }, { name: 'long' }]
    await fly('m', { stages: [stage('s', [], { flightTasks })] })
    await pass(500)
    await cluster.client.resource(FLIGHT_TASKS).delete(ref('m-s-short'))
    const { status } = await untilEnded()
    assert.equal(status?.statistics?.succeededTasks, 2)
    assert.equal(podLog.length, 2)
  })
  test('nor where the first write of its end was refused and the operator died soon after', async () => {
    const runMs = (pod: Stored<Pod>): number => (pod.metadata.name.includes('short') ? 300 : 5000)
    let refuses = false
    const conflict = statusError('Conflict', { message: 'changed meanwhile' })
    const refusing = (inner: Transport): Transport => ({
      ...inner,
      watch: (request, sink) => inner.watch(request, sink),
      request(request) {
        if (!refuses || !request.path.endsWith('/missionstages/m-s/status'))
          return inner.request(request)
        refuses = false
        return Promise.resolve({ status: 409, headers: {}, body: conflict.status })
      },
    })
    harness = await startHarness({ runMs })
    const { fly, pass, startOperator, untilEnded, cluster, podLog } = harness
    const stop = await startOperator({}, refusing)
    const flightTasks = [{ name: 'short' }, { name: 'long' }]
    await fly('m', { stages: [stage('s', [], { flightTasks })] })
    await pass(500)
    refuses = true
    await cluster.client.resource(FLIGHT_TASKS).delete(ref('m-s-short'))
    await pass(200)
    assert.equal(refuses, false)
    await stop()
    await startOperator()
    assert.equal((await untilEnded()).status?.statistics?.succeededTasks, 2)
    assert.equal(podLog.length, 2)
  })
  test('a stage that is deleted by hand is made again', async () => {
    const { fly, pass, untilEnded, cluster } = await start({ runMs: () => 1000 })
    await fly('m', { stages: [stage('a'), stage('b', ['a'])] })
    await pass(500)
    await cluster.client.resource(MISSION_STAGES).delete(ref('m-a'))
    assert.equal((await untilEnded()).status?.phase, 'Succeeded')
  })
  test('deleting the mission deletes what is below it', async () => {
    const { fly, pass, cluster, stages, tasks, pods } = await start({ runMs: forEver })
    await fly('m', { stages: [stage('a', [], { flightTasks: [{ name: 'forever' }] })] })
    await pass(1000)
    await cluster.client.resource(MISSIONS).delete(ref('m'))
    await pass(5000)
    assert.deepEqual([await stages(), await tasks(), await pods()], [{}, {}, {}])
  })
  test('a mission with a time to live is deleted when that has passed', async () => {
    const { fly, untilEnded, pass, mission, stages } = await start()
    await fly('m', { ttlSecondsAfterFinished: 30, stages: [stage('a')] })
    await untilEnded()
    await pass(20_000)
    await mission()
    await pass(15_000)
    await assert.rejects(mission(), isNotFound)
    assert.deepEqual(await stages(), {})
  })
  test('a stage added while the mission runs is flown, one removed before its start is not', async () => {
    const { fly, pass, change, untilEnded, podLog } = await start({ runMs: () => 2000 })
    await fly('m', { stages: [stage('a'), stage('b', ['a'])] })
    await pass(500)
    await change('m', { stages: [stage('a'), stage('c', ['a'])] })
    assert.equal((await untilEnded()).status?.phase, 'Succeeded')
    assert.deepEqual(
      podLog.map(({ name }) => name),
      ['m-a-a-pod', 'm-c-a-pod'],
    )
  })
  test('a change of a task whose pod waits for an aircraft is not dropped silently', async () => {
    const { fly, change, pass, tasks, stages } = await start({ waits: () => true })
    const withRole = (role: string) => ({ flightTasks: [{ name: 'a', role }] })
    await fly('m', { stages: [stage('recon', [], withRole('wing'))] })
    await pass(1_000)
    await change('m', { stages: [stage('recon', [], withRole('lead'))] })
    await pass(1_000)
    assert.equal((await tasks())['m-recon-a']?.spec.role, 'wing')
    const { conditions } = (await stages())['m-recon']?.status ?? {}
    assert.match(findCondition(conditions, 'SpecDrift')?.message ?? '', /flightTasks\[a\]\.role/)
  })
  test('a template that comes after the mission is enough', async () => {
    const { fly, pass, untilEnded, cluster, mission } = await start()
    await fly('m', { templateRef: { name: 'sweep' }, parameters: { copies: 3 } })
    await pass(1000)
    assert.equal((await mission()).status?.phase, 'Pending')
    await cluster.client.resource<KubeObject>(MISSION_TEMPLATES).create({
      apiVersion: API_VERSION,
      kind: 'MissionTemplate',
      metadata: { name: 'sweep', namespace: 'default' },
      spec: {
        parameters: [{ name: 'copies', type: 'integer' }],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the template's own placeholder
        stages: [{ name: 's', flightTasks: [{ name: 'a', count: '${params.copies}' }] }],
      },
    } as KubeObject)
    const { status } = await untilEnded()
    assert.equal(status?.phase, 'Succeeded')
    assert.equal(status?.statistics?.succeededTasks, 3)
  })
  test('a refused mission makes nothing and holds up no other', async () => {
    const { fly, untilEnded, stages } = await start()
    await fly('bad', { stages: [stage('a', ['b']), stage('b', ['a'])] })
    await fly('m', { stages: [stage('a')] })
    const bad = await untilEnded('bad')
    assert.equal(bad.status?.phase, 'Failed')
    assert.match(bad.status?.message ?? '', /a → b → a/)
    assert.equal((await untilEnded()).status?.phase, 'Succeeded')
    assert.deepEqual(Object.keys(await stages()), ['m-a'])
  })
})

describe('restarts', () => {
  test('an operator that stops in the middle is followed by one that goes on, without a needless write', async () => {
    harness = await startHarness({ runMs: () => 3000 })
    const { fly, pass, untilEnded, startOperator, podLog, requests } = harness
    const stop = await startOperator()
    await fly('m', { stages: [stage('a'), stage('b', ['a'])] })
    await pass(2500)
    await stop()
    const before = requests.length
    await startOperator()
    await pass(200)
    const needless = requests
      .slice(before)
      .filter(({ method }) => method !== 'WATCH' && method !== 'GET')
    assert.deepEqual(needless, [])
    assert.equal((await untilEnded()).status?.phase, 'Succeeded')
    assert.equal(podLog.length, 2)
  })
  test('stopped after any number of milliseconds, it ends where it would have ended', async () => {
    for (const ms of [10, 20, 30, 50, 70, 110, 310, 350, 520, 530, 560, 820]) {
      harness = await startHarness()
      const { fly, pass, untilEnded, startOperator, podLog } = harness
      const stop = await startOperator()
      await fly('m', { stages: [stage('a'), stage('b', ['a'])] })
      await pass(ms)
      await stop()
      await startOperator()
      assert.equal((await untilEnded()).status?.phase, 'Succeeded', `stopped after ${ms} ms`)
      assert.equal(podLog.length, 2, `stopped after ${ms} ms`)
      if (ms !== 820) await harness.stop()
    }
  })
})
