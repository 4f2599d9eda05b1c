/** Whether the aircraft of a pod is lost: before a pod is given up for it the API server is asked, not the cache. */
import type { ResourceClient } from '@sortie/client'
import { type Instant, isNotFound, type KubeObject } from '@sortie/machinery'
import { notReadySince } from '../aircraft/facts.ts'
import { hasEnded, type NodeTrouble, type TaskObservation } from './observation.ts'
import { lostAt } from './plan.ts'

interface Asking {
  readonly nodes: Pick<ResourceClient<KubeObject>, 'get'>
  /** Nodes of live pods that the cache does not have. */
  readonly unknown: readonly string[]
  readonly now: Instant
}

/** What was observed, with the nodes that would be given up as the API server has them. */
export async function withFreshNodes(
  observed: TaskObservation,
  { nodes, unknown, now }: Asking,
): Promise<TaskObservation> {
  const gone = hasEnded(observed.status) ? [] : unknown
  const silent = [...observed.troubledNodes].filter(([, trouble]) => lostAt(trouble) <= now)
  const names = [...gone, ...silent.map(([name]) => name)]
  if (names.length === 0) return observed
  const troubledNodes = new Map(observed.troubledNodes)
  for (const name of names) {
    const trouble = await askFor(name, nodes)
    if (trouble === undefined) troubledNodes.delete(name)
    else troubledNodes.set(name, trouble)
  }
  return { ...observed, troubledNodes }
}

/** Undefined where the node is well. */
async function askFor(name: string, nodes: Asking['nodes']): Promise<NodeTrouble | undefined> {
  try {
    const since = notReadySince(await nodes.get({ name }))
    return since === undefined ? undefined : { notReadySince: since }
  } catch (error) {
    if (isNotFound(error)) return { notReadySince: undefined }
    throw error
  }
}
