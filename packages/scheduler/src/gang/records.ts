/** What the API says about the tasks behind pods: whether an attempt is still wanted, and which tasks form a gang. */
import {
  ANNOTATIONS,
  countTasks,
  type FlightTask,
  isGangStage,
  type MissionStage,
  PRIORITIES,
  type TaskCounts,
} from '@sortie/api'
import { type Lister, OWNER_UID_INDEX } from '@sortie/client'
import type { Pod, Stored } from '@sortie/machinery'
import { controllerOf, parseTime } from '@sortie/machinery'
import { hasEnded } from '../snapshot/podinfo.ts'
import { type Gang, orderOf } from './units.ts'

export interface RecordSources {
  readonly tasks: Lister<FlightTask>
  readonly stages: Lister<MissionStage>
  readonly pods: Lister<Pod>
  /** Where a pod is, seen or assumed. */
  nodeOf(uid: string): string | undefined
}

/**
 * Whether a pod may be bound: `wanted` by its task's record, or not known to be so yet, or no more. A pod that no task owns
 * is always wanted.
 */
export type Standing = 'wanted' | 'unknown' | 'unwanted'

const ENDED: readonly string[] = ['Succeeded', 'Failed', 'Cancelled']

export function hasTaskEnded(task: FlightTask): boolean {
  return ENDED.includes(task.status?.phase ?? '')
}

export function ownerTaskUid(pod: Pod): string | undefined {
  const owner = controllerOf(pod)
  return owner?.kind === 'FlightTask' ? owner.uid : undefined
}

export function taskOf(pod: Pod, tasks: Lister<FlightTask>): Stored<FlightTask> | undefined {
  const owner = controllerOf(pod)
  if (owner?.kind !== 'FlightTask') return undefined
  const task = tasks.get(`${pod.metadata.namespace}/${owner.name}`)
  return task?.metadata.uid === owner.uid ? task : undefined
}

/** The fence: what keeps a late create of a finished attempt from flying. */
export function standingOf(pod: Pod, tasks: Lister<FlightTask>): Standing {
  if (ownerTaskUid(pod) === undefined) return 'wanted'
  const task = taskOf(pod, tasks)
  if (task === undefined) return 'unknown'
  if (hasTaskEnded(task) || task.spec.cancel === true) return 'unwanted'
  if (task.metadata.deletionTimestamp !== undefined) return 'unwanted'
  const attempt = Number(pod.metadata.annotations?.[ANNOTATIONS.attempt] ?? 0)
  const recorded = task.status?.retryCount ?? 0
  if (attempt === recorded) return 'wanted'
  return attempt > recorded ? 'unknown' : 'unwanted'
}

/**
 * Two operators at once may make two pods of one task, one of them under its other name. One flies: no pod is bound while another
 * of its task has an aircraft, and of those that wait the one on record goes first, else the oldest, as the operator chooses too.
 */
export function isFirstOfItsTask(pod: Pod, { tasks, pods, nodeOf }: RecordSources): boolean {
  const task = taskOf(pod, tasks)
  if (task === undefined) return true
  const recorded = task.status?.podRef?.uid
  return pods.byIndex(OWNER_UID_INDEX, task.metadata.uid).every((other) => {
    if (other.metadata.uid === pod.metadata.uid) return true
    if (nodeOf(other.metadata.uid) !== undefined) return false
    const isRival = other.metadata.deletionTimestamp === undefined && !hasEnded(other)
    if (!isRival || standingOf(other as Pod, tasks) !== 'wanted') return true
    if (recorded === pod.metadata.uid) return true
    return recorded !== other.metadata.uid && isOlder(pod, other)
  })
}

function isOlder(pod: Pod, other: Stored<Pod>): boolean {
  const [age, otherAge] = [pod, other].map(
    ({ metadata }) => parseTime(metadata.creationTimestamp) ?? 0,
  ) as [number, number]
  return age < otherAge || (age === otherAge && (pod.metadata.uid ?? '') < other.metadata.uid)
}

