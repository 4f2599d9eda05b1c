/** The reasons of a placement, as they go into the binding. */
import type { AssignmentCandidate, AssignmentTrace } from '@sortie/api'
import { type Candidates, leaders } from './candidates.ts'
import type { Placement } from './joint.ts'

/** Candidates that a trace names. */
const NAMED = 3

/** Keeps what pods with the same candidates have in common. */
export interface Tracer {
  trace(placement: Placement, nodes: number): AssignmentTrace
}

type Common = Pick<AssignmentTrace, 'feasible' | 'filters' | 'refusals' | 'candidates'>

/** @param isLive the candidates change from one pod to the next, so that nothing can be kept */
export function createTracer(isLive: boolean): Tracer {
  const known = new Map<Candidates, Common>()
  const commonOf = (candidates: Candidates): Common => {
    if (isLive) return describe(candidates)
    const common = known.get(candidates) ?? describe(candidates)
    known.set(candidates, common)
    return common
  }
  return {
    trace({ pod, node, candidates }, nodes) {
      const { scoring } = candidates
      const { gang } = pod
      const { feasible, ...rest } = commonOf(candidates)
      return {
        score: scoring.score(node),
        parts: scoring.parts(node),
        feasible,
        nodes,
        ...rest,
        ...(gang === undefined
          ? {}
          : { gang: { name: gang.name, size: gang.size, placed: gang.placed } }),
      }
    },
  }
}

function describe(candidates: Candidates): Common {
  const { feasible, refusals, refusedBy, scoring } = candidates
  const named = leaders(candidates, NAMED).map(
    (node): AssignmentCandidate => ({
      node: node.name,
      score: scoring.score(node),
      parts: scoring.parts(node),
    }),
  )
  return {
    feasible: feasible.length,
    filters: Object.fromEntries(refusedBy),
    refusals: Object.fromEntries(refusals),
    candidates: named,
  }
}
