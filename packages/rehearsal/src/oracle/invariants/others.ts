/** Invariants about what is not ours. */
import { deepEqual } from '@sortie/machinery'
import type { Invariant } from '../invariant.ts'

/** Label of objects that others made where ours would like to stand. */
export const DECOY_LABEL = 'rehearsal.sortie/decoy'

export const othersUntouched: Invariant = {
  number: 17,
  name: 'nothing we do not own is changed',
  onCommit({ commit, entry }, witness) {
    if (commit.type === 'ADDED' || commit.previous === undefined) return
    const before = commit.previous
    if (before.metadata.labels?.[DECOY_LABEL] === undefined) return
    const { object } = commit
    if (object.kind === 'Pod') witness.report(`${commit.type} by us`, entry)
    // Its status says what our controllers think of it: that is no change of what somebody wants.
    const isSame =
      commit.type === 'MODIFIED' &&
      object.metadata.generation === before.metadata.generation &&
      deepEqual(object.metadata.labels, before.metadata.labels) &&
      deepEqual(object.metadata.ownerReferences, before.metadata.ownerReferences)
    if (!isSame) witness.report(`${commit.type} by us`, entry)
  },
}
