/** Who owns which field: the seam to server-side apply. */
import type { ApiObject } from '../store/index.ts'

export interface FieldTracker {
  /**
   * The object with managedFields brought up to date for this write.
   * @param old the object before, absent where it is created
   */
  track(old: ApiObject | undefined, next: ApiObject): ApiObject
}

/** Leaves managedFields as they are. */
export const untracked: FieldTracker = { track: (_old, next) => next }
