/** Reads the caches into the plain value that decisions are made from. */
import {
  checkPodPolicy,
  countTasks,
  type FlightTask,
  type FlightTaskStatus,
  isGangStage,
  podPolicyFor,
  type Weapon,
  type WeaponLoadout,
} from '@sortie/api'
import { OWNER_UID_INDEX } from '@sortie/client'
import { controllerOf, type NodeObject, type Stored } from '@sortie/machinery'
import { type Candidate, canRuleOut, notReadySince, readCandidate } from '../aircraft/facts.ts'
import type { OperatorConfig } from '../config.ts'
import {
  fieldOf,
  type LoadoutItem,
  objectOf,
  objectsOf,
  type PodFacts,
  readLoadoutItem,
  readPod,
  readTaskOrder,
  readWeapon,
  type TaskOrder,
  type WeaponFacts,
} from '../pod/index.ts'
import {
  AIRCRAFT_TYPE_INDEX,
  countFailedScheduling,
  HARDPOINT_TYPE_INDEX,
  type TaskCaches,
} from './caches.ts'
import { isSuspended, readCancellation, readMissionFacts } from './facts.ts'
import type { LoadoutObservation } from './loadout.ts'
import type { TaskMemory } from './memory.ts'
import {
  currentPod,
  type NodeTrouble,
  retriesOf,
  type StartObservation,
  type TaskObservation,
} from './observation.ts'
import { isStageBusy } from './turn.ts'

/** What of the operator's settings the making of a pod depends on. */
export type TaskSettings = Pick<OperatorConfig, 'schedulerName' | 'weaponNamespace' | 'podPolicies'>

export function observeTask(
  task: Stored<FlightTask>,
  caches: TaskCaches,
  memory: TaskMemory,
): TaskObservation {
  const order = readTaskOrder(task)
  const pods = caches.pods.byIndex(OWNER_UID_INDEX, order.uid).map((pod) => readPod(pod))
  const base: TaskObservation = {
    order,
    facts: readMissionFacts(task),
    generation: task.metadata.generation ?? 0,
    status: readStatus(task),
    deleting: task.metadata.deletionTimestamp !== undefined,
    suspended: isSuspended(task),
    ...readCancellation(task),
    heldByStage: heldByStage(task, order, caches),
    stageBusy: isStageBusy(task, caches),
    pods,
    troubledNodes: troubledNodes(pods, caches),
    podConfirmedGone: false,
    ghost: memory.ghost,
    cornered: false,
    failedScheduling: 0,
    creation: memory.creation,
    nameTaken: false,
    start: undefined,
  }
  const pod = currentPod(base)
  if (pod === undefined) return { ...base, nameTaken: memory.nameTakenAt === retriesOf(base) }
  if (pod.node !== undefined) return base
  const failedScheduling = countFailedScheduling(caches.failedScheduling, pod)
  return { ...base, failedScheduling, cornered: pod.rulesOut && isCornered(base, task, caches) }
}

function isCornered(
  { order, status }: TaskObservation,
  task: Stored<FlightTask>,
  caches: TaskCaches,
): boolean {
  return !canRuleOut(status.excludedNodes ?? [], {
    fleet: fleetFor(order, task, catalogueOf(caches)),
    gangSize: gangSizeOf(task, caches),
    need: order.aircraft,
  })
}

/** A status that is no object, or has no phase, is that of a task of which nothing is known yet. */
export function readStatus(task: Stored<FlightTask>): FlightTaskStatus {
  const { conditions, ...fields } = objectOf(fieldOf(task, 'status'))
  const held = Array.isArray(conditions) ? { conditions } : {}
  // The one place where what the server stored, by a schema that may be older, meets the type.
  return { ...fields, ...held, phase: fields.phase ?? 'Pending' } as unknown as FlightTaskStatus
}

/** A task that names a stage without being owned by it was not made by that stage: it flies while the stage does. */
function heldByStage(
  task: Stored<FlightTask>,
  { stageRef, namespace }: TaskOrder,
  { stages }: TaskCaches,
): string | undefined {
  if (stageRef === undefined || controllerOf(task)?.kind === 'MissionStage') return undefined
  const stage = stages.get(`${namespace}/${stageRef}`)
  if (stage === undefined) {
    return `waits for MissionStage ${stageRef}, which does not exist; leave stageRef out to fly alone`
  }
  return stage.status?.phase === 'Running'
    ? undefined
    : `waits for MissionStage ${stageRef}, which is ${stage.status?.phase ?? 'Pending'}`
}

function troubledNodes(
  pods: readonly PodFacts[],
  { nodes }: TaskCaches,
): ReadonlyMap<string, NodeTrouble> {
  const troubled = new Map<string, NodeTrouble>()
  for (const { node: name, finished, deletedAt } of pods) {
    const isSettled = finished && deletedAt === undefined
    const node = name === undefined || isSettled ? undefined : nodes.get(name)
    const since = node === undefined ? undefined : notReadySince(node)
    if (name !== undefined && since !== undefined) troubled.set(name, { notReadySince: since })
  }
  return troubled
}

/** Nodes of live pods that the cache does not have: the API server must say whether they are gone. */
export function unknownNodes(observed: TaskObservation, { nodes }: TaskCaches): readonly string[] {
  const names = observed.pods
    .filter(({ finished, deletedAt }) => !finished || deletedAt !== undefined)
    .flatMap(({ node }) => (node === undefined || nodes.get(node) !== undefined ? [] : [node]))
  return [...new Set(names)]
}

