/** Reads what a diagnosis is made from. What may not be read is left out, and nothing is concluded from it. */
import {
  type Evidence,
  FLIGHT_TASKS,
  type FlightTask,
  LABELS,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionStage,
  WEAPONS,
  type Weapon,
} from '@sortie/api'
import type { ListOptions } from '@sortie/client'
import {
  ApiStatusError,
  EVENTS,
  type EventObject,
  type KubeObject,
  LEASES,
  type Lease,
  NODES,
  type NodeObject,
  PODS,
  type Pod,
  type ResourceType,
  toLabelValue,
} from '@sortie/machinery'
import type { Connection } from '../connection.ts'

export interface EvidenceRequest {
  readonly subject: Mission | MissionStage | FlightTask
  /** Where operator and scheduler run. */
  readonly systemNamespace: string
}

/** All lists at the same time; pods of every namespace, since they all take aircraft. */
export async function gatherEvidence(
  { client, namespace }: Connection,
  { subject, systemNamespace }: EvidenceRequest,
): Promise<Evidence> {
  const list = async <T extends KubeObject>(
    type: ResourceType,
    options: ListOptions = { namespace },
  ): Promise<readonly T[] | undefined> => {
    try {
      const { items } = await client.resource<T>(type).listAll(options)
      return items as readonly T[]
    } catch (error) {
      if (error instanceof ApiStatusError && (error.code === 403 || error.code === 404)) return
      throw error
    }
  }
  const mission = missionLabelOf(subject)
  const below = mission === undefined ? {} : { labelSelector: `${LABELS.mission}=${mission}` }
  const [missions, stages, tasks, everyPod, nodes, weapons, events, leases] = await Promise.all([
    list<Mission>(MISSIONS),
    list<MissionStage>(MISSION_STAGES),
    list<FlightTask>(FLIGHT_TASKS, { namespace, ...below }),
    list<Pod>(PODS, {}),
    list<NodeObject>(NODES, {}),
    list<Weapon>(WEAPONS),
    list<EventObject>(EVENTS, eventsAbout(subject, namespace)),
    list<Lease>(LEASES, { namespace: systemNamespace }),
  ])
  // Pods of one namespace do not say which aircraft are free, but they do say where this mission's are.
  const pods = everyPod ?? (await list<Pod>(PODS))
  return present({
    missions,
    stages,
    tasks,
    pods,
    nodes: everyPod === undefined ? undefined : nodes,
    weapons,
    events,
    leases,
  })
}

/** The value of the label `mission` of everything below the subject's mission; undefined for what stands by itself. */
function missionLabelOf({ kind, metadata }: KubeObject): string | undefined {
  return kind === 'Mission' ? toLabelValue(metadata.name ?? '') : metadata.labels?.[LABELS.mission]
}

/** Of a task its pod's, which the kubelet writes; of a mission or stage its own. */
function eventsAbout(subject: KubeObject, namespace: string): ListOptions {
  const pod =
    subject.kind === 'FlightTask' ? (subject as FlightTask).status?.podRef?.uid : undefined
  return { namespace, fieldSelector: `involvedObject.uid=${pod ?? subject.metadata.uid}` }
}

function present(
  lists: {
    readonly [Key in keyof Evidence]: Evidence[Key] | undefined
  },
): Evidence {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined))
}
