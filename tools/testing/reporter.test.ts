import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyTotals, report, type TestEvent } from './reporter.ts'

/** As node:test tells a failure of a test or, with a type, of a suite. */
function failure(name: string, failureType: string, type?: 'suite'): TestEvent {
  const error = Object.assign(new Error('failed', { cause: 'no such program' }), { failureType })
  const details = { duration_ms: 1, error, ...(type === undefined ? {} : { type }) }
  return { type: 'test:fail', data: { name, file: '/tree/a.test.ts', line: 7, details } }
}

test('a suite whose preparation failed is a failure, with its cause', () => {
  const totals = emptyTotals()
  const hook = failure('on nodes', 'hookFailed', 'suite')
  assert.match(report(hook, totals, '/tree'), /^✖ on nodes \(a\.test\.ts:7\)\n.*no such program/)
  assert.deepEqual(totals, { passed: 0, failed: 1, skipped: 0 })
})

test('a suite that fails by its tests alone is not counted beside them', () => {
  const totals = emptyTotals()
  assert.match(report(failure('it', 'testCodeFailure'), totals, '/tree'), /no such program/)
  const suite = failure('all', 'subtestsFailed', 'suite')
  assert.equal(report(suite, totals, '/tree'), '')
  assert.deepEqual(totals, { passed: 0, failed: 1, skipped: 0 })
})
