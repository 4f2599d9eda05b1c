/** Wires the stage's decisions to the caches and the API server. */
import {
  FIELD_MANAGERS,
  FLIGHT_TASKS,
  type FlightTask,
  MISSION_STAGES,
  type MissionStage,
} from '@sortie/api'
import { type Informer, OWNER_UID_INDEX } from '@sortie/client'
import { controllerOf, type Stored } from '@sortie/machinery'
import {
  applyPlan,
  type Controller,
  createController,
  ownerKeys,
  type ReconcileResult,
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
import { decideStage } from './decide.ts'
import { StageMemories, type StageMemory } from './memory.ts'
import { observeStage } from './observe.ts'
import { asNextRun, flownAttempt, isSettled } from './rerun.ts'
import { isTaskEnded } from './roster.ts'

/**
 * The controller of MissionStages: makes their FlightTasks when their turn comes and says how they
 * stand.
 */
export function createStageController(deps: ControllerDeps): Controller {
  const { clock, config, manager } = deps
  const stages = manager.informer<MissionStage>(MISSION_STAGES, selectionOf(deps))
  const tasks = manager.informer<FlightTask>(FLIGHT_TASKS, selectionOf(deps))
  const memories = new StageMemories(clock)
  const writing = writingFor(deps, FIELD_MANAGERS.stage, [stages, tasks])
  rememberDeletedTasks(stages, tasks, memories)

  const pass = async (stage: Stored<MissionStage>, memory: StageMemory) => {
    const podByPod = config.placesGangs ? undefined : config.schedulerName
    const plan = decideStage(observe({ stage, memory, tasks, memories, podByPod }), clock.now())
    if (plan.status !== undefined) {
      memory.writtenAt = clock.now()
      memory.unrecorded = false
    }
    return applyPlan(writing, { type: MISSION_STAGES, object: stage }, plan)
  }
  const reconcile = async (key: string): Promise<ReconcileResult> => {
    const stage = stages.get(key)
    if (stage === undefined || isSettled(stage as MissionStage)) {
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
    sources: [sourceOf(tasks, ownerKeys('MissionStage'))],
    barrier: writing.barrier,
    reconcile,
    workers: config.workers,
    priorityOf: ({ spec }) => queuePriority(spec.priority),
  })
}

interface Observation {
  readonly stage: Stored<MissionStage>
  readonly memory: StageMemory
  readonly memories: StageMemories
  readonly tasks: Informer<FlightTask>
  readonly podByPod: string | undefined
}

function observe({ stage, memory, memories, tasks, podByPod }: Observation) {
  const { uid } = stage.metadata
  return observeStage({
    stage,
    expansion: memories.expansionOf(memory, asNextRun(stage)),
    children: tasks.byIndex(OWNER_UID_INDEX, uid),
    remembered: memory.remembered,
    unrecorded: memory.unrecorded,
    writtenAt: memory.writtenAt,
    podByPod,
    isTaken: (name) => memory.taken.has(name),
  })
}

/** Which stage, and which run of it, a memory is about. */
function runOf(stage: Stored<MissionStage>): { readonly uid: string; readonly attempt: number } {
  return { uid: stage.metadata.uid, attempt: flownAttempt(asNextRun(stage)) }
}

/** A task that ended and is deleted before its end is on record must not be made again. */
function rememberDeletedTasks(
  stages: Informer<MissionStage>,
  tasks: Informer<FlightTask>,
  memories: StageMemories,
): void {
  tasks.addHandler({
    onDelete(task) {
      const phase = task.status?.phase
      const owner = controllerOf(task as FlightTask)
      if (!isTaskEnded(phase) || owner?.kind !== 'MissionStage') return
      const key = `${task.metadata.namespace ?? ''}/${owner.name}`
      const stage = stages.get(key)
      if (stage?.metadata.uid !== owner.uid || isSettled(stage as MissionStage)) return
      const run = runOf(stage)
      // What failed in an earlier run says nothing about this one.
      if ((task.spec.attempt ?? 0) !== run.attempt && phase !== 'Succeeded') return
      const memory = memories.of(key, run)
      memory.remembered.set(task.spec.taskName ?? task.metadata.name, phase)
      memory.unrecorded = true
    },
  })
}
