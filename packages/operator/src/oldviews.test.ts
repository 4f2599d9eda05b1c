/** Two operators at once, of which one has not heard the newest of one kind of objects: it must do nothing that the other undoes. */
import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import {
  ANNOTATIONS,
  API_VERSION,
  MISSION_TEMPLATES,
  MISSIONS,
  type Mission,
  type MissionSpecInput,
} from '@sortie/api'
import {
  type KubeObject,
  type Pod,
  type Stored,
  type Transport,
  TransportError,
} from '@sortie/machinery'
import { settle } from '@sortie/testing'
import { type Harness, type Play, startHarness } from './harness.fixtures.ts'
import { createHeldWatches } from './heldwatches.fixtures.ts'

let harness: Harness
afterEach(() => harness.stop())

/** The pod of the first run fails, that of the second flies for long. */
const failsAtFirst: Play = {
  aircraft: 2,
  runMs: (pod) => (isOfSecondRun(pod) ? 5_000 : 500),
  exit: (pod) => (isOfSecondRun(pod) ? 'Succeeded' : 'Failed'),
}
function isOfSecondRun({ metadata }: Stored<Pod>): boolean {
  return metadata.name.includes('-r1-')
}
const plan = (action: 'retry' | 'abort', more: object = {}): MissionSpecInput => ({
  config: { failurePolicy: { maxRetries: 0, stageFailureAction: action } },
  stages: [{ name: 'recon', flightTasks: [{ name: 'a' }] }],
  ...more,
})
const ask = async (value: string): Promise<void> => {
  const body = { metadata: { annotations: { [ANNOTATIONS.retry]: value } } }
  const ref = { namespace: 'default', name: 'm' }
  await harness.cluster.client.resource<Mission>(MISSIONS).patch(ref, { type: 'merge', body })
}

/** Starts two operators; what the second hears of can be held up. */
async function startTwo(play: Play) {
  harness = await startHarness(play)
  const old = createHeldWatches()
  await harness.startOperator()
  await harness.startOperator({}, old.wrap)
  return old
}

describe('a stage that runs again, beside an operator that has not heard of it', () => {
  test('who saw it fail does not stop the tasks of its next run', async () => {
    const old = await startTwo(failsAtFirst)
    await harness.fly('m', plan('abort'))
    assert.equal((await harness.untilEnded()).status?.phase, 'Failed')
    old.hold('missionstages')
    await ask('monday')
    await harness.pass(3_000)
    const task = (await harness.tasks())['m-recon-a-r1']
    assert.equal(task?.spec.cancel, undefined)
    old.release()
    assert.equal((await harness.untilEnded()).status?.phase, 'Succeeded')
  })
  test('who saw the mission end does not stop its stage, which runs again', async () => {
    const old = await startTwo(failsAtFirst)
    await harness.fly('m', plan('abort'))
    assert.equal((await harness.untilEnded()).status?.phase, 'Failed')
    old.hold('missions')
    await ask('monday')
    await harness.pass(3_000)
    const stage = (await harness.stages())['m-recon']
    assert.equal(stage?.spec.cancel, undefined)
    old.release()
    assert.equal((await harness.untilEnded()).status?.phase, 'Succeeded')
  })
  test('who has not heard of the end of its stages does not refuse it', async () => {
    harness = await startHarness(failsAtFirst)
    const old = createHeldWatches()
    const stop = await harness.startOperator()
    await harness.startOperator({}, old.wrap)
    const next = { name: 'strike', flightTasks: [{ name: 'b' }], dependsOn: ['recon'] }
    const { stages = [] } = plan('abort')
    await harness.fly('m', plan('abort', { stages: [...stages, next] }))
    await harness.pass(300)
    old.hold('missionstages')
    assert.equal((await harness.untilEnded()).status?.phase, 'Failed')
    await stop()
    await ask('monday')
    await harness.pass(500)
    old.release()
    await harness.pass(500)
    assert.equal((await harness.untilEnded()).status?.phase, 'Succeeded')
  })
  test('who saw the mission end does not delete it for its time to live', async () => {
    const old = await startTwo(failsAtFirst)
    await harness.fly('m', plan('abort', { ttlSecondsAfterFinished: 3 }))
    assert.equal((await harness.untilEnded()).status?.phase, 'Failed')
    old.hold('missions')
    await ask('monday')
    await harness.pass(4_500)
    assert.equal((await harness.mission()).status?.phase, 'Running')
  })
})

