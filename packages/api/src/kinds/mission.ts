/** Mission: a DAG of stages. */
import type { KubeObject, Stored } from '@sortie/machinery'
import { LIMITS } from '../constants.ts'
import { MESSAGES } from '../messages.ts'
import {
  arr,
  bool,
  type In,
  int,
  listMap,
  map,
  type Out,
  obj,
  oneOf,
  raw,
  set,
  str,
} from '../schema/builder.ts'
import * as fields from './fields.ts'
import { stageTasks, stageType } from './tasks.ts'

export const MISSION_PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Cancelled'] as const
export type MissionPhase = (typeof MISSION_PHASES)[number]

const stage = () =>
  obj({
    name: fields.dnsLabel().doc('Name of the stage: a DNS label, different from the others.'),
    displayName: fields.text(256).doc('Name for people; the name where it is missing.').optional(),
    type: stageType(),
    dependsOn: set(fields.dnsLabel().doc('Name of a stage of this mission.'))
      .max(LIMITS.stageDependencies)
      .doc('Stages that must have succeeded before this one starts.')
      .optional(),
    timeout: fields
      .positiveDuration()
      .doc(
        'How long the stage may take from its start; the clock stands still while the mission is suspended.',
      )
      .optional(),
    flightTasks: stageTasks().doc('The tasks of the stage.').optional(),
    synchronization: fields.stageConfig
      .synchronization()
      .doc('How the tasks of the stage go together.')
      .optional(),
    dependencies: fields.stageConfig
      .dependencies()
      .doc('Named conditions that must hold before the stage starts.')
      .optional(),
    startGates: fields
      .startGates()
      .doc('Gates that hold the stage until someone removes them, as with `sortie approve`.')
      .optional(),
  }).cel('!has(self.dependsOn) || !(self.name in self.dependsOn)', MESSAGES.stageOnItself, {
    fieldPath: '.dependsOn',
  })

const objective = () =>
  obj({
    targetArea: fields.text().doc('Informational: the area.').optional(),
    targetCoordinates: fields.coordinates().doc('Informational: the place.').optional(),
    targetDescription: fields.text(4096).doc('Informational: what is there.').optional(),
    extra: raw().doc('Informational: anything else.').optional(),
  })

const config = () =>
  obj({
    failurePolicy: fields.failurePolicy().default({}).doc('What happens when something fails.'),
    cancellationPolicy: fields
      .cancellationPolicy()
      .default({})
      .doc('What happens on cancel and abort.'),
    coordination: fields.coordination().doc("Passed to every task's environment.").optional(),
  })

const missionSpec = () =>
  obj({
    missionName: fields.text(256).doc('Name for people.').optional(),
    missionType: oneOf('isr', 'strike', 'patrol', 'escort')
      .doc('Informational; also a label of everything that the mission makes.')
      .optional(),
    priority: fields
      .priority()
      .default('medium')
      .doc(
        'Order in every queue and of assignment; higher goes first, and never starves lower for ever.',
      ),
    objective: objective().doc('Informational: what the mission is for.').optional(),
    stages: listMap(stage(), 'name')
      .max(LIMITS.stages)
      .doc(
        'The stages; their dependsOn make a DAG. Exactly one of stages and templateRef is given.',
      )
      .cel(
        'self.all(s, !has(s.dependsOn) || s.dependsOn.all(d, self.exists(o, o.name == d)))',
        MESSAGES.unknownStage,
      )
      .optional(),
    config: config().default({}).doc('Policies of the mission.'),
    suspend: bool().doc('While true no new task starts; running ones go on.').optional(),
    cancel: bool()
      .doc('Stops everything; the mission ends Cancelled. Once true it cannot be unset.')
      .optional(),
    ttlSecondsAfterFinished: fields
      .ttlSeconds()
      .doc('Deletes the mission that many seconds after it ended; never where it is missing.')
      .optional(),
    maxParallelTasks: int()
      .min(1)
      .max(1_000_000)
      .doc('Most tasks of the mission that may be active at once; no limit where it is missing.')
      .optional(),
    templateRef: fields
      .nameRef('MissionTemplate')
      .doc('Takes the stages from a MissionTemplate.')
      .optional(),
    parameters: raw()
      .max(LIMITS.templateParameters)
      .doc("Values of the template's parameters by name: texts, whole numbers, truth values.")
      .optional(),
  })
    .cel(
      'has(self.templateRef) != (has(self.stages) && size(self.stages) > 0)',
      MESSAGES.stagesOrTemplate,
    )
    .cel('!has(self.parameters) || has(self.templateRef)', MESSAGES.parametersWithoutTemplate, {
      fieldPath: '.parameters',
    })
    .cel(
      '!(has(oldSelf.cancel) && oldSelf.cancel) || (has(self.cancel) && self.cancel)',
      MESSAGES.cancelUnset,
      { fieldPath: '.cancel' },
    )

