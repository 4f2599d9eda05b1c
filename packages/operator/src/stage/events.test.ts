import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { MissionStageStatus, TaskPhase } from '@sortie/api'
import type { Plan } from '@sortie/runtime'
import { decide, RUNNING, START, START_TIME, statusOf } from './fixtures.ts'

const told = (plan: Plan<MissionStageStatus>): string[] =>
  (plan.events ?? []).map(({ reason, message }) => `${reason}: ${message}`)
const phases = (a: TaskPhase, b: TaskPhase): Record<string, TaskPhase> => ({ a, b })
const tasks = ['a', 'b']
const look = (
  status: Partial<MissionStageStatus>,
  of: Record<string, TaskPhase>,
  spec = {},
): Plan<MissionStageStatus> => decide({ tasks, status, phases: of, spec })

describe('what people are told about a stage', () => {
  test('that it starts, with how many tasks', () => {
    assert.deepEqual(told(look({}, {})), ['Started: the stage starts: 2 tasks'])
  })
  test('that it starts again, and what had succeeded before', () => {
    const status = {
      ...RUNNING,
      phase: 'Failed' as const,
      completionTime: START_TIME,
      flightTasksStatus: [{ name: 'a', phase: 'Succeeded' as const }],
    }
    assert.deepEqual(told(look(status, {}, { attempt: 1 })), [
      'Started: the stage starts again, run 2: 1 task; 1 succeeded before',
    ])
  })
  test('that its gang is placed one by one, once, where the scheduler knows no gangs', () => {
    const spec = { config: { synchronization: { waitForAll: true } } }
    const sources = { podByPod: 'default-scheduler' }
    const starts = decide({ tasks, spec, sources })
    const [begun, unpromised] = told(starts)
    assert.equal(begun, 'Started: the stage starts: 2 tasks')
    assert.match(unpromised ?? '', /^OtherScheduler: default-scheduler places pods one by one/)
    const condition = statusOf(starts).conditions?.find(({ type }) => type === 'GangScheduled')
    assert.equal(condition?.status, 'False')
    const status = { ...RUNNING, ...statusOf(starts) }
    const later = decide({
      tasks,
      spec,
      sources,
      status,
      phases: phases('Running', 'Running'),
      now: START + 5000,
    })
    assert.deepEqual(told(later), [])
    assert.deepEqual(told(decide({ tasks, spec })), [begun], 'ours places gangs whole')
    assert.deepEqual(told(decide({ tasks, sources })), [begun], 'what waits for nobody is no gang')
  })
  test('that people have opened what it waited for, before it starts', () => {
    const gated = look({}, {}, { startGates: [{ name: 'weather' }, { name: 'crew' }] })
    assert.deepEqual(told(gated), [])
    assert.deepEqual(told(look(statusOf(gated), {})), [
      'GateOpened: the stage no longer waits for gates weather, crew',
      'Started: the stage starts: 2 tasks',
    ])
    const config = { dependencies: { conditions: [{ type: 'Clear' }] } }
    const waiting = statusOf(look({}, {}, { config }))
    assert.deepEqual(
      told(look(waiting, {}))[0],
      'ConditionMet: the stage no longer waits for condition Clear',
    )
  })
  test('nothing about tasks that come and go', () => {
    assert.deepEqual(told(look(RUNNING, phases('Running', 'Succeeded'))), [])
  })
  test('that it succeeded', () => {
    assert.deepEqual(told(look(RUNNING, phases('Succeeded', 'Succeeded'))), [
      'Succeeded: all 2 tasks succeeded',
    ])
  })
  test('why it fails, and when its other tasks have stopped', () => {
    const failing = look(RUNNING, phases('Failed', 'Running'))
    assert.deepEqual(told(failing), ['Failed: task a failed'])
    const stopped = look({ ...RUNNING, ...statusOf(failing) }, phases('Failed', 'Cancelled'))
    assert.deepEqual(told(stopped), ['Stopped: every task of the stage has stopped'])
  })
  test('that it timed out', () => {
    const plan = decide({
      tasks,
      status: RUNNING,
      phases: phases('Running', 'Running'),
      spec: { config: { timeout: '5s' } },
      now: START + 7000,
    })
    assert.deepEqual(told(plan), ['TimedOut: timed out after 5s'])
  })
  test('that it was cancelled while it ran; one that never started is not told of', () => {
    const cancel = { cancel: true }
    assert.deepEqual(told(look(RUNNING, phases('Running', 'Running'), cancel)), [
      'Cancelled: the stage was cancelled; its tasks are stopped',
    ])
    assert.deepEqual(told(look({}, {}, cancel)), [])
  })
  test('that its spec cannot be carried out', () => {
    const plan = decide({ tasks: ['a', 'a'] })
    assert.match(told(plan)[0] ?? '', /^Invalid: .*two tasks are named a/)
  })
})
