/** Why a stage has to stop. */
import { type MissionStage, REASONS, STAGE_CONDITIONS } from '@sortie/api'
import { findCondition, type Instant, type Stored } from '@sortie/machinery'
import type { Tally } from './tally.ts'

export interface StopCause {
  /** Phase that the stage ends in once its tasks have ended. */
  readonly outcome: 'Failed' | 'Cancelled'
  readonly reason: string
  readonly message: string
}

export interface StopFacts {
  readonly stage: Stored<MissionStage>
  readonly tally: Tally
  readonly deadline: Instant | undefined
  readonly now: Instant
}

type Check = (facts: StopFacts) => StopCause | undefined

const CHECKS: readonly Check[] = [cancelled, failed, timedOut]

export function stopCauseOf(facts: StopFacts): StopCause | undefined {
  for (const check of CHECKS) {
    const cause = check(facts)
    if (cause !== undefined) return cause
  }
  return undefined
}

/**
 * The cause on record: the condition Complete is False, with its reason, from the moment that the
 * stage began to stop. Once there it stays, whatever is seen later.
 */
export function recordedCause(stage: Stored<MissionStage>): StopCause | undefined {
  const complete = findCondition(stage.status?.conditions, STAGE_CONDITIONS.complete)
  if (complete?.status !== 'False') return undefined
  const outcome = complete.reason === REASONS.cancelled ? 'Cancelled' : 'Failed'
  return { outcome, reason: complete.reason, message: complete.message }
}

function cancelled({ stage }: StopFacts): StopCause | undefined {
  if (stage.spec.cancel !== true) return undefined
  const message =
    stage.status?.startTime === undefined ? 'stopped before its start' : 'stopped before its end'
  return { outcome: 'Cancelled', reason: REASONS.cancelled, message }
}

/** Under `continue` the stage goes on to its end and fails there. */
function failed({ stage, tally }: StopFacts): StopCause | undefined {
  if (tally.failures.count === 0) return undefined
  if (stage.spec.failurePolicy?.stageFailureAction === 'continue') return undefined
  return failureCause(tally)
}

export function failureCause(tally: Tally): StopCause {
  return { outcome: 'Failed', reason: REASONS.failed, message: failureMessage(tally) }
}

function timedOut({ stage, deadline, now }: StopFacts): StopCause | undefined {
  if (deadline === undefined || now < deadline) return undefined
  const message = `timed out after ${stage.spec.config?.timeout ?? ''}`
  return { outcome: 'Failed', reason: REASONS.timedOut, message }
}

/** `task a failed: exit code 1; task b was cancelled; 4 more`. */
export function failureMessage({ failures }: Tally): string {
  const texts = failures.first.map(({ planned, phase, object }) => {
    const happened = phase === 'Failed' ? 'failed' : 'was cancelled'
    const why = object?.status?.message
    return `task ${planned.name} ${happened}${why === undefined ? '' : `: ${cut(why)}`}`
  })
  const more = failures.count - texts.length
  return [...texts, ...(more > 0 ? [`${more} more`] : [])].join('; ')
}

const LONGEST_CAUSE = 256

function cut(text: string): string {
  return text.length <= LONGEST_CAUSE ? text : `${text.slice(0, LONGEST_CAUSE - 1)}…`
}

/**
 * True where the stage has begun to stop because it failed: its mission need not wait for its end
 * to know.
 */
export function isFailing(stage: Stored<MissionStage>): boolean {
  return recordedCause(stage)?.outcome === 'Failed'
}
