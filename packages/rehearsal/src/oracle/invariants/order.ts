/** Invariants of order: what starts before what, and what starts at all. */
import { ANNOTATIONS, type FlightTask, type Mission, type MissionStage } from '@sortie/api'
import { type Invariant, type Seen, seenAs, type Witness } from '../invariant.ts'
import {
  type Entry,
  hasEnded,
  isFlying,
  isNewlyBound,
  type MissionEntry,
  type PodEntry,
  type TaskEntry,
} from '../model.ts'

type Stages = NonNullable<Mission['spec']['stages']>

/** Whoever acts on a spec may have read it that long ago. */
const READING_MS = 3_000

/** Every spec that whoever acts now may have read. */
function readableSpecs(mission: MissionEntry, witness: Witness): Mission['spec'][] {
  const { metadata, status } = mission.object
  // A change that makes the plan wrong is not followed: the mission goes on as it was.
  const isFollowed = status?.observedGeneration === metadata.generation
  const former = mission.formerSpecs.filter(
    ({ until }) => !isFollowed || witness.now() <= witness.due(until, READING_MS),
  )
  return [mission.object.spec, ...former.map(({ spec }) => spec)]
}

function stageNameOf(stage: Entry<MissionStage>): string {
  return stage.object.metadata.labels?.['stage-name'] ?? ''
}

function isPassed(mission: MissionEntry, name: string, witness: Witness): boolean {
  const continues = mission.object.spec.config.failurePolicy.stageFailureAction === 'continue'
  return witness.model.stagesOf(mission).some((stage) => {
    if (stageNameOf(stage) !== name) return false
    return stage.phases.has('Succeeded') || (continues && stage.phases.has('Failed'))
  })
}

function areDependenciesMet(
  mission: MissionEntry,
  { name, stages }: { readonly name: string; readonly stages: Stages | undefined },
  witness: Witness,
): boolean {
  const definition = stages?.find((stage) => stage.name === name)
  return (definition?.dependsOn ?? []).every((other) => isPassed(mission, other, witness))
}

export const stagesWaitForDependencies: Invariant = {
  number: 1,
  name: 'no stage runs before its dependencies allow it',
  onCommit(seen, witness) {
    const stage = seenAs(seen, 'MissionStage')
    if (stage === undefined || stage.from === 'Running' || stage.to !== 'Running') return
    const mission = witness.model.missionOf(stage.entry)
    if (mission === undefined) return
    const name = stageNameOf(stage.entry)
    const allowed = readableSpecs(mission, witness).some(({ stages }) =>
      areDependenciesMet(mission, { name, stages }, witness),
    )
    if (!allowed) witness.report('the stage runs before what it depends on', stage.entry, mission)
  },
}

/** A pod of a started attempt: bound now, for the first time. */
function newlyBound(seen: Seen): PodEntry | undefined {
  const pod = seenAs(seen, 'Pod')
  if (pod === undefined) return undefined
  return isNewlyBound(pod.entry, seen.commit) ? pod.entry : undefined
}

export const sequentialStagesFlyOne: Invariant = {
  number: 2,
  name: 'a sequential stage never has two live pods, and goes in order',
  onCommit(seen, witness) {
    const pod = newlyBound(seen)
    const task = pod === undefined ? undefined : witness.model.taskOf(pod)
    const stage = task === undefined ? undefined : witness.model.stageOf(task)
    if (pod === undefined || task === undefined || stage === undefined) return
    const siblings = witness.model.tasksOf(stage).filter((other) => other !== task)
    if (stage.object.spec.stageType === 'sequential') {
      const flying = siblings.flatMap((other) => witness.model.podsOf(other)).filter(isFlying)
      const [other] = flying
      if (other !== undefined) witness.report('two pods of a sequential stage fly', pod, other)
    }
    checkTaskOrder(task, { stage, siblings }, witness)
  },
}

interface Order {
  readonly stage: Entry<MissionStage>
  readonly siblings: readonly Entry<FlightTask>[]
}