/** Where weapons, loadouts and aircraft are looked up. */
export interface Catalogue {
  /** By `namespace/name`. */
  readonly loadout: (key: string) => Stored<WeaponLoadout> | undefined
  readonly weapon: (key: string) => Stored<Weapon> | undefined
  /** Aircraft of a type; all where it is empty. */
  readonly aircraft: (type: string) => Iterable<Stored<NodeObject>>
}

function catalogueOf({ loadouts, weapons, sharedWeapons, nodes }: TaskCaches): Catalogue {
  return {
    loadout: (key) => loadouts.get(key),
    weapon: (key) => weapons.get(key) ?? sharedWeapons?.get(key),
    aircraft: (type) => (type === '' ? nodes.list() : nodes.byIndex(AIRCRAFT_TYPE_INDEX, type)),
  }
}

interface StartSources {
  readonly caches: TaskCaches
  readonly settings: TaskSettings
  /** The caches' where it is left out. */
  readonly catalogue?: Catalogue
}

/** What is needed only where a pod is about to be made. */
export function observeStart(
  order: TaskOrder,
  task: Stored<FlightTask>,
  { caches, settings, catalogue = catalogueOf(caches) }: StartSources,
): StartObservation {
  const fleet = fleetFor(order, task, catalogue)
  const policy = podPolicyFor(settings.podPolicies, order.namespace)
  return {
    loadout: observeLoadout(order, task, { caches, catalogue, settings, fleet }),
    fleet,
    gangSize: gangSizeOf(task, caches),
    schedulerName: settings.schedulerName,
    rules: (pod) => checkPodPolicy(pod, policy),
  }
}

/** The whole fleet is read only where something is asked of it: a loadout to be hung up, an aircraft to be avoided. */
function fleetFor(
  { aircraft, loadout }: TaskOrder,
  task: Stored<FlightTask>,
  catalogue: Catalogue,
): readonly Candidate[] {
  const isAsked = loadout.length > 0 || loadoutRefOf(task) !== undefined
  if (!isAsked && (task.status?.excludedNodes?.length ?? 0) === 0) return []
  return [...catalogue.aircraft(aircraft.type)].flatMap((node) => readCandidate(node) ?? [])
}

/**
 * By the stage's spec, less what has succeeded and will not fly again. One that has failed counts: a later run of the stage
 * flies it again, perhaps before it is seen here.
 */
function gangSizeOf(task: Stored<FlightTask>, { stages, tasks }: TaskCaches): number {
  const owner = controllerOf(task as FlightTask)
  const stage = stages.get(`${task.metadata.namespace}/${owner?.name ?? ''}`)
  if (stage?.spec === undefined || stage.metadata.uid !== owner?.uid || !isGangStage(stage))
    return 1
  const others = tasks.byIndex(OWNER_UID_INDEX, owner.uid)
  const done = others.filter(({ status }) => status?.phase === 'Succeeded').length
  return Math.max(1, countTasks(stage.spec) - done)
}

export function loadoutRefOf(task: Stored<FlightTask>): string | undefined {
  const name = fieldOf(fieldOf(fieldOf(task, 'spec'), 'loadoutRef'), 'name')
  return typeof name === 'string' && name !== '' ? name : undefined
}

interface LoadoutSources {
  readonly caches: TaskCaches
  readonly catalogue: Catalogue
  readonly settings: TaskSettings
  readonly fleet: readonly Candidate[]
}

function observeLoadout(
  order: TaskOrder,
  task: Stored<FlightTask>,
  { caches, catalogue, settings, fleet }: LoadoutSources,
): LoadoutObservation {
  const ref = loadoutRefOf(task)
  const named = ref === undefined ? undefined : catalogue.loadout(`${order.namespace}/${ref}`)
  const items = combineItems(order.loadout, objectsOf(fieldOf(fieldOf(named, 'spec'), 'weapons')))
  const searched = weaponNamespaces(order, settings)
  const weapons = new Map<string, WeaponFacts>()
  for (const { weapon: name } of items) {
    const [found] = searched.flatMap((namespace) => catalogue.weapon(`${namespace}/${name}`) ?? [])
    if (found !== undefined) weapons.set(name, readWeapon(found))
  }
  const facts = fleet.map((candidate) => candidate.facts)
  const mountTypes = new Set(facts.flatMap(({ hardpoints }) => Object.values(hardpoints)))
  return {
    items,
    weapons,
    missingLoadout:
      ref !== undefined && named === undefined ? `${order.namespace}/${ref}` : undefined,
    searched,
    fleet: facts,
    isHardpointType: (name) =>
      mountTypes.has(name) ||
      caches.weapons.byIndex(HARDPOINT_TYPE_INDEX, name).length > 0 ||
      (caches.sharedWeapons?.byIndex(HARDPOINT_TYPE_INDEX, name).length ?? 0) > 0,
  }
}

/** Where a weapon of a task is looked for, in this order. */
function weaponNamespaces(
  { namespace }: TaskOrder,
  { weaponNamespace }: TaskSettings,
): readonly string[] {
  return [...new Set([namespace, weaponNamespace ?? namespace])]
}

/** The task's own items win over the named loadout's where both name a weapon. */
function combineItems(
  own: readonly LoadoutItem[],
  named: ReturnType<typeof objectsOf>,
): readonly LoadoutItem[] {
  const items = new Map<string, LoadoutItem>()
  for (const item of [...own, ...named.flatMap(readLoadoutItem)]) {
    if (!items.has(item.weapon)) items.set(item.weapon, item)
  }
  return [...items.values()]
}
