import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MissionStageStatus, NamedStageTask, TaskPhase } from '@sortie/api'
import { findCondition, formatTime } from '@sortie/machinery'
import { decideStage } from './decide.ts'
import { expandStage, fallbackNameOf } from './expansion.ts'
import {
  created,
  decide,
  deletes,
  makeStage,
  makeTask,
  observed,
  patches,
  RUNNING,
  running,
  START,
  START_TIME,
  statusOf,
} from './fixtures.ts'

const phasesOf = (total: number, phase: (index: number) => TaskPhase): Record<string, TaskPhase> =>
  Object.fromEntries(
    Array.from({ length: total }, (_, index) => [
      `scan-${String(index + 1).padStart(4, '0')}`,
      phase(index),
    ]),
  )

describe('an object that someone deletes by hand', () => {
  const rows: MissionStageStatus['flightTasksStatus'] = [
    { name: 'a', phase: 'Succeeded' },
    { name: 'b', phase: 'Running' },
    { name: 'c', phase: 'Failed' },
  ]
  test('is made again if it had not ended', () => {
    const plan = running({ phases: { a: 'Running', c: 'Running' } })
    assert.deepEqual(created(plan), ['b'])
  })
  test('is not made again if its end is on record, and still counts (D1)', () => {
    const spec = makeStage([]).spec.failurePolicy
    const plan = decide({
      spec: { failurePolicy: { ...spec, stageFailureAction: 'continue' } },
      status: { ...RUNNING, flightTasksStatus: rows },
    })
    assert.deepEqual(created(plan), ['b'])
    assert.equal(statusOf(plan).counts?.succeeded, 1)
    assert.equal(statusOf(plan).counts?.failed, 1)
  })
  test('is not made again if this process saw how it ended, and that is recorded at once', () => {
    const plan = decide({
      status: RUNNING,
      phases: { b: 'Running', c: 'Running' },
      sources: { remembered: new Map([['a', 'Succeeded']]), unrecorded: true, writtenAt: START },
    })
    assert.deepEqual(created(plan), [])
    assert.equal(statusOf(plan).flightTasksStatus?.[0]?.phase, 'Succeeded')
  })
  test('in a sequential stage lets the next one start, when it had succeeded', () => {
    const plan = decide({
      spec: { stageType: 'sequential' },
      status: { ...RUNNING, flightTasksStatus: [{ name: 'a', phase: 'Succeeded' }] },
    })
    assert.deepEqual(created(plan), ['b'])
  })
  test('the object wins over the record: a task that is run again is not ended', () => {
    const plan = decide({
      status: { ...RUNNING, flightTasksStatus: rows },
      phases: { a: 'Running' },
    })
    assert.equal(statusOf(plan).counts?.succeeded, 0)
  })
})

describe('a stage of thousands', () => {
  const tasks: readonly NamedStageTask[] = [{ name: 'scan', count: 300 }]
  test('shows a hundred rows, failed and active ones first', () => {
    const phases = phasesOf(300, (index) =>
      index === 299 ? 'Failed' : index === 250 ? 'Running' : index < 200 ? 'Succeeded' : 'Pending',
    )
    const { flightTasksStatus: rows = [] } = statusOf(running({ tasks, phases }))
    assert.equal(rows.length, 100)
    assert.deepEqual(
      rows.slice(0, 3).map(({ name, phase }) => [name, phase]),
      [
        ['scan-0300', 'Failed'],
        ['scan-0251', 'Running'],
        ['scan-0001', 'Succeeded'],
      ],
    )
  })
  test('counts every task all the same', () => {
    const phases = phasesOf(200, (index) => (index % 2 === 0 ? 'Succeeded' : 'Running'))
    const status = statusOf(running({ tasks, phases }))
    assert.deepEqual(status.counts, {
      total: 300,
      pending: 100,
      scheduled: 0,
      running: 100,
      succeeded: 100,
      failed: 0,
      cancelled: 0,
    })
    assert.equal(status.tasksProgress, '100/300')
  })
  test('its status stays far below 256 KiB, with the longest messages and ten thousand tasks', () => {
    const large = makeStage([{ name: 'scan', count: 10_000 }], {}, RUNNING)
    const names = expandStage(large).tasks.slice(0, 500)
    const children = names.map(({ name }) =>
      makeTaskFast(large, name, { phase: 'Failed', message: 'x'.repeat(5000) }),
    )
    const status = statusOf(decideStage(observed(large, children), START))
    assert.ok(JSON.stringify(status).length < 64 * 1024)
  })
})

