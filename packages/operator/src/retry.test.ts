import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { ANNOTATIONS, MISSIONS, type Mission, type MissionSpecInput } from '@sortie/api'
import { EVENTS, type EventObject, type Pod, type Stored } from '@sortie/machinery'
import { type Harness, type Play, startHarness } from './harness.fixtures.ts'

let harness: Harness

const start = async (play: Play): Promise<Harness> => {
  harness = await startHarness(play)
  return harness
}
afterEach(() => harness.stop())

const nameOf = (pod: Stored<Pod>): string => pod.metadata.name
/** Pods of the task `bad` fail in the first run of their stage. */
const failsAtFirst: Play = {
  aircraft: 4,
  exit: (pod) => (/-bad-pod$/.test(nameOf(pod)) ? 'Failed' : 'Succeeded'),
}
const plan = (action: 'retry' | 'abort'): MissionSpecInput => ({
  config: { failurePolicy: { maxRetries: 0, stageFailureAction: action } },
  stages: [
    {
      name: 'recon',
      type: 'sequential',
      flightTasks: [{ name: 'good' }, { name: 'bad' }, { name: 'after' }],
    },
    { name: 'strike', dependsOn: ['recon'], flightTasks: [{ name: 'last' }] },
  ],
})
const podsOf = (): string[] => harness.podLog.map(({ name }) => name)
const RUN_AGAIN = [
  'm-recon-good-pod',
  'm-recon-bad-pod',
  'm-recon-bad-r1-pod',
  'm-recon-after-r1-pod',
  'm-strike-last-pod',
]
const ask = async (value: string): Promise<void> => {
  const body = { metadata: { annotations: { [ANNOTATIONS.retry]: value } } }
  const ref = { namespace: 'default', name: 'm' }
  await harness.cluster.client.resource<Mission>(MISSIONS).patch(ref, { type: 'merge', body })
}
const eventsOf = async (kind: string): Promise<string[]> => {
  const { items } = await harness.cluster.client.resource<EventObject>(EVENTS).list({})
  return items
    .filter(({ involvedObject }) => involvedObject.kind === kind)
    .map(({ reason = '' }) => reason)
}

describe('stageFailureAction retry on a server', () => {
  test('the stage runs again with fresh tasks, what succeeded is not flown again, the mission succeeds', async () => {
    await (await start(failsAtFirst)).startOperator()
    await harness.fly('m', plan('retry'))
    const mission = await harness.untilEnded()
    assert.equal(mission.status?.phase, 'Succeeded')
    assert.deepEqual(mission.status?.stageRetries, { recon: 1 })
    assert.deepEqual(podsOf(), RUN_AGAIN)
    assert.equal(mission.status?.statistics?.totalFlightTasks, 4)
    assert.equal(mission.status?.statistics?.succeededTasks, 4)
    assert.equal(mission.status?.statistics?.failedTasks, 0)
    assert.ok((await eventsOf('Mission')).includes('StageRetried'))
  })
  test('when it fails again and again the mission aborts after maxStageRetries', async () => {
    const bad = (pod: Stored<Pod>) => (nameOf(pod).includes('-bad-') ? 'Failed' : 'Succeeded')
    await (await start({ aircraft: 4, exit: bad })).startOperator()
    const spec = plan('retry')
    const failurePolicy = {
      maxRetries: 0,
      stageFailureAction: 'retry',
      maxStageRetries: 2,
    } as const
    await harness.fly('m', { ...spec, config: { failurePolicy } })
    const mission = await harness.untilEnded()
    assert.equal(mission.status?.phase, 'Failed')
    assert.deepEqual(mission.status?.stageRetries, { recon: 2 })
    assert.equal(podsOf().filter((name) => name.includes('-bad-')).length, 3)
    assert.equal(podsOf().filter((name) => name.includes('-good-')).length, 1)
    assert.match(mission.status?.message ?? '', /recon failed after 2 retries/)
  })
  test('stopped after any number of milliseconds, it ends where it would have ended', async () => {
    for (let delay = 300; delay <= 1300; delay += 90) {
      const stop = await (await start(failsAtFirst)).startOperator()
      await harness.fly('m', plan('retry'))
      await harness.pass(delay)
      await stop()
      await harness.startOperator()
      const mission = await harness.untilEnded()
      assert.equal(mission.status?.phase, 'Succeeded', `stopped after ${delay} ms`)
      assert.deepEqual([...new Set(podsOf())], RUN_AGAIN, `stopped after ${delay} ms`)
      if (delay + 90 <= 1300) await harness.stop()
    }
  })
})