const deletes = () => harness.writes().filter(({ method }) => method === 'DELETE')
/** Writes of stages, but for their status. */
const stageWrites = () =>
  harness.writes().filter(({ path }) => path.split('/').at(-2) === 'missionstages')

describe('a change, beside an operator that has not heard of it', () => {
  const flies = { runMs: () => 60_000, aircraft: 4 }
  const gated = { startGates: [{ name: 'go' }] }
  const stagesOf = (...stages: object[]) => ({ stages }) as unknown as MissionSpecInput

  test('a task that was added to a stage stays', async () => {
    const old = await startTwo(flies)
    await harness.fly('m', stagesOf({ name: 'recon', flightTasks: [{ name: 'a' }] }))
    await harness.pass(500)
    old.hold('missionstages')
    await harness.change(
      'm',
      stagesOf({ name: 'recon', flightTasks: [{ name: 'a' }, { name: 'b' }] }),
    )
    await harness.pass(5_000)
    assert.deepEqual(
      harness.podLog.map(({ name }) => name),
      ['m-recon-a-pod', 'm-recon-b-pod'],
    )
  })
  test('a stage that was added to a mission stays', async () => {
    const old = await startTwo(flies)
    const first = { name: 'recon', flightTasks: [{ name: 'a' }] }
    await harness.fly('m', stagesOf(first))
    await harness.pass(500)
    old.hold('missions')
    const added = { name: 'strike', flightTasks: [{ name: 'b' }], ...gated }
    await harness.change('m', stagesOf(first, added))
    await harness.pass(5_000)
    assert.equal(deletes().length, 0)
    assert.ok((await harness.stages())['m-strike'])
  })
  test('a task that was removed before it flew is not made again', async () => {
    const old = await startTwo({ ...flies, waits: ({ metadata }) => metadata.name.includes('-b-') })
    const [a, b] = [{ name: 'a' }, { name: 'b' }]
    await harness.fly('m', stagesOf({ name: 'recon', flightTasks: [a, b] }))
    await harness.pass(500)
    old.hold('missionstages')
    await harness.change('m', stagesOf({ name: 'recon', flightTasks: [a] }))
    await harness.pass(5_000)
    assert.deepEqual(
      harness.podLog.map(({ name }) => name),
      ['m-recon-a-pod', 'm-recon-b-pod'],
    )
  })
  test('a stage that was removed before it started is not made again', async () => {
    const old = await startTwo(flies)
    const recon = { name: 'recon', flightTasks: [{ name: 'a' }] }
    const strike = { name: 'strike', flightTasks: [{ name: 'b' }], ...gated }
    await harness.fly('m', stagesOf(recon, strike))
    await harness.pass(500)
    old.hold('missions')
    await harness.change('m', stagesOf(recon))
    await harness.pass(5_000)
    assert.equal(deletes().length, 1)
    assert.deepEqual(Object.keys(await harness.stages()), ['m-recon'])
  })
  test('a stage that is suspended with its mission stays so', async () => {
    const old = await startTwo(flies)
    await harness.fly('m', stagesOf({ name: 'recon', flightTasks: [{ name: 'a' }] }))
    await harness.pass(500)
    old.hold('missions')
    await harness.change('m', { suspend: true })
    await harness.pass(500)
    harness.requests.length = 0
    await harness.pass(5_000)
    assert.equal((await harness.stages())['m-recon']?.spec.suspend, true)
    assert.deepEqual(stageWrites(), [])
  })
  test('a stage waits for those that it was made to depend on', async () => {
    const old = await startTwo(flies)
    const recon = { name: 'recon', flightTasks: [{ name: 'a' }] }
    const strike = { name: 'strike', flightTasks: [{ name: 'b' }], ...gated }
    await harness.fly('m', stagesOf(recon, strike))
    await harness.pass(500)
    old.hold('missions')
    await harness.change('m', stagesOf(recon, { ...strike, dependsOn: ['recon'] }))
    await harness.pass(500)
    harness.requests.length = 0
    await harness.pass(5_000)
    assert.deepEqual(stageWrites(), [])
    const gates = (await harness.stages())['m-strike']?.spec.startGates
    assert.deepEqual(
      gates?.map(({ name }) => name),
      ['go', 'dependencies'],
    )
  })
})

