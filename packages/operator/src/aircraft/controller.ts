/** The controller of aircraft: keeps the labels, resources and taints of Nodes that are Sortie's own business. */
import { FIELD_MANAGERS, FLIGHT_TASKS, parseAircraft } from '@sortie/api'
import type { Informer } from '@sortie/client'
import {
  controllerOf,
  type Instant,
  NODES,
  type NodeObject,
  type Pod,
  type ResourceList,
  type Stored,
  type Taint,
} from '@sortie/machinery'
import {
  type ApplyDeps,
  applyPlan,
  type Controller,
  createController,
  type ReconcileResult,
  type Source,
} from '@sortie/runtime'
import { type ControllerDeps, writingFor } from '../controllers.ts'
import {
  fieldOf,
  NODE_INDEX,
  objectsOf,
  type PodFacts,
  readPod,
  taskPods,
  textMapOf,
} from '../pod/index.ts'
import { type AircraftObservation, decideAircraft, type Occupant } from './decide.ts'

/** What is remembered of one aircraft; lost with the process, which costs at most one patch or event. */
interface Memory {
  idleSince: Instant | undefined
  announcedAt: Instant | undefined
  toldProblems: string | undefined
}

interface Parts {
  readonly deps: ControllerDeps
  readonly writing: ApplyDeps
  readonly nodes: Informer<NodeObject>
  readonly pods: Informer<Pod>
  readonly memories: Map<string, Memory>
}

/** Creates the controller; it is to be added to a manager on the informers that it asks for. */
export function createAircraftController(deps: ControllerDeps): Controller {
  const nodes = deps.informers.informer<NodeObject>(NODES)
  const pods = taskPods(deps.informers, deps.config.namespace)
  const writing = writingFor(deps, FIELD_MANAGERS.aircraft, [nodes])
  const parts: Parts = { deps, writing, nodes, pods, memories: new Map() }
  return createController<NodeObject>({
    ...deps,
    name: 'aircraft',
    primary: nodes,
    sources: [occupantSource(pods)],
    barrier: writing.barrier,
    reconcile: (key) => reconcileAircraft(parts, key),
    workers: deps.config.workers,
  })
}

/** A pod concerns its aircraft when it is placed there, and when it ends or goes. */
function occupantSource(pods: Informer<Pod>): Source {
  return {
    hasSynced: () => pods.hasSynced(),
    whenSynced: (signal) => pods.whenSynced(signal),
    connect(enqueue) {
      const wake = ({ spec }: Stored<Pod>): void => {
        if (spec.nodeName !== undefined) enqueue(spec.nodeName)
      }
      return pods.addHandler({
        onAdd: wake,
        onUpdate(old, pod) {
          const isMoved = old.spec.nodeName !== pod.spec.nodeName
          if (isMoved || old.status?.phase !== pod.status?.phase) wake(pod)
        },
        onDelete: wake,
      })
    },
  }
}

async function reconcileAircraft(parts: Parts, key: string): Promise<ReconcileResult> {
  const node = parts.nodes.get(key)
  if (node === undefined) {
    parts.memories.delete(key)
    parts.writing.barrier.forget(key)
    return undefined
  }
  const now = parts.deps.clock.now()
  const memory = parts.memories.get(key) ?? {
    idleSince: undefined,
    announcedAt: undefined,
    toldProblems: undefined,
  }
  parts.memories.set(key, memory)
  const observed = observeAircraft(node, parts.pods.byIndex(NODE_INDEX, key), memory)
  memory.idleSince = observed.occupants.length > 0 ? undefined : (memory.idleSince ?? now)
  const plan = decideAircraft({ ...observed, idleSince: memory.idleSince }, now)
  memory.toldProblems = plan.problems
  const { operations, events, requeueAt } = plan
  const owner = { type: NODES, object: node }
  const result = await applyPlan(parts.writing, owner, { operations, events, requeueAt })
  if (plan.announces) memory.announcedAt = now
  return result
}

export function observeAircraft(
  node: Stored<NodeObject>,
  pods: readonly Stored<Pod>[],
  memory: Pick<AircraftObservation, 'idleSince' | 'announcedAt' | 'toldProblems'>,
): AircraftObservation {
  const { metadata } = node
  const status = fieldOf(node, 'status')
  const ours = pods.filter((pod) => controllerOf(pod)?.kind === FLIGHT_TASKS.kind)
  const facts = ours.map((pod) => ({ task: controllerOf(pod)?.name ?? '', pod: readPod(pod) }))
  return {
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    reading: parseAircraft(node),
    labels: textMapOf(metadata.labels),
    annotations: textMapOf(metadata.annotations),
    taints: objectsOf(fieldOf(fieldOf(node, 'spec'), 'taints')) as unknown as readonly Taint[],
    capacity: textMapOf(fieldOf(status, 'capacity')) as ResourceList,
    allocatable: textMapOf(fieldOf(status, 'allocatable')) as ResourceList,
    occupants: facts.flatMap(({ task, pod }) => occupantOf(task, pod)),
    failures: facts.flatMap(({ pod }) => failureOf(pod)),
    ...memory,
  }
}

function occupantOf(task: string, pod: PodFacts): readonly Occupant[] {
  if (pod.finished) return []
  return [{ task, since: pod.assignedAt ?? pod.startedAt ?? pod.createdAt ?? 0 }]
}

/** A pod that the cluster took away is no failure of the aircraft's. */
function failureOf({ end, started }: PodFacts): readonly Instant[] {
  if (end === undefined || end.succeeded || end.disrupted || !started) return []
  return end.at === undefined ? [] : [end.at]
}
