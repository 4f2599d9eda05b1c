import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Mission, MissionStatus } from '@sortie/api'
import type { Stored } from '@sortie/machinery'
import { START_TIME, statusOf } from '../stage/fixtures.ts'
import { type ChildParts, decide, inPhase, makeMission, stage } from './fixtures.ts'

type Children = Readonly<Record<string, ChildParts>>

/** `reason: message` of what a look tells. */
const told = (mission: Stored<Mission>, children: Children): string[] =>
  (decide(mission, children).events ?? []).map(({ reason, message }) => `${reason}: ${message}`)
/** The mission as it stands after a look. */
const after = (mission: Stored<Mission>, children: Children): Stored<Mission> => ({
  ...mission,
  status: statusOf(decide(mission, children)),
})
const fresh = makeMission(['a', stage('b', ['a'])])
const gated: ChildParts = { gates: ['dependencies'] }
const running: Children = { a: inPhase('Running'), b: gated }
const begun = after(fresh, running)
const condition = (type: string, reason: string, message: string): MissionStatus['conditions'] => [
  { type, status: 'False', reason, message, lastTransitionTime: START_TIME },
]
const failed = inPhase('Failed', {
  conditions: condition('Complete', 'Failed', 'task x failed: exit code 1') ?? [],
})

describe('what people are told about a mission', () => {
  test('that it starts, with what', () => {
    assert.deepEqual(told(fresh, running), [
      'Started: the mission starts: 2 stages, beginning with a',
    ])
  })
  test('that it was accepted, where it does not start at once', () => {
    assert.deepEqual(told(fresh, {}), ['Accepted: the plan is valid: 2 stages'])
  })
  test('nothing while it goes on, however often it is looked at', () => {
    assert.deepEqual(told(begun, running), [])
    assert.deepEqual(told(begun, { a: inPhase('Succeeded'), b: inPhase('Running') }), [])
  })
  test('that it succeeded', () => {
    const done = { a: inPhase('Succeeded'), b: inPhase('Succeeded') }
    assert.deepEqual(told(begun, done), ['Succeeded: all 2 stages succeeded'])
  })
  test('why it aborts, and when everything has stopped', () => {
    const aborting = { a: failed, b: gated }
    assert.deepEqual(told(begun, aborting), [
      'Aborted: aborted: stage a failed: task x failed: exit code 1',
    ])
    const ended = { a: failed, b: inPhase('Cancelled') }
    assert.deepEqual(told(after(begun, aborting), ended), [
      'Stopped: everything that ran has stopped',
    ])
  })
  test('that it is cancelled, and when everything has stopped', () => {
    const cancelled = { ...begun, spec: { ...begun.spec, cancel: true } }
    assert.deepEqual(told(cancelled, running), [
      'Cancelled: the mission was cancelled; what runs is stopped',
    ])
    const ended = { a: inPhase('Cancelled'), b: inPhase('Cancelled') }
    assert.deepEqual(told(after(cancelled, running), ended), [
      'Stopped: everything that ran has stopped',
    ])
  })
  test('that it is suspended and resumed', () => {
    const suspended = { ...begun, spec: { ...begun.spec, suspend: true } }
    assert.deepEqual(told(suspended, running), ['Suspended: no new task starts'])
    const resumed = { ...after(suspended, running), spec: begun.spec }
    assert.deepEqual(told(resumed, running), ['Resumed: tasks start'])
  })
  test('which gate a stage waits for, and how it is opened', () => {
    const waits = { a: inPhase('Succeeded'), b: { gates: ['commander-approval'] } }
    assert.deepEqual(told(begun, waits), [
      'WaitingForGate: b waits for gate commander-approval to be removed (sortie approve)',
    ])
    assert.deepEqual(told(after(begun, waits), waits), [])
    const opened = { a: inPhase('Succeeded'), b: inPhase('Running') }
    assert.deepEqual(told(after(begun, waits), opened), [
      'GateOpened: stage b no longer waits for gate commander-approval',
    ])
  })
  test('under continue, which stage it goes on without', () => {
    const mission = after(makeMission(['a', stage('b', ['a'])], { onFailure: 'continue' }), running)
    assert.deepEqual(told(mission, { a: failed, b: gated }), [
      'StageFailed: stage a failed; the mission goes on',
    ])
  })
  test('that a change is not followed, and why', () => {
    const spec = { ...begun.spec, stages: makeMission([stage('a', ['nowhere'])]).spec.stages ?? [] }
    const metadata = { ...begun.metadata, generation: 2 }
    const [text = '', ...others] = told({ ...begun, metadata, spec }, running)
    assert.match(text, /^Invalid: the change is not followed: .*nowhere/)
    assert.deepEqual(others, [])
  })
})
