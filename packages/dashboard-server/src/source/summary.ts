/** Counts of each namespace, kept up to date change by change. */
import type { FlightTaskRow, MissionRow, Row, StageRow, SummaryRow } from '@sortie/api'
import type { Source } from './informed.ts'
import { createTable, type Entry, type RowTable, worstHealth } from './table.ts'

/** The tables that are counted. */
export interface CountedTables {
  readonly missions: RowTable
  readonly stages: RowTable
  readonly tasks: RowTable
}

type Part = keyof CountedTables

interface Counts {
  readonly missions: Map<string, number>
  readonly stages: Map<string, number>
  readonly tasks: Map<string, number>
  retrying: number
  /** Rows that are counted; a namespace without any has no row. */
  size: number
}

export function summarySource(tables: CountedTables): Source {
  const table = createTable('summary')
  const namespaces = new Map<string, Counts>()
  const count = (part: Part, { row }: Entry, by: 1 | -1): string => {
    const namespace = row.namespace ?? ''
    let counts = namespaces.get(namespace)
    if (counts === undefined) {
      counts = { missions: new Map(), stages: new Map(), tasks: new Map(), retrying: 0, size: 0 }
      namespaces.set(namespace, counts)
    }
    const phase = (row as MissionRow | StageRow | FlightTaskRow).phase
    counts[part].set(phase, (counts[part].get(phase) ?? 0) + by)
    counts.size += by
    if (part === 'tasks' && isRetrying(row)) counts.retrying += by
    return namespace
  }
  const show = (namespace: string): void => {
    const counts = namespaces.get(namespace)
    if (counts === undefined) return
    if (counts.size > 0) table.put(summaryRow(namespace, counts))
    else {
      namespaces.delete(namespace)
      table.remove(summaryUid(namespace))
    }
  }
  const refresh = (): void => table.setHealth(worstHealth(Object.values(tables)))
  const stops = (['missions', 'stages', 'tasks'] as const).map((part) => {
    for (const entry of tables[part].entries()) count(part, entry, 1)
    return tables[part].listen({
      onChange(old, next) {
        const touched = new Set<string>()
        // The new one first: a namespace whose only row changes keeps its counts.
        if (next !== undefined) touched.add(count(part, next, 1))
        if (old !== undefined) touched.add(count(part, old, -1))
        for (const namespace of touched) show(namespace)
      },
      onHealth: refresh,
    })
  })
  for (const namespace of [...namespaces.keys()]) show(namespace)
  refresh()
  return {
    table,
    async stop() {
      for (const stop of stops) stop()
    },
  }
}

/** Waits for its next attempt. */
function isRetrying(row: Row): boolean {
  const { phase, nextRetry } = row as FlightTaskRow
  return phase === 'Pending' && nextRetry !== undefined
}

function summaryUid(namespace: string): string {
  return `summary/${namespace}`
}

function summaryRow(namespace: string, counts: Counts): SummaryRow {
  return {
    uid: summaryUid(namespace),
    namespace,
    name: namespace,
    created: 0,
    missions: written(counts.missions),
    stages: written(counts.stages),
    tasks: written(counts.tasks),
    retrying: counts.retrying,
  }
}

function written(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...counts].filter(([, count]) => count > 0))
}
