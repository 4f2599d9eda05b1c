import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { API_VERSION, MISSION_STAGES } from '@sortie/api'
import type { KubeObject } from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
import { createHeldWatches } from '../heldwatches.fixtures.ts'
import { Harness } from './harness.fixtures.ts'
import { createFlightTaskController } from './index.ts'

let harness: Harness

beforeEach(async () => {
  harness = await Harness.start()
  await harness.createNode(makeAircraft('viper-1'))
  await harness.run((parts) => [createFlightTaskController(parts)])
})
afterEach(() => harness.stop())

/** A stage with the tasks alpha, which timed out and whose pod is ending, and bravo, which is next. */
async function overlap(stageType: 'sequential' | 'parallel'): Promise<void> {
  const { client, clock } = harness.cluster
  const stage = await client.resource(MISSION_STAGES).create({
    apiVersion: API_VERSION,
    kind: 'MissionStage',
    metadata: { name: 'recon', namespace: 'default' },
    spec: { stageType },
  } as KubeObject)
  const { uid } = stage.metadata
  const owner = { apiVersion: API_VERSION, kind: 'MissionStage', name: 'recon', uid }
  const ownerReferences = [{ ...owner, controller: true }]
  const stageRef = { name: 'recon' }
  const task = (name: string) =>
    harness.create(
      'FlightTask',
      { name, namespace: 'default', ownerReferences },
      { stageRef, timeout: '2s' },
    )
  await task('alpha')
  await clock.advance(10)
  await harness.bind()
  await harness.runPod()
  await clock.advance(3000)
  assert.equal((await harness.task()).status?.phase, 'Failed')
  await task('bravo')
  await clock.advance(1000)
}

test('the next task of a sequential stage waits for the pod of the one that timed out', async () => {
  await overlap('sequential')
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
  await harness.removePod()
  await harness.clock.advance(100)
  assert.deepEqual(await harness.podNames(), ['bravo-pod'])
})

for (const plural of ['pods', 'missionstages']) {
  test(`so it does where an operator has not heard of ${plural} yet`, async () => {
    const old = createHeldWatches()
    await harness.run((parts) => [createFlightTaskController(parts)], { wrap: old.wrap })
    old.hold(plural)
    await overlap('sequential')
    assert.deepEqual(await harness.podNames(), ['alpha-pod'])
    await harness.removePod()
    old.release()
    await harness.clock.advance(2000)
    assert.deepEqual(await harness.podNames(), ['bravo-pod'])
  })
}

test('a stage that is seen only after its task is no longer waited for', async () => {
  const old = createHeldWatches()
  await harness.stop()
  harness = await Harness.start()
  await harness.createNode(makeAircraft('viper-1'))
  await harness.run((parts) => [createFlightTaskController(parts)], { wrap: old.wrap })
  old.hold('missionstages')
  const making = overlap('sequential')
  await assert.rejects(making, /alpha-pod/)
  assert.deepEqual(await harness.podNames(), [])
  old.release()
  await harness.clock.advance(100)
  assert.deepEqual(await harness.podNames(), ['alpha-pod'])
})

test('the tasks of a parallel stage do not wait for each other', async () => {
  await overlap('parallel')
  assert.deepEqual(await harness.podNames(), ['alpha-pod', 'bravo-pod'])
})
