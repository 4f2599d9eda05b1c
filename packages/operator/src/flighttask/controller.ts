/** The controller of flight tasks: observes, asks `decideTask`, and carries out what it says. */
import {
  FIELD_MANAGERS,
  FLIGHT_TASKS,
  type FlightTask,
  LABELS,
  MANAGED_BY,
  REASONS,
} from '@sortie/api'
import type { Client } from '@sortie/client'
import {
  controllerOf,
  isNotFound,
  type KubeObject,
  NODES,
  PODS,
  type Pod,
  type Stored,
  soonest,
} from '@sortie/machinery'
import {
  type ApplyDeps,
  applyPlan,
  type Controller,
  createController,
  type ReconcileResult,
} from '@sortie/runtime'
import { type ControllerDeps, writingFor } from '../controllers.ts'
import { readPod, type TaskOrder } from '../pod/index.ts'
import { type TaskCaches, taskCaches, taskSources } from './caches.ts'
import { decideTask } from './decide.ts'
import { creationError, isNameTaken, toCreationFailure } from './failures.ts'
import { createFleetReader, type FleetReader, readCatalogue } from './freshcatalogue.ts'
import { gather, urgencyOf } from './gathering.ts'
import { withFreshNodes } from './lostnodes.ts'
import { createMemories, type Memories, type TaskMemory } from './memory.ts'
import { currentPod, hasEnded, missingPod, retriesOf, type TaskObservation } from './observation.ts'
import {
  loadoutRefOf,
  observeStart,
  observeTask,
  type TaskSettings,
  unknownNodes,
} from './observe.ts'
import type { TaskPlan } from './plan.ts'
import { relays } from './relays.ts'
import { eventsOf } from './status.ts'
import { isPodBeforeAlive } from './turn.ts'

/** How long until a pod that the server has and the cache has not is looked for again. */
const CACHE_LAG_MS = 1000
/** How long until a pod whose both names are taken is tried again. */
const NAME_RETRY_MS = 30_000

interface Parts {
  readonly deps: ControllerDeps
  readonly writing: ApplyDeps
  readonly caches: TaskCaches
  readonly memories: Memories
  readonly settings: TaskSettings
  readonly fleet: FleetReader
}

/** Creates the controller; it is to be added to a manager on the informers that it asks for. */
export function createFlightTaskController(deps: ControllerDeps): Controller {
  const { config } = deps
  const caches = taskCaches(deps.informers, config)
  const memories = createMemories()
  const writing = writingFor(deps, FIELD_MANAGERS.task, [caches.tasks, caches.pods])
  const fleet = createFleetReader(writing.client, deps.clock)
  const parts: Parts = { deps, writing, caches, memories, settings: config, fleet }
  return createController<FlightTask>({
    ...deps,
    name: 'flighttask',
    primary: caches.tasks,
    sources: taskSources(caches, (key, pod) => {
      const task = caches.tasks.get(key)
      if (task === undefined || hasEnded({ phase: task.status?.phase })) return
      // The pod may be that of a task that had the name before.
      if (controllerOf(pod as Pod)?.uid !== task.metadata.uid) return
      memories.of(key, task.metadata.uid).ghost = readPod(pod)
    }),
    barrier: writing.barrier,
    reconcile: (key) => reconcileTask(parts, key),
    priorityOf,
    workers: config.workers,
  })
}

const RANKS: Readonly<Record<string, number>> = { low: 0, medium: 1, high: 2, critical: 3 }

/** The mission's priority first, the task's own within the mission. */
function priorityOf({ spec }: Stored<FlightTask>): number {
  const mission = RANKS[spec?.missionPriority ?? 'medium'] ?? 1
  return mission * 4 + (RANKS[spec?.priority ?? spec?.missionPriority ?? 'medium'] ?? 1)
}

async function reconcileTask(parts: Parts, key: string): Promise<ReconcileResult> {
  const task = parts.caches.tasks.get(key)
  if (task === undefined) {
    parts.memories.forget(key)
    parts.writing.barrier.forget(key)
    return undefined
  }
  const memory = parts.memories.of(key, task.metadata.uid)
  const seen = observeTask(task, parts.caches, memory)
  const observed = await withFreshNodes(seen, {
    nodes: parts.writing.client.resource(NODES),
    unknown: unknownNodes(seen, parts.caches),
    now: parts.deps.clock.now(),
  })
  return decideAndApply({ parts, task, memory }, observed)
}

interface Look {
  readonly parts: Parts
  readonly task: Stored<FlightTask>
  readonly memory: TaskMemory
  /** The present pod is as the API server has it. */
  readonly isPodFresh?: boolean
  /** So are what the task carries and its aircraft. */
  readonly isLoadoutFresh?: boolean
}

/** Decides, fetching what the decision turns out to need, until it can be carried out. */
async function decideAndApply(look: Look, observed: TaskObservation): Promise<ReconcileResult> {
  const { parts, task } = look
  const { clock, random } = parts.deps
  const plan = decideTask(observed, { now: clock.now(), random })
  if (plan.needsStart === true) {
    const { caches, writing } = parts
    const asking = { caches, pods: writing.client.resource<Pod>(PODS), now: clock.now() }
    if (await isPodBeforeAlive(task, asking)) return { requeueAt: clock.now() + CACHE_LAG_MS }
    const start = observeStart(observed.order, task, parts)
    return decideAndApply(look, { ...observed, start })
  }
  if (plan.askForPod === true) {
    const isGone = await isPodGone(parts, observed)
    if (isGone) return decideAndApply(look, { ...observed, podConfirmedGone: true })
    return { requeueAt: clock.now() + CACHE_LAG_MS }
  }
  if (plan.confirmPod === true && look.isPodFresh !== true) {
    const fresh = await withFreshPod(parts, observed)
    if (fresh === undefined) return { requeueAt: clock.now() + CACHE_LAG_MS }
    return decideAndApply({ ...look, isPodFresh: true }, fresh)
  }
  if (plan.confirmLoadout === true && look.isLoadoutFresh !== true) {
    const start = await freshStart(look, observed)
    return decideAndApply({ ...look, isLoadoutFresh: true }, { ...observed, start })
  }
  return carryOut(look, observed, plan)
}

