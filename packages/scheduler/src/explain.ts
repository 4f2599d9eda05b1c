/** Why a pod can or can't go to each aircraft: the checks of the scheduler itself, run on demand. */
import { matchAircraft, type Relaxation } from '@sortie/api'
import type { FilterName } from './filter/filter.ts'
import { FILTERS, writeRefusals } from './filter/filters.ts'
import { unsupported } from './filter/podchecks.ts'
import { prepareScores, type ScoreName } from './score/scores.ts'
import type { PodInfo } from './snapshot/podinfo.ts'
import type { Snapshot } from './snapshot/snapshot.ts'

export interface CheckResult {
  readonly check: FilterName
  readonly passes: boolean
  /** kube-scheduler's words. */
  readonly reasons: readonly string[]
  /** What exactly is wrong. */
  readonly detail?: string
}

export interface AircraftExplanation {
  readonly node: string
  readonly feasible: boolean
  /** Every check, in order, also after one that refuses. */
  readonly checks: readonly CheckResult[]
  /** Where feasible: 0 to 1,400, and by criterion. */
  readonly score?: number
  readonly parts?: Readonly<Partial<Record<ScoreName, number>>>
}

export interface Explanation {
  readonly pod: string
  /** Feasible aircraft first, best first; then those that fail the fewest checks. */
  readonly aircraft: readonly AircraftExplanation[]
  /** The sentence that stands in the pod's condition where no aircraft is feasible. */
  readonly message: string
  /** Where no aircraft would do, free or not: what would make some do, the smallest change first. */
  readonly relaxations: readonly Relaxation[]
}

/** The matrix of aircraft and checks for one pod. Pure. */
export function explain(pod: PodInfo, snapshot: Snapshot): Explanation {
  const checks = FILTERS.map((filter) => ({ filter, check: filter.prepare(pod, snapshot) }))
  const scoring = prepareScores(pod, snapshot)
  const aircraft: AircraftExplanation[] = []
  const refusals = new Map<string, number>()
  for (const node of snapshot.nodes()) {
    const results = checks.map(({ filter, check }): CheckResult => {
      const reasons = check?.(node) ?? []
      const detail = reasons.length > 0 ? filter.explain?.(pod, node) : undefined
      const passes = reasons.length === 0
      return { check: filter.name, passes, reasons, ...(detail === undefined ? {} : { detail }) }
    })
    const first = results.find(({ passes }) => !passes)
    for (const reason of first?.reasons ?? []) refusals.set(reason, (refusals.get(reason) ?? 0) + 1)
    const feasible = first === undefined
    const score = feasible ? { score: scoring.score(node), parts: scoring.parts(node) } : {}
    aircraft.push({ node: node.name, feasible, checks: results, ...score })
  }
  aircraft.sort(byPromise)
  const feasible = aircraft.filter((one) => one.feasible).length
  const problem = unsupported(pod.pod)
  const message =
    problem ??
    (feasible > 0
      ? `${feasible}/${snapshot.size} nodes are available`
      : writeRefusals(refusals, snapshot.size))
  const { relaxations } = matchAircraft(pod.pod.spec, snapshot.nodes())
  return { pod: pod.key, aircraft, message, relaxations }
}

function byPromise(a: AircraftExplanation, b: AircraftExplanation): number {
  return (
    failures(a) - failures(b) ||
    (b.score ?? 0) - (a.score ?? 0) ||
    (a.node < b.node ? -1 : a.node > b.node ? 1 : 0)
  )
}

function failures({ checks }: AircraftExplanation): number {
  return checks.filter(({ passes }) => !passes).length
}
