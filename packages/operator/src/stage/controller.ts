/** Wires the stage's decisions to the caches and the API server. */
import {
  FIELD_MANAGERS,
  FLIGHT_TASKS,
  type FlightTask,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionStage,
} from '@sortie/api'
import { type Informer, OWNER_UID_INDEX } from '@sortie/client'
import { controllerOf, keyOf, type Pod, type Stored } from '@sortie/machinery'
import {
  applyPlan,
  type Controller,
  createController,
  ownerKeys,
  type ReconcileResult,
  type Source,
  sourceOf,
} from '@sortie/runtime'
import {
  type ControllerDeps,
  noteTakenNames,
  queuePriority,
  recordRefusals,
  selectionOf,
  writingFor,
} from '../controllers.ts'
import { taskPods } from '../pod/index.ts'
import { decideStage } from './decide.ts'
import { goesOn } from './hold.ts'
import { StageMemories, type StageMemory } from './memory.ts'
import { observeStage } from './observe.ts'
import { asNextRun, flownAttempt, isSettled } from './rerun.ts'
import { isTaskEnded } from './roster.ts'

/**
 * The controller of MissionStages: makes their FlightTasks when their turn comes and says how they
 * stand.
 */
export function createStageController(deps: ControllerDeps): Controller {
  const { clock, config, informers } = deps
  const stages = informers.informer<MissionStage>(MISSION_STAGES, selectionOf(deps))
  const tasks = informers.informer<FlightTask>(FLIGHT_TASKS, selectionOf(deps))
  const missions = informers.informer<Mission>(MISSIONS, selectionOf(deps))
  const pods = taskPods(informers, config.namespace)
  const caches: Caches = { missions, stages, tasks, pods }
  const memories = new StageMemories(clock)
  const writing = writingFor(deps, FIELD_MANAGERS.stage, [stages, tasks])
  rememberDeletedTasks(caches, memories)

  const pass = async (stage: Stored<MissionStage>, memory: StageMemory) => {
    const podByPod = config.placesGangs ? undefined : config.schedulerName
    const plan = decideStage(observe({ stage, memory, caches, memories, podByPod }), clock.now())
    const owner = { type: MISSION_STAGES, object: stage }
    if (plan.status === undefined) return applyPlan(writing, owner, plan)
    const isDue = memory.unrecorded
    memory.unrecorded = false
    let isSaid = false
    try {
      const result = await applyPlan(writing, owner, plan)
      isSaid = result.unsaid !== true
      return result
    } finally {
      if (isSaid) memory.writtenAt = clock.now()
      else memory.unrecorded ||= isDue
    }
  }
  const reconcile = async (key: string): Promise<ReconcileResult> => {
    const stage = stages.get(key)
    if (stage === undefined || (isSettled(stage as MissionStage) && !hasLiveTasks(stage, tasks))) {
      memories.forget(key)
      return undefined
    }
    const memory = memories.of(key, runOf(stage))
    const waitUntil = memories.waitUntil(memory)
    if (waitUntil !== undefined) return { requeueAt: waitUntil }
    try {
      return await pass(stage, memory)
    } catch (error) {
      recordRefusals(error, stage as MissionStage, writing.recorder)
      return noteTakenNames(error, memory.taken, clock.now())
    }
  }
  return createController({
    ...deps,
    name: 'missionstage',
    primary: stages,
    sources: [sourceOf(tasks, ownerKeys('MissionStage')), missionSource(caches)],
    barrier: writing.barrier,
    reconcile,
    workers: config.workers,
    priorityOf: ({ spec }) => queuePriority(spec.priority),
  })
}

interface Caches {
  readonly missions: Informer<Mission>
  readonly stages: Informer<MissionStage>
  readonly tasks: Informer<FlightTask>
  readonly pods: Informer<Pod>
}

/** A mission concerns its stages when it comes, and when what may start in it changes. */
function missionSource({ missions, stages }: Caches): Source {
  return {
    hasSynced: () => missions.hasSynced(),
    whenSynced: (signal) => missions.whenSynced(signal),
    connect(enqueue) {
      const wake = ({ metadata: { uid } }: Stored<Mission>): void => {
        for (const stage of stages.byIndex(OWNER_UID_INDEX, uid)) enqueue(keyOf(stage))
      }
      return missions.addHandler({
        onAdd: wake,
        onUpdate(old, mission) {
          if (goesOn(old as Mission) !== goesOn(mission as Mission)) wake(mission)
        },
      })
    },
  }
}

/** A mission that is not there is about to be seen, or gone: nothing starts in it. */
function doesMissionGoOn(stage: Stored<MissionStage>, { missions }: Caches): boolean {
  const owner = controllerOf(stage as MissionStage)
  if (owner?.kind !== MISSIONS.kind) return true
  const mission = missions.get(`${stage.metadata.namespace ?? ''}/${owner.name}`)
  return mission?.metadata.uid === owner.uid && goesOn(mission as Mission)
}

function hasLiveTasks({ metadata }: Stored<MissionStage>, tasks: Informer<FlightTask>): boolean {
  const all = tasks.byIndex(OWNER_UID_INDEX, metadata.uid)
  return all.some(({ status }) => !isTaskEnded(status?.phase))
}

interface Observation {
  readonly stage: Stored<MissionStage>
  readonly memory: StageMemory
  readonly memories: StageMemories
  readonly caches: Caches
  readonly podByPod: string | undefined
}

function observe({ stage, memory, memories, caches, podByPod }: Observation) {
  const { uid } = stage.metadata
  return observeStage({
    stage,
    expansion: memories.expansionOf(memory, asNextRun(stage)),
    children: caches.tasks.byIndex(OWNER_UID_INDEX, uid),
    missionGoesOn: doesMissionGoOn(stage, caches),
    remembered: memory.remembered,
    unrecorded: memory.unrecorded,
    writtenAt: memory.writtenAt,
    podByPod,
    isGone: (name) => memory.gone.has(name),
    hasPod: (task) => caches.pods.byIndex(OWNER_UID_INDEX, task.metadata.uid).length > 0,
    isTaken: (name) => memory.taken.has(name),
  })
}

/** Which stage, and which run of it, a memory is about. */
function runOf(stage: Stored<MissionStage>): { readonly uid: string; readonly attempt: number } {
  return { uid: stage.metadata.uid, attempt: flownAttempt(asNextRun(stage)) }
}

/**
 * A task that ended and is deleted before its end is on record must not be made again. One that had not ended is, unless a newer spec
 * of its stage wanted it gone.
 */
function rememberDeletedTasks({ stages, tasks }: Caches, memories: StageMemories): void {
  tasks.addHandler({
    onDelete(task) {
      const phase = task.status?.phase
      const owner = controllerOf(task as FlightTask)
      if (owner?.kind !== 'MissionStage') return
      const key = `${task.metadata.namespace ?? ''}/${owner.name}`
      const stage = stages.get(key)
      if (stage?.metadata.uid !== owner.uid || isSettled(stage as MissionStage)) return
      const run = runOf(stage)
      if (!isTaskEnded(phase)) {
        memories.of(key, run).gone.add(task.metadata.name)
        return
      }
      // What failed in an earlier run says nothing about this one.
      if ((task.spec.attempt ?? 0) !== run.attempt && phase !== 'Succeeded') return
      const memory = memories.of(key, run)
      memory.remembered.set(task.spec.taskName ?? task.metadata.name, phase)
      memory.unrecorded = true
    },
  })
}