const statistics = () =>
  obj({
    totalFlightTasks: fields.count().doc('All tasks of the mission.').optional(),
    succeededTasks: fields.count().doc('Tasks that succeeded.').optional(),
    failedTasks: fields.count().doc('Tasks that failed for good.').optional(),
    runningTasks: fields.count().doc('Tasks whose pod runs.').optional(),
    pendingTasks: fields.count().doc('Tasks that wait, or whose pod does.').optional(),
    cancelledTasks: fields.count().doc('Tasks that were cancelled.').optional(),
  })

const missionStatus = () =>
  obj({
    phase: oneOf(...MISSION_PHASES)
      .default('Pending')
      .doc(
        'Where the mission stands. A terminal phase changes only when the mission is run again on request.',
      ),
    stagesSummary: listMap(
      obj({
        name: str().max(63).doc('Name of the stage.'),
        phase: oneOf(...MISSION_PHASES)
          .doc('Phase of the stage.')
          .optional(),
        startTime: fields.time().doc('When it started.').optional(),
        completionTime: fields.time().doc('When it ended.').optional(),
      }).atomic(),
      'name',
    )
      .doc('One row per stage, in the order of the spec.')
      .optional(),
    statistics: statistics().atomic().doc('Counts over all tasks of the mission.').optional(),
    message: fields.text(32_768).doc('Where it stands or what is wrong, for people.').optional(),
    startTime: fields.time().doc('When the first stage started.').optional(),
    completionTime: fields.time().doc('When the mission ended.').optional(),
    lastUpdateTime: fields
      .time()
      .doc('When something else in this status last changed.')
      .optional(),
    observedGeneration: fields.observedGeneration().optional(),
    conditions: fields
      .conditions()
      .doc('Accepted, Suspended, Progressing, Complete, SpecDrift.')
      .optional(),
    stageRetries: map(fields.count().doc('Runs again so far.'))
      .max(LIMITS.stages)
      .doc('How often each stage was run again, by its name.')
      .optional(),
    parallelShares: map(fields.count().doc('Tasks that it may have active at once.'))
      .max(LIMITS.shares)
      .doc(
        "What each stage may have of spec.maxParallelTasks, by the stage's name: on record before the stage gets it.",
      )
      .optional(),
    handledRetry: fields
      .text()
      .doc('Value of the annotation airforce.airforce.mil/retry that was last acted on.')
      .optional(),
    stagesProgress: str()
      .max(32)
      .doc('Ended and all stages, as `1/3`: for kubectl get.')
      .optional(),
    tasksProgress: str()
      .max(32)
      .doc('Ended and all tasks, as `10/32`: for kubectl get.')
      .optional(),
  })

export const missionFields = {
  spec: missionSpec().doc('What is to be flown.'),
  status: missionStatus().default({}).doc('Where it stands; written by the controller alone.'),
}
/** A whole manifest as a list of stages, for templates. */
export const missionStages = () => arr(stage())

export type MissionSpec = Out<typeof missionFields.spec>
export type MissionSpecInput = In<typeof missionFields.spec>
export type MissionStatus = Out<typeof missionFields.status>
export type MissionStageTemplate = NonNullable<MissionSpec['stages']>[number]
export type FailurePolicy = MissionSpec['config']['failurePolicy']
export type CancellationPolicy = MissionSpec['config']['cancellationPolicy']
export type Coordination = NonNullable<MissionSpec['config']['coordination']>

export interface Mission extends KubeObject {
  readonly spec: MissionSpec
  readonly status?: MissionStatus
}
export type StoredMission = Stored<Mission>
