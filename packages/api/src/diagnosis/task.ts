/** Where a flight task stands, and why. */
import { type EventObject, notReadyCondition, type Pod, parseTime } from '@sortie/machinery'
import { REASONS, TASK_CONDITIONS } from '../constants.ts'
import type { FlightTask } from '../kinds/flighttask.ts'
import type { DiagnosisState, Finding, ObjectRef } from './finding.ts'
import { absent } from './parts.ts'
import { diagnosePlacement, presentPod } from './placement.ts'
import {
  conditionOf,
  deletionOf,
  driftOf,
  NO_MESSAGE,
  nameOf,
  notTakenUp,
  refOf,
  type Scene,
  timeOf,
} from './scene.ts'
import { finding } from './sentences.ts'
import { holdsOf } from './stagehold.ts'

export interface Standing {
  readonly state: DiagnosisState
  readonly findings: readonly Finding[]
}

interface TaskFacts {
  readonly task: FlightTask
  readonly name: string
  readonly objects: readonly ObjectRef[]
  readonly scene: Scene
}

export function diagnoseTask(task: FlightTask, scene: Scene): Standing {
  const facts = { task, name: nameOf(task), objects: [refOf(task)], scene }
  const { state, findings } = BY_PHASE[task.status?.phase ?? 'Pending'](facts)
  const operator = state === 'waiting' ? absent('operator', scene.evidence, scene.now) : []
  return {
    state,
    findings: [...deletionOf(task), ...findings, ...driftOf(task), ...operator],
  }
}

const BY_PHASE: Readonly<
  Record<NonNullable<FlightTask['status']>['phase'], (facts: TaskFacts) => Standing>
> = {
  Pending: (facts) => ({ state: 'waiting', findings: [...whyPending(facts), ...weapons(facts)] }),
  Scheduled: (facts) => ({ state: 'waiting', findings: [...whyNotRunning(facts), ...past(facts)] }),
  Running: (facts) => ({ state: 'running', findings: [...howItRuns(facts), ...past(facts)] }),
  Succeeded: ({ name, objects }) => ({
    state: 'done',
    findings: [finding('taskSucceeded', { task: name }, objects)],
  }),
  Failed: (facts) => ({ state: 'failed', findings: whyFailed(facts) }),
  Cancelled: ({ task, name, objects, scene }) => {
    const stage = scene.stageOf(task)
    const cause = stage === undefined ? undefined : conditionOf(stage, 'Complete')
    const message =
      cause?.status === 'False' ? cause.message : (task.status?.message ?? 'it was told to stop')
    const behind = stage === undefined ? objects : [...objects, refOf(stage)]
    return { state: 'done', findings: [finding('taskCancelled', { task: name, message }, behind)] }
  },
}

/** Asked in this order; the first that has something to say decides. */
const PENDING: readonly ((facts: TaskFacts) => readonly Finding[])[] = [
  suspension,
  gates,
  backoff,
  loadout,
  creation,
  place,
  stageHold,
  lostPod,
  ({ task, scene }) =>
    task.status?.observedGeneration === undefined ? notTakenUp(task, scene.now) : [],
  ({ task, name, objects }) => {
    const message = task.status?.message ?? 'its pod is about to be made'
    return [finding('taskWaits', { task: name, message }, objects)]
  },
]

function whyPending(facts: TaskFacts): readonly Finding[] {
  for (const ask of PENDING) {
    const said = ask(facts)
    if (said.length > 0) return said
  }
  return []
}

/** A pod that is there already goes on, suspended or not. */
function suspension({ task, objects, scene }: TaskFacts): readonly Finding[] {
  if (presentPod(task, scene) !== undefined) return []
  const stage = scene.stageOf(task)
  const mission = stage === undefined ? undefined : scene.missionOf(stage)
  const held = [mission, stage, task].find((one) => one?.spec.suspend === true)
  if (held === undefined) return []
  return [finding('suspended', { kind: held.kind, name: nameOf(held) }, [refOf(held), ...objects])]
}

