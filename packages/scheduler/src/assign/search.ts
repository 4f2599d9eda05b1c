/** Places a gang whose members get in each other's way by more than single slots: search with backtracking, bounded. */
import type { StaticVerdicts } from '../filter/filters.ts'
import type { Unit, WaitingPod } from '../gang/units.ts'
import type { Plan } from '../snapshot/snapshot.ts'
import { type Candidates, createCandidateFinder, ranked } from './candidates.ts'
import type { Placement } from './joint.ts'

/** Looks at a pod and a node before a gang is said not to fit: a bound on time (about a second), not a proof. */
const MAX_LOOKS = 2_000_000

interface SearchState {
  readonly plan: Plan
  readonly verdicts: StaticVerdicts
  readonly found: Placement[]
  looks: number
}

/** All members placed on the plan, or undefined with the plan as it was. */
export function searchGang(
  unit: Unit,
  plan: Plan,
  verdicts: StaticVerdicts,
): readonly Placement[] | undefined {
  const start = plan.placed
  const state: SearchState = { plan, verdicts, found: [], looks: 0 }
  if (placeRest(state, unit.pods)) return state.found
  plan.undoTo(start)
  return undefined
}

/** The member with the fewest nodes goes first; when one has none, the last placement was wrong. */
function placeRest(state: SearchState, rest: readonly WaitingPod[]): boolean {
  if (rest.length === 0) return true
  const next = mostConstrained(state, rest)
  if (next === undefined) return false
  const others = rest.filter((pod) => pod !== next.pod)
  for (const position of ranked(next.pod.info, next.candidates)) {
    const node = next.candidates.feasible[position]
    if (node === undefined) continue
    if (state.looks > MAX_LOOKS) return false
    const mark = state.plan.placed
    state.plan.place(next.pod.info, node.name)
    state.found.push({ ...next, node })
    if (placeRest(state, others)) return true
    state.found.pop()
    state.plan.undoTo(mark)
  }
  return false
}

interface Choice {
  readonly pod: WaitingPod
  readonly candidates: Candidates
}

function mostConstrained(state: SearchState, rest: readonly WaitingPod[]): Choice | undefined {
  const finder = createCandidateFinder(state.plan, state.verdicts)
  let best: Choice | undefined
  for (const pod of rest) {
    state.looks += state.plan.size
    const candidates = finder.candidatesFor(pod.info)
    if (candidates.feasible.length === 0) return undefined
    if (best === undefined || candidates.feasible.length < best.candidates.feasible.length) {
      best = { pod, candidates }
    }
  }
  return best
}
