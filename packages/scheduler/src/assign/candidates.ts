/** For each pod of a batch the nodes that can take it and what each costs; worked out once for pods that are alike. */
import { classesIn } from '../filter/exclusion.ts'
import type { FilterName } from '../filter/filter.ts'
import {
  checkAll,
  countRefusal,
  type Filtered,
  filterNodes,
  type StaticVerdicts,
  type WholeCheck,
} from '../filter/filters.ts'
import { MAX_SCORE, prepareScores, type Scoring } from '../score/scores.ts'
import { mixHashes } from '../snapshot/hash.ts'
import type { NodeInfo } from '../snapshot/nodeinfo.ts'
import type { PodInfo } from '../snapshot/podinfo.ts'
import type { Plan, Snapshot } from '../snapshot/snapshot.ts'

export interface Candidates extends Filtered {
  readonly scoring: Scoring
  /** Score of each feasible node, in the same order. */
  readonly scores: ArrayLike<number>
}

export interface CandidateFinder {
  candidatesFor(pod: PodInfo): Candidates
}

/** Valid as long as the snapshot stays as it is. */
export function createCandidateFinder(
  snapshot: Snapshot,
  verdicts: StaticVerdicts,
): CandidateFinder {
  const byClass = new Map<string, Candidates>()
  const classOf = classesIn(snapshot)
  return {
    candidatesFor(pod) {
      const known = byClass.get(classOf(pod))
      if (known !== undefined) return known
      const filtered = filterNodes(pod, snapshot, verdicts)
      const scoring = prepareScores(pod, snapshot)
      const scores = Float64Array.from(filtered.feasible, (node) => scoring.score(node))
      const candidates = { ...filtered, scoring, scores }
      byClass.set(classOf(pod), candidates)
      return candidates
    },
  }
}

interface LiveCandidates {
  readonly candidates: Candidates
  readonly feasible: NodeInfo[]
  readonly scores: number[]
  readonly refusals: Map<string, number>
  readonly refusedBy: Map<FilterName, number>
  readonly positions: Map<string, number>
  readonly check: WholeCheck
  /** Placements of the plan that it knows. */
  seen: number
}

/**
 * Candidates that follow the plan: for pods alike only the nodes that changed are looked at again, and for those that look at
 * pods all of them once the plan has changed. What it returns is good until it is asked again.
 */
export function createLiveFinder(plan: Plan, verdicts: StaticVerdicts): CandidateFinder {
  const byClass = new Map<string, LiveCandidates>()
  let still = { finder: createCandidateFinder(plan, verdicts), version: plan.version }
  let classOf = classesIn(plan)
  let seen = plan.placed
  return {
    candidatesFor(pod) {
      if (pod.interacts) {
        const { version } = plan
        if (version !== still.version)
          still = { finder: createCandidateFinder(plan, verdicts), version }
        return still.finder.candidatesFor(pod)
      }
      if (plan.placedSince(seen).some(({ pod: placed }) => placed.antiAffinity.length > 0)) {
        // It keeps others away from more than its own node.
        classOf = classesIn(plan)
        byClass.clear()
      }
      seen = plan.placed
      const known = byClass.get(classOf(pod)) ?? beginLive(pod, plan, verdicts)
      byClass.set(classOf(pod), known)
      const changed = new Set(plan.placedSince(known.seen).map(({ node }) => node))
      for (const name of changed) refresh(known, plan.get(name))
      known.seen = plan.placed
      return known.candidates
    },
  }
}

function beginLive(pod: PodInfo, plan: Plan, verdicts: StaticVerdicts): LiveCandidates {
  const filtered = filterNodes(pod, plan, verdicts)
  const feasible = [...filtered.feasible]
  const refusals = new Map(filtered.refusals)
  const refusedBy = new Map(filtered.refusedBy)
  const scoring = prepareScores(pod, plan)
  const scores = feasible.map((node) => scoring.score(node))
  return {
    candidates: { feasible, refusals, refusedBy, scoring, scores },
    feasible,
    scores,
    refusals,
    refusedBy,
    positions: new Map(feasible.map(({ name }, index) => [name, index])),
    check: checkAll(pod, plan, verdicts),
    seen: plan.placed,
  }
}

/** A node that was feasible has got another pod. */
function refresh(live: LiveCandidates, node: NodeInfo | undefined): void {
  const { feasible, scores, positions } = live
  const at = positions.get(node?.name ?? '')
  if (node === undefined || at === undefined) return
  const refusal = live.check(node)
  if (refusal === undefined) {
    feasible[at] = node
    scores[at] = live.candidates.scoring.score(node)
    return
  }
  countRefusal(refusal, live)
  positions.delete(node.name)
  const last = feasible.pop()
  const score = scores.pop()
  if (last === undefined || score === undefined || at === feasible.length) return
  feasible[at] = last
  scores[at] = score
  positions.set(last.name, at)
}

/** What it costs to put a pod on a node: the score that it misses. */
export function costOf(score: number): number {
  return MAX_SCORE - score
}

/** Positions of a pod's nodes, best first; equals in an order that is each pod's own and the same whenever it is asked for. */
export function ranked({ hash }: PodInfo, { feasible, scores }: Candidates): Int32Array {
  const ties = Float64Array.from(feasible, (node) => mixHashes(hash, node.hash))
  const positions = Int32Array.from(feasible, (_, index) => index)
  return positions.sort(
    (a, b) =>
      (scores[b] ?? 0) - (scores[a] ?? 0) ||
      (ties[a] ?? 0) - (ties[b] ?? 0) ||
      compareNames(feasible[a], feasible[b]),
  )
}

/** So many of the best nodes, best first; in one pass, by name where the scores are equal. */
export function leaders({ feasible, scores }: Candidates, count: number): readonly NodeInfo[] {
  const best: { readonly node: NodeInfo; readonly score: number }[] = []
  for (let index = 0; index < feasible.length; index++) {
    const node = feasible[index]
    const score = scores[index] ?? 0
    const last = best.at(-1)
    if (node === undefined || (best.length >= count && score < (last?.score ?? 0))) continue
    const isBefore = (other: (typeof best)[number]): boolean =>
      score > other.score || (score === other.score && node.name < other.node.name)
    const at = best.findIndex(isBefore)
    best.splice(at < 0 ? best.length : at, 0, { node, score })
    if (best.length > count) best.pop()
  }
  return best.map(({ node }) => node)
}

/** The best node of one pod by itself. */
export function best(pod: PodInfo, candidates: Candidates): NodeInfo | undefined {
  const { feasible, scores } = candidates
  let found: NodeInfo | undefined
  let [score, tie] = [-1, 0]
  for (let index = 0; index < feasible.length; index++) {
    const node = feasible[index]
    const own = scores[index] ?? 0
    if (node === undefined || own < score) continue
    const ownTie = mixHashes(pod.hash, node.hash)
    const isBetter =
      own > score || ownTie < tie || (ownTie === tie && compareNames(node, found) < 0)
    if (!isBetter) continue
    found = node
    score = own
    tie = ownTie
  }
  return found
}

function compareNames(a: NodeInfo | undefined, b: NodeInfo | undefined): number {
  const [first, second] = [a?.name ?? '', b?.name ?? '']
  return first < second ? -1 : first > second ? 1 : 0
}
