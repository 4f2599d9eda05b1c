/** For each pod of a batch the nodes that can take it and what each costs; worked out once for pods that are alike. */
import { type Filtered, filterNodes, type StaticVerdicts } from '../filter/filters.ts'
import { MAX_SCORE, prepareScores, type Scoring } from '../score/scores.ts'
import { mixHashes } from '../snapshot/hash.ts'
import type { NodeInfo } from '../snapshot/nodeinfo.ts'
import type { PodInfo } from '../snapshot/podinfo.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'

export interface Candidates extends Filtered {
  readonly scoring: Scoring
  /** Score of each feasible node, in the same order. */
  readonly scores: Float64Array
}

export interface CandidateFinder {
  candidatesFor(pod: PodInfo): Candidates
}

/** Valid as long as the snapshot stays as it is. */
export function createCandidateFinder(
  snapshot: Snapshot,
  verdicts: StaticVerdicts,
): CandidateFinder {
  const bySignature = new Map<string, Candidates>()
  return {
    candidatesFor(pod) {
      const known = bySignature.get(pod.signature)
      if (known !== undefined) return known
      const filtered = filterNodes(pod, snapshot, verdicts)
      const scoring = prepareScores(pod, snapshot)
      const scores = Float64Array.from(filtered.feasible, (node) => scoring.score(node))
      const candidates = { ...filtered, scoring, scores }
      bySignature.set(pod.signature, candidates)
      return candidates
    },
  }
}

/** Room below one point of score for ties: what all pods of a batch add up to stays below a point. */
const TIE_RANGE = 2 ** 8
const POINT = 2 ** 20

/** What it costs to put a pod on a node: the score that it misses, and less than a point that breaks ties. */
export function costOf(score: number, pod: PodInfo, node: NodeInfo): number {
  return (MAX_SCORE - score) * POINT + (mixHashes(pod.hash, node.hash) % TIE_RANGE)
}

/** The cheapest node of one pod by itself. */
export function cheapest(pod: PodInfo, { feasible, scores }: Candidates): NodeInfo | undefined {
  let best: NodeInfo | undefined
  let bestCost = Number.POSITIVE_INFINITY
  for (const [index, node] of feasible.entries()) {
    const cost = costOf(scores[index] ?? 0, pod, node)
    if (cost > bestCost || (cost === bestCost && best !== undefined && best.name < node.name))
      continue
    best = node
    bestCost = cost
  }
  return best
}

/**
 * Positions of a pod's nodes that can matter to a batch of `rows` pods: each pod can have one of its cheapest `rows`,
 * since the others can't take more than all but one of them.
 */
export function relevant({ feasible, scores }: Candidates, rows: number): Int32Array {
  const positions = Int32Array.from(feasible, (_, index) => index)
  if (positions.length <= rows) return positions
  const order = (a: number, b: number): number =>
    (scores[b] ?? 0) - (scores[a] ?? 0) || (feasible[a]?.hash ?? 0) - (feasible[b]?.hash ?? 0)
  return positions.sort(order).subarray(0, rows)
}
