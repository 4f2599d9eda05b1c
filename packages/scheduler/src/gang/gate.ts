/** Lets waiting pods through to assignment: those that their tasks still want, with their gangs counted. */
import type { FlightTask, MissionStage } from '@sortie/api'
import { OWNER_UID_INDEX } from '@sortie/client'
import type { Pod, Stored } from '@sortie/machinery'
import type { QueuedPod, WaitingQueue } from '../queue.ts'
import {
  countGang,
  gangKeyOf,
  gangKeyOfTask,
  isFirstOfItsTask,
  ownerTaskUid,
  type RecordSources,
  standingOf,
} from './records.ts'
import type { Gang, WaitingPod } from './units.ts'

export interface Gate {
  /** What of a batch can be assigned. The rest is held until its task changes. */
  admit(batch: readonly QueuedPod[]): readonly WaitingPod[]
  /** Something of a task changed that decides whether and with whom its pods are placed. */
  taskChanged(task: Stored<FlightTask>): void
  stageChanged(stage: Stored<MissionStage>): void
  /** A pod is gone, or has given up its place: another one of its task may have it, and its gang is to be counted anew. */
  podLeft(pod: Stored<Pod>): void
}

export function createGate(sources: RecordSources, queue: WaitingQueue): Gate {
  const wakePodsOf = (task: string): void => {
    for (const pod of sources.pods.byIndex(OWNER_UID_INDEX, task)) queue.wake(pod.metadata.uid)
  }
  const wakeGangOf = (key: string | undefined): void => {
    if (key !== undefined) queue.wakeGang(key)
  }
  const isWanted = (pod: Pod): boolean =>
    standingOf(pod, sources.tasks) === 'wanted' && isFirstOfItsTask(pod, sources)
  return {
    admit(batch) {
      const gangs = new Map<string, Gang>()
      const admitted: WaitingPod[] = []
      for (const queued of batch) {
        const { info } = queued
        const pod = info.pod as Pod
        // A binding that is under way is not decided a second time, whatever woke the pod.
        const isPlaced = sources.nodeOf(info.uid) !== undefined
        const isDue = !isPlaced && isWanted(pod)
        const key = isDue ? gangKeyOf(pod, sources) : undefined
        if (isDue) queue.join(info.uid, key)
        if (!isDue) queue.hold(info.uid)
        else if (key === undefined) admitted.push(queued)
        else if (!gangs.has(key)) gangs.set(key, countGang(key, pod, sources))
      }
      // A gang is looked at whole: with those of its members that were put aside before.
      for (const gang of gangs.values()) {
        for (const queued of queue.asideOf(gang.key)) {
          if (isWanted(queued.info.pod as Pod)) admitted.push({ ...queued, gang })
          else queue.hold(queued.info.uid)
        }
      }
      return admitted
    },
    taskChanged(task) {
      wakePodsOf(task.metadata.uid)
      wakeGangOf(gangKeyOfTask(task as FlightTask, sources))
    },
    stageChanged(stage) {
      for (const task of sources.tasks.byIndex(OWNER_UID_INDEX, stage.metadata.uid)) {
        wakePodsOf(task.metadata.uid)
      }
    },
    podLeft(pod) {
      const task = ownerTaskUid(pod as Pod)
      if (task !== undefined) wakePodsOf(task)
      wakeGangOf(gangKeyOf(pod as Pod, sources))
    },
  }
}