async function freshStart({ parts, task }: Look, observed: TaskObservation) {
  const { order, start } = observed
  if (start === undefined) return start
  const catalogue = await readCatalogue(
    { ...parts.writing, fleet: parts.fleet },
    {
      namespace: order.namespace,
      loadout: loadoutRefOf(task),
      observed: start.loadout,
      aircraftType: order.aircraft.type,
    },
  )
  return observeStart(order, task, { ...parts, catalogue })
}

/** Undefined where the server has the pod no more, as the cache will tell. */
async function withFreshPod(
  parts: Parts,
  observed: TaskObservation,
): Promise<TaskObservation | undefined> {
  const { namespace = '', name = '', uid } = currentPod(observed) ?? {}
  try {
    const pod = await parts.writing.client.resource<Pod>(PODS).get({ namespace, name })
    if (pod.metadata.uid !== uid) return undefined
    const pods = observed.pods.map((held) => (held.uid === uid ? readPod(pod) : held))
    return { ...observed, pods }
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

async function carryOut(
  look: Look,
  observed: TaskObservation,
  plan: TaskPlan,
): Promise<ReconcileResult> {
  const { parts, task, memory } = look
  const urgency = urgencyOf(observed.status, plan.status)
  const gathered = gather(urgency, memory.waiting, parts.deps.clock.now())
  const isWritten = gathered.write || (plan.recordFirst === true && urgency !== 'none')
  const news = isWritten ? eventsOf(observed.status, plan.status) : []
  const relayed = plan.status.phase === 'Failed' ? [] : relays(task, news, parts.caches)
  memory.waiting = gathered.waiting
  try {
    const result = await applyPlan(
      parts.writing,
      { type: FLIGHT_TASKS, object: task },
      {
        operations: plan.operations,
        ...(isWritten ? { status: plan.status } : {}),
        statusFirst: plan.recordFirst === true,
        events: [...(plan.events ?? []), ...news, ...relayed],
        requeueAt: plan.requeueAt,
      },
    )
    if (isWritten) memory.waiting = {}
    if (result.refused !== undefined) return retryRefused(look, observed, result.refused.error)
    settleMemory(memory, observed, plan)
    return { requeueAt: soonest(result.requeueAt, isWritten ? undefined : gathered.due) }
  } catch (error) {
    return handleFailure(look, observed, error)
  }
}

/** What was remembered for the pod's creation has served once a pod was created; a ghost once it was dealt with. */
function settleMemory(memory: TaskMemory, observed: TaskObservation, plan: TaskPlan): void {
  if (plan.operations.some(({ kind }) => kind === 'create') || observed.pods.length > 0) {
    memory.creation = undefined
  }
  if (plan.recordFirst === true) memory.ghost = undefined
}

/** The server called the pod invalid: that decides the task, as it is now. Corrected before that is on record, it is tried anew. */
function retryRefused(
  look: Look,
  observed: TaskObservation,
  error: unknown,
): Promise<ReconcileResult> {
  return decideAndApply(look, { ...observed, creation: toCreationFailure(error) })
}

async function handleFailure(
  look: Look,
  observed: TaskObservation,
  error: unknown,
): Promise<ReconcileResult> {
  const { parts, task, memory } = look
  const failed = creationError(error)
  if (failed === undefined) throw error
  const failure = toCreationFailure(failed)
  if (failure.invalid) return retryRefused(look, observed, failed)
  if (!isNameTaken(failed)) {
    memory.creation = failure
    throw error
  }
  parts.writing.recorder.record(task, {
    type: 'Warning',
    reason: REASONS.nameTaken,
    message: failure.message,
  })
  if (observed.nameTaken) memory.creation = failure
  const delay = observed.nameTaken ? NAME_RETRY_MS : 0
  memory.nameTakenAt = retriesOf(observed)
  return { requeueAt: parts.deps.clock.now() + delay }
}

/**
 * Whether the recorded pod is gone, by the API server and not by the cache. One that is there but lost the label by which pods are
 * watched gets it back; another one under the same name means that ours is gone.
 */
async function isPodGone(parts: Parts, observed: TaskObservation): Promise<boolean> {
  const wanted = missingPod(observed)
  if (wanted === undefined) return true
  const ref = { namespace: observed.order.namespace, name: wanted.name }
  try {
    const pod = await parts.writing.client.resource(PODS).get(ref)
    if (pod.metadata.uid !== wanted.uid) return true
    if (!isWatched(pod)) await restoreLabel(parts.writing.client, observed.order, pod)
    return false
  } catch (error) {
    if (isNotFound(error)) return true
    throw error
  }
}

function isWatched(pod: Stored<KubeObject>): boolean {
  const labels = pod.metadata.labels ?? {}
  return labels[LABELS.managedBy] === MANAGED_BY
}

async function restoreLabel(
  client: Client,
  { namespace }: TaskOrder,
  pod: Stored<KubeObject>,
): Promise<void> {
  const { name, uid } = pod.metadata
  const body = { metadata: { uid, labels: { [LABELS.managedBy]: MANAGED_BY } } }
  await client.resource(PODS).patch({ namespace, name }, { type: 'merge', body })
}
