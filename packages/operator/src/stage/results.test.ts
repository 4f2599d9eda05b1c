import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TaskPhase } from '@sortie/api'
import { readResults, recordResults } from './results.ts'
import type { RosterEntry } from './roster.ts'

const entry = (name: string, phase: TaskPhase, index = 1): RosterEntry => ({
  planned: { name, index, group: name, dependsOn: [], optional: false },
  object: undefined,
  phase,
})
const copies = (count: number, phaseOf: (index: number) => TaskPhase): RosterEntry[] =>
  Array.from({ length: count }, (_, index) =>
    entry(`scan-${String(index + 1).padStart(4, '0')}`, phaseOf(index), index + 1),
  )

describe('ends of tasks on record', () => {
  test('up to a hundred tasks the rows are the record', () => {
    assert.equal(recordResults(copies(100, () => 'Succeeded')), undefined)
  })
  test('of more, names with ranges are kept by outcome', () => {
    const entries = copies(200, (index) => {
      if (index === 6) return 'Failed'
      return index < 150 ? 'Succeeded' : 'Running'
    })
    assert.deepEqual(recordResults(entries), {
      succeeded: 'scan-[0001-0006,0008-0150]',
      failed: 'scan-0007',
    })
  })
  test('nothing is kept before anything has ended', () => {
    assert.equal(recordResults(copies(200, () => 'Running')), undefined)
  })
  test('what is recorded is read back, rows and ranges alike', () => {
    const entries = copies(200, (index) => (index % 3 === 0 ? 'Cancelled' : 'Succeeded'))
    const results = recordResults(entries)
    assert.ok(results !== undefined)
    const read = readResults({
      phase: 'Running',
      results,
      flightTasksStatus: [
        { name: 'extra', phase: 'Failed' },
        { name: 'other', phase: 'Running' },
      ],
    })
    for (const { planned, phase } of entries) assert.equal(read.get(planned.name), phase)
    assert.equal(read.get('extra'), 'Failed')
    assert.equal(read.get('other'), undefined)
  })
  test('a record that would make the object too large is left out', () => {
    const entries = Array.from({ length: 3000 }, (_, index) =>
      entry(`${'n'.repeat(58)}${String.fromCharCode(97 + (index % 26))}${index}`, 'Succeeded'),
    )
    assert.equal(recordResults(entries), undefined)
  })
  test('no status is no record', () => {
    assert.equal(readResults(undefined).size, 0)
  })
})