/** As makeTask, without expanding the stage again for each of thousands. */
const makeTaskFast = (() => {
  const template = makeTask(makeStage(['x']), 'x')
  return (
    stage: ReturnType<typeof makeStage>,
    name: string,
    status: NonNullable<(typeof template)['status']>,
  ): typeof template => ({
    ...template,
    metadata: { ...template.metadata, name: `${stage.metadata.name}-${name}`, uid: `uid-${name}` },
    spec: { ...template.spec, taskName: name },
    status,
  })
})()

describe('status is written when it differs, counters at most once a second, phases at once', () => {
  const written = (phases: Record<string, TaskPhase>, now = START): Partial<MissionStageStatus> =>
    statusOf(running({ phases, now }))

  test('nothing is written when nothing differs', () => {
    const phases: Record<string, TaskPhase> = { a: 'Running', b: 'Running', c: 'Running' }
    const plan = decide({ status: written(phases), phases, now: START + 60_000 })
    assert.equal(plan.status, undefined)
    assert.equal(plan.requeueAt, undefined)
    assert.deepEqual(plan.operations, [])
  })
  const before: Record<string, TaskPhase> = { a: 'Scheduled', b: 'Running', c: 'Running' }
  const after: Record<string, TaskPhase> = { a: 'Running', b: 'Running', c: 'Running' }
  const later = (ms: number, phases = after) =>
    decide({
      status: written(before),
      phases,
      now: START + ms,
      sources: { writtenAt: START },
    })

  test('counters wait until a second has passed since the last write', () => {
    const plan = later(400)
    assert.equal(plan.status, undefined)
    assert.equal(plan.requeueAt, START + 1000)
  })
  test('and are written then', () => {
    assert.equal(statusOf(later(1000)).counts?.running, 3)
  })
  test('the end of the stage does not wait', () => {
    const done: Record<string, TaskPhase> = { a: 'Succeeded', b: 'Succeeded', c: 'Succeeded' }
    assert.equal(statusOf(later(10, done)).phase, 'Succeeded')
  })
  test('the next tasks do not wait', () => {
    const status = { ...written({ a: 'Running' }) }
    const plan = decide({
      spec: { stageType: 'sequential' },
      status,
      phases: { a: 'Succeeded' },
      now: START + 10,
      sources: { writtenAt: START },
    })
    assert.deepEqual(created(plan), ['b'])
    assert.equal(plan.status, undefined)
  })
  test('a clock that was set back holds nothing up', () => {
    const plan = decide({
      status: written(before),
      phases: after,
      now: START - 3_600_000,
      sources: { writtenAt: START },
    })
    assert.equal(statusOf(plan).counts?.running, 3)
  })
  test('after a restart the first difference is written at once', () => {
    const plan = decide({ status: written(before), phases: after, now: START + 10 })
    assert.equal(statusOf(plan).counts?.running, 3)
  })
  test('rows follow the aircraft and pod of a task', () => {
    const stage = makeStage(['a'], {}, RUNNING)
    const task = makeTask(stage, 'a', {
      phase: 'Scheduled',
      schedulingInfo: { assignedNode: 'j20-1' },
      podRef: { name: 'm-recon-a-pod', uid: 'u' },
      message: 'image is being pulled',
    })
    const status = statusOf(decideStage(observed(stage, [task]), START))
    assert.deepEqual(status.flightTasksStatus, [
      {
        name: 'a',
        phase: 'Scheduled',
        aircraftNode: 'j20-1',
        podName: 'm-recon-a-pod',
        message: 'image is being pulled',
      },
    ])
  })
})

