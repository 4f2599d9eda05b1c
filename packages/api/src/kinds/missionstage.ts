/** MissionStage: a set of flight tasks, made by a mission's controller or by hand. */
import type { KubeObject, Stored } from '@sortie/machinery'
import { LIMITS } from '../constants.ts'
import { MESSAGES } from '../messages.ts'
import { bool, type In, int, listMap, type Out, obj, oneOf, set, str } from '../schema/builder.ts'
import * as fields from './fields.ts'
import { TASK_PHASES } from './flighttask.ts'
import { namedTasks, stageType } from './tasks.ts'

export const STAGE_PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Cancelled'] as const
export type StagePhase = (typeof STAGE_PHASES)[number]

const stageSettings = () =>
  obj({
    synchronization: fields.stageConfig
      .synchronization()
      .doc('How the tasks of the stage go together.')
      .optional(),
    timeout: fields
      .positiveDuration()
      .doc('How long the stage may take from its start.')
      .optional(),
    dependencies: fields.stageConfig
      .dependencies()
      .doc('Named conditions that must hold before the stage starts.')
      .optional(),
  })

const stageSpec = () =>
  obj({
    missionRef: fields
      .looseRef('Mission')
      .atomic()
      .doc('The mission that the stage belongs to.')
      .optional(),
    stageName: fields.text(256).doc("The stage's display name, else its name.").optional(),
    stageIndex: int().min(0).max(LIMITS.stages).doc('Place in the mission, from 1.').optional(),
    stageType: stageType(),
    dependsOn: set(fields.dnsLabel().doc('Name of a stage of the mission.'))
      .max(LIMITS.stageDependencies)
      .doc('Copied from the mission, for readers; what holds the stage is its gate `dependencies`.')
      .optional(),
    flightTasks: namedTasks()
      .doc(
        'The tasks, names filled in; a task with count is multiplied by the controller of the stage.',
      )
      .optional(),
    config: stageSettings().doc('Settings of the stage.').optional(),
    startGates: fields.startGates().doc('The stage starts when the list is empty.').optional(),
    missionName: fields.text(256).doc("The mission's spec.missionName, copied down.").optional(),
    missionType: fields.text(63).doc("The mission's type, copied down.").optional(),
    priority: fields.priority().default('medium').doc("The mission's priority, copied down."),
    failurePolicy: fields
      .failurePolicy()
      .atomic()
      .default({})
      .doc("The mission's failure policy, copied down."),
    cancellationPolicy: fields
      .cancellationPolicy()
      .atomic()
      .default({})
      .doc("The mission's cancellation policy, copied down."),
    coordination: fields
      .coordination()
      .atomic()
      .doc("The mission's coordination, copied down.")
      .optional(),
    maxParallelTasks: int()
      .min(0)
      .max(1_000_000)
      .doc(
        "Most tasks of the stage that may be active at once: its share of the mission's maxParallelTasks, dealt out by the mission's controller. With 0 no new task starts.",
      )
      .optional(),
    suspend: bool().doc('While true no new task of the stage starts.').optional(),
    cancel: bool()
      .doc('Stops the stage; it ends Cancelled. Once true it cannot be unset.')
      .optional(),
    attempt: int()
      .min(0)
      .max(1_000_000)
      .doc(
        'How often the stage was run again: 0 at first. A higher number runs the tasks again that did not succeed.',
      )
      .optional(),
  }).cel(
    '!(has(oldSelf.cancel) && oldSelf.cancel) || (has(self.cancel) && self.cancel) || (has(self.attempt) && (!has(oldSelf.attempt) || self.attempt > oldSelf.attempt))',
    MESSAGES.cancelUnset,
    { fieldPath: '.cancel' },
  )

const counts = () =>
  obj({
    total: fields.count().doc('All tasks of the stage.').default(0),
    pending: fields.count().doc('Tasks in phase Pending, those not made yet included.').default(0),
    scheduled: fields.count().doc('Tasks in phase Scheduled.').default(0),
    running: fields.count().doc('Tasks in phase Running.').default(0),
    succeeded: fields.count().doc('Tasks in phase Succeeded.').default(0),
    failed: fields.count().doc('Tasks in phase Failed.').default(0),
    cancelled: fields.count().doc('Tasks in phase Cancelled.').default(0),
  })

const outcomeNames = (outcome: string) =>
  str()
    .max(LIMITS.resultsText)
    .doc(`Names of the tasks that ${outcome}, as in \`probe,scan-[0001-0412,0414]\`.`)
    .optional()

const results = () =>
  obj({
    succeeded: outcomeNames('succeeded'),
    failed: outcomeNames('failed for good'),
    cancelled: outcomeNames('were cancelled'),
  })

const stageStatus = () =>
  obj({
    phase: oneOf(...STAGE_PHASES)
      .default('Pending')
      .doc('Where the stage stands.'),
    flightTasksStatus: listMap(
      obj({
        name: str().max(253).doc("Name of the task, without mission's and stage's."),
        phase: oneOf(...TASK_PHASES)
          .doc('Phase of the task.')
          .optional(),
        aircraftNode: str().max(253).doc('The aircraft that has it.').optional(),
        podName: str().max(253).doc('Its pod.').optional(),
        message: fields.text(1024).doc("The task's message, cut.").optional(),
      }).atomic(),
      'name',
    )
      .max(LIMITS.taskRows)
      .doc('A row per task; of a stage with more than 100, 100 rows, failed and active ones first.')
      .optional(),
    counts: counts().atomic().doc('Tasks by phase; always complete.').optional(),
    results: results()
      .atomic()
      .doc(
        'Which tasks have ended, of a stage with more tasks than rows: one that is on record is not flown again when its object is deleted.',
      )
      .optional(),
    startTime: fields.time().doc('When the stage started.').optional(),
    completionTime: fields.time().doc('When the stage ended.').optional(),
    message: fields.text(32_768).doc('Where it stands or what is wrong, for people.').optional(),
    conditions: fields
      .conditions()
      .doc("The controller's own, and those that spec.config.dependencies waits for.")
      .optional(),
    observedGeneration: fields.observedGeneration().optional(),
    observedAttempt: int().min(0).doc('The spec.attempt that this status is about.').optional(),
    suspendedSeconds: fields
      .count()
      .doc(
        'How long the stage stood suspended since its start, in whole seconds; its timeout is that much later.',
      )
      .optional(),
    suspendedSince: fields.time().doc('Since when the stage stands suspended.').optional(),
    tasksProgress: str()
      .max(32)
      .doc('Ended and all tasks, as `10/32`: for kubectl get.')
      .optional(),
  })

export const missionStageFields = {
  spec: stageSpec().default({}).doc('What the stage is to do.'),
  status: stageStatus().default({}).doc('Where it stands; written by its own controller alone.'),
}

export type MissionStageSpec = Out<typeof missionStageFields.spec>
export type MissionStageSpecInput = In<typeof missionStageFields.spec>
export type MissionStageStatus = Out<typeof missionStageFields.status>
export type TaskRow = NonNullable<MissionStageStatus['flightTasksStatus']>[number]
export type TaskCounts = NonNullable<MissionStageStatus['counts']>

export interface MissionStage extends KubeObject {
  readonly spec: MissionStageSpec
  readonly status?: MissionStageStatus
}
export type StoredMissionStage = Stored<MissionStage>
