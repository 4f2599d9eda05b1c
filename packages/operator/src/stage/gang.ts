/** Stages whose tasks are placed together or not at all. */
import type { MissionStageSpec } from '@sortie/api'

/**
 * Only tasks that all start together can be placed together: a stage of another type is no gang.
 */
export function isGangStage({ spec }: { readonly spec: MissionStageSpec }): boolean {
  const waitForAll = spec.config?.synchronization?.waitForAll === true
  return waitForAll && (spec.stageType ?? 'parallel') === 'parallel'
}