test('a mission is made from its template as it is, whether an edit of that was heard of or not', async () => {
  harness = await startHarness()
  const old = createHeldWatches()
  const templates = harness.cluster.client.resource(MISSION_TEMPLATES)
  const ref = { namespace: 'default', name: 'sweep' }
  const specOf = (name: string) => ({ stages: [{ name, flightTasks: [{ name: 'a' }] }] })
  const head = { apiVersion: API_VERSION, kind: 'MissionTemplate', metadata: ref }
  await templates.create({ ...head, spec: { ...specOf('former'), parameters: [] } } as KubeObject)
  await harness.startOperator({}, old.wrap)
  old.hold('missiontemplates')
  const parameters = [{ name: 'area', type: 'string', default: 'north' }]
  const body = { spec: { ...specOf('present'), parameters } }
  await templates.patch(ref, { type: 'merge', body })
  await harness.fly('m', { templateRef: { name: 'sweep' }, parameters: { area: 'south' } })
  await harness.pass(500)
  assert.deepEqual(Object.keys(await harness.stages()), ['m-present'])
})

describe('a create whose answer was lost, and what it asked for changed meanwhile', () => {
  /** The `nth` create of the kind is carried out, then `change` is made, and no answer comes. */
  const losing = (plural: string, change: () => Promise<void>, nth = 1) => {
    let creates = 0
    return (inner: Transport): Transport => ({
      ...inner,
      watch: (request, sink) => inner.watch(request, sink),
      async request(request) {
        const response = await inner.request(request)
        const isCreate = request.method === 'POST' && request.path.endsWith(`/${plural}`)
        if (!isCreate || ++creates !== nth) return response
        await change()
        throw new TransportError('the connection broke')
      },
    })
  }
  const gated = (name: string, role: string) => ({
    name,
    flightTasks: [{ name: 'a', role }],
    startGates: [{ name: 'go' }],
  })
  const stagesOf = (...stages: object[]) => ({ stages }) as unknown as MissionSpecInput
  const roleOf = async (stage: string) =>
    (await harness.stages())[stage]?.spec.flightTasks?.[0]?.role

  test('a stage follows its mission', async () => {
    harness = await startHarness()
    const old = createHeldWatches()
    const lose = losing('missionstages', () => harness.change('m', stagesOf(gated('recon', 'new'))))
    await harness.startOperator({}, (inner) => lose(old.wrap(inner)))
    old.hold('missionstages')
    await harness.fly('m', stagesOf(gated('recon', 'old')))
    await harness.pass(2_000)
    old.release()
    await harness.pass(200)
    assert.equal((await harness.mission()).status?.observedGeneration, 2)
    assert.equal(await roleOf('m-recon'), 'new')
  })
  test('so does one that was added to it', async () => {
    harness = await startHarness()
    const old = createHeldWatches()
    const change = async () => {
      await harness.change('m', stagesOf(gated('recon', 'old'), gated('strike', 'new')))
      await settle()
    }
    const lose = losing('missionstages', change, 2)
    await harness.startOperator({}, (inner) => lose(old.wrap(inner)))
    await harness.fly('m', stagesOf(gated('recon', 'old')))
    await harness.pass(2_000)
    old.hold('missionstages')
    await harness.change('m', stagesOf(gated('recon', 'old'), gated('strike', 'old')))
    await harness.pass(2_000)
    old.release()
    await harness.pass(200)
    assert.equal((await harness.mission()).status?.observedGeneration, 3)
    assert.equal(await roleOf('m-strike'), 'new')
  })
})
