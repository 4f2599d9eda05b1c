/** What people are told about a stage: the transitions that a new status makes, each once and with the write that makes it. */
import { type MissionStageStatus, REASONS, STAGE_CONDITIONS } from '@sortie/api'
import { findCondition } from '@sortie/machinery'
import type { PlannedEvent } from '@sortie/runtime'
import { noLonger } from './hold.ts'
import { isEndedPhase } from './phase.ts'
import { counted } from './words.ts'

interface Transition {
  readonly before: MissionStageStatus | undefined
  readonly after: MissionStageStatus
}

const normal = (reason: string, message: string): PlannedEvent => ({
  type: 'Normal',
  reason,
  message,
})

/** @param before the status as it stands, or as a run that begins anew finds it */
export function stageEvents(
  before: MissionStageStatus | undefined,
  after: MissionStageStatus,
): readonly PlannedEvent[] {
  const transition = { before, after }
  return [
    ...goneOn(transition),
    ...started(transition),
    ...unpromised(transition),
    ...drifted(transition),
    ...ended(transition),
  ]
}

/** People opened what the stage waited for. */
function goneOn({ before, after }: Transition): readonly PlannedEvent[] {
  if (before?.phase !== 'Pending' || after.phase !== 'Running') return []
  const over = noLonger(before.message)
  return over === undefined ? [] : [normal(over.reason, `the stage ${over.message}`)]
}

function started({ before, after }: Transition): readonly PlannedEvent[] {
  if (before?.startTime !== undefined || after.startTime === undefined) return []
  if (isEndedPhase(after.phase)) return []
  const { total = 0, succeeded = 0 } = after.counts ?? {}
  const attempt = after.observedAttempt ?? 0
  const tasks = counted(total - succeeded, 'task')
  const again = attempt === 0 ? '' : ` again, run ${attempt + 1}`
  const kept = succeeded === 0 ? '' : `; ${succeeded} succeeded before`
  return [normal(REASONS.started, `the stage starts${again}: ${tasks}${kept}`)]
}

/** A gang that is placed one by one. */
function unpromised({ before, after }: Transition): readonly PlannedEvent[] {
  const held = findCondition(before?.conditions, STAGE_CONDITIONS.gangScheduled)
  const next = findCondition(after.conditions, STAGE_CONDITIONS.gangScheduled)
  if (next?.status !== 'False' || held?.message === next.message) return []
  return [{ type: 'Warning', reason: next.reason, message: next.message }]
}

function drifted({ before, after }: Transition): readonly PlannedEvent[] {
  const held = findCondition(before?.conditions, STAGE_CONDITIONS.specDrift)
  const next = findCondition(after.conditions, STAGE_CONDITIONS.specDrift)
  if (next?.status !== 'True' || held?.message === next.message) return []
  return [{ type: 'Warning', reason: next.reason, message: next.message }]
}

/** Why a stage fails is told when it begins to stop. One that never started is its mission's to tell of. */
function ended({ before, after }: Transition): readonly PlannedEvent[] {
  const held = findCondition(before?.conditions, STAGE_CONDITIONS.complete)
  const complete = findCondition(after.conditions, STAGE_CONDITIONS.complete)
  if (complete === undefined || after.startTime === undefined) return []
  const begins = held?.reason !== complete.reason
  if (begins && complete.reason === REASONS.cancelled) {
    return [normal(REASONS.cancelled, 'the stage was cancelled; its tasks are stopped')]
  }
  if (!isEndedPhase(after.phase) || isEndedPhase(before?.phase)) return []
  if (after.phase === 'Succeeded') return [normal(REASONS.succeeded, complete.message)]
  return begins ? [] : [normal(REASONS.stopped, 'every task of the stage has stopped')]
}
