import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyTotals } from './reporter.ts'
import { countReport } from './vitest.ts'

test('a report of vitest is counted as other suites are, broken files among the failures', () => {
  const totals = emptyTotals()
  const text = countReport(
    {
      testResults: [
        {
          name: '/repo/packages/x/a.test.ts',
          status: 'failed',
          assertionResults: [
            { fullName: 'holds', status: 'passed' },
            { fullName: 'breaks', status: 'failed', failureMessages: ['expected 1 to be 2'] },
            { fullName: 'waits', status: 'skipped' },
          ],
        },
        {
          name: '/repo/packages/x/b.test.ts',
          status: 'failed',
          message: 'no such module',
          assertionResults: [],
        },
      ],
    },
    totals,
    '/repo',
  )
  assert.deepEqual(totals, { passed: 1, failed: 2, skipped: 1 })
  assert.match(text, /✖ breaks \(packages\/x\/a\.test\.ts\)\n {4}expected 1 to be 2/)
  assert.match(text, /✖ packages\/x\/b\.test\.ts\n {4}no such module/)
})
