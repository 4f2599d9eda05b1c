/** True for phases that a stage or a mission does not leave by itself. */
export function isEndedPhase(
  phase: string | undefined,
): phase is 'Succeeded' | 'Failed' | 'Cancelled' {
  return phase === 'Succeeded' || phase === 'Failed' || phase === 'Cancelled'
}
