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
  for (const name of ['viper-1', 'viper-2']) await harness.createNode(makeAircraft(name))
  await harness.run((parts) => [createFlightTaskController(parts)])
})
afterEach(() => harness.stop())

/** Alpha of a gang of two fails on viper-1; gives the rule for its next pod, while bravo is where `bravo` says. */
async function retryBeside(bravo: 'flying' | 'succeeded'): Promise<string | undefined> {
  const { client, clock } = harness.cluster
  const stage = await client.resource(MISSION_STAGES).create({
    apiVersion: API_VERSION,
    kind: 'MissionStage',
    metadata: { name: 'recon', namespace: 'default' },
    spec: {
      stageType: 'parallel',
      flightTasks: [{ name: 'alpha' }, { name: 'bravo' }],
      config: { synchronization: { waitForAll: true } },
    },
  } as KubeObject)
  const { uid } = stage.metadata
  const owner = { apiVersion: API_VERSION, kind: 'MissionStage', name: 'recon', uid }
  for (const name of ['alpha', 'bravo']) {
    const metadata = {
      name,
      namespace: 'default',
      ownerReferences: [{ ...owner, controller: true }],
    }
    const spec = { stageRef: { name: 'recon' }, gang: { name: 'recon' } }
    await harness.create('FlightTask', metadata, { ...spec, retry: { maxRetries: 1 } })
    await clock.advance(10)
    await harness.bind(`${name}-pod`)
    await harness.runPod(`${name}-pod`)
  }
  if (bravo === 'succeeded') await harness.exitPod(0, 'bravo-pod')
  await clock.advance(10)
  await harness.exitPod(3)
  await clock.advance(5000)
  const { spec } = await harness.pod('alpha-pod-1')
  const rules = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return rules?.nodeSelectorTerms.flatMap(({ matchFields = [] }) => matchFields)[0]?.operator
}

test('an aircraft that failed a gang’s task is ruled out once the others need fewer than are left', async () => {
  assert.equal(await retryBeside('succeeded'), 'NotIn')
})

test('it is only avoided while the whole gang needs more aircraft than the others', async () => {
  assert.equal(await retryBeside('flying'), undefined)
})
