/** What the list of missions shows, and what it can be filtered by. */
import type { MissionRow } from '@sortie/api'
import type { FilterField } from '../../filter/grammar.ts'
import type { Column } from '../../table/column.ts'
import { serverTime } from '../../time/now.ts'

const ENDED: readonly string[] = ['Succeeded', 'Failed', 'Cancelled']

const PRIORITY: Readonly<Record<string, number>> = { low: 0, medium: 1, high: 2, critical: 3 }

/** How long it has taken, in milliseconds. */
export function durationOf(row: {
  readonly started?: number
  readonly completed?: number
}): number | undefined {
  return row.started === undefined ? undefined : (row.completed ?? serverTime.value) - row.started
}

export const missionFields: readonly FilterField<MissionRow>[] = [
  { key: 'name', type: 'text', value: (row) => row.name },
  { key: 'title', type: 'text', value: (row) => row.title },
  { key: 'mission', type: 'text', value: (row) => row.name },
  { key: 'ns', type: 'text', value: (row) => row.namespace },
  {
    key: 'phase',
    type: 'text',
    value: (row) => (row.suspended === true ? [row.phase, 'suspended'] : row.phase),
  },
  { key: 'priority', type: 'text', value: (row) => row.priority },
  { key: 'type', type: 'text', value: (row) => row.missionType },
  { key: 'message', type: 'text', value: (row) => row.message },
  { key: 'drift', type: 'text', value: (row) => (row.drift === true ? 'yes' : 'no') },
  { key: 'failed', type: 'number', value: (row) => row.tasks.failed },
  { key: 'retries', type: 'number', value: (row) => row.stageRetries ?? 0 },
  { key: 'tasks', type: 'number', value: (row) => row.tasks.total },
  { key: 'age', type: 'duration', value: (row) => serverTime.value - row.created },
  { key: 'duration', type: 'duration', value: durationOf },
  {
    key: 'ended',
    type: 'duration',
    value: (row) =>
      ENDED.includes(row.phase) ? serverTime.value - (row.completed ?? row.created) : undefined,
  },
]

export const missionColumns: readonly Column<MissionRow>[] = [
  { key: 'name', title: 'common.name', width: 'minmax(180px, 2fr)', value: (row) => row.name },
  {
    key: 'namespace',
    title: 'common.namespace',
    width: 'minmax(84px, 0.7fr)',
    yields: 5,
    value: (row) => row.namespace,
  },
  { key: 'phase', title: 'common.phaseTitle', width: '168px', value: (row) => row.phase },
  {
    key: 'priority',
    title: 'missions.priority',
    width: '76px',
    yields: 7,
    value: (row) => PRIORITY[row.priority],
  },
  {
    key: 'stages',
    title: 'missions.stages',
    width: '64px',
    yields: 6,
    align: 'right',
    value: (row) => row.stagesDone / Math.max(1, row.stagesTotal),
  },
  {
    key: 'tasks',
    title: 'missions.tasks',
    width: 'minmax(140px, 1fr)',
    yields: 2,
    value: (row) => row.tasks.total,
  },
  {
    key: 'failed',
    title: 'missions.failures',
    width: '64px',
    yields: 8,
    align: 'right',
    value: (row) => row.tasks.failed,
  },
  {
    key: 'duration',
    title: 'common.duration',
    width: '84px',
    yields: 3,
    align: 'right',
    value: durationOf,
  },
  {
    key: 'created',
    title: 'common.age',
    width: '88px',
    yields: 4,
    align: 'right',
    value: (row) => -row.created,
  },
  {
    key: 'message',
    title: 'common.message',
    width: 'minmax(160px, 2fr)',
    yields: 1,
    value: (row) => row.message,
  },
]
