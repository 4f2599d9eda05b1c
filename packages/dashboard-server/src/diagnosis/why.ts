/** Why something waits or failed: the diagnosis of @sortie/api, from objects that the person's own token may read. */
import {
  type Diagnosis,
  diagnose,
  type Evidence,
  FLIGHT_TASKS,
  type FlightTask,
  LABELS,
  LEASE_NAMES,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionStage,
  WEAPONS,
} from '@sortie/api'
import type { Client, ListOptions } from '@sortie/client'
import {
  ApiStatusError,
  EVENTS,
  type Instant,
  type KubeObject,
  LEASES,
  NODES,
  PODS,
  type ResourceType,
  toLabelValue,
} from '@sortie/machinery'

type Subject = Mission | MissionStage | FlightTask

const ASKABLE: readonly ResourceType[] = [MISSIONS, MISSION_STAGES, FLIGHT_TASKS]

/** The type that a kind's name means; undefined where nothing is known of why it waits. */
export function askableType(kind: string): ResourceType | undefined {
  return ASKABLE.find((type) => type.kind === kind)
}

export interface Question {
  readonly type: ResourceType
  readonly namespace: string
  readonly name: string
}

/** @throws ApiStatusError where the subject is not there or may not be read, TransportError */
export async function explainWhy(
  client: Client,
  { type, namespace, name }: Question,
  now: Instant,
): Promise<Diagnosis> {
  const subject = (await client
    .resource<KubeObject>(type)
    .get({ namespace, name })) as unknown as Subject
  return diagnose(subject, await gatherEvidence(client, subject, namespace), now)
}

/** Lists that may not be read are left out: nothing is concluded from them. */
async function gatherEvidence(
  client: Client,
  subject: Subject,
  namespace: string,
): Promise<Evidence> {
  const list = async (
    type: ResourceType,
    options: ListOptions = { namespace },
  ): Promise<readonly KubeObject[] | undefined> => {
    try {
      return (await client.resource<KubeObject>(type).listAll(options)).items
    } catch (error) {
      if (error instanceof ApiStatusError && (error.code === 403 || error.code === 404)) return
      throw error
    }
  }
  const [missions, stages, tasks, allPods, allNodes, weapons, events, leases] = await Promise.all([
    list(MISSIONS),
    list(MISSION_STAGES),
    list(FLIGHT_TASKS, { namespace, ...below(subject) }),
    list(PODS, {}),
    list(NODES, {}),
    list(WEAPONS),
    subject.kind === 'FlightTask' ? list(EVENTS, aboutPod(subject as FlightTask, namespace)) : [],
    leaderLeases(list),
  ])
  // Pods of one namespace do not say which aircraft are free, but they do say where this mission's are.
  const pods = allPods ?? (await list(PODS))
  const nodes = allPods === undefined ? undefined : allNodes
  const lists = { missions, stages, tasks, pods, nodes, weapons, events, leases }
  return Object.fromEntries(Object.entries(lists).filter(([, items]) => items !== undefined))
}

/** In whatever namespace they are. */
async function leaderLeases(
  list: (type: ResourceType, options: ListOptions) => Promise<readonly KubeObject[] | undefined>,
): Promise<readonly KubeObject[] | undefined> {
  const found = await Promise.all(
    Object.values(LEASE_NAMES).map((name) =>
      list(LEASES, { fieldSelector: `metadata.name=${name}` }),
    ),
  )
  const known = found.flatMap((leases) => leases ?? [])
  return known.length === 0 && found.includes(undefined) ? undefined : known
}

/** What belongs to the subject's mission. */
function below({ kind, metadata }: KubeObject): ListOptions {
  const mission =
    kind === 'Mission' ? toLabelValue(metadata.name ?? '') : metadata.labels?.[LABELS.mission]
  return mission === undefined ? {} : { labelSelector: `${LABELS.mission}=${mission}` }
}

function aboutPod({ status }: FlightTask, namespace: string): ListOptions {
  return { namespace, fieldSelector: `involvedObject.uid=${status?.podRef?.uid ?? ''}` }
}
