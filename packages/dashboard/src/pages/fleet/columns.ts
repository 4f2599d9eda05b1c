/** Aircraft as the fleet's list shows them: the node's row with what it uses and what flies on it. */
import type { FlightTaskRow, NodeRow, UsageRow } from '@sortie/api'
import type { FilterField } from '../../filter/grammar.ts'
import { percentOf } from '../../format/amounts.ts'
import type { Column } from '../../table/column.ts'

export interface FleetRow {
  readonly uid: string
  readonly node: NodeRow
  readonly usage?: UsageRow
  readonly tasks: readonly FlightTaskRow[]
}

/** Phases of a task that has its aircraft: one between attempts has had it. */
const FLIES: readonly string[] = ['Scheduled', 'Running']

/** Joins nodes with their use and with what flies on them. */
export function fleetRows(
  nodes: readonly NodeRow[],
  usage: readonly UsageRow[],
  tasks: readonly FlightTaskRow[],
): readonly FleetRow[] {
  const usageOf = new Map(usage.map((row) => [row.name, row]))
  const tasksOf = new Map<string, FlightTaskRow[]>()
  for (const task of tasks) {
    if (task.node === undefined || !FLIES.includes(task.phase)) continue
    const list = tasksOf.get(task.node)
    if (list === undefined) tasksOf.set(task.node, [task])
    else list.push(task)
  }
  return nodes.map((node) => {
    const used = usageOf.get(node.name)
    return {
      uid: node.uid,
      node,
      tasks: tasksOf.get(node.name) ?? [],
      ...(used === undefined ? {} : { usage: used }),
    }
  })
}

/** One word for how it stands: what keeps it from flying first. */
export function standingOf({ node }: Pick<FleetRow, 'node'>): string {
  if (!node.ready) return 'notReady'
  if (node.quarantined === true) return 'quarantined'
  if (node.cordoned === true) return 'cordoned'
  return node.aircraft?.status ?? 'ready'
}

export type Use = 'free' | 'flying' | 'away'

/** What an aircraft can be counted on for; what flies is told by its own label. Undefined for other nodes. */
export function useOf({ aircraft, ready, cordoned, quarantined }: NodeRow): Use | undefined {
  if (aircraft === undefined) return undefined
  if ((aircraft.missionCurrent ?? '') !== '') return 'flying'
  const isKept = cordoned === true || quarantined === true
  return ready && !isKept && (aircraft.status ?? 'ready') === 'ready' ? 'free' : 'away'
}

export const fleetFields: readonly FilterField<FleetRow>[] = [
  { key: 'name', type: 'text', value: (row) => row.node.name },
  { key: 'type', type: 'text', value: (row) => row.node.aircraft?.type },
  { key: 'zone', type: 'text', value: (row) => row.node.aircraft?.zone },
  { key: 'base', type: 'text', value: (row) => row.node.aircraft?.base },
  { key: 'status', type: 'text', value: standingOf },
  { key: 'use', type: 'text', value: ({ node }) => useOf(node) },
  { key: 'capability', type: 'text', value: (row) => row.node.aircraft?.capabilities ?? [] },
  { key: 'task', type: 'text', value: (row) => row.tasks.map((task) => task.name) },
  { key: 'fuel', type: 'number', value: (row) => row.node.aircraft?.fuelLevel },
  {
    key: 'hardpoints',
    type: 'number',
    value: (row) => row.node.aircraft?.hardpointAvailable ?? row.node.aircraft?.hardpointTotal,
  },
  { key: 'tasks', type: 'number', value: (row) => row.tasks.length },
]

export const fleetColumns: readonly Column<FleetRow>[] = [
  {
    key: 'name',
    title: 'common.name',
    width: 'minmax(110px, 1.2fr)',
    value: (row) => row.node.name,
  },
  {
    key: 'type',
    title: 'fleet.type',
    width: 'minmax(76px, 0.7fr)',
    yields: 3,
    value: (row) => row.node.aircraft?.type,
  },
  { key: 'status', title: 'fleet.status', width: '124px', value: standingOf },
  {
    key: 'zone',
    title: 'fleet.zone',
    width: 'minmax(76px, 0.7fr)',
    yields: 4,
    value: (row) => row.node.aircraft?.zone,
  },
  {
    key: 'fuel',
    title: 'fleet.fuel',
    width: '116px',
    yields: 1,
    value: (row) => row.node.aircraft?.fuelLevel,
  },
  {
    key: 'hardpoints',
    title: 'fleet.hardpoints',
    width: '92px',
    yields: 5,
    align: 'right',
    value: (row) => row.node.aircraft?.hardpointTotal,
  },
  {
    key: 'cpu',
    title: 'fleet.cpu',
    width: '84px',
    yields: 6,
    align: 'right',
    value: (row) =>
      row.usage === undefined ? undefined : percentOf(row.usage.cpu, row.node.allocatable.cpu),
  },
  {
    key: 'memory',
    title: 'fleet.memory',
    width: '84px',
    yields: 7,
    align: 'right',
    value: (row) =>
      row.usage === undefined
        ? undefined
        : percentOf(row.usage.memory, row.node.allocatable.memory),
  },
  {
    key: 'tasks',
    title: 'fleet.task',
    width: 'minmax(160px, 1.6fr)',
    yields: 2,
    value: (row) => row.tasks.map((task) => task.name),
  },
  {
    key: 'capabilities',
    title: 'fleet.capabilities',
    width: 'minmax(120px, 1.2fr)',
    yields: 8,
    value: (row) => row.node.aircraft?.capabilities,
  },
]

const COMMON: readonly string[] = ['name', 'status', 'cpu', 'memory']

/** Nodes that are no aircraft: what they are for, in place of what aircraft have. */
export const nodeColumns: readonly Column<FleetRow>[] = [
  ...fleetColumns.filter(({ key }) => COMMON.includes(key)),
  {
    key: 'roles',
    title: 'fleet.roles',
    width: 'minmax(120px, 1fr)',
    yields: 9,
    value: (row) => row.node.roles,
  },
  {
    key: 'version',
    title: 'fleet.version',
    width: 'minmax(100px, 1fr)',
    yields: 10,
    value: (row) => row.node.kubeletVersion,
  },
]
