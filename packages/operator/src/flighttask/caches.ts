/** The caches that a decision about a task is made from, and how changes in them lead to tasks. */
import {
  AIRCRAFT,
  FLIGHT_TASKS,
  type FlightTask,
  MISSION_STAGES,
  type MissionStage,
  WEAPON_LOADOUTS,
  WEAPONS,
  type Weapon,
  type WeaponLoadout,
} from '@sortie/api'
import type { Informer } from '@sortie/client'
import {
  controllerOf,
  deepEqual,
  EVENTS,
  type EventObject,
  type KubeObject,
  keyOf,
  NODES,
  type NodeObject,
  type Pod,
  type Stored,
} from '@sortie/machinery'
import { type InformerSource, type Source, sourceOf } from '@sortie/runtime'
import { notReadySince, readCandidate } from '../aircraft/facts.ts'
import {
  fieldOf,
  inNamespace,
  NODE_INDEX,
  PICKY,
  PICKY_INDEX,
  taskPods,
  textOf,
  wholeOf,
} from '../pod/index.ts'
import { hasEnded } from './observation.ts'
import { tasksWaitingFor, tasksWaitingForStage } from './turn.ts'

export interface TaskCaches {
  readonly tasks: Informer<FlightTask>
  readonly pods: Informer<Pod>
  readonly nodes: Informer<NodeObject>
  readonly weapons: Informer<Weapon>
  /** Of the operator's weapon namespace, where it looks after another one only. */
  readonly sharedWeapons: Informer<Weapon> | undefined
  readonly loadouts: Informer<WeaponLoadout>
  readonly stages: Informer<MissionStage>
  readonly failedScheduling: Informer<EventObject>
}

/** Nodes by their aircraft type. */
export const AIRCRAFT_TYPE_INDEX = 'aircraftType'
/** Weapons by the hardpoint types that they fit. */
export const HARDPOINT_TYPE_INDEX = 'hardpointType'
/** Tasks that wait for a weapon or a loadout, all under the one value `waiting`. */
const LOADOUT_INDEX = 'loadout'
const WAITING = 'waiting'
/** Tasks that name a stage by which they are not owned, by `namespace/stage`. */
const NAMED_STAGE_INDEX = 'namedStage'
/** FailedScheduling events by the uid of their pod, and by `namespace/name` where they have none. */
const POD_INDEX = 'pod'

export interface CacheScope {
  /** All namespaces where it is missing. */
  readonly namespace?: string | undefined
  readonly weaponNamespace?: string | undefined
}

export function taskCaches(
  informers: InformerSource,
  { namespace, weaponNamespace }: CacheScope = {},
): TaskCaches {
  const scope = inNamespace(namespace)
  const tasks = informers.informer<FlightTask>(FLIGHT_TASKS, scope)
  tasks.addIndexer(LOADOUT_INDEX, (task) => (waitsForLoadout(task) ? [WAITING] : []))
  tasks.addIndexer(NAMED_STAGE_INDEX, namedStage)
  const nodes = informers.informer<NodeObject>(NODES)
  nodes.addIndexer(AIRCRAFT_TYPE_INDEX, (node) => [node.metadata.labels?.[AIRCRAFT.type] ?? ''])
  const weaponsIn = (where: string | undefined): Informer<Weapon> => {
    const weapons = informers.informer<Weapon>(WEAPONS, inNamespace(where))
    weapons.addIndexer(HARDPOINT_TYPE_INDEX, hardpointTypes)
    return weapons
  }
  const isShared = namespace !== undefined && weaponNamespace !== undefined
  const failedScheduling = informers.informer<EventObject>(EVENTS, {
    ...scope,
    fieldSelector: 'reason=FailedScheduling',
  })
  failedScheduling.addIndexer(POD_INDEX, podOfEvent)
  return {
    tasks,
    pods: taskPods(informers, namespace),
    nodes,
    weapons: weaponsIn(namespace),
    sharedWeapons:
      isShared && weaponNamespace !== namespace ? weaponsIn(weaponNamespace) : undefined,
    loadouts: informers.informer<WeaponLoadout>(WEAPON_LOADOUTS, scope),
    stages: informers.informer<MissionStage>(MISSION_STAGES, scope),
    failedScheduling,
  }
}

function hardpointTypes({ spec }: Stored<Weapon>): readonly string[] {
  return [...new Set(spec.compatibility?.hardpointTypes)]
}

function waitsForLoadout(task: Stored<FlightTask>): boolean {
  const { status } = task
  if (status === undefined || hasEnded(status)) return false
  return (
    status.conditions?.some(({ type, status: is }) => type === 'LoadoutValid' && is !== 'True') ===
    true
  )
}

function namedStage(task: Stored<FlightTask>): readonly string[] {
  const name = textOf(fieldOf(fieldOf(task, 'spec'), 'stageRef'), 'name')
  if (name === undefined || controllerOf(task) !== undefined) return []
  return [`${task.metadata.namespace ?? ''}/${name}`]
}

function podOfEvent(event: Stored<EventObject>): readonly string[] {
  const { involvedObject } = event
  if (textOf(involvedObject, 'kind') !== 'Pod') return []
  const uid = textOf(involvedObject, 'uid')
  if (uid !== undefined) return [uid]
  return [`${textOf(involvedObject, 'namespace') ?? ''}/${textOf(involvedObject, 'name') ?? ''}`]
}

/**
 * How often the scheduler found no aircraft for a pod. An event counts what it aggregates; the two APIs for events serve the same
 * objects, so watching one counts none twice.
 */
