/** Which tasks' turn has come, by the stage's type. */
import type { StageType } from '@sortie/api'
import { isMade, isTaskEnded, type RosterEntry } from './roster.ts'

export interface TurnRules {
  readonly type: StageType
  /** Under stageFailureAction continue the stage goes on past a failed task. */
  readonly continues: boolean
  /** Tasks of the stage that exist and have not ended, with those that its spec does not ask for any more. */
  readonly active: number
}

type Turn = (entries: readonly RosterEntry[], rules: TurnRules) => RosterEntry[]

const TURNS: Readonly<Record<StageType, Turn>> = {
  parallel: (entries) => entries.filter((entry) => !isMade(entry)),
  sequential: firstOpen,
  mixed: withDependenciesMet,
}

/** Tasks to create now, in the order of the spec; those that exist or have ended are left out. */
export function tasksWhoseTurnHasCome(
  entries: readonly RosterEntry[],
  rules: TurnRules,
): RosterEntry[] {
  return TURNS[rules.type](entries, rules)
}

/** True where what comes after the task may start: it succeeded, or its failure is tolerated. */
function isPassed(entry: RosterEntry, rules: TurnRules): boolean {
  if (entry.phase === 'Succeeded') return true
  return isTaskEnded(entry.phase) && (rules.continues || entry.planned.optional)
}

/**
 * One after the other, whatever the spec has become since one of them started: what was taken out of it, or has another put before
 * it, is waited for.
 */
function firstOpen(entries: readonly RosterEntry[], rules: TurnRules): RosterEntry[] {
  if (rules.active > 0) return []
  const current = entries.find((entry) => !isPassed(entry, rules))
  return current === undefined || isMade(current) ? [] : [current]
}

/**
 * A dependency names a task, or an entry with a count and so all its copies. Open tasks are counted
 * per name first, so that a group of thousands that waits for a group of thousands costs no more
 * than their sum.
 */
function withDependenciesMet(entries: readonly RosterEntry[], rules: TurnRules): RosterEntry[] {
  const open = new Set<string>()
  for (const entry of entries) {
    if (isPassed(entry, rules)) continue
    open.add(entry.planned.name)
    open.add(entry.planned.group)
  }
  return entries.filter(
    (entry) => !isMade(entry) && !entry.planned.dependsOn.some((name) => open.has(name)),
  )
}
