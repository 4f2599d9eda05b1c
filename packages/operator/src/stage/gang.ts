/** Stages whose tasks are placed together or not at all. */
import { isGangStage, type MissionStageSpec, REASONS } from '@sortie/api'
import type { Said } from './said.ts'

/**
 * That a gang is none: what was asked for cannot be promised, and the stage flies all the same.
 *
 * @param podByPod the scheduler that places pods one by one; undefined where gangs are placed whole
 */
export function gangSaid(
  stage: { readonly spec: MissionStageSpec },
  podByPod: string | undefined,
): Said | undefined {
  if (podByPod === undefined || !isGangStage(stage)) return undefined
  const message =
    `${podByPod} places pods one by one, so waitForAll cannot be kept: ` +
    'some tasks of the stage may fly while others wait for an aircraft'
  return { status: 'False', reason: REASONS.otherScheduler, message }
}
