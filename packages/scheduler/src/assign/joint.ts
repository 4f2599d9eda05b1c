/** Places a run of units together, each pod on the aircraft that is best for all of them; gangs whole or not at all. */
import { EXTENDED_RESOURCES } from '@sortie/api'
import type { StaticVerdicts } from '../filter/filters.ts'
import type { Unit, WaitingPod } from '../gang/units.ts'
import { freeOf, type NodeInfo } from '../snapshot/nodeinfo.ts'
import type { Plan } from '../snapshot/snapshot.ts'
import { type Candidates, costOf, createCandidateFinder, relevant } from './candidates.ts'
import { createMatching, type Matching, type MatchingProblem } from './matching.ts'

export interface Placement {
  readonly pod: WaitingPod
  readonly node: NodeInfo
  readonly candidates: Candidates
}

export interface JointResult {
  readonly placements: readonly Placement[]
  readonly unplaced: readonly UnplacedUnit[]
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
  verdicts: StaticVerdicts,
): JointResult {
  const finder = createCandidateFinder(plan, verdicts)
  const rows = units.flatMap(({ pods }) =>
    pods.map((pod): Row => ({ pod, candidates: finder.candidatesFor(pod.info) })),
  )
  const nodes: NodeInfo[] = []
  const matching = createMatching(describeProblem(rows, nodes))
  const unplaced: UnplacedUnit[] = []
  let from = 0
  for (const unit of units) {
    const to = from + unit.pods.length
    const stuck = matchUnit(matching, { unit, from, to })
    if (stuck.length > 0) {
      unplaced.push({ unit, stuck: stuck.map((row) => rowAt(rows, row)) })
    }
    from = to
  }
  const placements = rows.flatMap((row, index): Placement[] => {
    const node = nodes[matching.columnOf(index)]
    return node === undefined ? [] : [{ ...row, node }]
  })
  for (const { pod, node } of placements) plan.place(pod.info, node.name)
  return { placements, unplaced }
}

function rowAt(rows: readonly Row[], index: number): Row {
  const row = rows[index]
  if (row === undefined) throw new RangeError('a unit has as many rows as pods')
  return row
}

/** Matches the rows of a unit, those with the fewest nodes first; returns the rows that are stuck, with nothing changed then. */
function matchUnit(
  matching: Matching,
  { unit, from, to }: { readonly unit: Unit; readonly from: number; readonly to: number },
): readonly number[] {
  if (unit.gang === undefined) return matching.augment(from) ? [] : [from]
  const before = matching.save()
  const stuck: number[] = []
  for (let row = from; row < to; row++) if (!matching.augment(row)) stuck.push(row)
  if (stuck.length > 0) matching.restore(before)
  return stuck
}

function describeProblem(rows: readonly Row[], nodes: NodeInfo[]): MatchingProblem {
  const limits = new Map<Candidates, Int32Array>()
  for (const { candidates } of rows) {
    if (!limits.has(candidates)) limits.set(candidates, relevant(candidates, rows.length))
  }
  const positions = (row: Row): Int32Array => limits.get(row.candidates) ?? new Int32Array()
  const total = rows.reduce((sum, row) => sum + positions(row).length, 0)
  const offsets = new Int32Array(rows.length + 1)
  const columns = new Int32Array(total)
  const costs = new Float64Array(total)
  const columnOfNode = new Map<NodeInfo, number>()
  let pair = 0
  for (const [index, row] of rows.entries()) {
    for (const position of positions(row)) {
      const node = row.candidates.feasible[position]
      if (node === undefined) continue
      let column = columnOfNode.get(node)
      if (column === undefined) {
        column = nodes.push(node) - 1
        columnOfNode.set(node, column)
      }
      columns[pair] = column
      costs[pair++] = costOf(row.candidates.scores[position] ?? 0, row.pod.info, node)
    }
    offsets[index + 1] = pair
  }
  return { rows: rows.length, capacities: capacitiesOf(rows, nodes), offsets, columns, costs }
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
