/** Every aircraft against what one flight task asks for, from objects that the person's own token may read. */
import {
  type AircraftMatrix,
  FLIGHT_TASKS,
  type FlightTask,
  LABELS,
  matchAircraft,
  podOfTask,
  viewAircraft,
} from '@sortie/api'
import type { Client } from '@sortie/client'
import {
  type KubeObject,
  NODES,
  type NodeObject,
  PODS,
  type Pod,
  statusError,
  toLabelValue,
} from '@sortie/machinery'

/** Pods that have ended take nothing of an aircraft, and they are most of all pods where missions have been flown. */
const LIVE_PODS = 'status.phase!=Succeeded,status.phase!=Failed'

/**
 * Where the task's pod could go, were it nowhere now.
 * @throws ApiStatusError 404 where the task is not there or has no pod, 403 where the fleet may not be read; TransportError
 */
export async function matchTask(
  client: Client,
  place: { readonly namespace: string; readonly name: string },
): Promise<AircraftMatrix> {
  const [found, { items: nodes }, { items: pods }] = await Promise.all([
    client.resource<KubeObject>(FLIGHT_TASKS).get(place) as Promise<unknown>,
    client.resource<NodeObject>(NODES).listAll({}),
    client.resource<Pod>(PODS).listAll({ fieldSelector: LIVE_PODS }),
  ])
  const task = found as FlightTask
  const pod = podOfTask(task, pods) ?? (await endedPodOf(client, task))
  if (pod === undefined) {
    throw statusError('NotFound', { message: `task ${place.name} has no pod to place` })
  }
  const { nodeName: _, ...spec } = pod.spec
  const others = pods.filter((one) => one !== pod)
  return matchAircraft(spec, viewAircraft(nodes, others))
}

/** Its last pod, while that is still there. */
async function endedPodOf(client: Client, task: FlightTask): Promise<Pod | undefined> {
  const { name = '', namespace = '' } = task.metadata
  const labelSelector = `${LABELS.flightTask}=${toLabelValue(name)}`
  const { items } = await client.resource<Pod>(PODS).listAll({ namespace, labelSelector })
  return podOfTask(task, items)
}
