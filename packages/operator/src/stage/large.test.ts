import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FLIGHT_TASKS, LIMITS, type MissionStageStatus, type TaskPhase } from '@sortie/api'
import { startHarness } from '../harness.fixtures.ts'
import { decideStage } from './decide.ts'
import { expandStage } from './expansion.ts'
import { created, makeStage, makeTask, observed, RUNNING, START, statusOf } from './fixtures.ts'

const TASKS = 10_000
const entries = [{ name: 'scan', count: TASKS }]
const expansion = expandStage(makeStage(entries))

const pattern = makeTask(makeStage(['x']), 'x')

/** The children of a stage of thousands, made from one pattern; those without a phase are gone. */
function childrenOf(phaseOf: (index: number) => TaskPhase | undefined): (typeof pattern)[] {
  return expansion.tasks.flatMap(({ name, index }) => {
    const phase = phaseOf(index)
    if (phase === undefined) return []
    const objectName = expansion.objectNames[index - 1] ?? ''
    const metadata = { ...pattern.metadata, name: objectName, uid: `u${index}` }
    return { ...pattern, metadata, spec: { ...pattern.spec, taskName: name }, status: { phase } }
  })
}

function statusAfter(phaseOf: (index: number) => TaskPhase | undefined): MissionStageStatus {
  const policy = makeStage([]).spec.failurePolicy
  const stage = makeStage(
    entries,
    { failurePolicy: { ...policy, stageFailureAction: 'continue' } },
    RUNNING,
  )
  return statusOf(decideStage(observed(stage, childrenOf(phaseOf), { expansion }), START))
}

describe('a stage of ten thousand tasks keeps its record below 256 KiB', () => {
  const worst: Readonly<Record<string, (index: number) => TaskPhase>> = {
    'when every other task failed': (index) => (index % 2 === 0 ? 'Failed' : 'Succeeded'),
    'when every other task is still running': (index) =>
      index % 2 === 0 ? 'Running' : 'Succeeded',
    'when ends of three kinds take turns': (index) =>
      (['Succeeded', 'Failed', 'Cancelled'] as const)[index % 3] ?? 'Failed',
  }
  for (const [situation, phaseOf] of Object.entries(worst)) {
    test(situation, () => {
      const status = statusAfter(phaseOf)
      const bytes = Buffer.byteLength(JSON.stringify({ ...makeStage(entries), status }))
      assert.ok(bytes < LIMITS.ownObjectBytes, `${bytes} bytes`)
      const { results = {} } = status
      for (const text of Object.values(results)) assert.ok(text.length <= LIMITS.resultsText)
    })
  }
})

describe('after a restart the record alone says what has ended', () => {
  const phaseOf = (index: number): TaskPhase => (index % 2 === 0 ? 'Running' : 'Succeeded')
  const status = statusAfter(phaseOf)
  test('ended tasks whose objects are gone are not made again, the others go on', () => {
    const stage = makeStage(entries, {}, status)
    const left = childrenOf((index) => (index % 2 === 0 ? 'Running' : undefined))
    const plan = decideStage(observed(stage, left, { expansion }), START)
    assert.deepEqual(created(plan), [])
    assert.equal(plan.status, undefined)
  })
  test('a task that had not ended and is gone is made again', () => {
    const stage = makeStage(entries, {}, status)
    const left = childrenOf((index) => (index % 2 === 0 && index !== 2 ? 'Running' : undefined))
    const plan = decideStage(observed(stage, left, { expansion }), START)
    assert.deepEqual(created(plan), ['scan-0002'])
  })
  test('on a server: tasks deleted while no operator ran are not flown again', async () => {
    const harness = await startHarness({
      aircraft: 4,
      runMs: (pod) => (Number(pod.metadata.labels?.['flighttask']?.slice(-4)) <= 60 ? 500 : 20_000),
    })
    try {
      const stop = await harness.startOperator()
      await harness.fly('m', {
        stages: [{ name: 's', flightTasks: [{ name: 'scan', count: 120 }] }],
      })
      await harness.pass(5000)
      await stop()
      const before = (await harness.stages())['m-s']
      assert.equal(before?.status?.results?.succeeded, 'scan-[0001-0060]')
      const made = harness.podLog.length
      await harness.cluster.client
        .resource(FLIGHT_TASKS)
        .deleteCollection({ namespace: 'default', labelSelector: 'task-index in (1,2,60)' })
      await harness.startOperator()
      const mission = await harness.untilEnded()
      assert.equal(mission.status?.phase, 'Succeeded')
      assert.equal(mission.status?.statistics?.succeededTasks, 120)
      assert.equal(harness.podLog.length, made)
    } finally {
      await harness.stop()
    }
  })
})
