import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MissionSpec, MissionStageStatus, MissionStatus, TaskCounts } from '@sortie/api'
import { patches, START, statusOf } from '../stage/fixtures.ts'
import { decideMission } from './decide.ts'
import {
  type ChildParts,
  decide,
  inPhase,
  type MissionParts,
  makeChild,
  makeMission,
  observed,
  stage,
} from './fixtures.ts'

const wide = (name: string, dependsOn: readonly string[] = [], count = 10) => ({
  ...stage(name, dependsOn),
  flightTasks: [{ name: 'a', count }],
})
const NONE = { pending: 0, scheduled: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 }
const busy = (counts: Partial<TaskCounts>, more: ChildParts = {}): ChildParts => {
  const status: Partial<MissionStageStatus> = { counts: { total: 10, ...NONE, ...counts } }
  return { ...inPhase('Running', status), ...more }
}
const closed: ChildParts = { gates: ['parallel-budget'] }

/** A mission of stages a and b that has begun; a cap of 4. */
const capped = (
  status: Partial<MissionStatus> = {},
  spec: Partial<MissionSpec> = {},
  parts: MissionParts = {},
) =>
  makeMission([wide('a'), wide('b')], {
    ...parts,
    spec: { maxParallelTasks: 4, ...spec },
    status: { phase: 'Running', observedGeneration: 1, ...status },
  })

describe('what a stage may have of maxParallelTasks', () => {
  test('is on record before the stage gets it, and the stage gets it as it was seen', () => {
    const plan = decide(capped(), { a: busy({ pending: 10 }, { share: 1 }), b: closed })
    assert.equal(plan.statusFirst, true)
    assert.deepEqual(statusOf(plan).parallelShares, { a: 3, b: 1 })
    assert.deepEqual(patches(plan), {
      'm-a': { maxParallelTasks: 3 },
      'm-b': { startGates: [], maxParallelTasks: 1 },
    })
    const versions = plan.operations?.map(
      (operation) => operation.kind === 'patch' && operation.ref.resourceVersion,
    )
    assert.deepEqual(versions, ['7', '7'])
  })
  test('is on record with the first status, which is not waited for', () => {
    const mission = makeMission([wide('a')], { spec: { maxParallelTasks: 4 } })
    const plan = decide(mission, { a: closed }, { sources: { firstSeenAt: START } })
    assert.equal(plan.statusFirst, true)
    assert.deepEqual(statusOf(plan).parallelShares, { a: 4 })
  })
  test('counts from then on, although the stage does not show it', () => {
    const mission = capped({ parallelShares: { a: 4 } })
    const plan = decide(mission, { a: busy({ pending: 10 }, { share: 1 }), b: closed })
    assert.deepEqual(patches(plan), { 'm-a': { maxParallelTasks: 4 } })
  })
  test('is given where the stage was not told: nothing new is put on record, but the view must be current', () => {
    const mission = capped({ parallelShares: { a: 3, b: 1 } })
    const plan = decide(mission, { a: busy({ pending: 10 }, { share: 1 }), b: closed })
    assert.deepEqual(patches(plan), {
      'm-a': { maxParallelTasks: 3 },
      'm-b': { startGates: [], maxParallelTasks: 1 },
    })
    assert.equal(plan.statusFirst, true)
    assert.deepEqual(plan.status?.parallelShares, { a: 3, b: 1 })
  })
  test('is kept while the mission is suspended', () => {
    const mission = capped({ parallelShares: { a: 3, b: 1 } }, { suspend: true })
    const a = busy({ pending: 10 }, { share: 1, spec: { suspend: true } })
    const plan = decide(mission, { a, b: { ...closed, spec: { suspend: true } } })
    assert.deepEqual(patches(plan), {})
    assert.deepEqual(statusOf(plan).parallelShares, { a: 3, b: 1 })
  })
  test('goes to another where somebody holds the stage back that has not got it', () => {
    const mission = capped({ parallelShares: { b: 4 } })
    const plan = decide(mission, {
      a: closed,
      b: { gates: ['approval', 'parallel-budget'] },
    })
    assert.deepEqual(statusOf(plan).parallelShares, { a: 4 })
    assert.deepEqual(patches(plan)['m-a'], { startGates: [], maxParallelTasks: 4 })
  })
  test('is on record as what it can still use, once the rest is dealt out', () => {
    const a = busy({ succeeded: 9, pending: 1 }, { share: 4 })
    const plan = decide(capped({ parallelShares: { a: 4 } }), { a, b: closed })
    assert.deepEqual(statusOf(plan).parallelShares, { a: 1, b: 3 })
    assert.equal(patches(plan)['m-a'], undefined)
  })
  test('is not more on record than the cap allows, once that is lowered', () => {
    const mission = capped({ parallelShares: { a: 4 } }, { maxParallelTasks: 2 })
    const plan = decide(mission, { a: busy({ pending: 10 }, { share: 4 }), b: closed })
    assert.deepEqual(patches(plan), { 'm-a': { maxParallelTasks: 2 } })
    assert.deepEqual(statusOf(plan).parallelShares, { a: 2 })
    assert.equal(plan.statusFirst, undefined)
  })
  test('is not on record any more when the mission has ended', () => {
    const mission = capped({ parallelShares: { a: 4 } })
    const plan = decide(mission, { a: inPhase('Succeeded'), b: inPhase('Succeeded') })
    assert.equal(statusOf(plan).phase, 'Succeeded')
    assert.equal(statusOf(plan).parallelShares, undefined)
  })
  test('of a dropped stage stays on record while the stage is there', () => {
    const mission = makeMission([wide('b')], {
      spec: { maxParallelTasks: 4 },
      status: { phase: 'Running', observedGeneration: 1, parallelShares: { a: 3 } },
    })
    const children = [makeChild(capped(), 'a', closed), makeChild(mission, 'b', closed)]
    const plan = decideMission(observed(mission, children), START)
    assert.deepEqual(statusOf(plan).parallelShares, { a: 3, b: 1 })
  })
})