/** What the task has to wait for: in a mixed stage what it says, in a sequential one all that stands before it. */
function predecessorsOf(task: Entry<FlightTask>, { stage }: Order): readonly string[] {
  const { flightTasks = [], stageType } = stage.object.spec
  const own = task.object.spec.taskName ?? ''
  const index = flightTasks.findIndex(({ name }) => isCopyOf(own, name))
  if (stageType === 'mixed') return flightTasks[index]?.dependsOn ?? []
  // What is put in later before those that fly already comes when its turn is seen.
  const isAsMade = stage.object.metadata.generation === 1
  if (stageType !== 'sequential' || !isAsMade) return []
  return flightTasks.slice(0, Math.max(0, index)).map(({ name }) => name)
}

function checkTaskOrder(task: Entry<FlightTask>, order: Order, witness: Witness): void {
  for (const needed of predecessorsOf(task, order)) {
    const sources = order.siblings.filter(({ object }) =>
      isCopyOf(object.spec.taskName ?? '', needed),
    )
    // One that was deleted by hand is made again under its name.
    const passed = new Set(
      sources
        .filter((source) => isPassedTask(source, order.stage))
        .map(({ object }) => object.spec.taskName),
    )
    const late = sources.find(({ object }) => !passed.has(object.spec.taskName))
    if (late !== undefined) witness.report(`flies before task ${needed} succeeded`, task, late)
  }
}

/** It succeeded, or its end is tolerated. */
function isPassedTask(task: Entry<FlightTask>, stage: Entry<MissionStage>): boolean {
  if (task.phases.has('Succeeded')) return true
  const continues = stage.object.spec.failurePolicy.stageFailureAction === 'continue'
  return hasEnded(task) && (continues || task.object.spec.optional === true)
}

function isCopyOf(name: string, definition: string): boolean {
  return name === definition || new RegExp(`^${definition}-\\d{4,}$`).test(name)
}

export const oneLivePodPerTask: Invariant = {
  number: 3,
  name: 'at most one live pod per task',
  onCommit(seen, witness) {
    const pod = newlyBound(seen)
    const task = pod === undefined ? undefined : witness.model.taskOf(pod)
    if (pod === undefined || task === undefined) return
    const other = witness.model.podsOf(task).find((one) => one !== pod && isFlying(one))
    if (other === undefined || isOnLostNode(other, witness)) return
    witness.report('two pods of one task fly', pod, other)
  },
}

/** A pod whose aircraft is gone or silent cannot report its end. */
function isOnLostNode(pod: PodEntry, { model }: Witness): boolean {
  const name = pod.object.spec.nodeName
  const nodes = [...model.nodes.values()].filter(({ object }) => object.metadata.name === name)
  const live = nodes.find(({ deletedAt }) => deletedAt === undefined)
  const ready = live?.object.status?.conditions?.find(({ type }) => type === 'Ready')
  const wasLost = nodes.length > 1
  return ready?.status !== 'True' || wasLost
}

export const nothingStartsWhenStopped: Invariant = {
  number: 10,
  name: 'nothing starts in a suspended, cancelled or ended mission',
  onCommit(seen, witness) {
    const pod = newlyBound(seen)
    const task = pod === undefined ? undefined : witness.model.taskOf(pod)
    const stage = task === undefined ? undefined : witness.model.stageOf(task)
    const mission = stage === undefined ? undefined : witness.model.missionOf(stage)
    if (pod === undefined || task === undefined || mission === undefined) return
    const stopped = stoppedSince(mission)
    // One that was made before may still be on its way, and a task that flies goes on to its next attempt.
    const isFirst = witness.model.podsOf(task).length === 1
    const isNew = stopped !== undefined && isFirst && pod.createdAt > stopped.since + READING_MS
    const by = isNew ? (['operator'] as const) : []
    if (stopped !== undefined && witness.now() > witness.due(stopped.since, READING_MS, by)) {
      witness.report(`a pod was bound in a mission ${stopped.how}`, pod, mission)
    }
    if (hasEnded(task) && witness.mustKnow('scheduler', lastPhaseAt(task))) {
      witness.report('a pod of a task that has ended was bound', pod, task)
    }
    if (isGivenUp(pod, task) && witness.mustKnow('scheduler', task.countedAt ?? 0)) {
      witness.report('a pod of an attempt that was given up was bound', pod, task)
    }
  },
}

