/** Why a mission has to stop what it runs. */
import { MISSION_CONDITIONS, type Mission, REASONS } from '@sortie/api'
import { findCondition, type Stored } from '@sortie/machinery'
import { recordedCause as recordedStageCause } from '../stage/stop.ts'
import { mayRunAgain } from './rerun.ts'
import { isLost, type StageSlot } from './slots.ts'

export interface StopCause {
  /** Phase that the mission ends in once its stages have ended. */
  readonly outcome: 'Failed' | 'Cancelled'
  readonly reason: string
  readonly message: string
}

type FailureAction = Mission['spec']['config']['failurePolicy']['stageFailureAction']

/**
 * What a lost stage means for the mission. A stage that may be run again is handled before it
 * counts as lost.
 */
const ON_LOSS: Readonly<
  Record<FailureAction, (lost: readonly StageSlot[]) => StopCause | undefined>
> = {
  abort: (lost) => abortBecauseOf(lost),
  retry: (lost) => abortBecauseOf(lost),
  continue: () => undefined,
}

/** The cause on record, else cancel, else what the failure policy says of lost stages. */
export function stopCauseOf(
  mission: Stored<Mission>,
  slots: readonly StageSlot[],
): StopCause | undefined {
  const recorded = recordedCause(mission)
  if (recorded !== undefined) return recorded
  if (mission.spec.cancel === true) {
    return { outcome: 'Cancelled', reason: REASONS.cancelled, message: 'cancelled' }
  }
  const lost = slots.filter((slot) => isLost(slot) && !mayRunAgain(mission, slot))
  return lost.length === 0 ? undefined : ON_LOSS[failureActionOf(mission)](lost)
}

export function failureActionOf({ spec }: Stored<Mission>): FailureAction {
  return spec.config?.failurePolicy?.stageFailureAction ?? 'abort'
}

/**
 * Reasons of Complete=False from the moment that a mission begins to stop: once there they stay.
 */
const STOPPING: ReadonlySet<string> = new Set([REASONS.aborted, REASONS.cancelled])

function recordedCause({ status }: Stored<Mission>): StopCause | undefined {
  const complete = findCondition(status?.conditions, MISSION_CONDITIONS.complete)
  if (complete?.status !== 'False' || !STOPPING.has(complete.reason)) return undefined
  const outcome = complete.reason === REASONS.cancelled ? 'Cancelled' : 'Failed'
  return { outcome, reason: complete.reason, message: complete.message }
}

/** True where the mission is known to be stopping already. */
export function isStopping(mission: Stored<Mission>): boolean {
  return recordedCause(mission) !== undefined
}

function abortBecauseOf(lost: readonly StageSlot[]): StopCause {
  const message = `aborted: ${lostMessage(lost)}`
  return { outcome: 'Failed', reason: REASONS.aborted, message }
}

/** `stage recon failed: task a failed: exit code 1; stage strike was cancelled`. */
export function lostMessage(lost: readonly StageSlot[]): string {
  return lost
    .map(({ definition, phase, child, attempt }) => {
      const again = attempt === 0 ? '' : ` after ${attempt} ${attempt === 1 ? 'retry' : 'retries'}`
      const happened = phase === 'Cancelled' ? 'was cancelled' : `failed${again}`
      const why = child && (recordedStageCause(child)?.message ?? child.status?.message)
      return `stage ${definition.name} ${happened}${why === undefined ? '' : `: ${why}`}`
    })
    .join('; ')
}
