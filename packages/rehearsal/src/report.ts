/** What many runs came to, in words. */
import type { RunOutcome } from './run.ts'

export interface Tally {
  runs: number
  failures: number
  missions: number
  commits: number
  writes: number
  emptyPatches: number
  actions: number
  readonly faults: Record<string, number>
  readonly phases: Record<string, number>
}

export function emptyTally(): Tally {
  return {
    runs: 0,
    failures: 0,
    missions: 0,
    commits: 0,
    writes: 0,
    emptyPatches: 0,
    actions: 0,
    faults: {},
    phases: {},
  }
}

export function addOutcome(tally: Tally, { statistics, violations }: RunOutcome): void {
  tally.runs++
  if (violations.length > 0) tally.failures++
  tally.missions += statistics.missions
  tally.commits += statistics.commits
  tally.writes += statistics.writes
  tally.emptyPatches += statistics.emptyPatches
  tally.actions += statistics.actions
  addCounts(tally.faults, statistics.faults)
  addCounts(tally.phases, statistics.phases)
}

export function mergeTally(into: Tally, other: Tally): void {
  for (const key of ['runs', 'failures', 'missions', 'commits'] as const) into[key] += other[key]
  for (const key of ['writes', 'emptyPatches', 'actions'] as const) into[key] += other[key]
  addCounts(into.faults, other.faults)
  addCounts(into.phases, other.phases)
}

function addCounts(into: Record<string, number>, counts: Readonly<Record<string, number>>): void {
  for (const [name, count] of Object.entries(counts)) into[name] = (into[name] ?? 0) + count
}

/** @param seconds of real time */
export function describeTally(tally: Tally, seconds: number): string {
  const rate = (count: number): string => (count / Math.max(seconds, 0.001)).toFixed(1)
  return [
    `${tally.runs} runs, ${tally.missions} missions, ${tally.failures} failed, in ${seconds.toFixed(1)} s`,
    `  ${rate(tally.runs)} runs/s, ${rate(tally.missions)} missions/s`,
    `  ended: ${listCounts(tally.phases)}`,
    `  faults: ${listCounts(tally.faults)}; actions: ${tally.actions}`,
    `  commits: ${tally.commits}, writes: ${tally.writes}, empty patches: ${tally.emptyPatches}`,
  ].join('\n')
}

function listCounts(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? 'none' : entries.map(([name, n]) => `${name} ${n}`).join(', ')
}

/**
 * A failing run for people: what broke, when, with which objects, and how to see it again.
 * @param flags by which its seed stands for this run, as `--near`
 */
export function describeFailure(outcome: RunOutcome, flags: readonly string[] = []): string {
  const { seed, violations, scenario } = outcome
  const [first] = violations
  if (first === undefined) return `seed=${seed} passed`
  const objects = first.objects.map((object) => `    ${JSON.stringify(object)}`)
  return [
    `seed=${seed} invariant ${first.invariant}, ${first.name}: ${first.message}`,
    `  at ${(first.at / 1000).toFixed(3)} s of virtual time`,
    ...objects,
    `  faults: ${JSON.stringify(scenario.faults)}`,
    `  actions: ${JSON.stringify(scenario.actions)}`,
    `  replay: npm run test:sim -- ${[...flags, '--runs', '1', '--seed', seed].join(' ')}`,
  ].join('\n')
}