describe('children are found by owner and matched by name, never taken over (D18, D19, D20)', () => {
  const stage = makeStage(['a', 'b'], {}, RUNNING)
  test("someone else's object of the name is left alone; the child gets another name", () => {
    const plan = decideStage(
      observed(stage, [], { isTaken: (name) => name === 'm-recon-a' }),
      START,
    )
    const names = (plan.operations ?? []).map(
      (operation) => operation.kind === 'create' && operation.object.metadata.name,
    )
    assert.equal(names[1], 'm-recon-b')
    assert.match(String(names[0]), /^m-recon-a-[0-9a-v]{10}$/)
  })
  test('a child with the other name is found again', () => {
    const [task] = expandStage(stage).tasks
    assert.ok(task !== undefined)
    const child = makeTask(stage, 'a', { phase: 'Running' })
    const name = fallbackNameOf(stage, task, 'm-recon-a')
    const renamed = { ...child, metadata: { ...child.metadata, name } }
    const plan = decideStage(observed(stage, [renamed], { isTaken: () => true }), START)
    assert.deepEqual(created(plan), ['b'])
  })
  test('every task carries its owner, so that deleting the stage deletes it', () => {
    const [operation] = decide({}).operations ?? []
    assert.ok(operation?.kind === 'create')
    assert.deepEqual(operation.object.metadata.ownerReferences, [
      {
        apiVersion: 'airforce.airforce.mil/v1alpha1',
        kind: 'MissionStage',
        name: 'm-recon',
        uid: 'stage-uid',
        controller: true,
        blockOwnerDeletion: true,
      },
    ])
  })
  test('labels are made valid whatever the texts are (D21)', () => {
    const tasks: NamedStageTask[] = [{ name: 'a', role: '长机 lead!', aircraft: 'j20' }]
    const [operation] = decide({ tasks }).operations ?? []
    assert.ok(operation?.kind === 'create')
    const { labels = {} } = operation.object.metadata
    for (const value of Object.values(labels)) assert.match(value, /^([\w.-]{0,62}\w)?$/)
    assert.equal(labels['task-name'], 'a')
    assert.equal(labels['stage'], 'recon')
  })
  test('a task says its policies only where they are not what holds anyway', () => {
    const specOf = (part: Parameters<typeof makeStage>[1]) =>
      makeTask(makeStage(['a'], part), 'a').spec
    assert.equal('retry' in specOf({}), false)
    assert.equal('cancellationPolicy' in specOf({}), false)
    const patient = makeStage([]).spec.failurePolicy
    const failurePolicy = { ...patient, maxRetries: 2 } as NonNullable<typeof patient>
    assert.deepEqual(specOf({ failurePolicy }).retry, {
      maxRetries: 2,
      retryStrategy: 'exponential',
    })
  })
  test('a long name is cut and ends in a hash', () => {
    const long = makeStage([{ name: 'a'.repeat(63) }], { missionRef: { name: 'm'.repeat(250) } })
    const [name = ''] = expandStage(long).objectNames
    assert.ok(name.length <= 253)
  })
})