function gates({ task, name, objects }: TaskFacts): readonly Finding[] {
  const held = task.spec.startGates ?? []
  if (held.length === 0) return []
  const names = held.map((gate) => gate.name).join(', ')
  return [finding('taskHeld', { task: name, gates: names }, objects)]
}

function backoff({ task, name, objects, scene }: TaskFacts): readonly Finding[] {
  const until = task.status?.nextRetryTime
  if (until === undefined || (parseTime(until) ?? 0) <= scene.now) return []
  const attempt = (task.status?.retryCount ?? 0) + 1
  const attempts = (task.spec.retry?.maxRetries ?? 0) + 1
  const message = causeOf(conditionOf(task, TASK_CONDITIONS.retrying)?.message)
  return [finding('retryBackoff', { task: name, until, attempt, attempts, message }, objects)]
}

/** `attempt 1 on x failed: exit code 3; attempt 2 of 3 starts after …` without what the sentence says itself. */
function causeOf(message = 'the last attempt failed'): string {
  return message.replace(/; attempt \d+ of \d+ starts .*$/, '')
}

function loadout({ task, name, objects }: TaskFacts): readonly Finding[] {
  const held = conditionOf(task, TASK_CONDITIONS.loadoutValid)
  if (held?.status !== 'False') return []
  const said = { task: name, message: held.message }
  if (held.reason === REASONS.loadoutNotFound) return [finding('loadoutMissing', said, objects)]
  return [finding('weaponMissing', said, objects)]
}

function creation({ task, name, objects, scene }: TaskFacts): readonly Finding[] {
  const held = conditionOf(task, TASK_CONDITIONS.podCreated)
  if (held?.status !== 'False' || presentPod(task, scene) !== undefined) return []
  const { reason, message } = held
  if (reason === REASONS.nameTaken) return [finding('nameTaken', { task: name, message }, objects)]
  return [finding('podNotCreated', { task: name, reason, message }, objects)]
}

function place({ task, scene }: TaskFacts): readonly Finding[] {
  const pod = presentPod(task, scene)
  if (pod === undefined || (pod.spec.nodeName ?? '') !== '') return []
  return diagnosePlacement(task, pod, scene)
}

/** A stage that holds its tasks back holds this one too. */
function stageHold({ task, scene }: TaskFacts): readonly Finding[] {
  const stage = scene.stageOf(task)
  if (stage === undefined || stage.status?.phase === 'Running') return []
  return holdsOf(stage, scene)
}

function lostPod({ task, name, objects, scene }: TaskFacts): readonly Finding[] {
  const pod = task.status?.podRef?.name
  const isAwaited = conditionOf(task, TASK_CONDITIONS.retrying)?.status !== 'True'
  if (pod === undefined || scene.evidence.pods === undefined || !isAwaited) return []
  return presentPod(task, scene) === undefined
    ? [finding('podMissing', { task: name, pod }, objects)]
    : []
}

/** It has an aircraft and does not run: an image, the aircraft, or merely the moment. */
function whyNotRunning(facts: TaskFacts): readonly Finding[] {
  const { task, name, objects, scene } = facts
  const node = task.status?.schedulingInfo?.assignedNode ?? ''
  const pod = presentPod(task, scene)
  const behind = pod === undefined ? objects : [...objects, refOf(pod)]
  const image = conditionOf(task, TASK_CONDITIONS.imagePullFailed)
  const trouble = nodeTrouble(facts, node)
  if (image?.status === 'True') {
    const { reason, message } = image
    return [finding('imagePullFailed', { task: name, node, reason, message }, behind), ...trouble]
  }
  const starting = { task: name, node, pod: task.status?.podRef?.name ?? '' }
  const warned = pod === undefined ? [] : warningOf(facts, pod)
  return [finding('taskStarting', starting, behind), ...warned, ...trouble, ...lostPod(facts)]
}

