/** What a mission's progress is drawn from: the mission, its stages and their tasks, found by owner. */
import {
  FLIGHT_TASKS,
  type FlightTask,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionStage,
} from '@sortie/api'
import { type Client, createInformer, type Informer, OWNER_UID_INDEX } from '@sortie/client'
import {
  type Clock,
  type KubeObject,
  type Random,
  type Stored,
  silentLogger,
} from '@sortie/machinery'

export interface MissionSnapshot {
  readonly mission: Stored<Mission>
  /** In the order of the mission. */
  readonly stages: readonly StageSnapshot[]
}

export interface StageSnapshot {
  readonly stage: Stored<MissionStage>
  readonly tasks: readonly Stored<FlightTask>[]
}

/** Mission phases that do not change any more. */
export const ENDED_PHASES: readonly string[] = ['Succeeded', 'Failed', 'Cancelled']

export interface MissionWatch {
  /** Undefined where the mission is not there (yet or any more). */
  snapshot(): MissionSnapshot | undefined
  /** Calls back, once per turn, when something of the mission has changed. */
  onChange(callback: () => void): void
  whenSynced(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

export interface MissionWatchOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly namespace: string
  readonly name: string
}

/** Follows one mission by three watches of its namespace. */
export function watchMission(options: MissionWatchOptions): MissionWatch {
  const { client, clock, random, namespace, name } = options
  const base = { client, clock, random, namespace, log: silentLogger }
  const missions = createInformer<Mission>({
    ...base,
    type: MISSIONS,
    fieldSelector: `metadata.name=${name}`,
  })
  const stages = createInformer<MissionStage>({ ...base, type: MISSION_STAGES })
  const tasks = createInformer<FlightTask>({ ...base, type: FLIGHT_TASKS })
  const informers = [missions, stages, tasks] as unknown as Informer<KubeObject>[]
  let callback: (() => void) | undefined
  let announced = false
  const announce = (): void => {
    if (announced) return
    announced = true
    queueMicrotask(() => {
      announced = false
      callback?.()
    })
  }
  for (const informer of informers) {
    informer.addHandler({ onAdd: announce, onUpdate: announce, onDelete: announce })
    informer.start()
  }
  return {
    onChange(next) {
      callback = next
    },
    snapshot() {
      const mission = missions.get(`${namespace}/${name}`)
      if (mission === undefined) return undefined
      const owned = [...stages.byIndex(OWNER_UID_INDEX, mission.metadata.uid)]
      owned.sort((a, b) => (a.spec.stageIndex ?? 0) - (b.spec.stageIndex ?? 0))
      return { mission, stages: owned.map((stage) => ({ stage, tasks: tasksOf(tasks, stage) })) }
    },
    async whenSynced(signal) {
      await Promise.all(informers.map((informer) => informer.whenSynced(signal)))
    },
    async stop() {
      await Promise.all(informers.map((informer) => informer.stop()))
    },
  }
}

function tasksOf(
  tasks: Informer<FlightTask>,
  stage: Stored<MissionStage>,
): readonly Stored<FlightTask>[] {
  const owned = [...tasks.byIndex(OWNER_UID_INDEX, stage.metadata.uid)]
  return owned.sort(
    (a, b) =>
      (a.spec.taskIndex ?? 0) - (b.spec.taskIndex ?? 0) ||
      (a.metadata.name < b.metadata.name ? -1 : 1),
  )
}