export function countFailedScheduling(
  events: Informer<EventObject>,
  pod: { readonly uid: string; readonly namespace: string; readonly name: string },
): number {
  const found = [
    ...events.byIndex(POD_INDEX, pod.uid),
    ...events.byIndex(POD_INDEX, `${pod.namespace}/${pod.name}`),
  ]
  return found.reduce((sum, event) => sum + occurrences(event), 0)
}

function occurrences(event: Stored<EventObject>): number {
  return wholeOf(event.series, 'count', 1) ?? wholeOf(event, 'count', 1) ?? 1
}

/** Everything but the tasks themselves that can change what is to be done about one. */
export function taskSources(
  caches: TaskCaches,
  onPodGone: (task: string, pod: Stored<Pod>) => void,
): readonly Source[] {
  const { tasks, failedScheduling, pods, weapons, sharedWeapons } = caches
  const waiting = (): readonly string[] => tasks.byIndex(LOADOUT_INDEX, WAITING).map(keyOf)
  return [
    podSource(caches, onPodGone),
    nodeSource(caches),
    fleetSource(caches),
    ...[weapons, sharedWeapons ?? []]
      .flat()
      .map((arsenal) => onNews(arsenal, specOrAnnotations, waiting)),
    onNews(caches.loadouts, specOrAnnotations, waiting),
    onNews(caches.stages, isStageRunning, (stage) =>
      tasks.byIndex(NAMED_STAGE_INDEX, keyOf(stage)).map(keyOf),
    ),
    newStageSource(caches),
    sourceOf(failedScheduling, ({ involvedObject: { namespace, name } }) =>
      taskOf(pods.get(`${namespace ?? ''}/${name ?? ''}`)),
    ),
  ]
}

/** The key of the task that owns a pod. */
function taskOf(pod: KubeObject | undefined): readonly string[] {
  const owner = pod === undefined ? undefined : controllerOf(pod)
  if (owner?.kind !== FLIGHT_TASKS.kind) return []
  return [`${pod?.metadata.namespace ?? ''}/${owner.name}`]
}

function podSource(
  caches: TaskCaches,
  onPodGone: (task: string, pod: Stored<Pod>) => void,
): Source {
  const { pods } = caches
  return {
    ...syncOf(pods),
    connect(enqueue) {
      const wake = (pod: Stored<Pod>, isGone: boolean): void => {
        for (const key of taskOf(pod)) enqueue(key)
        for (const key of tasksWaitingFor(pod, isGone, caches)) enqueue(key)
      }
      return pods.addHandler({
        onAdd: (pod) => wake(pod, false),
        onUpdate: (_old, pod) => wake(pod, false),
        onDelete(pod) {
          for (const key of taskOf(pod)) onPodGone(key, pod)
          wake(pod, true)
        },
      })
    },
  }
}

/** An aircraft that goes, or changes in what it offers, concerns the pods that rule some out. */
function fleetSource({ nodes, pods }: TaskCaches): Source {
  return {
    ...syncOf(nodes),
    connect(enqueue) {
      const wake = (): void => {
        for (const pod of pods.byIndex(PICKY_INDEX, PICKY))
          for (const key of taskOf(pod)) enqueue(key)
      }
      return nodes.addHandler({
        onUpdate(old, node) {
          if (pods.byIndex(PICKY_INDEX, PICKY).length === 0) return
          if (!deepEqual(readCandidate(old), readCandidate(node))) wake()
        },
        onDelete: wake,
      })
    },
  }
}

/** A heartbeat is no news; a node that turns or goes concerns the tasks that it has. */
function nodeSource({ nodes, pods }: TaskCaches): Source {
  return {
    ...syncOf(nodes),
    connect(enqueue) {
      const wake = (node: Stored<NodeObject>): void => {
        for (const pod of pods.byIndex(NODE_INDEX, node.metadata.name)) {
          for (const key of taskOf(pod)) enqueue(key)
        }
      }
      return nodes.addHandler({
        onAdd(node) {
          if (notReadySince(node) !== undefined) wake(node)
        },
        onUpdate(old, node) {
          if (notReadySince(old) !== notReadySince(node)) wake(node)
        },
        onDelete: wake,
      })
    },
  }
}

/** A stage that is seen for the first time concerns the tasks that were seen before it. */
function newStageSource(caches: TaskCaches): Source {
  return {
    ...syncOf(caches.stages),
    connect: (enqueue) =>
      caches.stages.addHandler({
        onAdd(stage) {
          for (const key of tasksWaitingForStage(stage, caches)) enqueue(key)
        },
      }),
  }
}

function syncOf<T extends KubeObject>(
  informer: Informer<T>,
): Pick<Source, 'hasSynced' | 'whenSynced'> {
  return {
    hasSynced: () => informer.hasSynced(),
    whenSynced: (signal) => informer.whenSynced(signal),
  }
}

/** Wakes tasks when an object comes, goes, or changes in what `newsOf` makes of it. */
function onNews<T extends KubeObject>(
  informer: Informer<T>,
  newsOf: (object: Stored<T>) => unknown,
  keysOf: (object: Stored<T>) => readonly string[],
): Source {
  return {
    ...syncOf(informer),
    connect(enqueue) {
      const wake = (object: Stored<T>): void => {
        for (const key of keysOf(object)) enqueue(key)
      }
      return informer.addHandler({
        onAdd: wake,
        onUpdate(old, object) {
          if (newsOf(old) !== newsOf(object)) wake(object)
        },
        onDelete: wake,
      })
    },
  }
}

function specOrAnnotations({ metadata }: KubeObject): unknown {
  return `${metadata.generation ?? 0} ${JSON.stringify(metadata.annotations ?? {})}`
}

function isStageRunning(stage: Stored<MissionStage>): unknown {
  return stage.status?.phase === 'Running'
}
