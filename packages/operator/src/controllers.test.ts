import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FLIGHT_TASKS } from '@sortie/api'
import { SortieError, statusError, TransportError } from '@sortie/machinery'
import { type OperationFailure, PlanError, type RecordedEvent } from '@sortie/runtime'
import { noteTakenNames, queuePriority, recordRefusals } from './controllers.ts'
import { makeStage, START } from './stage/fixtures.ts'

const failure = (name: string, error: unknown): OperationFailure => ({
  operation: {
    kind: 'create',
    type: FLIGHT_TASKS,
    object: { apiVersion: 'v1', kind: 'FlightTask', metadata: { name } },
  },
  error,
})
const nameTaken = new SortieError('terminal', 'belongs to nobody', { code: 'NameTaken' })
const invalid = statusError('Invalid', { message: 'spec.role: too long' })

describe('a plan that failed because names belong to others', () => {
  test('is decided again at once, with the names noted', () => {
    const taken = new Set<string>()
    const error = new PlanError([failure('a', nameTaken), failure('b', nameTaken)])
    assert.deepEqual(noteTakenNames(error, taken, START), { requeueAt: START })
    assert.deepEqual([...taken], ['a', 'b'])
  })
  test('is given up where the other name is taken too', () => {
    const error = new PlanError([failure('a', nameTaken)])
    assert.throws(() => noteTakenNames(error, new Set(['a']), START), error)
  })
  const former = new SortieError('retryable', 'of a former mission', { code: 'NameNotFree' })
  const others: readonly [string, unknown][] = [
    ['what a former owner left', new PlanError([failure('a', former)])],
    ['a connection that broke', new TransportError('reset')],
    ['another failure of the plan', new PlanError([failure('a', invalid)])],
    ['one of both kinds', new PlanError([failure('a', nameTaken), failure('b', invalid)])],
  ]
  for (const [title, error] of others) {
    test(`${title} is thrown on, to be tried again later`, () => {
      assert.throws(() => noteTakenNames(error, new Set(), START), error as Error)
    })
  }
})

describe('what the server refuses for good is told to people', () => {
  const eventsOf = (error: unknown): RecordedEvent[] => {
    const events: RecordedEvent[] = []
    const recorder = {
      record: (_: unknown, event: RecordedEvent) => void events.push(event),
      flush: () => Promise.resolve(),
    }
    recordRefusals(error, makeStage(['a']), recorder)
    return events
  }
  test("with the server's own message", () => {
    assert.deepEqual(eventsOf(new PlanError([failure('a', invalid)])), [
      { type: 'Warning', reason: 'Refused', message: 'spec.role: too long' },
    ])
  })
  test('a quota counts, too', () => {
    const forbidden = statusError('Forbidden', { message: 'exceeded quota: tasks' })
    assert.equal(eventsOf(new PlanError([failure('a', forbidden)])).length, 1)
  })
  test('what may go away by itself is not told', () => {
    const passing = [
      statusError('Conflict', { message: 'changed' }),
      statusError('TooManyRequests', { message: 'slow down' }),
      statusError('InternalError', { message: 'etcd' }),
      new TransportError('reset'),
    ]
    for (const error of passing)
      assert.deepEqual(eventsOf(new PlanError([failure('a', error)])), [])
    assert.deepEqual(eventsOf(new TransportError('reset')), [])
  })
})

test('work of higher priority is taken first, medium where nothing is said', () => {
  const order = (['critical', 'high', 'medium', 'low'] as const).map(queuePriority)
  assert.deepEqual(
    order,
    [...order].sort((a, b) => b - a),
  )
  assert.equal(queuePriority(undefined), queuePriority('medium'))
})
