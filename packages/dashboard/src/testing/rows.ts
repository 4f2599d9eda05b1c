/** For tests: rows as the server sends them, with what a test does not care about filled in. */
import type { MissionRow, PhaseCounts } from '@sortie/api'

export const NO_TASKS: PhaseCounts = {
  total: 0,
  pending: 0,
  scheduled: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  cancelled: 0,
}

export function missionRow(name: string, rest: Partial<MissionRow> = {}): MissionRow {
  return {
    uid: `uid-${name}`,
    name,
    namespace: 'north',
    created: 0,
    phase: 'Running',
    priority: 'medium',
    stagesDone: 0,
    stagesTotal: 1,
    tasks: NO_TASKS,
    ...rest,
  }
}
