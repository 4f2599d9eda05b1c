/** WeaponLoadout and MissionTemplate: things that missions refer to by name. */
import type { KubeObject, Stored } from '@sortie/machinery'
import { LIMITS } from '../constants.ts'
import { MESSAGES } from '../messages.ts'
import {
  anything,
  arr,
  bool,
  type In,
  listMap,
  type Out,
  obj,
  oneOf,
  str,
} from '../schema/builder.ts'
import * as fields from './fields.ts'

const loadoutSpec = () =>
  obj({
    description: fields.text(4096).doc('What it is for.').optional(),
    aircraftTypes: fields
      .textSet(64)
      .doc('Aircraft that it is meant for; all where the list is missing or empty.')
      .optional(),
    weapons: fields.loadout().min(1).doc('What is carried.'),
  })

const loadoutStatus = () =>
  obj({
    totalHardpoints: fields
      .count()
      .doc('Hardpoints that it takes: each weapon its own number times its quantity.')
      .optional(),
    conditions: fields.conditions().doc('LoadoutValid.').optional(),
    observedGeneration: fields.observedGeneration().optional(),
  })

export const weaponLoadoutFields = {
  spec: loadoutSpec().doc('What is carried.'),
  status: loadoutStatus().default({}).doc('What it takes; written by the controller.'),
}

export const PARAMETER_TYPES = ['string', 'integer', 'boolean', 'duration', 'enum'] as const
export type ParameterType = (typeof PARAMETER_TYPES)[number]

const PLACEHOLDER = '`$' + '{params.<name>}`'

const parameter = () =>
  obj({
    name: str()
      .min(1)
      .max(63)
      .pattern('^[A-Za-z][A-Za-z0-9_-]*$')
      .doc(`Name; ${PLACEHOLDER} in any text of the stages is replaced by its value.`),
    type: oneOf(...PARAMETER_TYPES)
      .default('string')
      .doc('What a value must be.'),
    default: anything().doc('Value where the mission gives none.').optional(),
    required: bool().doc('Whether the mission must give a value.').optional(),
    enum: arr(fields.text(256).doc('A value.'))
      .max(64)
      .doc('The values that are allowed; needed by type enum.')
      .optional(),
    description: fields.text(4096).doc('What it is for.').optional(),
  }).cel(
    "self.type != 'enum' || (has(self.enum) && size(self.enum) > 0)",
    MESSAGES.enumWithoutValues,
    {
      fieldPath: '.enum',
    },
  )

const templateSpec = () =>
  obj({
    description: fields.text(4096).doc('What the template is for.').optional(),
    missionType: oneOf('isr', 'strike', 'patrol', 'escort')
      .doc('Type of a mission that names none itself.')
      .optional(),
    parameters: listMap(parameter(), 'name')
      .max(LIMITS.templateParameters)
      .doc('What a mission may set.')
      .optional(),
    stages: arr(
      obj({ name: str().min(1).max(256).doc('Name of the stage; may hold placeholders.') }).open(),
    )
      .min(1)
      .max(LIMITS.stages)
      .doc(
        `Stages as in Mission.spec.stages. A text may hold ${PLACEHOLDER}; one that is nothing else takes the value with its type.`,
      ),
  })

const templateStatus = () =>
  obj({
    parameterNames: fields.text(8192).doc('Names of the parameters, for kubectl get.').optional(),
    conditions: fields.conditions().doc('Accepted.').optional(),
    observedGeneration: fields.observedGeneration().optional(),
  })

export const missionTemplateFields = {
  spec: templateSpec().doc('The mission to be made.'),
  status: templateStatus().default({}).doc('Written by the controller.'),
}

export type WeaponLoadoutSpec = Out<typeof weaponLoadoutFields.spec>
export type WeaponLoadoutSpecInput = In<typeof weaponLoadoutFields.spec>
export type WeaponLoadoutStatus = Out<typeof weaponLoadoutFields.status>
export type LoadoutWeapon = WeaponLoadoutSpec['weapons'][number]

export interface WeaponLoadout extends KubeObject {
  readonly spec: WeaponLoadoutSpec
  readonly status?: WeaponLoadoutStatus
}
export type StoredWeaponLoadout = Stored<WeaponLoadout>

export type MissionTemplateSpec = Out<typeof missionTemplateFields.spec>
export type MissionTemplateSpecInput = In<typeof missionTemplateFields.spec>
export type MissionTemplateStatus = Out<typeof missionTemplateFields.status>
export type TemplateParameter = NonNullable<MissionTemplateSpec['parameters']>[number]

export interface MissionTemplate extends KubeObject {
  readonly spec: MissionTemplateSpec
  readonly status?: MissionTemplateStatus
}
export type StoredMissionTemplate = Stored<MissionTemplate>
