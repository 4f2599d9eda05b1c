/** Where a stage stands, and why. */
import { REASONS, STAGE_CONDITIONS } from '../constants.ts'
import type { FlightTask } from '../kinds/flighttask.ts'
import type { MissionStage } from '../kinds/missionstage.ts'
import type { Finding } from './finding.ts'
import { absent } from './parts.ts'
import {
  conditionOf,
  deletionOf,
  driftOf,
  NO_MESSAGE,
  nameOf,
  notTakenUp,
  refOf,
  refusalOf,
  type Scene,
} from './scene.ts'
import { finding } from './sentences.ts'
import { holdsOf, stageNameOf } from './stagehold.ts'
import { diagnoseTask, type Standing } from './task.ts'

/** Tasks of a stage whose findings are told; findings that are alike are told of one task. */
const SHOWN_TASKS = 3

export function diagnoseStage(stage: MissionStage, scene: Scene): Standing {
  const { state, findings } = BY_PHASE[stage.status?.phase ?? 'Pending'](stage, scene)
  const operator = state === 'waiting' ? absent('operator', scene.evidence, scene.now) : []
  const refusal = state === 'waiting' || state === 'running' ? refusalOf(stage, scene) : []
  const all = [...deletionOf(stage), ...findings, ...refusal, ...driftOf(stage), ...operator]
  return { state, findings: distinct(all) }
}

type Phase = NonNullable<MissionStage['status']>['phase']

const BY_PHASE: Readonly<Record<Phase, (stage: MissionStage, scene: Scene) => Standing>> = {
  Pending: (stage, scene) => ({ state: 'waiting', findings: whyPending(stage, scene) }),
  Running: runningStage,
  Succeeded: (stage) => ({
    state: 'done',
    findings: [finding('stageSucceeded', messageOf(stage), [refOf(stage)])],
  }),
  Failed: (stage, scene) => ({ state: 'failed', findings: whyFailed(stage, scene) }),
  Cancelled: (stage, scene) => ({ state: 'done', findings: [whyCancelled(stage, scene)] }),
}

function messageOf(stage: MissionStage): { readonly stage: string; readonly message: string } {
  return { stage: stageNameOf(stage), message: stage.status?.message ?? NO_MESSAGE }
}

function whyPending(stage: MissionStage, scene: Scene): readonly Finding[] {
  const stopping = stopOf(stage)
  if (stopping !== undefined) return [stopping]
  const holds = holdsOf(stage, scene)
  if (holds.length > 0) return holds
  const ready = finding('stageReady', { stage: stageNameOf(stage) }, [refOf(stage)])
  return [ready, ...notTakenUp(stage, scene.now)]
}

/** A stage that has begun to stop has its cause on record while it still runs. */
function stopOf(stage: MissionStage): Finding | undefined {
  const complete = conditionOf(stage, STAGE_CONDITIONS.complete)
  if (complete?.status !== 'False') return undefined
  const said = { stage: stageNameOf(stage), message: complete.message }
  return finding('stageStopping', said, [refOf(stage)])
}

function runningStage(stage: MissionStage, scene: Scene): Standing {
  const { total = 0, pending = 0, scheduled = 0, running = 0 } = stage.status?.counts ?? {}
  const ended = total - pending - scheduled - running
  const waiting = pending + scheduled
  const said = { stage: stageNameOf(stage), ended, tasks: total, running, waiting }
  const stopping = stopOf(stage)
  const tasks = scene.tasksOf(stage)
  const findings = [
    ...(stopping === undefined ? [] : [stopping]),
    finding('stageRunning', said, [refOf(stage)]),
    ...(running > 0 && stopping === undefined ? suspension(stage, scene) : []),
    ...findingsOfTasks(tasks, isWaiting, scene),
    ...unmade(stage, tasks.filter(isWaiting).length, waiting),
    ...findingsOfTasks(tasks, isFailed, scene),
  ]
  return { state: running > 0 || stopping !== undefined ? 'running' : 'waiting', findings }
}

function suspension(stage: MissionStage, scene: Scene): readonly Finding[] {
  const held = [scene.missionOf(stage), stage].find((one) => one?.spec.suspend === true)
  if (held === undefined) return []
  return [finding('suspended', { kind: held.kind, name: nameOf(held) }, [refOf(held)])]
}

/** Tasks that the counts know and that have no object: their turn is to come. */
function unmade(stage: MissionStage, made: number, waiting: number): readonly Finding[] {
  const count = waiting - made
  if (count <= 0) return []
  return [finding('waitsForTasks', { stage: stageNameOf(stage), count }, [refOf(stage)])]
}

function isWaiting({ status }: FlightTask): boolean {
  const phase = status?.phase ?? 'Pending'
  return phase === 'Pending' || phase === 'Scheduled'
}

function isFailed({ status }: FlightTask): boolean {
  return status?.phase === 'Failed'
}

/** What holds tasks of a kind, each cause once: of a thousand that wait for the same, one speaks. */
function findingsOfTasks(
  tasks: readonly FlightTask[],
  isMeant: (task: FlightTask) => boolean,
  scene: Scene,
): readonly Finding[] {
  const told = new Map<string, readonly Finding[]>()
  for (const task of tasks) {
    if (told.size >= SHOWN_TASKS) break
    if (!isMeant(task)) continue
    const { findings } = diagnoseTask(task, scene)
    const cause = findings.map(causeKey).join()
    if (!told.has(cause)) told.set(cause, findings)
  }
  return [...told.values()].flat()
}

/** What a finding says, without whose it is and without numbers. */
function causeKey({ code, parameters }: Finding): string {
  const { task: _, ...rest } = parameters
  return code + JSON.stringify(rest).replaceAll(/\d+/g, '#')
}

function whyFailed(stage: MissionStage, scene: Scene): readonly Finding[] {
  const complete = conditionOf(stage, STAGE_CONDITIONS.complete)
  const objects = [refOf(stage)]
  if (complete?.reason === REASONS.timedOut) {
    const timeout = stage.spec.config?.timeout ?? ''
    return [finding('stageTimedOut', { stage: stageNameOf(stage), timeout }, objects)]
  }
  const failed = findingsOfTasks(scene.tasksOf(stage), isFailed, scene)
  return [finding('stageFailed', messageOf(stage), objects), ...failed]
}

function whyCancelled(stage: MissionStage, scene: Scene): Finding {
  const mission = scene.missionOf(stage)
  const name = mission === undefined ? (stage.spec.missionRef?.name ?? '') : nameOf(mission)
  const objects = mission === undefined ? [refOf(stage)] : [refOf(stage), refOf(mission)]
  const said = { stage: stageNameOf(stage), mission: name }
  const complete = mission === undefined ? undefined : conditionOf(mission, 'Complete')
  if (complete?.reason !== REASONS.aborted) return finding('stageCancelled', said, objects)
  return finding('stageAborted', { ...said, message: complete.message }, objects)
}

/** Each finding once. */
export function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>()
  return findings.filter(({ text }) => {
    const isNew = !seen.has(text)
    seen.add(text)
    return isNew
  })
}
