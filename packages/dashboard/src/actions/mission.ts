/** What a person can do with a mission: each a patch of what people own, never of what controllers write. Pure. */
import { ANNOTATIONS, type MissionRow } from '@sortie/api'
import type { Instant } from '@sortie/machinery'
import { formatTime } from '@sortie/machinery'

export type MissionAction = 'cancel' | 'suspend' | 'resume' | 'retry' | 'delete'

const ENDED: readonly string[] = ['Succeeded', 'Failed', 'Cancelled']

/** Those that make sense for a mission as it stands, in the order in which they are offered. */
export function actionsFor(mission: MissionRow): readonly MissionAction[] {
  if (mission.deleting !== undefined) return []
  if (ENDED.includes(mission.phase)) {
    return mission.phase === 'Failed' ? ['retry', 'delete'] : ['delete']
  }
  const pause: MissionAction = mission.suspended === true ? 'resume' : 'suspend'
  return mission.cancelled === true ? ['delete'] : [pause, 'cancel', 'delete']
}

/** The verb that the API server is asked about. */
export function verbOf(action: MissionAction): 'patch' | 'delete' {
  return action === 'delete' ? 'delete' : 'patch'
}

/** The merge patch of an action; a delete has none. */
export function patchOf(
  action: Exclude<MissionAction, 'delete'>,
  now: Instant,
): Readonly<Record<string, unknown>> {
  switch (action) {
    case 'cancel':
      return { spec: { cancel: true } }
    case 'suspend':
      return { spec: { suspend: true } }
    case 'resume':
      return { spec: { suspend: false } }
    case 'retry':
      return { metadata: { annotations: { [ANNOTATIONS.retry]: formatTime(now) } } }
  }
}
