/** What a task's trouble tells its stage and its mission, where people look first. */
import { API_VERSION, type FlightTask } from '@sortie/api'
import { controllerOf, type KubeObject, type OwnerReference, type Stored } from '@sortie/machinery'
import type { PlannedEvent } from '@sortie/runtime'
import type { TaskCaches } from './caches.ts'

/**
 * The same events about the stage and the mission above the task, with its name in front. A task that has failed for good is left
 * out: its stage says so itself when it begins to stop.
 */
export function relays(
  task: Stored<FlightTask>,
  news: readonly PlannedEvent[],
  { stages }: Pick<TaskCaches, 'stages'>,
): readonly PlannedEvent[] {
  const { namespace, name } = task.metadata
  const owner = controllerOf(task as FlightTask)
  if (news.length === 0 || owner?.kind !== 'MissionStage') return []
  const stage = stages.get(`${namespace}/${owner.name}`)
  const mission = stage?.metadata.uid === owner.uid ? controllerOf(stage as KubeObject) : undefined
  const above = mission === undefined ? [owner] : [owner, mission]
  return above.flatMap((one) =>
    news.map((event) => ({
      ...event,
      message: `task ${name}: ${event.message}`,
      regarding: objectOf(one, namespace),
    })),
  )
}

function objectOf({ kind, name, uid }: OwnerReference, namespace: string | undefined): KubeObject {
  const place = namespace === undefined ? {} : { namespace }
  return { apiVersion: API_VERSION, kind, metadata: { ...place, name, uid } }
}