describe('a changed stage: tasks that have not started follow, started ones keep their spec (D27)', () => {
  const before = makeStage(
    ['a', { name: 'b', role: 'wing' }, { name: 'c', role: 'wing' }],
    {},
    RUNNING,
  )
  const children = [
    makeTask(before, 'a', { phase: 'Succeeded' }),
    makeTask(before, 'b', { phase: 'Running', podRef: { name: 'p', uid: 'u' } }),
    makeTask(before, 'c', { phase: 'Pending' }),
  ]
  const change = (tasks: readonly (string | NamedStageTask)[], generation = 2) => {
    const stage = makeStage(tasks, {}, RUNNING)
    return { ...stage, metadata: { ...stage.metadata, generation } }
  }
  const renamed = change(['new', 'a', { name: 'b', role: 'lead' }, { name: 'c', role: 'lead' }])
  const plan = decideStage(observed(renamed, children), START)

  test('inserting one makes it and restarts nothing', () => {
    assert.deepEqual(created(plan), ['new'])
    assert.deepEqual(deletes(plan), [])
  })
  test('one that has not started is changed', () => {
    assert.deepEqual(patches(plan)['m-recon-c'], { role: 'lead', taskIndex: 4 })
    // As it was seen: it may have flown since.
    const change = plan.operations?.find(({ kind }) => kind === 'patch')
    assert.equal(change?.kind === 'patch' && change.ref.resourceVersion, '20')
  })
  test('one that was made before the stage’s first status could be written is changed too', () => {
    const { status: _none, ...stage } = renamed
    const begun = decideStage(observed(stage as typeof renamed, children), START)
    assert.equal(patches(begun)['m-recon-c']?.['role'], 'lead')
  })
  test('one that has started is not, and the fields are recorded', () => {
    assert.equal(patches(plan)['m-recon-b'], undefined)
    const drift = findCondition(statusOf(plan).conditions, 'SpecDrift')
    assert.equal(drift?.status, 'True')
    assert.match(drift?.message ?? '', /flightTasks\[b\]\.role/)
    assert.doesNotMatch(drift?.message ?? '', /taskIndex/)
  })
  test('one that was removed is deleted by its uid where it has not started, else it goes on', () => {
    const shorter = change(['a'])
    const removed = decideStage(observed(shorter, children), START)
    assert.deepEqual(deletes(removed), ['m-recon-c/uid-c'])
    const drift = findCondition(statusOf(removed).conditions, 'SpecDrift')
    assert.match(drift?.message ?? '', /flightTasks\[b\]: removed, but it has started/)
    assert.equal(statusOf(removed).phase, 'Running')
  })
  test('one that comes after the change was followed is deleted too, as it was seen', () => {
    const followed = decideStage(observed(change(['a'], 1), children), START)
    assert.deepEqual(deletes(followed), ['m-recon-c/uid-c'])
    const [operation] = followed.operations ?? []
    assert.equal(operation?.kind === 'delete' && operation.ref.resourceVersion, '20')
  })
  test('when the spec is as it was again the condition says so', () => {
    const { conditions = [] } = statusOf(plan)
    const stage = makeStage(
      ['a', { name: 'b', role: 'wing' }, { name: 'c', role: 'wing' }],
      {},
      { ...RUNNING, conditions, observedGeneration: 2 },
    )
    const restored = { ...stage, metadata: { ...stage.metadata, generation: 3 } }
    const again = statusOf(decideStage(observed(restored, children), START))
    assert.equal(findCondition(again.conditions, 'SpecDrift')?.status, 'False')
    assert.equal(again.observedGeneration, 3)
  })
  test('a task that says the default policies, as earlier operators wrote them, is not different for it', () => {
    const retry = { maxRetries: 0, retryStrategy: 'exponential' as const }
    const cancellationPolicy = { gracePeriod: '30s', cleanup: false }
    const wordy = children.map((child) => ({
      ...child,
      spec: { ...child.spec, retry, cancellationPolicy },
    }))
    const changed = decideStage(observed(renamed, wordy), START)
    assert.deepEqual(patches(changed), patches(plan))
    assert.deepEqual(statusOf(changed).conditions, statusOf(plan).conditions)
  })
  test('a policy that becomes the default one is taken from a task that has not started', () => {
    const brief = makeStage(['a'], { cancellationPolicy: { gracePeriod: '5s', cleanup: false } })
    const wary = [makeTask(brief, 'a')]
    assert.equal(wary[0]?.spec.cancellationPolicy?.gracePeriod, '5s')
    const usual = decideStage(observed(change(['a']), wary), START)
    assert.deepEqual(patches(usual)['m-recon-a'], { cancellationPolicy: null })
  })
  test('a spec that has not changed is not compared, whatever was done to the tasks', () => {
    const edited = children.map((child) => ({ ...child, spec: { ...child.spec, role: 'edited' } }))
    const same = decideStage(observed(before, edited), START)
    assert.deepEqual(patches(same), {})
  })
})

test('times in a status are whole seconds in UTC', () => {
  assert.equal(statusOf(decide({ now: START + 900 })).startTime, formatTime(START))
  assert.equal(formatTime(START), START_TIME)
})