/** The key of a pod's gang (its stage's uid), where it has one. */
export function gangKeyOf(pod: Pod, sources: RecordSources): string | undefined {
  const task = taskOf(pod, sources.tasks)
  return task === undefined ? undefined : gangKeyOfTask(task, sources)
}

export function gangKeyOfTask(task: FlightTask, { stages }: RecordSources): string | undefined {
  const owner = controllerOf(task)
  if (owner?.kind !== 'MissionStage') return undefined
  if (task.spec.gang !== undefined) return owner.uid
  const stage = stages.get(`${task.metadata.namespace}/${owner.name}`)
  return stage?.metadata.uid === owner.uid && isGangStage(stage) ? owner.uid : undefined
}

/** Counts the gang of this stage: its tasks that have not ended and whose turn has come, made or still to be made. */
export function countGang(key: string, pod: Pod, sources: RecordSources): Gang {
  const owner = controllerOf(taskOf(pod, sources.tasks) ?? pod)
  const name = `${pod.metadata.namespace}/${owner?.name ?? ''}`
  const stage = sources.stages.get(name)
  const attempt = stage?.spec.attempt ?? 0
  let [turn, placed, open, ended] = [0, 0, 0, 0]
  for (const task of sources.tasks.byIndex(OWNER_UID_INDEX, key)) {
    if (task.metadata.deletionTimestamp !== undefined) continue
    if (hasTaskEnded(task)) {
      if (isOfRun(task, attempt)) ended++
      continue
    }
    open++
    if ((task.spec.startGates ?? []).length > 0) continue
    turn++
    if (hasAircraft(task, sources)) placed++
  }
  // Before the stage is seen nobody can tell how many there will be: one more than there are, so that they wait.
  const unmade = stage?.metadata.uid === key ? countUnmade(stage, open, ended) : 1
  return { key, name, size: turn + unmade, placed }
}

/** How many tasks the spec asks for that are not there: what has ended may be gone, so its stage's record counts too. */
function countUnmade(stage: Stored<MissionStage>, open: number, ended: number): number {
  const { spec, status } = stage
  // Tasks of a stage that was a gang still go together; those that come one after the other are not waited for.
  if (!isGangStage(stage)) return 0
  const isOfThisRun = (status?.observedAttempt ?? 0) === (spec.attempt ?? 0)
  const recorded = endedCount(status?.counts, isOfThisRun)
  return Math.max(0, countTasks(spec) - open - Math.max(ended, recorded))
}

/** Tasks that the stage's record says have ended; of a run that is over, only what succeeded counts for the next. */
export function endedCount(counts: TaskCounts | undefined, isOfThisRun = true): number {
  const { succeeded = 0, failed = 0, cancelled = 0 } = counts ?? {}
  return isOfThisRun ? succeeded + failed + cancelled : succeeded
}

/** A later run of the stage makes anew what did not succeed. */
function isOfRun({ spec, status }: Stored<FlightTask>, attempt: number): boolean {
  return status?.phase === 'Succeeded' || (spec.attempt ?? 0) === attempt
}

function hasAircraft(task: Stored<FlightTask>, { pods, nodeOf }: RecordSources): boolean {
  return pods
    .byIndex(OWNER_UID_INDEX, task.metadata.uid)
    .some(
      (pod) =>
        pod.metadata.deletionTimestamp === undefined && nodeOf(pod.metadata.uid) !== undefined,
    )
}

/** 0 for low to 3 for critical; medium where nothing says otherwise. */
export function priorityLevel(text: string | undefined): number {
  const level = (PRIORITIES as readonly string[]).indexOf(text ?? '')
  return level < 0 ? PRIORITIES.indexOf('medium') : level
}

/** The place of a pod in the queue. */
export function queueOrder(pod: Stored<Pod>, tasks: Lister<FlightTask>): number {
  const task = taskOf(pod, tasks)
  const mission = pod.metadata.annotations?.[ANNOTATIONS.priority] ?? task?.spec.missionPriority
  return orderOf({
    missionPriority: priorityLevel(mission),
    taskPriority: priorityLevel(task?.spec.priority ?? mission),
    since: parseTime(pod.metadata.creationTimestamp) ?? 0,
  })
}
