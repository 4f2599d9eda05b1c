/** A task's pod, as a pure function of what the task, its mission and its weapons say. */
import {
  checkPodTemplate,
  ENV,
  type Problem,
  SCHEDULER_NAME,
  under,
  weaponContainerName,
} from '@sortie/api'

import type { JsonObject, ObjectMeta, Pod } from '@sortie/machinery'
import {
  type CarriedWeapon,
  defaultContainer,
  interfaceProblems,
  podVolumes,
  variable,
  weaponContainer,
  withAircraftShare,
  withEnvironment,
  withInterface,
} from './containers.ts'
import { fieldOf, objectOf, objectsOf, textOf } from './fields.ts'
import { type MissionFacts, podMetadata, TASK_PARAMS_ANNOTATION } from './metadata.ts'
import type { TaskOrder } from './order.ts'
import { type ExcludedNodes, placePod } from './placement.ts'

/** What may stand in a pod: the allow-list of behaviour.md, asked of the finished pod and of the template's metadata. */
export type PodRules = (pod: {
  readonly metadata?: unknown
  readonly spec?: unknown
}) => readonly Problem[]

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
      readonly problems: readonly Problem[]
      /** True where the allow-list refused it, false where it cannot be built at all. */
      readonly policy: boolean
    }

/** Bytes of taskParams that a container can get as one environment variable (Linux: 128 KiB). */
const MAX_PARAMS = 100_000

export function buildPod(request: PodRequest): BuiltPod {
  const problems: Problem[] = [...buildProblems(request)]
  const metadata = podMetadata(metadataRequest(request))
  const spec = podSpec(request, metadata, problems)
  if (problems.length > 0) return { problems, policy: false }
  const refused = refusals(request, spec)
  if (refused.length > 0) return { problems: refused, policy: true }
  // The template's own fields are passed on as written; the server checks them.
  return { pod: { apiVersion: 'v1', kind: 'Pod', metadata, spec } as unknown as Pod }
}

/** By the path in the template where it is the template's fault, else by the path in the pod. */
function refusals(request: PodRequest, spec: JsonObject): readonly Problem[] {
  const { template } = request.order
  const { schedulerName: _ours, ...rest } = spec
  const own = objectOf(template?.spec)
  const checked = own.schedulerName === undefined ? rest : spec
  const refused = request.rules({ metadata: template?.metadata, spec: checked })
  if (refused.length === 0 || template === undefined) return refused
  const inTemplate = request.rules({ metadata: template.metadata, spec: own })
  return inTemplate.length > 0
    ? under(['spec', 'podTemplate'], inTemplate)
    : under(['pod'], refused)
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

function podSpec(request: PodRequest, metadata: ObjectMeta, problems: Problem[]): JsonObject {
  const { order, facts } = request
  const template = templateSpec(order)
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

function templateSpec(order: TaskOrder): JsonObject {
  return objectOf(order.template?.spec)
}

/** What no policy can allow: a template that cannot become a task's pod, a weapon that cannot be put beside it. */
function buildProblems({ order, weapons }: PodRequest): readonly Problem[] {
  const armed = weapons.length > 0
  const problems = weapons.flatMap(interfaceProblems)
  if (order.template === undefined) return problems
  return [
    ...under(['spec', 'podTemplate'], checkPodTemplate(order.template, { armed })),
    ...problems,
  ]
}

interface PodContainers {
  readonly main: readonly JsonObject[]
  readonly init: readonly JsonObject[]
  readonly volumes: readonly JsonObject[] | undefined
}

function allContainers(
  { order, weapons }: PodRequest,
  template: JsonObject,
  problems: Problem[],
): PodContainers {
  const main =
    order.template === undefined ? [defaultContainer(order)] : objectsOf(template.containers)
  const init = objectsOf(template.initContainers)
  if (weapons.length === 0) return { main, init, volumes: undefined }
  const carried = weapons.map((weapon) => ({
    companion: weapon.weapon.companion,
    container: withInterface(weaponContainer(weapon, order.aircraft.type, problems)),
  }))
  const made = (companion: boolean): readonly JsonObject[] =>
    carried.filter((each) => each.companion === companion).map(({ container }) => container)
  return {
    main: [...main.map(withInterface), ...made(true)],
    // Sidecars go first, so that the template's own init containers can already speak with them.
    init: [...made(false), ...init.map(withInterface)],
    volumes: podVolumes(template.volumes, [...made(true), ...made(false)]),
  }
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
