import { formatTime, type Instant } from '@sortie/machinery'

/** True for phases that a stage or a mission does not leave by itself. */
export function isEndedPhase(
  phase: string | undefined,
): phase is 'Succeeded' | 'Failed' | 'Cancelled' {
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Cancelled'
}

/** The time of an end. The clock may have been set back meanwhile: nothing ends before it started. */
export function endTimeAt(startTime: string | undefined, now: Instant): string {
  const time = formatTime(now)
  return startTime !== undefined && startTime > time ? startTime : time
}