describe('sortie retry on a server', () => {
  test('runs what failed and was cancelled again, and nothing that succeeded', async () => {
    await (await start(failsAtFirst)).startOperator()
    await harness.fly('m', plan('abort'))
    const failed = await harness.untilEnded()
    assert.equal(failed.status?.phase, 'Failed')
    assert.equal((await harness.stages())['m-strike']?.status?.phase, 'Cancelled')
    await ask('monday')
    await harness.pass(200)
    const again = await harness.mission()
    assert.equal(again.status?.phase, 'Running')
    assert.equal(again.status?.completionTime, undefined)
    const mission = await harness.untilEnded()
    assert.equal(mission.status?.phase, 'Succeeded')
    assert.deepEqual(podsOf(), [...RUN_AGAIN.slice(0, 4), 'm-strike-last-r1-pod'])
    assert.deepEqual(mission.status?.stageRetries, { recon: 1, strike: 1 })
    assert.equal(mission.status?.handledRetry, 'monday')
    assert.ok((await eventsOf('Mission')).includes('Retried'))
  })
  test('asked while no operator ran, it is done when one does; and not done twice', async () => {
    const stop = await (await start(failsAtFirst)).startOperator()
    await harness.fly('m', plan('abort'))
    await harness.untilEnded()
    await stop()
    await ask('monday')
    const next = await harness.startOperator()
    await harness.pass(200)
    assert.equal((await harness.untilEnded()).status?.phase, 'Succeeded')
    const flown = podsOf().length
    await next()
    await harness.startOperator()
    await harness.pass(5000)
    assert.equal(podsOf().length, flown)
  })
  test('killed after any number of milliseconds, the request is neither lost nor done twice', async () => {
    for (let delay = 0; delay <= 120; delay += 15) {
      const stop = await (await start(failsAtFirst)).startOperator()
      await harness.fly('m', plan('abort'))
      await harness.untilEnded()
      await ask('monday')
      await harness.pass(delay)
      await stop()
      await harness.startOperator()
      await harness.pass(200)
      const mission = await harness.untilEnded()
      assert.equal(mission.status?.phase, 'Succeeded', `killed after ${delay} ms`)
      assert.deepEqual(mission.status?.stageRetries, { recon: 1, strike: 1 })
      assert.equal(podsOf().length, 5, `killed after ${delay} ms`)
      if (delay + 15 <= 120) await harness.stop()
    }
  })
  test('a mission that was mended before it is asked flies as it was mended', async () => {
    await (
      await start({
        aircraft: 4,
        exit: (pod) => (nameOf(pod).includes('-bad-') ? 'Failed' : 'Succeeded'),
      })
    ).startOperator()
    const spec = plan('abort')
    await harness.fly('m', spec)
    await harness.untilEnded()
    const [recon, strike] = spec.stages ?? []
    await harness.change('m', {
      stages: [{ ...recon, flightTasks: [{ name: 'good' }, { name: 'mended' }] }, strike],
    })
    await ask('monday')
    await harness.pass(200)
    const mission = await harness.untilEnded()
    assert.equal(mission.status?.phase, 'Succeeded')
    assert.ok(podsOf().includes('m-recon-mended-r1-pod'))
    assert.equal(podsOf().filter((name) => name.includes('-good-')).length, 1)
  })
})

describe('events tell the story of a mission', () => {
  const story = async (): Promise<string[]> => {
    const { items } = await harness.cluster.client.resource<EventObject>(EVENTS).list({})
    const told = items.filter(({ involvedObject }) => involvedObject.kind !== 'Pod')
    return told
      .map(
        ({ involvedObject, reason, count = 1 }) =>
          `${involvedObject.kind} ${involvedObject.name} ${reason} ×${count}`,
      )
      .sort()
  }
  test('of fifty tasks that succeed two are told of the mission, two of the stage, none of a task', async () => {
    await (await start({ aircraft: 4, runMs: () => 2500 })).startOperator()
    await harness.fly('m', { stages: [{ name: 's', flightTasks: [{ name: 't', count: 50 }] }] })
    await harness.untilEnded()
    await harness.pass(5000)
    assert.deepEqual(await story(), [
      'Mission m Started ×1',
      'Mission m Succeeded ×1',
      'MissionStage m-s Started ×1',
      'MissionStage m-s Succeeded ×1',
    ])
  })
  test('a stage that is retried: what failed, that it runs again, and how it ends', async () => {
    await (await start(failsAtFirst)).startOperator()
    await harness.fly('m', plan('retry'))
    await harness.untilEnded()
    await harness.pass(1000)
    assert.deepEqual(await story(), [
      'FlightTask m-recon-bad Failed ×1',
      'Mission m StageRetried ×1',
      'Mission m Started ×1',
      'Mission m Succeeded ×1',
      'MissionStage m-recon Failed ×1',
      'MissionStage m-recon Started ×1',
      'MissionStage m-recon Started ×1',
      'MissionStage m-recon Succeeded ×1',
      'MissionStage m-strike Started ×1',
      'MissionStage m-strike Succeeded ×1',
    ])
  })
})
