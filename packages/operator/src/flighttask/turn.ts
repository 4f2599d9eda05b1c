/**
 * A sequential stage flies one task at a time. Its controller makes a task once the one before has ended; but the pod of a task
 * that ended by a timeout, a delete or a cancel may still be on its way out then, and the next one waits for it.
 */
import {
  FLIGHT_TASKS,
  type FlightTask,
  LABELS,
  MISSION_STAGES,
  type MissionStage,
} from '@sortie/api'
import { OWNER_UID_INDEX, type ResourceClient } from '@sortie/client'
import {
  controllerOf,
  type Instant,
  isNotFound,
  keyOf,
  type Pod,
  parseTime,
  type Stored,
} from '@sortie/machinery'
import { readPod, STAGE_INDEX, stageKeyOf } from '../pod/index.ts'
import type { TaskCaches } from './caches.ts'
import { readCancellation } from './facts.ts'

type TurnCaches = Pick<TaskCaches, 'tasks' | 'pods' | 'stages'>

/**
 * True where a pod of another task of the same sequential stage still works. Before the stage is seen nobody can tell, so what it
 * made waits.
 */
export function isStageBusy(task: Stored<FlightTask>, { pods, stages }: TurnCaches): boolean {
  const owner = controllerOf(task as FlightTask)
  if (owner?.kind !== MISSION_STAGES.kind || !isPending(task)) return false
  const stage = stageOf(task, stages)
  if (stage === undefined) return true
  if (stage.spec?.stageType !== 'sequential') return false
  const { namespace, uid } = task.metadata
  const key = stageKeyOf(namespace, owner.name)
  return pods.byIndex(STAGE_INDEX, key).some((pod) => isOfAnother(pod, uid) && isWorking(pod))
}

/** The stage that made the task, where the cache has it. */
function stageOf(
  task: Stored<FlightTask>,
  stages: TurnCaches['stages'],
): Stored<MissionStage> | undefined {
  const owner = controllerOf(task as FlightTask)
  const stage = stages.get(`${task.metadata.namespace ?? ''}/${owner?.name ?? ''}`)
  return stage?.metadata.uid === owner?.uid ? stage : undefined
}

function isPending({ status }: Stored<FlightTask>): boolean {
  return (status?.phase ?? 'Pending') === 'Pending'
}

/** Longer than its grace no pod lives on after its task, but for this. */
const SLACK_MS = 60_000

interface Asking {
  readonly caches: TurnCaches
  readonly pods: Pick<ResourceClient<Pod>, 'get'>
  readonly now: Instant
}

/**
 * Asks the API server for the pods of tasks that came before in the same sequential stage and ended without them: the cache of pods
 * may be older than that of tasks, and have none yet.
 */
export async function isPodBeforeAlive(
  task: Stored<FlightTask>,
  { caches, pods, now }: Asking,
): Promise<boolean> {
  for (const { name, uid } of podsBefore(task, caches, now)) {
    try {
      const pod = await pods.get({ namespace: task.metadata.namespace ?? '', name })
      if (pod.metadata.uid === uid && isWorking(pod)) return true
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  return false
}

/** Of tasks that have just ended; one that succeeded did so with its pod. */
function podsBefore(
  task: Stored<FlightTask>,
  { tasks, pods, stages }: TurnCaches,
  now: Instant,
): readonly { readonly name: string; readonly uid: string }[] {
  const stage = stageOf(task, stages)
  if (stage?.spec?.stageType !== 'sequential') return []
  return tasks.byIndex(OWNER_UID_INDEX, stage.metadata.uid).flatMap((other) => {
    const { phase, podRef, completionTime } = other.status ?? {}
    const { name, uid } = podRef ?? {}
    if ((phase !== 'Failed' && phase !== 'Cancelled') || name === undefined || uid === undefined)
      return []
    const gone = (parseTime(completionTime) ?? now) + readCancellation(other).graceSeconds * 1000
    const isSeen = pods.get(`${other.metadata.namespace ?? ''}/${name}`)?.metadata.uid === uid
    return isSeen || gone + SLACK_MS < now ? [] : [{ name, uid }]
  })
}

function isOfAnother(pod: Stored<Pod>, uid: string): boolean {
  const owner = controllerOf(pod as Pod)
  return owner?.kind === FLIGHT_TASKS.kind && owner.uid !== uid
}

/** Its main containers may still do something. */
function isWorking(pod: Stored<Pod>): boolean {
  const { end, finished } = readPod(pod)
  return !finished && end === undefined
}

/** Keys of the tasks that may have waited for this pod: it is gone, or its main containers have ended. */
export function tasksWaitingFor(
  pod: Stored<Pod>,
  isGone: boolean,
  { tasks, stages }: TurnCaches,
): readonly string[] {
  const owner = controllerOf(pod as Pod)
  if (owner?.kind !== FLIGHT_TASKS.kind) return []
  const { namespace = '', labels } = pod.metadata
  const stageRef = tasks.get(`${namespace}/${owner.name}`)?.spec.stageRef?.name
  const stage = stages.get(`${namespace}/${stageRef ?? labels?.[LABELS.stageRef] ?? ''}`)
  if (stage?.spec?.stageType !== 'sequential' || (!isGone && isWorking(pod))) return []
  return tasks
    .byIndex(OWNER_UID_INDEX, stage.metadata.uid)
    .filter(isPending)
    .map((waiting) => keyOf(waiting as FlightTask))
}

/** Keys of the tasks that may have waited for their stage to be seen. */
export function tasksWaitingForStage(
  { metadata: { uid } }: Stored<MissionStage>,
  { tasks }: Pick<TurnCaches, 'tasks'>,
): readonly string[] {
  const made = tasks.byIndex(OWNER_UID_INDEX, uid)
  return made.filter(isPending).map((waiting) => keyOf(waiting as FlightTask))
}