/** The last warning about the pod: a volume that cannot be mounted, a sandbox that cannot be made. */
function warningOf({ name, scene }: TaskFacts, pod: Pod): readonly Finding[] {
  const { uid } = pod.metadata
  const last = (scene.evidence.events ?? [])
    .filter(({ involvedObject, type, reason }) => {
      return involvedObject.uid === uid && type === 'Warning' && reason !== REASONS.failedScheduling
    })
    .reduce<EventObject | undefined>(
      (held, event) => (held === undefined || timeOf(event) >= timeOf(held) ? event : held),
      undefined,
    )
  if (last === undefined) return []
  const said = { task: name, reason: last.reason ?? '', message: last.message ?? '' }
  return [finding('podWarning', said, [refOf(pod)])]
}

function howItRuns(facts: TaskFacts): readonly Finding[] {
  const { task, name, objects, scene } = facts
  const node = task.status?.schedulingInfo?.assignedNode ?? ''
  const pod = presentPod(task, scene)
  const since = startOf(pod) ?? task.status?.startTime ?? ''
  const said = finding('taskRunning', { task: name, node, since }, [
    ...objects,
    { kind: 'Node', name: node },
  ])
  return [said, ...nodeTrouble(facts, node), ...lostPod(facts), ...weapons(facts)]
}

function startOf(pod: Pod | undefined): string | undefined {
  return pod?.status?.startTime
}

function nodeTrouble({ task, name, objects, scene }: TaskFacts, node: string): readonly Finding[] {
  if (scene.evidence.nodes === undefined || node === '') return []
  const behind = [...objects, { kind: 'Node', name: node }]
  const object = scene.nodeOf(node)
  if (object === undefined) return [finding('nodeLost', { task: name, node }, behind)]
  const trouble = notReadyCondition(object)
  if (trouble === undefined) return []
  const since = trouble.since ?? task.status?.startTime ?? ''
  return [finding('nodeNotReady', { task: name, node, since }, behind)]
}

/** What the task has behind it: retries and pods that were replaced. */
function past({ task, name, objects }: TaskFacts): readonly Finding[] {
  const { retryCount = 0, replacements = 0 } = task.status ?? {}
  const held = conditionOf(task, TASK_CONDITIONS.retrying)
  const last = task.status?.excludedNodes?.at(-1)
  const cause = held?.reason === REASONS.started || held === undefined ? undefined : held.message
  const message = causeOf(cause ?? (last === undefined ? undefined : `it failed on ${last}`))
  return [
    ...(retryCount > 0
      ? [finding('wasRetried', { task: name, retries: retryCount, message }, objects)]
      : []),
    ...(replacements > 0
      ? [finding('podReplaced', { task: name, count: replacements }, objects)]
      : []),
  ]
}

/** Weapons of the loadout that are on their way out or change. */
function weapons({ task, name, scene }: TaskFacts): readonly Finding[] {
  const names = new Set(task.spec.weaponLoadout?.map(({ weaponRef }) => weaponRef.name))
  return (scene.evidence.weapons ?? []).flatMap((weapon) => {
    if (!names.has(nameOf(weapon))) return []
    const said = { task: name, weapon: nameOf(weapon) }
    const objects = [refOf(weapon)]
    if (weapon.status?.phase === 'Deprecated') return [finding('weaponDeprecated', said, objects)]
    return weapon.status?.phase === 'Updating' ? [finding('weaponUpdating', said, objects)] : []
  })
}

/** Reasons of conditions that say more than that it failed. */
function whyFailed({ task, name, objects }: TaskFacts): readonly Finding[] {
  const created = conditionOf(task, TASK_CONDITIONS.podCreated)
  const message = task.status?.message ?? NO_MESSAGE
  const said = { task: name, message }
  if (created?.status === 'False') {
    return [finding('podRefused', { task: name, message: created.message }, objects)]
  }
  const loaded = conditionOf(task, TASK_CONDITIONS.loadoutValid)
  if (loaded?.status === 'False') {
    return [finding('incompatible', { task: name, message: loaded.message }, objects)]
  }
  const given = conditionOf(task, TASK_CONDITIONS.retrying)
  if (given?.reason === REASONS.retriesExhausted) {
    const attempts = (task.status?.retryCount ?? 0) + 1
    return [finding('retriesExhausted', { ...said, attempts }, objects)]
  }
  if (given?.reason === REASONS.timedOut) return [finding('taskTimedOut', said, objects)]
  return [finding('taskFailed', said, objects)]
}
