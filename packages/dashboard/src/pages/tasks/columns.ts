/** What lists of flight tasks show, and what they can be filtered by. */
import type { FlightTaskRow } from '@sortie/api'
import type { FilterField } from '../../filter/grammar.ts'
import type { Column } from '../../table/column.ts'
import { serverTime } from '../../time/now.ts'
import { durationOf } from '../missions/columns.ts'
import { waitsSince } from './waiting.ts'

/** A task that waits for its next attempt shows as such. */
export function shownPhase(row: FlightTaskRow): string {
  return row.phase === 'Pending' && row.nextRetry !== undefined ? 'Retrying' : row.phase
}

export const taskFields: readonly FilterField<FlightTaskRow>[] = [
  { key: 'name', type: 'text', value: (row) => row.name },
  { key: 'task', type: 'text', value: (row) => row.task },
  { key: 'ns', type: 'text', value: (row) => row.namespace },
  { key: 'mission', type: 'text', value: (row) => row.mission },
  { key: 'stage', type: 'text', value: (row) => row.stage },
  { key: 'phase', type: 'text', value: (row) => [row.phase, shownPhase(row)] },
  { key: 'aircraft', type: 'text', value: (row) => row.aircraftType },
  { key: 'node', type: 'text', value: (row) => row.node },
  { key: 'role', type: 'text', value: (row) => row.role },
  { key: 'weapon', type: 'text', value: (row) => row.weapons ?? [] },
  { key: 'reason', type: 'text', value: (row) => row.reason },
  { key: 'message', type: 'text', value: (row) => row.message },
  { key: 'retries', type: 'number', value: (row) => row.retries },
  { key: 'age', type: 'duration', value: (row) => serverTime.value - row.created },
  {
    key: 'waiting',
    type: 'duration',
    value: (row) => {
      const since = waitsSince(row)
      return since === undefined ? undefined : serverTime.value - since
    },
  },
  { key: 'duration', type: 'duration', value: durationOf },
]

export const taskColumns: readonly Column<FlightTaskRow>[] = [
  { key: 'name', title: 'common.name', width: 'minmax(210px, 2fr)', value: (row) => row.name },
  {
    key: 'namespace',
    title: 'common.namespace',
    width: 'minmax(80px, 0.6fr)',
    yields: 5,
    value: (row) => row.namespace,
  },
  {
    key: 'mission',
    title: 'tasks.mission',
    width: 'minmax(104px, 1fr)',
    yields: 4,
    value: (row) => row.mission,
  },
  {
    key: 'stage',
    title: 'tasks.stage',
    width: 'minmax(90px, 0.8fr)',
    yields: 8,
    value: (row) => row.stage,
  },
  { key: 'phase', title: 'common.phaseTitle', width: '110px', value: shownPhase },
  {
    key: 'aircraft',
    title: 'tasks.aircraft',
    width: '95px',
    yields: 9,
    value: (row) => row.aircraftType,
  },
  {
    key: 'node',
    title: 'tasks.node',
    width: 'minmax(100px, 1fr)',
    yields: 2,
    value: (row) => row.node,
  },
  {
    key: 'retries',
    title: 'tasks.retries',
    width: '66px',
    yields: 7,
    align: 'right',
    value: (row) => row.retries,
  },
  {
    key: 'duration',
    title: 'common.duration',
    width: '80px',
    yields: 1,
    align: 'right',
    value: durationOf,
  },
  {
    key: 'created',
    title: 'common.age',
    width: '74px',
    yields: 6,
    align: 'right',
    value: (row) => -row.created,
  },
  {
    key: 'message',
    title: 'common.message',
    width: 'minmax(130px, 1.5fr)',
    yields: 3,
    value: (row) => row.message,
  },
]
