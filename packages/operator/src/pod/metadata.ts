/** Names, labels, annotations and owner of a task's pod. */
import { ANNOTATIONS, API_VERSION, GROUP, LABELS, MANAGED_BY, RESERVED_PREFIXES } from '@sortie/api'
import {
  boundedName,
  type JsonObject,
  type ObjectMeta,
  stableHash,
  toLabelValue,
} from '@sortie/machinery'
import { fieldOf, objectOf, textMapOf } from './fields.ts'
import type { TaskOrder } from './order.ts'
import { type PodProblem, shown } from './placement.ts'

/** On a pod: its weapon containers, as `container=namespace/weapon` joined by commas. */
export const WEAPONS_ANNOTATION = `${GROUP}/weapons`
/** On a pod: the task's taskParams as JSON; read by the containers as TASK_PARAMS. */
export const TASK_PARAMS_ANNOTATION = `${GROUP}/task-params`
/** On a pod, set by a controller of ours: the pod is to be replaced without using the retry budget; the value says why. */
export const REPLACE_ANNOTATION = `${GROUP}/replace`

/** The longest name that the kubelet still uses whole as host name. */
const MAX_POD_NAME = 253

/** `<flighttask>-pod`, with the retry's number from the first on; with a hash of the task's uid where others hold that name. */
export function podName(order: TaskOrder, retry: number, taken: boolean): string {
  return boundedName(
    [
      order.name,
      'pod',
      ...(retry > 0 ? [String(retry)] : []),
      ...(taken ? [stableHash(order.uid)] : []),
    ],
    MAX_POD_NAME,
  )
}

export interface MetadataRequest {
  readonly order: TaskOrder
  readonly facts: MissionFacts
  readonly retry: number
  readonly nameTaken: boolean
  readonly excluded: readonly string[]
  readonly weapons: readonly { readonly container: string; readonly key: string }[]
}

/** What a task's pod must know of the mission and stage that it belongs to; all empty for a standalone task. */
export interface MissionFacts {
  readonly missionName: string
  readonly stageName: string
  /** Name of the MissionStage. */
  readonly stageRef: string
  readonly missionPriority: string | undefined
  readonly gang: string | undefined
  readonly coordination: {
    readonly dataLinkProtocol: string
    readonly commandFrequency: string
    readonly emergencyFrequency: string
  }
}

export function podMetadata(request: MetadataRequest, problems: PodProblem[]): ObjectMeta {
  const { order, retry } = request
  const template = fieldOf(order.template, 'metadata')
  problems.push(...reservedKeys(template))
  return {
    name: podName(order, retry, request.nameTaken),
    namespace: order.namespace,
    labels: { ...textMapOf(fieldOf(template, 'labels')), ...ownLabels(request) },
    annotations: { ...textMapOf(fieldOf(template, 'annotations')), ...ownAnnotations(request) },
    ownerReferences: [
      {
        apiVersion: API_VERSION,
        kind: 'FlightTask',
        name: order.name,
        uid: order.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  }
}

function ownLabels({ order, facts }: MetadataRequest): Record<string, string> {
  const labels: Record<string, string> = {
    [LABELS.flightTask]: order.name,
    [LABELS.mission]: facts.missionName,
    [LABELS.stage]: facts.stageName,
    [LABELS.stageRef]: facts.stageRef,
    [LABELS.role]: order.role,
    [LABELS.aircraft]: order.aircraft.type,
    [LABELS.gang]: facts.gang ?? '',
  }
  const present = Object.entries(labels).filter(([, value]) => value !== '')
  return {
    ...Object.fromEntries(present.map(([key, value]) => [key, toLabelValue(value)])),
    [LABELS.managedBy]: MANAGED_BY,
  }
}

function ownAnnotations(request: MetadataRequest): Record<string, string> {
  const { order, facts, weapons } = request
  const parameters = Object.keys(order.parameters).length === 0 ? undefined : order.parameters
  return {
    [ANNOTATIONS.attempt]: String(request.retry),
    [ANNOTATIONS.priority]: facts.missionPriority ?? order.priority ?? 'medium',
    ...(request.excluded.length === 0
      ? {}
      : { [ANNOTATIONS.excludedNodes]: JSON.stringify(request.excluded) }),
    ...(weapons.length === 0
      ? {}
      : {
          [WEAPONS_ANNOTATION]: weapons
            .map(({ container, key }) => `${container}=${key}`)
            .join(','),
        }),
    ...(parameters === undefined ? {} : { [TASK_PARAMS_ANNOTATION]: JSON.stringify(parameters) }),
  }
}

/** Labels and annotations with our prefixes say who made what: a template may not write them. */
function reservedKeys(metadata: unknown): readonly PodProblem[] {
  const kinds = ['labels', 'annotations'] as const
  return kinds.flatMap((kind) =>
    Object.keys(objectOf(fieldOf(metadata, kind)))
      .filter((key) => RESERVED_PREFIXES.some((prefix) => key.startsWith(prefix)))
      .map((key) => ({
        path: `spec.podTemplate.metadata.${kind}[${shown(key)}]`,
        message: 'has a prefix that is kept for Sortie; use one of your own',
      })),
  )
}

/** Weapon containers of a pod by container name, to the weapon's `namespace/name`, from its annotation. */
export function weaponsOfPod(annotations: unknown): ReadonlyMap<string, string> {
  const weapons = new Map<string, string>()
  const text = textMapOf(objectOf(annotations) as JsonObject)[WEAPONS_ANNOTATION]
  for (const entry of text?.split(',') ?? []) {
    const equals = entry.indexOf('=')
    if (equals > 0) weapons.set(entry.slice(0, equals), entry.slice(equals + 1))
  }
  return weapons
}
