/** Invariants about what is not ours. */
import { type Invariant, seenAs } from '../invariant.ts'

/** Label of objects that others made where ours would like to stand. */
export const DECOY_LABEL = 'rehearsal.sortie/decoy'

export const othersUntouched: Invariant = {
  number: 17,
  name: 'nothing we do not own is changed',
  onCommit(seen, witness) {
    const pod = seenAs(seen, 'Pod')
    if (pod === undefined || pod.commit.type === 'ADDED') return
    const labels = pod.commit.previous?.metadata.labels
    if (labels?.[DECOY_LABEL] !== undefined) witness.report(`${pod.commit.type} by us`, pod.entry)
  },
}
