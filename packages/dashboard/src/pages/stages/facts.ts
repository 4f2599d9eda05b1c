/** When a stage's time is up, and how much of it is left. Pure. */
import type { StageRow } from '@sortie/api'
import type { Instant } from '@sortie/machinery'

/** Missing where it has no timeout, has not started or has ended; its clock stands still while it is suspended. */
export function deadlineOf(stage: StageRow): Instant | undefined {
  const { timeoutSeconds, started, completed, suspended, suspendedSeconds = 0 } = stage
  if (timeoutSeconds === undefined || started === undefined) return undefined
  if (completed !== undefined || suspended === true) return undefined
  return started + (timeoutSeconds + suspendedSeconds) * 1_000
}

/** From 1 at the start to 0 at the deadline. */
export function shareLeft(stage: StageRow, now: Instant): number | undefined {
  const deadline = deadlineOf(stage)
  if (deadline === undefined || stage.timeoutSeconds === undefined) return undefined
  return Math.max(0, Math.min(1, (deadline - now) / (stage.timeoutSeconds * 1_000)))
}
