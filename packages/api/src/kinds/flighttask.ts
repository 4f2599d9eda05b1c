/** FlightTask: one piece of work that one aircraft flies, as a pod. */
import type { KubeObject, Stored } from '@sortie/machinery'
import { LIMITS } from '../constants.ts'
import { MESSAGES } from '../messages.ts'
import {
  arr,
  bool,
  type In,
  int,
  map,
  type Out,
  obj,
  oneOf,
  raw,
  set,
  str,
} from '../schema/builder.ts'
import * as fields from './fields.ts'

export const TASK_PHASES = [
  'Pending',
  'Scheduled',
  'Running',
  'Succeeded',
  'Failed',
  'Cancelled',
] as const
export type TaskPhase = (typeof TASK_PHASES)[number]

const taskParams = () =>
  obj({
    altitude: fields.measure().doc('Informational: altitude, as `8000` or `8000m`.').optional(),
    speed: fields.measure().doc('Informational: speed, as `900` or `900km/h`.').optional(),
    missionDuration: fields.duration().doc('How long a task without podTemplate runs.').optional(),
    operationArea: obj({
      center: fields.coordinates().doc('Informational: middle of the area.').optional(),
      radius: fields.measure().doc('Informational: radius, as `50` or `50km`.').optional(),
    })
      .doc('Informational: where it flies.')
      .optional(),
    phases: arr(
      obj({
        name: fields.text(256).doc('Name of the phase of flight.').optional(),
        duration: fields.text(64).doc('Informational: how long it takes.').optional(),
        waypoints: fields.freeList().doc('Informational: points of the way.').optional(),
        tactics: fields.text().doc('Informational: how it is flown.').optional(),
      }),
    )
      .max(64)
      .doc('Informational: phases of the flight.')
      .optional(),
    extra: fields.textParameters().doc('Free parameters: text by name.').optional(),
  })

const weaponLoadout = () =>
  arr(
    obj({
      weaponRef: fields.nameRef('Weapon').doc('The Weapon.'),
      quantity: fields.quantity(),
      mountPoints: fields
        .mountPoints()
        .doc('Where it hangs: mount points of the aircraft, or hardpoint types.')
        .optional(),
    }),
  )
    .max(LIMITS.loadout)
    .cel(
      'self.all(a, self.exists_one(b, b.weaponRef.name == a.weaponRef.name))',
      MESSAGES.repeatedWeapon,
    )

/** What the stage's controller fills in from stage and mission, so that the task stands by itself. */
const copiedFields = {
  missionRef: fields
    .looseRef('Mission')
    .atomic()
    .doc('The mission that the task belongs to.')
    .optional(),
  missionPriority: fields
    .priority()
    .doc("The mission's priority, copied down: order among missions.")
    .optional(),
  stageName: str().max(63).doc('Name of the stage within the mission.').optional(),
  taskName: str()
    .max(253)
    .doc('Name of the task within the stage, with the suffix of its copy.')
    .optional(),
  taskIndex: fields
    .count()
    .doc('Place in the stage, from 1, once copies are counted out.')
    .optional(),
  stageIndex: int()
    .min(0)
    .max(LIMITS.stages)
    .doc('Place of the stage in the mission, from 1.')
    .optional(),
  attempt: int()
    .min(0)
    .max(1_000_000)
    .doc('The attempt of the stage that made the task: 0 at first.')
    .optional(),
  gang: obj({
    name: str().min(1).max(253).doc('Name of the gang: the stage whose tasks are placed together.'),
  })
    .doc(
      'The task is placed together with all tasks of the gang that have not ended, or not at all.',
    )
    .optional(),
  cancellationPolicy: fields
    .cancellationPolicy()
    .atomic()
    .doc("The mission's cancellation policy, copied down; the default one where it is missing.")
    .optional(),
  coordination: fields
    .coordination()
    .atomic()
    .doc("The mission's coordination, copied down; passed to the task's environment.")
    .optional(),
}

const UNARMED =
  '((!has(self.weaponLoadout) || size(self.weaponLoadout) == 0) && !has(self.loadoutRef)) || !has(self.podTemplate) || !has(self.podTemplate.spec)'
const NO_FOREIGN_MOUNT =
  "!has(c.volumeMounts) || c.volumeMounts.all(m, !has(m.mountPath) || m.mountPath != '/interface' || (has(m.name) && m.name == 'weapon-interface'))"

