/** What the controller remembers of a task between two looks. All of it may be lost with the process: it only saves time. */
import type { PodFacts } from '../pod/index.ts'
import type { Waiting } from './gathering.ts'
import type { CreationFailure } from './observation.ts'

export interface TaskMemory {
  /** Since when differences of the status wait to be written. */
  waiting: Waiting
  /** Why the pod could not be created the last time. */
  creation: CreationFailure | undefined
  /**
   * The retry whose pod's plain name another's pod holds. Of every other the plain name is tried: two operators at once that chose
   * different names for one pod would both make it.
   */
  nameTakenAt: number | undefined
  /** The last that was seen of a pod that is gone. */
  ghost: PodFacts | undefined
}

export interface Memories {
  /** The memory of the task with this key and uid; a task made again under its name starts with an empty one. */
  of(key: string, uid: string): TaskMemory
  forget(key: string): void
  readonly size: number
}

export function createMemories(): Memories {
  const held = new Map<string, { readonly uid: string; readonly memory: TaskMemory }>()
  return {
    of(key, uid) {
      const found = held.get(key)
      if (found?.uid === uid) return found.memory
      const memory = { waiting: {}, creation: undefined, nameTakenAt: undefined, ghost: undefined }
      held.set(key, { uid, memory })
      return memory
    },
    forget: (key) => void held.delete(key),
    get size() {
      return held.size
    },
  }
}
