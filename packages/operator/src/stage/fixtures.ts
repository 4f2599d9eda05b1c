/**
 * Builders of stages and their tasks for tests: whatever a test does not say is what the API server
 * would fill in.
 */
import assert from 'node:assert/strict'
import {
  API_VERSION,
  type FlightTask,
  isGangStage,
  type MissionStage,
  type MissionStageStatus,
  type NamedStageTask,
  type TaskPhase,
} from '@sortie/api'
import { deepFreeze, type Instant, parseTime, type Stored } from '@sortie/machinery'
import type { Plan } from '@sortie/runtime'
import { decideStage } from './decide.ts'
import { expandStage } from './expansion.ts'
import { flightTaskFor } from './flighttask.ts'
import { type ObservedStage, observeStage, type StageSources } from './observe.ts'
import { asNextRun } from './rerun.ts'

/** The moment at which tests decide, unless they say otherwise. */
export const START_TIME = '2026-11-23T10:00:00Z'
export const START: Instant = parseTime(START_TIME) ?? 0

export type StageSpecPart = Partial<MissionStage['spec']>

/** A stage with tasks of these names, as the mission `m` would make it. */
export function makeStage(
  tasks: readonly (string | NamedStageTask)[],
  spec: StageSpecPart = {},
  status: Partial<MissionStageStatus> = {},
): Stored<MissionStage> {
  return deepFreeze({
    apiVersion: API_VERSION,
    kind: 'MissionStage',
    metadata: {
      name: 'm-recon',
      namespace: 'default',
      uid: 'stage-uid',
      resourceVersion: '10',
      generation: 1,
      creationTimestamp: START_TIME,
      labels: { 'stage-name': 'recon' },
    },
    spec: {
      missionRef: { name: 'm' },
      stageName: 'recon',
      stageIndex: 1,
      stageType: 'parallel' as const,
      priority: 'medium' as const,
      failurePolicy: {
        maxRetries: 0,
        retryStrategy: 'exponential' as const,
        stageFailureAction: 'abort' as const,
        maxStageRetries: 1,
      },
      cancellationPolicy: { gracePeriod: '30s', cleanup: false },
      flightTasks: tasks.map((task) => (typeof task === 'string' ? { name: task } : task)),
      ...spec,
    },
    status: { phase: 'Pending' as const, ...status },
  })
}

/** Status of a stage that started at START and has been seen at its present generation. */
export const RUNNING: Partial<MissionStageStatus> = {
  phase: 'Running',
  startTime: START_TIME,
  observedGeneration: 1,
}

/** The stage's FlightTask for the task of that name, as it stands. */
export function makeTask(
  stage: Stored<MissionStage>,
  name: string,
  status: Partial<NonNullable<FlightTask['status']>> = {},
): Stored<FlightTask> {
  const { tasks, objectNames } = expandStage(stage)
  const task = tasks.find((candidate) => candidate.name === name)
  if (task === undefined) throw new RangeError(`the stage has no task ${name}`)
  const objectName = objectNames[task.index - 1] ?? ''
  const made = flightTaskFor(stage, { task, name: objectName, isGang: isGangStage(stage) })
  return deepFreeze({
    ...made,
    metadata: {
      ...made.metadata,
      name: objectName,
      uid: `uid-${name}`,
      resourceVersion: '20',
      generation: 1,
      creationTimestamp: START_TIME,
    },
    status: { phase: 'Pending' as const, ...status },
  })
}

/** What the stage's controller sees. */
export function observed(
  stage: Stored<MissionStage>,
  children: readonly Stored<FlightTask>[] = [],
  more: Partial<StageSources> = {},
): ObservedStage {
  return observeStage({ stage, expansion: expandStage(asNextRun(stage)), children, ...more })
}

export interface Situation {
  /** Default a, b, c. */
  readonly tasks?: readonly (string | NamedStageTask)[]
  readonly spec?: StageSpecPart
  readonly status?: Partial<MissionStageStatus>
  /** Phase of each task that has an object. */
  readonly phases?: Readonly<Record<string, TaskPhase>>
  readonly now?: Instant
  readonly sources?: Partial<StageSources>
}

/**
 * What the stage's controller does in a situation; the stage has not started unless its status says
 * so.
 */
export function decide(situation: Situation): Plan<MissionStageStatus> {
  const { tasks = ['a', 'b', 'c'], spec, status, phases = {}, now = START } = situation
  const stage = makeStage(tasks, spec, status)
  const children = Object.entries(phases).map(([name, phase]) => makeTask(stage, name, { phase }))
  return decideStage(observed(stage, children, situation.sources), now)
}

/** As `decide`, of a stage that started at START. */
export function running(situation: Situation): Plan<MissionStageStatus> {
  return decide({ ...situation, status: { ...RUNNING, ...situation.status } })
}

/** Names within the stage of the tasks that a plan makes. */
export function created(plan: Plan): string[] {
  return (plan.operations ?? []).flatMap((operation) =>
    operation.kind === 'create' ? [(operation.object as FlightTask).spec.taskName ?? ''] : [],
  )
}

/** What a plan changes in the spec of each object, by the object's name. */
export function patches(plan: Plan): Record<string, Readonly<Record<string, unknown>>> {
  return Object.fromEntries(
    (plan.operations ?? []).flatMap((operation) =>
      operation.kind === 'patch'
        ? [[operation.ref.name, (operation.patch.body as { spec: Record<string, unknown> }).spec]]
        : [],
    ),
  )
}

/** `name/uid` of what a plan deletes. */
export function deletes(plan: Plan): string[] {
  return (plan.operations ?? []).flatMap((operation) =>
    operation.kind === 'delete' ? [`${operation.ref.name}/${operation.ref.uid}`] : [],
  )
}

/** The status that a plan writes. */
export function statusOf<Status>(plan: Plan<Status>): Status {
  assert.ok(plan.status !== undefined, 'a status write was expected')
  return plan.status
}