const taskSpec = () =>
  obj({
    stageRef: fields
      .looseRef('MissionStage')
      .atomic()
      .doc('The stage that the task belongs to; a task without one is standalone.')
      .optional(),
    aircraftRequirement: fields
      .typedAircraftRequirement()
      .atomic()
      .doc('What the aircraft must be and have.')
      .optional(),
    role: fields.text(256).doc('What the task is for; passed to it as TASK_ROLE.').optional(),
    priority: fields
      .priority()
      .doc("Order among its mission's tasks; missionPriority where it is missing.")
      .optional(),
    taskParams: taskParams().doc('Parameters of the flight.').optional(),
    weaponLoadout: weaponLoadout().doc('Weapons that are put beside the task.').optional(),
    loadoutRef: fields
      .nameRef('WeaponLoadout')
      .doc(
        'A named loadout; its weapons are added to weaponLoadout, which wins where both name one.',
      )
      .optional(),
    podTemplate: fields
      .podTemplate()
      .atomic()
      .doc('The pod that does the work; a container that sleeps where it is missing.')
      .optional(),
    timeout: fields
      .positiveDuration()
      .doc('How long one attempt may take once its pod runs; no limit where it is missing.')
      .optional(),
    retry: fields
      .retry()
      .atomic()
      .doc("The mission's failure policy, copied down; no retry where it is missing.")
      .optional(),
    startGates: fields.startGates().doc('No pod is made before the list is empty.').optional(),
    cancel: bool()
      .doc('Stops the task; it ends Cancelled. Once true it cannot be unset.')
      .optional(),
    suspend: bool()
      .doc('While true no pod is made for the task; one that is there goes on.')
      .optional(),
    optional: bool().doc('Whether its failure leaves the stage unharmed.').optional(),
    ...copiedFields,
  })
    .cel(
      '!(has(oldSelf.cancel) && oldSelf.cancel) || (has(self.cancel) && self.cancel)',
      MESSAGES.cancelUnset,
      { fieldPath: '.cancel' },
    )
    .cel(
      `${UNARMED} || !has(self.podTemplate.spec.volumes) || self.podTemplate.spec.volumes.all(v, !has(v.name) || v.name != 'weapon-interface')`,
      MESSAGES.reservedVolume,
      { fieldPath: '.podTemplate.spec.volumes' },
    )
    .cel(
      `${UNARMED} || !has(self.podTemplate.spec.containers) || self.podTemplate.spec.containers.all(c, ${NO_FOREIGN_MOUNT})`,
      MESSAGES.reservedMount,
      { fieldPath: '.podTemplate.spec.containers' },
    )

const executionStatus = () =>
  obj({
    currentPhase: fields.text(256).doc('Phase of the flight.').optional(),
    location: fields.coordinates().doc('Where the aircraft is.').optional(),
    altitude: fields.measure().doc('Its altitude.').optional(),
    speed: fields.measure().doc('Its speed.').optional(),
    fuelRemaining: fields.measure().doc('Its fuel.').optional(),
    weaponsRemaining: map(fields.measure().doc('How many are left.')).doc('By weapon.').optional(),
    extra: raw().doc('Anything else.').optional(),
  })

const taskStatus = () =>
  obj({
    phase: oneOf(...TASK_PHASES)
      .default('Pending')
      .doc('Where the task stands.'),
    schedulingInfo: obj({
      assignedNode: str().max(253).doc('The aircraft that has the task.').optional(),
      assignedTime: fields.time().doc('Since when.').optional(),
      schedulingAttempts: fields
        .count()
        .doc('1 and the times that the scheduler found no aircraft for the pod.')
        .optional(),
    })
      .atomic()
      .doc('What the scheduler did.')
      .optional(),
    podRef: obj({
      apiVersion: str().max(64).doc('v1.').optional(),
      kind: str().max(64).doc('Pod.').optional(),
      namespace: str().max(63).doc('Namespace of the pod.').optional(),
      name: str().max(253).doc('Name of the pod.').optional(),
      uid: str()
        .max(64)
        .doc('Uid of the pod: the only thing that tells attempts apart for sure.')
        .optional(),
    })
      .atomic()
      .doc('The pod of the present attempt.')
      .optional(),
    executionStatus: executionStatus()
      .doc('Reported by the task itself or an agent on the aircraft; never by a controller.')
      .optional(),
    conditions: fields
      .conditions()
      .doc('PodCreated, PodScheduled, ImagePullFailed, LoadoutValid, Retrying, SpecDrift.')
      .optional(),
    retryCount: fields.count().doc('Failed attempts that were tried again.').optional(),
    replacements: fields
      .count()
      .doc('Pods that went away through no fault of their own and were replaced; at most 10.')
      .optional(),
    lastRetryTime: fields.time().doc('When the last retry was decided.').optional(),
    nextRetryTime: fields.time().doc('When the next attempt may begin.').optional(),
    excludedNodes: set(str().max(253).doc('Name of a node.'))
      .max(100)
      .doc('Aircraft that failed the task; the next attempt avoids them.')
      .optional(),
    startTime: fields.time().doc('When the first pod ran.').optional(),
    completionTime: fields.time().doc('When the task ended.').optional(),
    message: fields.text(32_768).doc('Where it stands or what is wrong, for people.').optional(),
    observedGeneration: fields.observedGeneration().optional(),
  })

export const flightTaskFields = {
  spec: taskSpec().default({}).doc('What is to be flown.'),
  status: taskStatus().default({}).doc('Where it stands; written by its own controller alone.'),
}

export type FlightTaskSpec = Out<typeof flightTaskFields.spec>
export type FlightTaskSpecInput = In<typeof flightTaskFields.spec>
export type FlightTaskStatus = Out<typeof flightTaskFields.status>
export type RetryPolicy = NonNullable<FlightTaskSpec['retry']>
export type TaskWeapon = NonNullable<FlightTaskSpec['weaponLoadout']>[number]
export type PodTemplate = NonNullable<FlightTaskSpec['podTemplate']>
export type AircraftRequirement = NonNullable<FlightTaskSpec['aircraftRequirement']>

export interface FlightTask extends KubeObject {
  readonly spec: FlightTaskSpec
  readonly status?: FlightTaskStatus
}
export type StoredFlightTask = Stored<FlightTask>
