/** Reads what a diagnosis is made from, in the same way for whoever asks. What may not be read is left out. */
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
import { LABELS } from '../constants.ts'
import { FLIGHT_TASKS, MISSION_STAGES, MISSIONS, WEAPONS } from '../crd.ts'
import type { FlightTask } from '../kinds/flighttask.ts'
import type { Mission } from '../kinds/mission.ts'
import type { MissionStage } from '../kinds/missionstage.ts'
import type { Weapon } from '../kinds/weapon.ts'
import type { Evidence } from './evidence.ts'
import { LEASE_NAMES } from './parts.ts'

/** What a diagnosis can be asked for. */
export type Subject = Mission | MissionStage | FlightTask

/** The types of subjects, from the whole to the part. */
export const SUBJECT_TYPES: readonly ResourceType[] = [MISSIONS, MISSION_STAGES, FLIGHT_TASKS]

/** Of a type, which objects; everything of all namespaces where it is empty. */
export interface EvidenceSelection {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/** All objects of a selection by the asker's own rights. Throws ApiStatusError where the API server refuses. */
export type ListObjects = (
  type: ResourceType,
  selection: EvidenceSelection,
) => Promise<readonly KubeObject[]>

export interface GatheringOptions {
  readonly list: ListObjects
  /** Where operator and scheduler run; their leases are looked for in all namespaces where it is missing. */
  readonly systemNamespace?: string | undefined
}

/**
 * All lists at the same time. Pods of every namespace are read, since they all take aircraft; where that is refused, those of the
 * subject's own still say where the mission's are.
 * @throws whatever `list` throws, but for refusals (403) and types that the cluster does not have (404)
 */
export async function gatherEvidence(
  subject: Subject,
  { list, systemNamespace }: GatheringOptions,
): Promise<Evidence> {
  const within = { namespace: subject.metadata.namespace ?? '' }
  const read = async <T extends KubeObject>(
    type: ResourceType,
    selection: EvidenceSelection,
  ): Promise<readonly T[] | undefined> => {
    try {
      return (await list(type, selection)) as readonly T[]
    } catch (error) {
      if (error instanceof ApiStatusError && (error.code === 403 || error.code === 404)) return
      throw error
    }
  }
  const leaseOf = (name: string): Promise<readonly Lease[] | undefined> =>
    read<Lease>(LEASES, {
      ...(systemNamespace === undefined ? {} : { namespace: systemNamespace }),
      fieldSelector: `metadata.name=${name}`,
    })
  const about = eventSubjectOf(subject)
  const [missions, stages, tasks, everyPod, nodes, weapons, events, leases] = await Promise.all([
    read<Mission>(MISSIONS, within),
    read<MissionStage>(MISSION_STAGES, within),
    read<FlightTask>(FLIGHT_TASKS, { ...within, ...belowMission(subject) }),
    read<Pod>(PODS, {}),
    read<NodeObject>(NODES, {}),
    read<Weapon>(WEAPONS, within),
    about === undefined
      ? []
      : read<EventObject>(EVENTS, { ...within, fieldSelector: `involvedObject.uid=${about}` }),
    Promise.all(Object.values(LEASE_NAMES).map(leaseOf)),
  ])
  return present({
    missions,
    stages,
    tasks,
    pods: everyPod ?? (await read<Pod>(PODS, within)),
    // Without the pods of all namespaces nobody knows which aircraft are free.
    nodes: everyPod === undefined ? undefined : nodes,
    weapons,
    events,
    leases: leases.every((found) => found === undefined)
      ? undefined
      : leases.flatMap((found) => found ?? []),
  })
}

/** What belongs to the subject's mission; everything where the subject stands by itself. */
function belowMission({ kind, metadata }: KubeObject): EvidenceSelection {
  const mission =
    kind === 'Mission' ? toLabelValue(metadata.name ?? '') : metadata.labels?.[LABELS.mission]
  return mission === undefined ? {} : { labelSelector: `${LABELS.mission}=${mission}` }
}

/** Uid of what events are asked about: of a task its pod, which the kubelet writes of; of a mission or a stage itself. */
function eventSubjectOf({ kind, metadata, status }: Subject): string | undefined {
  return kind === 'FlightTask' ? (status as FlightTask['status'])?.podRef?.uid : metadata.uid
}

function present(
  lists: {
    readonly [Key in keyof Evidence]: Evidence[Key] | undefined
  },
): Evidence {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== undefined))
}

/** The pod of a task: the one on record; where there is none yet, one that the task owns. */
export function podOfTask({ metadata, status }: FlightTask, pods: readonly Pod[]): Pod | undefined {
  return (
    pods.find((pod) => pod.metadata.uid === status?.podRef?.uid) ??
    pods.find((pod) => pod.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid))
  )
}
