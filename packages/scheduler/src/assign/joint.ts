/** Places a run of units together, each pod on the aircraft that is best for all of them; gangs whole or not at all. */
import { EXTENDED_RESOURCES } from '@sortie/api'
import type { StaticVerdicts } from '../filter/filters.ts'
import type { Unit, WaitingPod } from '../gang/units.ts'
import { freeOf, type NodeInfo } from '../snapshot/nodeinfo.ts'
import type { Plan } from '../snapshot/snapshot.ts'
import { type Candidates, costOf, createCandidateFinder, ranked } from './candidates.ts'
import { createMatching, type Matching, type MatchingProblem } from './matching.ts'

export interface Placement {
  readonly pod: WaitingPod
  readonly node: NodeInfo
  readonly candidates: Candidates
}

export interface JointResult {
  readonly placements: readonly Placement[]
  readonly unplaced: readonly UnplacedUnit[]
  /** What the gang that keeps aircraft could have, where it could not be placed whole: taken for all that come after it. */
  readonly kept: readonly Placement[]
}

export interface JointOptions {
  readonly verdicts: StaticVerdicts
  /** Key of the gang that keeps aircraft. */
  readonly reserving?: string | undefined
}

export interface UnplacedUnit {
  readonly unit: Unit
  /** The pods of the unit for which no node was left, with what there was before the batch. */
  readonly stuck: readonly { readonly pod: WaitingPod; readonly candidates: Candidates }[]
}

interface Row {
  readonly pod: WaitingPod
  readonly candidates: Candidates
}

/** Decides and places on the plan. A unit that comes first is never left out for one that comes later. */
export function placeJointly(
  units: readonly Unit[],
  plan: Plan,
  { verdicts, reserving }: JointOptions,
): JointResult {
  const finder = createCandidateFinder(plan, verdicts)
  const rows = units.flatMap(({ pods }) =>
    pods.map((pod): Row => ({ pod, candidates: finder.candidatesFor(pod.info) })),
  )
  const nodes: NodeInfo[] = []
  const matching = createMatching(describeProblem(rows, nodes))
  const unplaced: UnplacedUnit[] = []
  const keptRows = new Set<number>()
  let from = 0
  for (const unit of units) {
    const to = from + unit.pods.length
    const keeps = unit.gang !== undefined && unit.gang.key === reserving
    const stuck = matchUnit(matching, { unit, from, to, keeps })
    if (keeps && stuck.length > 0) for (let row = from; row < to; row++) keptRows.add(row)
    if (stuck.length > 0) {
      unplaced.push({ unit, stuck: stuck.map((row) => rowAt(rows, row)) })
    }
    from = to
  }
  const [placements, kept]: [Placement[], Placement[]] = [[], []]
  for (const [index, row] of rows.entries()) {
    const node = nodes[matching.columnOf(index)]
    if (node !== undefined) (keptRows.has(index) ? kept : placements).push({ ...row, node })
  }
  for (const { pod, node } of placements) plan.place(pod.info, node.name)
  return { placements, unplaced, kept }
}

function rowAt(rows: readonly Row[], index: number): Row {
  const row = rows[index]
  if (row === undefined) throw new RangeError('a unit has as many rows as pods')
  return row
}

interface UnitRows {
  readonly unit: Unit
  readonly from: number
  readonly to: number
  readonly keeps: boolean
}

/** Matches the rows of a unit; returns those that are stuck, with nothing changed then unless it keeps what it could have. */
function matchUnit(matching: Matching, { unit, from, to, keeps }: UnitRows): readonly number[] {
  if (unit.gang === undefined) return matching.augment(from) ? [] : [from]
  const before = matching.save()
  const stuck: number[] = []
  for (let row = from; row < to; row++) if (!matching.augment(row)) stuck.push(row)
  if (stuck.length > 0 && !keeps) matching.restore(before)
  return stuck
}

/** Pods that have the same candidates are one class; of their nodes only as many matter as there are pods in the batch. */
function describeProblem(rows: readonly Row[], nodes: NodeInfo[]): MatchingProblem {
  const classOf = new Map<Candidates, number>()
  const columnOfNode = new Map<NodeInfo, number>()
  const offsets = [0]
  const columns: number[] = []
  const costs: number[] = []
  const classes = rows.map(({ pod, candidates }) => {
    const known = classOf.get(candidates)
    if (known !== undefined) return known
    for (const position of ranked(pod.info, candidates).subarray(0, rows.length)) {
      const node = candidates.feasible[position]
      if (node === undefined) continue
      let column = columnOfNode.get(node)
      if (column === undefined) {
        column = nodes.push(node) - 1
        columnOfNode.set(node, column)
      }
      columns.push(column)
      costs.push(costOf(candidates.scores[position] ?? 0))
    }
    offsets.push(columns.length)
    classOf.set(candidates, offsets.length - 2)
    return offsets.length - 2
  })
  return {
    classes: Int32Array.from(classes),
    capacities: capacitiesOf(rows, nodes),
    offsets: Int32Array.from(offsets),
    columns: Int32Array.from(columns),
    costs: Float64Array.from(costs),
  }
}

/** How many pods of the batch each node takes for sure, whichever they are. */
function capacitiesOf(rows: readonly Row[], nodes: readonly NodeInfo[]): Int32Array {
  const largest: Record<string, number> = {}
  for (const { pod } of rows) {
    const { requests } = pod.info
    for (const name in requests) largest[name] = Math.max(largest[name] ?? 0, requests[name] ?? 0)
  }
  const names = Object.keys(largest).filter((name) => (largest[name] ?? 0) > 0)
  return Int32Array.from(nodes, (node) => {
    if ((largest[SLOT] ?? 0) > 0 && freeOf(node, SLOT) < 2 * (largest[SLOT] ?? 0)) return 1
    let capacity = rows.length
    for (const name of names) {
      capacity = Math.min(capacity, Math.floor(freeOf(node, name) / (largest[name] ?? 1)))
    }
    return Math.max(1, capacity)
  })
}

const SLOT = EXTENDED_RESOURCES.slot
