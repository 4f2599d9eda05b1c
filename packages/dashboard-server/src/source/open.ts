/** Which source each kind of row has. */
import {
  FLIGHT_TASKS,
  LABELS,
  MANAGED_BY,
  MISSION_STAGES,
  MISSION_TEMPLATES,
  MISSIONS,
  type RowKind,
  WEAPON_LOADOUTS,
  WEAPONS,
} from '@sortie/api'
import { LEASES, NODES, PODS, type ResourceType } from '@sortie/machinery'
import { leaseRow } from '../projection/lease.ts'
import { missionRow } from '../projection/mission.ts'
import { nodeRow } from '../projection/node.ts'
import { podRow } from '../projection/pod.ts'
import { stageRow } from '../projection/stage.ts'
import { taskRow } from '../projection/task.ts'
import { loadoutRow, templateRow, weaponRow } from '../projection/weapon.ts'
import { eventsSource } from './events.ts'
import { informedSource, type Selection, type Source, type SourceContext } from './informed.ts'
import type { Lease, SourcePool } from './pool.ts'
import { summarySource } from './summary.ts'
import type { RowTable } from './table.ts'
import { usageSource } from './usage.ts'

/** Leases whose holders are shown: watching all would be one event per node every ten seconds. */
const LEADER_LEASES = ['sortie-operator', 'sortie-scheduler'] as const

/** What of a kind a table is to hold. */
export interface TableScope {
  /** Empty: all namespaces. */
  readonly namespace: string
  /** Pods only: everything on this node, also what is not Sortie's. */
  readonly node?: string
}

type Open = (context: SourceContext, selection: Selection) => Source

const MANAGED = `${LABELS.managedBy}=${MANAGED_BY}`

const INFORMED: Readonly<Record<Exclude<RowKind, 'summary' | 'usage' | 'leases'>, Open>> = {
  missions: (context, selection) =>
    informedSource({
      ...context,
      kind: 'missions',
      projection: { type: MISSIONS, project: missionRow },
      selection,
    }),
  stages: (context, selection) =>
    informedSource({
      ...context,
      kind: 'stages',
      projection: { type: MISSION_STAGES, project: stageRow },
      selection,
    }),
  tasks: (context, selection) =>
    informedSource({
      ...context,
      kind: 'tasks',
      projection: { type: FLIGHT_TASKS, project: taskRow },
      selection,
    }),
  pods: (context, selection) =>
    informedSource({
      ...context,
      kind: 'pods',
      projection: { type: PODS, project: podRow },
      selection: { labelSelector: MANAGED, ...selection },
    }),
  weapons: (context, selection) =>
    informedSource({
      ...context,
      kind: 'weapons',
      projection: { type: WEAPONS, project: weaponRow },
      selection,
    }),
  nodes: (context, selection) =>
    informedSource({
      ...context,
      kind: 'nodes',
      projection: { type: NODES, project: nodeRow },
      selection,
    }),
  events: eventsSource,
  loadouts: (context, selection) =>
    informedSource({
      ...context,
      kind: 'loadouts',
      projection: { type: WEAPON_LOADOUTS, project: loadoutRow },
      selection,
    }),
  templates: (context, selection) =>
    informedSource({
      ...context,
      kind: 'templates',
      projection: { type: MISSION_TEMPLATES, project: templateRow },
      selection,
    }),
}

/** What the API server is asked for a kind of row; the questions of access go by it. */
export const RESOURCE_OF: Readonly<
  Record<Exclude<RowKind, 'summary'>, Pick<ResourceType, 'group' | 'plural' | 'namespaced'>>
> = {
  missions: MISSIONS,
  stages: MISSION_STAGES,
  tasks: FLIGHT_TASKS,
  pods: PODS,
  weapons: WEAPONS,
  nodes: NODES,
  events: { group: '', plural: 'events', namespaced: true },
  leases: LEASES,
  loadouts: WEAPON_LOADOUTS,
  templates: MISSION_TEMPLATES,
  usage: { group: 'metrics.k8s.io', plural: 'nodes', namespaced: false },
}

/** Kinds that a row is counted from. */
export const COUNTED = ['missions', 'stages', 'tasks'] as const

/** What the keys of all sources of one owner begin with. */
export function ownerPrefix(owner: string): string {
  return `${owner}\n`
}

export interface Opening {
  readonly pool: SourcePool
  /** Whose credentials the watch goes by: part of the key, so that nobody shares what is another's. */
  readonly owner: string
  readonly context: SourceContext
}

/** Leases the tables that hold the kind's rows in this scope; more than one where a kind takes more than one watch. */
export function openTables(opening: Opening, kind: RowKind, scope: TableScope): readonly Lease[] {
  const { pool, owner, context } = opening
  const key = ownerPrefix(owner) + [kind, scope.namespace, scope.node ?? ''].join('\n')
  const selection: Selection = scope.namespace === '' ? {} : { namespace: scope.namespace }
  if (kind === 'summary') return [pool.acquire(key, () => openSummary(opening, scope))]
  if (kind === 'usage') return [pool.acquire(key, () => usageSource(context))]
  if (kind === 'leases') {
    return LEADER_LEASES.map((name) =>
      pool.acquire(`${key}\n${name}`, () =>
        informedSource({
          ...context,
          kind,
          projection: { type: LEASES, project: leaseRow },
          selection: { ...selection, fieldSelector: `metadata.name=${name}` },
        }),
      ),
    )
  }
  const { node } = scope
  const onNode =
    node === undefined ? {} : { labelSelector: '', fieldSelector: `spec.nodeName=${node}` }
  return [pool.acquire(key, () => INFORMED[kind](context, { ...selection, ...onNode }))]
}

/** Counts are kept from the tables that lists show, so that both say the same. */
function openSummary(opening: Opening, scope: TableScope): Source<RowTable> {
  const leases = COUNTED.map((kind) => openTables(opening, kind, scope)[0] as Lease)
  const [missions, stages, tasks] = leases.map(({ table }) => table) as [
    RowTable,
    RowTable,
    RowTable,
  ]
  const { table, stop } = summarySource({ missions, stages, tasks })
  return {
    table,
    async stop() {
      await stop()
      for (const lease of leases) lease.release()
    },
  }
}
