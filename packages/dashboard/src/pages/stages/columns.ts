/** What the list of stages shows, and what it can be filtered by. */
import type { StageRow } from '@sortie/api'
import type { FilterField } from '../../filter/grammar.ts'
import type { Column } from '../../table/column.ts'
import { serverTime } from '../../time/now.ts'
import { durationOf } from '../missions/columns.ts'

export const stageFields: readonly FilterField<StageRow>[] = [
  { key: 'name', type: 'text', value: (row) => row.name },
  { key: 'stage', type: 'text', value: (row) => row.stage },
  { key: 'mission', type: 'text', value: (row) => row.mission },
  { key: 'ns', type: 'text', value: (row) => row.namespace },
  { key: 'phase', type: 'text', value: (row) => row.phase },
  { key: 'type', type: 'text', value: (row) => row.stageType },
  { key: 'gate', type: 'text', value: (row) => row.gates },
  { key: 'after', type: 'text', value: (row) => row.dependsOn },
  { key: 'message', type: 'text', value: (row) => row.message },
  { key: 'failed', type: 'number', value: (row) => row.tasks.failed },
  { key: 'attempt', type: 'number', value: (row) => row.attempt },
  { key: 'age', type: 'duration', value: (row) => serverTime.value - row.created },
  { key: 'duration', type: 'duration', value: durationOf },
]

export const stageColumns: readonly Column<StageRow>[] = [
  { key: 'name', title: 'common.name', width: 'minmax(180px, 1.6fr)', value: (row) => row.name },
  {
    key: 'namespace',
    title: 'common.namespace',
    width: 'minmax(84px, 0.6fr)',
    yields: 4,
    value: (row) => row.namespace,
  },
  {
    key: 'mission',
    title: 'tasks.mission',
    width: 'minmax(120px, 1fr)',
    yields: 2,
    value: (row) => row.mission,
  },
  {
    key: 'index',
    title: 'stages.index',
    width: '50px',
    yields: 7,
    align: 'right',
    value: (row) => row.index,
  },
  { key: 'phase', title: 'common.phaseTitle', width: '110px', value: (row) => row.phase },
  { key: 'type', title: 'stages.type', width: '100px', yields: 9, value: (row) => row.stageType },
  {
    key: 'after',
    title: 'stages.after',
    width: 'minmax(110px, 0.8fr)',
    yields: 5,
    value: (row) => row.dependsOn,
  },
  {
    key: 'gates',
    title: 'stages.gates',
    width: 'minmax(110px, 0.8fr)',
    yields: 3,
    value: (row) => row.gates,
  },
  {
    key: 'tasks',
    title: 'missions.tasks',
    width: 'minmax(130px, 1fr)',
    yields: 1,
    value: (row) => row.tasks.total,
  },
  {
    key: 'duration',
    title: 'common.duration',
    width: '84px',
    yields: 6,
    align: 'right',
    value: durationOf,
  },
  {
    key: 'message',
    title: 'common.message',
    width: 'minmax(140px, 1.4fr)',
    yields: 8,
    value: (row) => row.message,
  },
]
