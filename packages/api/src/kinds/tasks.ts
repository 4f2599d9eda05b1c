/** A flight task as a stage lists it, in Mission, MissionTemplate and MissionStage. */
import { LIMITS } from '../constants.ts'
import { MESSAGES } from '../messages.ts'
import {
  arr,
  bool,
  int,
  listMap,
  type Out,
  obj,
  oneOf,
  type Schema,
  set,
  str,
} from '../schema/builder.ts'
import * as fields from './fields.ts'

export const STAGE_TYPES = ['sequential', 'parallel', 'mixed'] as const
export type StageType = (typeof STAGE_TYPES)[number]

export const stageType = () =>
  oneOf(...STAGE_TYPES)
    .default('parallel')
    .doc(
      'Order of the tasks. sequential: in list order, one active at a time. parallel: all at once. mixed: by the dependsOn of the tasks.',
    )

export const taskName = (): Schema<string> =>
  str().min(1).max(LIMITS.taskName).pattern(fields.DNS_SUBDOMAIN)

const commonFields = {
  aircraft: fields
    .aircraftType()
    .doc(
      'Type of the aircraft that flies it (label aircraft.mil/type); any where it is missing or empty.',
    )
    .optional(),
  role: fields
    .text(256)
    .doc('What the task is for, as in `lead`; passed to it as TASK_ROLE.')
    .optional(),
  priority: fields
    .priority()
    .doc("Order among the mission's tasks; the mission's priority where it is missing.")
    .optional(),
  weaponLoadout: fields.loadout().doc('Weapons that are put beside the task.').optional(),
  loadoutRef: fields
    .nameRef('WeaponLoadout')
    .doc('A named loadout; its weapons are added to weaponLoadout, which wins where both name one.')
    .optional(),
  taskParams: fields
    .textParameters()
    .doc("Free parameters; become the FlightTask's taskParams.extra.")
    .optional(),
  podTemplate: fields
    .podTemplate()
    .doc('The pod that does the work; a container that sleeps where it is missing.')
    .optional(),
  dependsOn: set(taskName().doc('Name of a task of the same stage.'))
    .max(LIMITS.taskDependencies)
    .doc(
      'Tasks of the same stage that must have succeeded before this one starts; stages of type mixed only.',
    )
    .optional(),
  count: int()
    .min(1)
    .max(LIMITS.copies)
    .doc('Makes that many copies, named with the suffix -0001 and so on.')
    .optional(),
  aircraftRequirement: fields
    .aircraftRequirement()
    .doc('What the aircraft must have, beside its type.')
    .optional(),
  timeout: fields
    .positiveDuration()
    .doc('How long one attempt may take once its pod runs; no limit where it is missing.')
    .optional(),
  optional: bool().doc('Whether its failure leaves the stage unharmed.').optional(),
}

const stageTask = () =>
  obj({
    name: taskName()
      .doc(
        'Name within the stage; `<aircraft>-<NN>` (`task-NN` without aircraft) where it is missing, NN being its place in the list.',
      )
      .optional(),
    ...commonFields,
  }).cel(
    '!has(self.dependsOn) || !has(self.name) || !(self.name in self.dependsOn)',
    MESSAGES.taskOnItself,
    { fieldPath: '.dependsOn' },
  )

const namedTask = () => obj({ name: taskName().doc('Name within the stage.'), ...commonFields })

/** A task as a mission's author writes it: the name may be missing, so the list cannot be keyed by it. */
export const stageTasks = () => arr(stageTask()).max(LIMITS.tasksPerStage)

/** A task as the mission's controller hands it to a stage: every name is filled in. */
export const namedTasks = () => listMap(namedTask(), 'name').max(LIMITS.tasksPerStage)

export type StageTask = Out<ReturnType<typeof stageTask>>
export type NamedStageTask = Out<ReturnType<typeof namedTask>>
