/**
 * Ends of tasks on record: in a stage's rows where it has few tasks, else in its status.results.
 */
import { LIMITS, type MissionStageStatus } from '@sortie/api'
import { decodeNames, encodeNames } from './record.ts'
import { isTaskEnded, type RosterEntry, type TaskOutcome } from './roster.ts'

/** Ended tasks by outcome, names with ranges. */
export type StageResults = NonNullable<MissionStageStatus['results']>

const KEY_OF = { Succeeded: 'succeeded', Failed: 'failed', Cancelled: 'cancelled' } as const
const OUTCOMES = Object.keys(KEY_OF) as TaskOutcome[]

/** Outcomes by task name, as the status has them. */
export function readResults(status: MissionStageStatus | undefined): Map<string, TaskOutcome> {
  const outcomes = new Map<string, TaskOutcome>()
  for (const row of status?.flightTasksStatus ?? []) {
    if (isTaskEnded(row.phase)) outcomes.set(row.name, row.phase)
  }
  for (const outcome of OUTCOMES) {
    const text = status?.results?.[KEY_OF[outcome]]
    if (text === undefined) continue
    for (const name of decodeNames(text)) outcomes.set(name, outcome)
  }
  return outcomes
}

/**
 * The record of a stage with more tasks than rows; undefined where the rows are the record, nothing
 * has ended, or it would make the object too large (thousands of names that are no copies).
 */
export function recordResults(entries: readonly RosterEntry[]): StageResults | undefined {
  if (entries.length <= LIMITS.taskRows) return undefined
  const names: Record<keyof StageResults, string[]> = { succeeded: [], failed: [], cancelled: [] }
  for (const { planned, phase } of entries) {
    if (isTaskEnded(phase)) names[KEY_OF[phase]].push(planned.name)
  }
  return recordNames(names)
}

/** The names as a record; undefined where there are none, or too many to keep. */
export function recordNames(
  names: Readonly<Partial<Record<keyof StageResults, readonly string[]>>>,
): StageResults | undefined {
  const results: { -readonly [K in keyof StageResults]: StageResults[K] } = {}
  let length = 0
  for (const outcome of OUTCOMES) {
    const held = names[KEY_OF[outcome]] ?? []
    if (held.length === 0) continue
    const text = encodeNames(held)
    results[KEY_OF[outcome]] = text
    length += text.length
  }
  return length === 0 || length > LIMITS.resultsText ? undefined : results
}
