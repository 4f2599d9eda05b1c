/**
 * A small world for the decisions of missions and stages alone: objects in maps, plans carried out
 * at once, tasks that move as they are told. Whole seconds pass between steps. Controllers may lose
 * their memory at any step.
 */
import type { FlightTask, Mission, MissionStage, TaskPhase } from '@sortie/api'
import {
  applyMergePatch,
  type Instant,
  type JsonObject,
  type KubeObject,
  type Stored,
} from '@sortie/machinery'
import type { Operation, Plan } from '@sortie/runtime'
import { decideMission } from './mission/decide.ts'
import { observeMission } from './mission/observe.ts'
import { decideStage } from './stage/decide.ts'
import { expandStage } from './stage/expansion.ts'
import { START, START_TIME } from './stage/fixtures.ts'
import { observeStage } from './stage/observe.ts'
import type { TaskOutcome } from './stage/roster.ts'

type AnyObject = Stored<KubeObject> & { readonly spec?: JsonObject; readonly status?: JsonObject }

export class World {
  now: Instant = START
  readonly missions = new Map<string, Stored<Mission>>()
  readonly stages = new Map<string, Stored<MissionStage>>()
  readonly tasks = new Map<string, Stored<FlightTask>>()
  /** Phases that each object went through, by kind and name. */
  readonly history = new Map<string, string[]>()
  /** What the stage's controller remembers of tasks that were deleted after their end. */
  readonly remembered = new Map<string, Map<string, TaskOutcome>>()
  writes = 0
  #serial = 0

  constructor(mission: Stored<Mission>) {
    this.missions.set(mission.metadata.name, mission)
  }

  get mission(): Stored<Mission> {
    const [mission] = this.missions.values()
    if (mission === undefined) throw new Error('the mission is gone')
    return mission
  }

  runMission(): void {
    const { mission } = this
    const children = [...this.stages.values()]
    this.#apply(
      mission,
      decideMission(observeMission({ mission, children, template: undefined }), this.now),
    )
  }

  runStage(stage: Stored<MissionStage>): void {
    const { uid } = stage.metadata
    const look = observeStage({
      stage,
      expansion: expandStage(stage),
      children: this.tasksOf(stage),
      remembered: this.remembered.get(uid) ?? new Map(),
      unrecorded: this.remembered.has(uid),
    })
    this.#apply(stage, decideStage(look, this.now))
  }

  tasksOf(stage: Stored<MissionStage>): Stored<FlightTask>[] {
    const { uid } = stage.metadata
    return [...this.tasks.values()].filter(
      ({ metadata }) => metadata.ownerReferences?.[0]?.uid === uid,
    )
  }

  /** Moves a task to a phase, as its controller would. */
  moveTask(task: Stored<FlightTask>, phase: TaskPhase): void {
    this.#put({ ...task, status: { ...task.status, phase } } as unknown as AnyObject)
  }

  /** Someone deletes a task by hand; the stage's controller sees how it stood. */
  deleteTask(task: Stored<FlightTask>): void {
    const { phase } = task.status ?? {}
    this.tasks.delete(task.metadata.name)
    if (phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Cancelled') return
    const uid = task.metadata.ownerReferences?.[0]?.uid ?? ''
    const memory = this.remembered.get(uid) ?? new Map<string, TaskOutcome>()
    this.remembered.set(uid, memory.set(task.spec.taskName ?? '', phase))
  }

  changeMission(spec: JsonObject): void {
    this.#patch(this.mission as unknown as AnyObject, { spec })
  }

  #apply(owner: AnyObject | Stored<Mission> | Stored<MissionStage>, plan: Plan): void {
    if (plan.status !== undefined) {
      this.writes++
      this.#put({ ...(owner as AnyObject), status: plan.status as JsonObject })
    }
    for (const operation of plan.operations ?? []) this.#carryOut(operation)
  }

  #carryOut(operation: Operation): void {
    this.writes++
    const map = this.#mapOf(operation.type.kind)
    if (operation.kind === 'create') {
      const { name = '' } = operation.object.metadata
      if (map.has(name)) throw new Error(`${operation.type.kind} ${name} exists`)
      const metadata = {
        ...operation.object.metadata,
        uid: `uid-${this.#serial++}`,
        generation: 1,
        creationTimestamp: START_TIME,
      }
      this.#put({
        ...operation.object,
        metadata,
        status: { phase: 'Pending' },
      } as unknown as AnyObject)
      return
    }
    const held = map.get(operation.ref.name)
    if (held?.metadata.uid !== operation.ref.uid) throw new Error('the wrong object')
    if (operation.kind === 'delete') map.delete(operation.ref.name)
    else this.#patch(held as AnyObject, operation.patch.body as JsonObject)
  }

  #patch(held: AnyObject, body: JsonObject): void {
    const generation = (held.metadata.generation ?? 1) + 1
    const patched = applyMergePatch({ spec: held.spec ?? {} }, { spec: body['spec'] })
    this.#put({ ...held, ...(patched as object), metadata: { ...held.metadata, generation } })
  }

  #mapOf(kind: string): Map<string, Stored<KubeObject>> {
    const maps: Record<string, Map<string, unknown>> = {
      Mission: this.missions,
      MissionStage: this.stages,
      FlightTask: this.tasks,
    }
    return maps[kind] as Map<string, Stored<KubeObject>>
  }

  #put(object: AnyObject): void {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#serial) }
    this.#mapOf(object.kind).set(metadata.name, { ...object, metadata })
    const phase = String(object.status?.['phase'] ?? 'Pending')
    const key = `${object.kind}/${metadata.uid}`
    const phases = this.history.get(key) ?? []
    if (phases.at(-1) !== phase) this.history.set(key, [...phases, phase])
  }
}
