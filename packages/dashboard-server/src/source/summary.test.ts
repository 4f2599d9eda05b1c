import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlightTaskRow, Phase, Row, SummaryRow } from '@sortie/api'
import fc from 'fast-check'
import { summarySource } from './summary.ts'
import { createTable } from './table.ts'

const PHASES: readonly Phase[] = [
  'Pending',
  'Scheduled',
  'Running',
  'Succeeded',
  'Failed',
  'Cancelled',
]
const PARTS = ['missions', 'stages', 'tasks'] as const

const change = fc.record({
  part: fc.constantFrom(...PARTS),
  uid: fc.constantFrom('1', '2', '3', '4', '5', '6'),
  namespace: fc.constantFrom('north', 'south'),
  phase: fc.option(fc.constantFrom(...PHASES), { nil: undefined }),
  nextRetry: fc.option(fc.constant(7), { nil: undefined }),
})

test('counts kept change by change equal a fresh count', () => {
  fc.assert(
    fc.property(fc.array(change), fc.nat(20), (changes, before) => {
      const tables = {
        missions: createTable('missions'),
        stages: createTable('stages'),
        tasks: createTable('tasks'),
      }
      let summary = changes.length <= before ? undefined : summarySource(tables).table
      for (const { part, uid, namespace, phase, nextRetry } of changes) {
        // An object never moves to another namespace.
        const home = tables[part].get(uid)?.row.namespace ?? namespace
        const row = { uid, namespace: home, name: uid, created: 0, phase, nextRetry }
        if (phase === undefined) tables[part].remove(uid)
        else tables[part].put(row as Row)
      }
      summary ??= summarySource(tables).table
      const shown = [...summary.entries()].map(({ row }) => row as SummaryRow)
      assert.deepEqual(byName(shown), byName(count(tables)))
    }),
  )
})

type Tables = Parameters<typeof summarySource>[0]

function count(tables: Tables): SummaryRow[] {
  const rows = new Map<string, SummaryRow>()
  for (const part of PARTS) {
    for (const { row } of tables[part].entries()) {
      const { namespace = '', phase, nextRetry } = row as FlightTaskRow
      const old = rows.get(namespace) ?? emptyRow(namespace)
      const retrying = part === 'tasks' && phase === 'Pending' && nextRetry !== undefined ? 1 : 0
      rows.set(namespace, {
        ...old,
        [part]: { ...old[part], [phase]: (old[part][phase] ?? 0) + 1 },
        retrying: old.retrying + retrying,
      })
    }
  }
  return [...rows.values()]
}

function emptyRow(namespace: string): SummaryRow {
  const rest = { missions: {}, stages: {}, tasks: {}, retrying: 0 }
  return { uid: `summary/${namespace}`, namespace, name: namespace, created: 0, ...rest }
}

function byName(rows: readonly SummaryRow[]): readonly SummaryRow[] {
  return rows.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
