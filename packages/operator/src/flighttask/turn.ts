/**
 * A sequential stage flies one task at a time. Its controller makes a task once the one before has ended; but the pod of a task
 * that ended by a timeout, a delete or a cancel may still be on its way out then, and the next one waits for it.
 */
import { FLIGHT_TASKS, type FlightTask, LABELS } from '@sortie/api'
import { OWNER_UID_INDEX } from '@sortie/client'
import { controllerOf, keyOf, type Pod, type Stored } from '@sortie/machinery'
import { readPod, STAGE_INDEX, stageKeyOf } from '../pod/index.ts'
import type { TaskCaches } from './caches.ts'

type TurnCaches = Pick<TaskCaches, 'tasks' | 'pods' | 'stages'>

/** True where a pod of another task of the same sequential stage still works. */
export function isStageBusy(task: Stored<FlightTask>, { pods, stages }: TurnCaches): boolean {
  const stageRef = task.spec.stageRef?.name
  if (stageRef === undefined || (task.status?.phase ?? 'Pending') !== 'Pending') return false
  const stage = stages.get(`${task.metadata.namespace ?? ''}/${stageRef}`)
  if (stage?.spec?.stageType !== 'sequential') return false
  if (controllerOf(task as FlightTask)?.uid !== stage.metadata.uid) return false
  const { uid } = task.metadata
  const key = stageKeyOf(task.metadata.namespace, stageRef)
  return pods.byIndex(STAGE_INDEX, key).some((pod) => isOfAnother(pod, uid) && isWorking(pod))
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
    .filter(({ status }) => (status?.phase ?? 'Pending') === 'Pending')
    .map((waiting) => keyOf(waiting as FlightTask))
}
