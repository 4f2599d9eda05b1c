/** What stands on the board, most pressing first. Pure. */
import type {
  FlightTaskRow,
  LeaseRow,
  MissionRow,
  NodeRow,
  StageRow,
  SummaryRow,
} from '@sortie/api'
import { GATES } from '@sortie/api'
import type { Instant } from '@sortie/machinery'
import { isHeld } from '../../shell/health.ts'
import { type Use, useOf } from '../fleet/columns.ts'
import { waitsSince } from '../tasks/waiting.ts'

export type ProblemKind = 'controller' | 'mission' | 'drift' | 'retrying' | 'waiting' | 'node'

/** One thing that needs a look. */
export interface BoardProblem {
  readonly kind: ProblemKind
  readonly uid: string
  readonly namespace?: string
  readonly name: string
  readonly text?: string
  /** When it began. */
  readonly since?: Instant
}

/** A task that waits longer than this for an aircraft needs a look, in milliseconds. */
const LONG_WAIT = 30_000
/** Missions that failed longer ago are history, in milliseconds. */
const RECENT = 24 * 3_600_000

export interface BoardFacts {
  readonly missions: readonly MissionRow[]
  readonly tasks: readonly FlightTaskRow[]
  readonly nodes: readonly NodeRow[]
  /** Of the operator’s and the scheduler’s leader. */
  readonly leases: readonly LeaseRow[]
  readonly now: Instant
}

/** Parts that nobody leads, then failed missions, then aircraft out of reach, then tasks between attempts, then tasks that wait long. */
export function problemsOf({
  missions,
  tasks,
  nodes,
  leases,
  now,
}: BoardFacts): readonly BoardProblem[] {
  const failed = missions
    .filter((row) => row.phase === 'Failed' && now - (row.completed ?? row.created) < RECENT)
    .map((row) => problem('mission', row, row.completed))
  const leaderless = leases
    .filter((row) => !isHeld(row, now))
    .map(({ namespace: _, ...row }) => problem('controller', row, row.renewed))
  const drifted = missions
    .filter((row) => row.drift === true)
    .map((row) => problem('drift', row, undefined))
  const away = nodes
    .filter((row) => row.aircraft !== undefined && (!row.ready || row.quarantined === true))
    .map((row) => problem('node', { ...row, message: row.problems.join('; ') }, undefined))
  const retrying = tasks
    .filter((row) => row.nextRetry !== undefined && row.phase === 'Pending')
    .map((row) => problem('retrying', row, row.nextRetry))
  const waiting = tasks
    .filter((row) => now - (waitsSince(row) ?? now) > LONG_WAIT)
    .map((row) => problem('waiting', row, row.created))
  const newest = (a: BoardProblem, b: BoardProblem): number => (b.since ?? 0) - (a.since ?? 0)
  return [
    ...leaderless,
    ...failed.sort(newest),
    ...drifted,
    ...away,
    ...retrying,
    ...waiting.sort((a, b) => (a.since ?? 0) - (b.since ?? 0)),
  ]
}

function problem(
  kind: ProblemKind,
  row: {
    readonly uid: string
    readonly namespace?: string
    readonly name: string
    readonly message?: string
  },
  since: Instant | undefined,
): BoardProblem {
  const { uid, namespace, name, message } = row
  return {
    kind,
    uid,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(message === undefined || message === '' ? {} : { text: message }),
    ...(since === undefined ? {} : { since }),
  }
}

/** The problems of one kind: how many, and the list that has just these. */
export interface ProblemGroup {
  readonly kind: ProblemKind
  readonly count: number
  readonly page: 'settings' | 'missions' | 'fleet' | 'tasks'
  /** Empty where the page has no list. */
  readonly filter: string
}

/** The filters say what `problemsOf` looks for. */
const LISTS: Readonly<Record<ProblemKind, Pick<ProblemGroup, 'page' | 'filter'>>> = {
  controller: { page: 'settings', filter: '' },
  mission: { page: 'missions', filter: 'phase:failed ended:<24h' },
  drift: { page: 'missions', filter: 'drift:yes' },
  node: { page: 'fleet', filter: '-type:"" status:notready,quarantined' },
  retrying: { page: 'tasks', filter: 'phase:retrying' },
  waiting: { page: 'tasks', filter: 'waiting:>30s' },
}

/** By kind, in the order of the problems. */
export function groupsOf(problems: readonly BoardProblem[]): readonly ProblemGroup[] {
  const counts = new Map<ProblemKind, number>()
  for (const { kind } of problems) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts].map(([kind, count]) => ({ kind, count, ...LISTS[kind] }))
}

export type SummaryKey = 'missions' | 'tasks'

/** Counts by phase over the namespaces that are shown. */
export function countsOf(
  summary: readonly SummaryRow[],
  key: SummaryKey,
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const row of summary) {
    for (const [phase, n] of Object.entries(row[key])) counts[phase] = (counts[phase] ?? 0) + n
  }
  return counts
}

export interface AircraftCount extends Readonly<Record<Use, number>> {
  readonly type: string
  readonly total: number
}

/** The fleet by type, each aircraft counted once. */
export function aircraftCounts(nodes: readonly NodeRow[]): readonly AircraftCount[] {
  const counts = new Map<string, AircraftCount>()
  for (const node of nodes) {
    const use = useOf(node)
    const type = node.aircraft?.type
    if (use === undefined || type === undefined) continue
    const held = counts.get(type) ?? { type, total: 0, free: 0, flying: 0, away: 0 }
    counts.set(type, { ...held, total: held.total + 1, [use]: held[use] + 1 })
  }
  return [...counts.values()].sort((a, b) => (a.type < b.type ? -1 : 1))
}

/** Stages that are held by a person's gate alone: what could start next if somebody said so. */
export function stagesForApproval(stages: readonly StageRow[]): readonly StageRow[] {
  return stages.filter((row) => {
    const own = row.gates.filter((gate) => gate !== GATES.dependencies)
    return row.phase === 'Pending' && own.length > 0 && own.length === row.gates.length
  })
}
