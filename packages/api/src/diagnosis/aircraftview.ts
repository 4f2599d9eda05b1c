/** Nodes with what the pods on them have left of them. */
import {
  type Amounts,
  addAmounts,
  amountsOf,
  type NodeObject,
  type Pod,
  podRequests,
} from '@sortie/machinery'
import { AIRCRAFT } from '../constants.ts'

/** A node as a check sees it; the scheduler's own snapshot has the same shape. */
export interface AircraftView {
  readonly node: NodeObject
  readonly allocatable: Amounts
  readonly requested: Amounts
}

/** All nodes, with what every pod there takes that has not ended. */
export function viewAircraft(
  nodes: readonly NodeObject[],
  pods: readonly Pod[],
): readonly AircraftView[] {
  const taken = new Map<string, Record<string, number>>()
  for (const { spec, status } of pods) {
    if ((spec.nodeName ?? '') === '' || isOver(status?.phase)) continue
    const sum = taken.get(spec.nodeName ?? '') ?? {}
    addAmounts(sum, podRequests(spec))
    taken.set(spec.nodeName ?? '', sum)
  }
  return nodes.map((node) => ({
    node,
    allocatable: amountsOf(node.status?.allocatable),
    requested: taken.get(node.metadata.name ?? '') ?? {},
  }))
}

function isOver(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed'
}

/** Whether a node calls itself an aircraft. */
export function isAircraft({ metadata }: NodeObject): boolean {
  return metadata.labels?.[AIRCRAFT.type] !== undefined
}
