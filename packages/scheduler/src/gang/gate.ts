/** Lets waiting pods through to assignment: those that their tasks still want, with their gangs counted. */
import type { FlightTask, MissionStage } from '@sortie/api'
import { OWNER_UID_INDEX } from '@sortie/client'
import type { Pod, Stored } from '@sortie/machinery'
import type { QueuedPod, WaitingQueue } from '../queue.ts'
import { countGang, gangKeyOf, gangKeyOfTask, type RecordSources, standingOf } from './records.ts'
import type { Gang, WaitingPod } from './units.ts'

export interface Gate {
  /** What of a batch can be assigned. The rest is held until its task changes. */
  admit(batch: readonly QueuedPod[]): readonly WaitingPod[]
  /** Something of a task changed that decides whether and with whom its pods are placed. */
  taskChanged(task: Stored<FlightTask>): void
  stageChanged(stage: Stored<MissionStage>): void
}

export function createGate(sources: RecordSources, queue: WaitingQueue): Gate {
  const wakePodsOf = (task: Stored<FlightTask>): void => {
    for (const pod of sources.pods.byIndex(OWNER_UID_INDEX, task.metadata.uid)) {
      queue.wake(pod.metadata.uid)
    }
  }
  return {
    admit(batch) {
      const gangs = new Map<string, Gang>()
      const members = new Map<string, WaitingPod[]>()
      const admitted: WaitingPod[] = []
      for (const queued of batch) {
        const { info } = queued
        if (standingOf(info.pod as Pod, sources.tasks) !== 'wanted') {
          queue.hold(info.uid)
          continue
        }
        const key = gangKeyOf(info.pod as Pod, sources)
        if (key === undefined) admitted.push(queued)
        else {
          queue.join(info.uid, key)
          const gang = gangs.get(key) ?? countGang(key, info.pod as Pod, sources)
          gangs.set(key, gang)
          const list = members.get(key) ?? []
          list.push({ ...queued, gang })
          members.set(key, list)
        }
      }
      for (const list of members.values()) admitted.push(...list)
      return admitted
    },
    taskChanged(task) {
      wakePodsOf(task)
      const gang = gangKeyOfTask(task as FlightTask, sources)
      if (gang !== undefined) queue.wakeGang(gang)
    },
    stageChanged(stage) {
      for (const task of sources.tasks.byIndex(OWNER_UID_INDEX, stage.metadata.uid)) {
        wakePodsOf(task)
      }
    },
  }
}