describe('tasks that a running stage gets more', () => {
  const more = (status: Partial<MissionStatus>) => {
    const mission = makeMission([wide('a', [], 16), wide('b')], {
      generation: 2,
      spec: { maxParallelTasks: 4 },
      status: { phase: 'Running', observedGeneration: 1, ...status },
    })
    const before = capped()
    const a = makeChild(before, 'a', busy({ succeeded: 9, pending: 1 }, { share: 4 }))
    const b = makeChild(before, 'b', busy({ pending: 10 }, { share: 3 }))
    return patches(decideMission(observed(mission, [a, b]), START))['m-a']
  }
  test('do not bring back what of its share was dealt out', () => {
    const patch = more({ parallelShares: { a: 1, b: 3 } })
    assert.equal(patch?.['maxParallelTasks'], 1)
    assert.ok(patch?.['flightTasks'] !== undefined)
  })
  test('find nothing where all of it was', () => {
    assert.equal(more({ parallelShares: { a: 0, b: 4 } })?.['maxParallelTasks'], 0)
  })
  test('leave a share alone that is on record as it is, or was dealt before there was a record', () => {
    assert.equal(more({ parallelShares: { a: 4 } })?.['maxParallelTasks'], undefined)
    assert.equal(more({})?.['maxParallelTasks'], undefined)
  })
})

describe('the share of a stage that runs again', () => {
  const failed = { ...inPhase('Failed', { counts: { total: 10, ...NONE, failed: 10 } }), share: 4 }
  const spec = {
    config: { failurePolicy: { stageFailureAction: 'retry', maxStageRetries: 1 } },
  } as unknown as Partial<MissionSpec>
  test('is dealt anew: the record of the run that is over goes with the decision', () => {
    const mission = capped({ parallelShares: { a: 4, b: 4 } }, spec)
    const plan = decide(mission, { a: failed, b: busy({ pending: 10 }, { share: 4 }) })
    assert.deepEqual(statusOf(plan).stageRetries, { a: 1 })
    assert.deepEqual(statusOf(plan).parallelShares, { b: 4 })
  })
  test('counts as it is on record, although this view shows the run that is over', () => {
    const status = { parallelShares: { a: 4 }, stageRetries: { a: 1 } }
    const plan = decide(capped(status, spec), { a: failed, b: closed })
    assert.deepEqual(patches(plan), { 'm-a': { attempt: 1, maxParallelTasks: 4 } })
  })
})
