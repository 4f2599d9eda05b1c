/** A task's pod, as a pure function of what the task, its mission and its weapons say. */
import { ENV, SCHEDULER_NAME } from '@sortie/api'
import type { JsonObject, ObjectMeta, Pod } from '@sortie/machinery'
import {
  type CarriedWeapon,
  defaultContainer,
  podVolumes,
  variable,
  weaponContainer,
  weaponContainerName,
  withAircraftShare,
  withEnvironment,
  withInterface,
} from './containers.ts'
import { fieldOf, objectOf, objectsOf, textOf } from './fields.ts'
import { type MissionFacts, podMetadata, TASK_PARAMS_ANNOTATION } from './metadata.ts'
import type { TaskOrder } from './order.ts'
import { type ExcludedNodes, type PodProblem, placePod, shown } from './placement.ts'

/** What may stand in a pod: the allow-list of behaviour.md, applied to the finished pod. */
export type PodRules = (pod: Pod) => readonly PodProblem[]

export interface PodRequest {
  readonly order: TaskOrder
  readonly facts: MissionFacts
  readonly weapons: readonly CarriedWeapon[]
  /** Number of the retry; 0 for the first attempt. */
  readonly retry: number
  readonly excluded: ExcludedNodes
  /** True where another's pod holds the plain name. */
  readonly nameTaken: boolean
  /** For pods whose template names none. */
  readonly schedulerName?: string
  readonly rules: PodRules
}

export type BuiltPod =
  | { readonly pod: Pod; readonly problems?: undefined }
  | {
      readonly pod?: undefined
      readonly problems: readonly PodProblem[]
      /** True where the allow-list refused it, false where it cannot be built at all. */
      readonly policy: boolean
    }

/** Bytes of taskParams that a container can get as one environment variable (Linux: 128 KiB). */
const MAX_PARAMS = 100_000

export function buildPod(request: PodRequest): BuiltPod {
  const problems: PodProblem[] = []
  const metadata = podMetadata(metadataRequest(request), problems)
  const spec = podSpec(request, metadata, problems)
  if (problems.length > 0) return { problems, policy: false }
  // The template's own fields are passed on as written; the server checks them.
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec } as unknown as Pod
  const refused = request.rules(pod)
  return refused.length > 0 ? { problems: refused, policy: true } : { pod }
}

function metadataRequest({ order, facts, weapons, retry, nameTaken, excluded }: PodRequest) {
  return {
    order,
    facts,
    retry,
    nameTaken,
    excluded: excluded.names,
    weapons: weapons.map(({ item, weapon }) => ({
      container: weaponContainerName(item.weapon),
      key: weapon.key,
    })),
  }
}

function podSpec(request: PodRequest, metadata: ObjectMeta, problems: PodProblem[]): JsonObject {
  const { order, facts } = request
  const template = templateSpec(order, problems)
  const hardpoints = Math.max(order.aircraft.requiredHardpoints, loadHardpoints(request.weapons))
  const placement = placePod({ need: order.aircraft, excluded: request.excluded, template })
  problems.push(...placement.problems)
  const containers = allContainers(request, template, problems)
  const environment = taskEnvironment(order, facts, metadata)
  const finished = (list: readonly JsonObject[]) =>
    list.map((container) => withEnvironment(container, environment))
  const [first, ...others] = finished(containers.main)
  const initContainers = finished(containers.init)
  return {
    ...DEFAULT_SPEC,
    schedulerName: request.schedulerName ?? SCHEDULER_NAME,
    ...template,
    restartPolicy: textOf(template, 'restartPolicy') ?? 'Never',
    containers: [...(first === undefined ? [] : [withAircraftShare(first, hardpoints)]), ...others],
    ...(initContainers.length === 0 ? {} : { initContainers }),
    ...(containers.volumes === undefined ? {} : { volumes: containers.volumes }),
    nodeSelector: placement.nodeSelector,
    ...(Object.keys(placement.affinity).length === 0 ? {} : { affinity: placement.affinity }),
  }
}

/** Hardpoints that a loadout takes: each weapon's own number times its quantity. */
export function loadHardpoints(weapons: readonly CarriedWeapon[]): number {
  return weapons.reduce((sum, { item, weapon }) => sum + item.quantity * weapon.hardpoints, 0)
}

