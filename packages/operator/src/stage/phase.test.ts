import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTime } from '@sortie/machinery'
import { endTimeAt } from './phase.ts'

const NOW = parseTime('2026-01-05T08:00:00Z') ?? 0

test('nothing ends before it started, though the clock was set back meanwhile', () => {
  assert.equal(endTimeAt('2026-01-05T08:59:00Z', NOW), '2026-01-05T08:59:00Z')
  assert.equal(endTimeAt('2026-01-05T07:59:00Z', NOW), '2026-01-05T08:00:00Z')
  assert.equal(endTimeAt(undefined, NOW), '2026-01-05T08:00:00Z')
})
