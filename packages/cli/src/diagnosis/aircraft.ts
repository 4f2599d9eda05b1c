/** The matrix of aircraft and checks for one task, by the scheduler's own code. */

import {
  type Evidence,
  type FlightTask,
  matchAircraft,
  podOfTask,
  type RequirementTally,
} from '@sortie/api'
import type { Pod, Stored } from '@sortie/machinery'
import {
  type AircraftExplanation,
  createClusterState,
  type Explanation,
  explain,
  podInfo,
} from '@sortie/scheduler'
import { CommandError, EXIT } from '../environment.ts'
import { alignColumns, harmless } from '../output/text.ts'

/** What `-o json` prints. */
export interface AircraftAnswer extends Explanation {
  /** What the pod asks for, and how much of the fleet each requirement leaves. */
  readonly requirements: readonly RequirementTally[]
}

/**
 * Where the task's pod could go, were it nowhere now.
 * @throws CommandError where the task has no pod, or the fleet may not be read
 */
export function explainTask(task: FlightTask, { pods, nodes }: Evidence): AircraftAnswer {
  if (pods === undefined || nodes === undefined) {
    throw new CommandError('nodes and the pods of all namespaces may not be read', EXIT.refused)
  }
  const owned = podOfTask(task, pods)
  if (owned === undefined) {
    const message = `task ${task.metadata.name} has no pod that could be placed; without --aircraft its cause is told`
    throw new CommandError(message, EXIT.refused)
  }
  const state = createClusterState()
  for (const node of nodes) state.setNode(node as Parameters<typeof state.setNode>[0])
  for (const one of pods) if (one !== owned) state.setPod(one as Stored<Pod>)
  const { nodeName: _, ...spec } = owned.spec
  const unplaced = { ...owned, spec } as Stored<Pod>
  const { requirements } = matchAircraft(spec, state.nodes())
  return { ...explain(podInfo(unplaced), state), requirements }
}

/** What each requirement leaves of the fleet, then a row for each aircraft with the checks that refuse any. */
export function writeAircraft({
  requirements,
  aircraft,
  relaxations,
  message,
}: AircraftAnswer): string {
  const chips = requirements
    .filter(({ isRequired, rejected }) => isRequired && rejected > 0)
    .map(({ text, rejected, left }) => [text, `rejects ${rejected}`, `leaves ${left}`])
  const refusing = (aircraft[0]?.checks ?? [])
    .map(({ check }) => check)
    .filter((name) =>
      aircraft.some(({ checks }) => checks.some((one) => one.check === name && !one.passes)),
    )
  const header = ['AIRCRAFT', 'FITS', 'SCORE', ...refusing.map((name) => name.toUpperCase())]
  const rows = aircraft.map((one) => [
    one.node,
    one.feasible ? 'yes' : 'no',
    one.score === undefined ? '' : String(Math.round(one.score)),
    ...refusing.map((name) => cellOf(one, name)),
  ])
  const misses = relaxations.map(({ text }) => `${text}.\n`).join('')
  const funnel = chips.length === 0 ? '' : `${alignColumns(chips)}\n`
  return harmless(
    `${message}\n\n${funnel}${alignColumns([header, ...rows])}${misses === '' ? '' : `\n${misses}`}`,
  )
}

function cellOf({ checks }: AircraftExplanation, name: string): string {
  const check = checks.find((one) => one.check === name)
  if (check === undefined || check.passes) return 'ok'
  return check.detail ?? check.reasons.join(', ')
}
