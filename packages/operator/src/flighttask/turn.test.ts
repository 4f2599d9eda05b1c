import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { API_VERSION, MISSION_STAGES } from '@sortie/api'
import type { KubeObject } from '@sortie/machinery'
import { makeAircraft } from '@sortie/testing'
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

test('the tasks of a parallel stage do not wait for each other', async () => {
  await overlap('parallel')
  assert.deepEqual(await harness.podNames(), ['alpha-pod', 'bravo-pod'])
})