/** Its attempt was counted already: it was made by a write long on its way. */
export function isGivenUp({ object }: PodEntry, task: TaskEntry): boolean {
  const attempt = Number(object.metadata.annotations?.[ANNOTATIONS.attempt] ?? 0)
  return attempt < (task.object.status?.retryCount ?? 0)
}

function lastPhaseAt(entry: Entry<FlightTask>): number {
  return Math.max(...entry.phases.values())
}

function stoppedSince(
  mission: MissionEntry,
): { readonly since: number; readonly how: string } | undefined {
  const { cancelledAt, suspendedAt } = mission
  if (cancelledAt !== undefined) return { since: cancelledAt, how: 'cancelled' }
  if (suspendedAt !== undefined) return { since: suspendedAt, how: 'suspended' }
  if (!hasEnded(mission)) return undefined
  return { since: mission.phases.get(mission.object.status?.phase ?? '') ?? 0, how: 'ended' }
}

/** Of behaviour.md, "Order and dependencies", 4. */
export const parallelTasksCapped: Invariant = {
  number: 2,
  name: 'maxParallelTasks is honoured',
  onCommit(seen, witness) {
    const pod = newlyBound(seen)
    const task = pod === undefined ? undefined : witness.model.taskOf(pod)
    const stage = task === undefined ? undefined : witness.model.stageOf(task)
    const mission = stage === undefined ? undefined : witness.model.missionOf(stage)
    if (pod === undefined || mission === undefined) return
    const caps = readableSpecs(mission, witness).map(({ maxParallelTasks }) => maxParallelTasks)
    if (caps.includes(undefined)) return
    const most = Math.max(...caps.map((cap) => cap ?? 0))
    const flying = witness.model
      .stagesOf(mission)
      .filter((one) => !cameLate(one, mission, witness))
      .flatMap((one) => witness.model.tasksOf(one))
      .filter((one) => !isHeld(one))
      .filter((one) =>
        witness.model
          .podsOf(one)
          .some((p) => isFlying(p) && p.object.metadata.deletionTimestamp === undefined),
      )
    if (flying.length > Math.max(most, ...demandedByChange(mission, witness))) {
      witness.report(`${flying.length} tasks fly, maxParallelTasks is ${most}`, mission, pod)
    }
  },
}

/**
 * The plan had dropped the stage when it was made, by a write long on its way or an old view: it comes with the share of that time, which
 * another stage may have by then.
 */
function cameLate(
  stage: Entry<MissionStage>,
  { object, formerSpecs }: MissionEntry,
  { struck }: Witness,
): boolean {
  const then = formerSpecs.find(({ until }) => until > stage.createdAt)?.spec ?? object.spec
  const isPlanned = then.stages?.some(({ name }) => name === stageNameOf(stage)) ?? true
  return struck.has('operator') && !isPlanned
}

/** It is on its way out, and somebody's finalizer keeps the garbage collector from its pod. */
function isHeld({ object: { metadata } }: TaskEntry): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length > 0
}

/** After a change of the cap every stage that runs may keep one task, and a gang that would not fit any more is flown whole. */
function demandedByChange(mission: MissionEntry, { model }: Witness): number[] {
  if (mission.object.metadata.generation === 1) return []
  const stages = model.stagesOf(mission).filter((stage) => !hasEnded(stage))
  const gangs = stages.map((stage) => model.tasksOf(stage).length)
  const formerly = mission.formerSpecs.map(({ spec }) => spec.maxParallelTasks ?? Infinity)
  return [...formerly, stages.length, ...gangs]
}
