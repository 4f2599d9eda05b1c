/**
 * A small world for the decisions of missions and stages alone: objects in maps, plans carried out
 * at once, tasks that move as they are told. Whole seconds pass between steps. Controllers may lose
 * their memory at any step.
 */
import {
  ANNOTATIONS,
  type FlightTask,
  type Mission,
  type MissionStage,
  type TaskPhase,
} from '@sortie/api'
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
import { asNextRun, flownAttempt, isSettled } from './stage/rerun.ts'
import type { TaskOutcome } from './stage/roster.ts'

type AnyObject = Stored<KubeObject> & { readonly spec?: JsonObject; readonly status?: JsonObject }

/** Which stage, and which run of it: what the controller's memory is about. */
function runOf(stage: Stored<MissionStage>): string {
  return `${stage.metadata.uid}/${flownAttempt(asNextRun(stage))}`
}

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
  /** How often someone asked the mission to run again. */
  requests = 0
  /** Tasks that succeeded, by their stage's uid and their name. */
  readonly flown: { readonly owner: string; readonly name: string }[] = []
  /** The controller that runs next is killed after so many writes. */
  killAfter: number | undefined
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
    const run = runOf(stage)
    const look = observeStage({
      stage,
      expansion: expandStage(asNextRun(stage)),
      children: this.tasksOf(stage),
      remembered: this.remembered.get(run) ?? new Map(),
      unrecorded: this.remembered.has(run),
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
    const owner = task.metadata.ownerReferences?.[0]?.uid ?? ''
    if (phase === 'Succeeded') this.flown.push({ owner, name: task.spec.taskName ?? '' })
  }

  /** Someone deletes a task by hand; the stage's controller sees how it stood. */
  deleteTask(task: Stored<FlightTask>): void {
    const { phase } = task.status ?? {}
    this.tasks.delete(task.metadata.name)
    if (phase !== 'Succeeded' && phase !== 'Failed' && phase !== 'Cancelled') return
    const uid = task.metadata.ownerReferences?.[0]?.uid ?? ''
    const stage = [...this.stages.values()].find(({ metadata }) => metadata.uid === uid)
    if (stage === undefined || isSettled(stage as MissionStage)) return
    const isEarlier = (task.spec.attempt ?? 0) !== flownAttempt(asNextRun(stage))
    if (isEarlier && phase !== 'Succeeded') return
    const run = runOf(stage)
    const memory = this.remembered.get(run) ?? new Map<string, TaskOutcome>()
    this.remembered.set(run, memory.set(task.spec.taskName ?? '', phase))
  }

  changeMission(spec: JsonObject): void {
    this.#patch(this.mission as unknown as AnyObject, { spec })
  }

  /** Someone asks the mission to run again. */
  askAgain(value: string): void {
    const { metadata, ...mission } = this.mission
    this.requests++
    const annotations = { ...metadata.annotations, [ANNOTATIONS.retry]: value }
    this.#put({ ...mission, metadata: { ...metadata, annotations } } as unknown as AnyObject)
  }

  #apply(owner: AnyObject | Stored<Mission> | Stored<MissionStage>, plan: Plan): void {
    const acts = (plan.operations ?? []).map((operation) => () => this.#carryOut(operation))
    const { status } = plan
    const record = (): void => {
      this.writes++
      const held = this.#mapOf((owner as AnyObject).kind).get(owner.metadata.name)
      this.#put({ ...(held as AnyObject), status: status as JsonObject })
    }
    const records = status === undefined ? [] : [record]
    const all = plan.statusFirst === true ? [...records, ...acts] : [...acts, ...records]
    for (const act of all.slice(0, this.killAfter)) act()
    this.killAfter = undefined
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
