/** Names, labels, annotations and owner of a task's pod. */
import { ANNOTATIONS, API_VERSION, childName, GROUP, LABELS, podLabels, podName } from '@sortie/api'
import { type JsonObject, type ObjectMeta, toLabelValue } from '@sortie/machinery'
import { fieldOf, objectOf, textMapOf } from './fields.ts'
import type { TaskOrder } from './order.ts'

/** On a pod: its weapon containers, as `container=namespace/weapon` joined by commas. */
export const WEAPONS_ANNOTATION = `${GROUP}/weapons`
/** On a pod: the task's taskParams as JSON; read by the containers as TASK_PARAMS. */
export const TASK_PARAMS_ANNOTATION = `${GROUP}/task-params`
/** On a pod, set by a controller of ours: the pod is to be replaced without using the retry budget; the value says why. */
export const REPLACE_ANNOTATION = `${GROUP}/replace`

/** `<flighttask>-pod`, with the retry's number from the first on; with a hash of the task's uid where others hold that name. */
function nameOf({ order, retry, nameTaken }: MetadataRequest): string {
  const plain = podName(order.name, retry)
  return nameTaken ? childName(plain, { parentUid: order.uid, key: String(retry) }) : plain
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

export function podMetadata(request: MetadataRequest): ObjectMeta {
  const { order } = request
  const template = fieldOf(order.template, 'metadata')
  return {
    name: nameOf(request),
    namespace: order.namespace,
    labels: ownLabels(request),
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

function ownLabels({ order, facts }: MetadataRequest): Readonly<Record<string, string>> {
  const present = (text: string): string | undefined => (text === '' ? undefined : text)
  return {
    ...podLabels({
      flightTask: order.name,
      mission: present(facts.missionName),
      stage: present(facts.stageName),
      stageRef: present(facts.stageRef),
      role: present(order.role),
      aircraft: present(order.aircraft.type),
      template: textMapOf(fieldOf(fieldOf(order.template, 'metadata'), 'labels')),
    }),
    ...(facts.gang === undefined ? {} : { [LABELS.gang]: toLabelValue(facts.gang) }),
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