/**
 * What a pod gets where its template is silent: no token of the API server, no variables of the namespace's services, and the
 * runtime's own system call filter, which no ordinary image notices. Stricter settings (no root, no privilege escalation)
 * would break images that a user is free to bring, so a template says them itself.
 */
const DEFAULT_SPEC: JsonObject = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
}

function templateSpec(order: TaskOrder, problems: PodProblem[]): JsonObject {
  if (order.template === undefined) return {}
  const spec = objectOf(order.template.spec)
  const path = 'spec.podTemplate.spec'
  if (objectsOf(spec.containers).length === 0) {
    problems.push({
      path: `${path}.containers`,
      message: 'is empty; name at least one container, or leave podTemplate out',
    })
  }
  const restartPolicy = spec.restartPolicy ?? 'Never'
  if (restartPolicy !== 'Never' && restartPolicy !== 'OnFailure') {
    problems.push({
      path: `${path}.restartPolicy`,
      message: `is ${shown(restartPolicy)}; a task needs Never or OnFailure, since it must come to an end`,
    })
  }
  return spec
}

interface PodContainers {
  readonly main: readonly JsonObject[]
  readonly init: readonly JsonObject[]
  readonly volumes: readonly JsonObject[] | undefined
}

function allContainers(
  request: PodRequest,
  template: JsonObject,
  problems: PodProblem[],
): PodContainers {
  const { order, weapons } = request
  const main =
    order.template === undefined ? [defaultContainer(order)] : objectsOf(template.containers)
  const init = objectsOf(template.initContainers)
  if (weapons.length === 0) return { main, init, volumes: undefined }
  const path = 'spec.podTemplate.spec'
  const exchange = (list: readonly JsonObject[], kind: string): readonly JsonObject[] =>
    list.map((container, index) => withInterface(container, `${path}.${kind}[${index}]`, problems))
  const carried = weapons.map((weapon) => ({
    companion: weapon.weapon.companion,
    container: withInterface(
      weaponContainer(weapon, order.aircraft.type, problems),
      `Weapon ${weapon.weapon.key}: spec.container`,
      problems,
    ),
  }))
  const made = carried.map(({ container }) => container)
  problems.push(...nameClashes([...main, ...init], made))
  const companions = carried.filter(({ companion }) => companion)
  const sidecars = carried.filter(({ companion }) => !companion)
  return {
    main: [...exchange(main, 'containers'), ...companions.map(({ container }) => container)],
    // Sidecars go first, so that the template's own init containers can already speak with them.
    init: [...sidecars.map(({ container }) => container), ...exchange(init, 'initContainers')],
    volumes: podVolumes(template.volumes, made, problems),
  }
}

function nameClashes(
  own: readonly JsonObject[],
  weapons: readonly JsonObject[],
): readonly PodProblem[] {
  const names = new Set(weapons.map((container) => textOf(container, 'name')))
  return own
    .filter((container) => names.has(textOf(container, 'name')))
    .map((container) => ({
      path: 'spec.podTemplate.spec.containers',
      message: `has a container ${shown(textOf(container, 'name') ?? '')}, the name of a weapon's container; rename it`,
    }))
}

/** The variables of every container; empty where there is nothing to say, so that a shell with `set -u` goes on. */
function taskEnvironment(
  order: TaskOrder,
  facts: MissionFacts,
  metadata: ObjectMeta,
): readonly JsonObject[] {
  const { coordination } = facts
  const parameters = fieldOf(metadata.annotations, TASK_PARAMS_ANNOTATION)
  const fieldPath = `metadata.annotations['${TASK_PARAMS_ANNOTATION}']`
  return [
    variable(ENV.missionName, facts.missionName),
    variable(ENV.stageName, facts.stageName),
    variable(ENV.taskName, order.name),
    variable(ENV.taskRole, order.role),
    variable(ENV.dataLinkProtocol, coordination.dataLinkProtocol),
    variable(ENV.commandFrequency, coordination.commandFrequency),
    variable(ENV.emergencyFrequency, coordination.emergencyFrequency),
    ...(typeof parameters === 'string' && parameters.length <= MAX_PARAMS
      ? [{ name: 'TASK_PARAMS', valueFrom: { fieldRef: { fieldPath } } }]
      : []),
  ]
}
