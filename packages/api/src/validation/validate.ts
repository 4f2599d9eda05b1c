/** One door to the checks of all kinds. */
import { isJsonObject } from '@sortie/machinery'
import { RESOURCES } from '../crd.ts'
import { validateMission, validateMissionStage, validateMissionTemplate } from './mission.ts'
import { unknownKind, type ValidationOptions } from './object.ts'
import { type Problem, problem, show } from './problem.ts'
import { validateFlightTask, validateWeapon, validateWeaponLoadout } from './task.ts'

type Validate = (object: unknown, options?: ValidationOptions) => readonly Problem[]

const VALIDATORS: ReadonlyMap<string, Validate> = new Map<string, Validate>([
  ['Mission', validateMission],
  ['MissionStage', validateMissionStage],
  ['FlightTask', validateFlightTask],
  ['Weapon', validateWeapon],
  ['WeaponLoadout', validateWeaponLoadout],
  ['MissionTemplate', validateMissionTemplate],
])

/** All that is wrong with an object of whatever kind it says it is; one that is not ours is a problem too. */
export function validate(object: unknown, options?: ValidationOptions): readonly Problem[] {
  if (!isJsonObject(object)) return [problem([], 'Type', `${show(object)} is no object of the API`)]
  const { kind } = object
  if (typeof kind !== 'string')
    return [problem(['kind'], 'Required', 'is missing; a kind is needed')]
  const check = VALIDATORS.get(kind)
  if (check !== undefined) return check(object, options)
  const kinds = RESOURCES.map((resource) => resource.kind)
  return [problem(['kind'], 'NotAllowed', unknownKind(kind, kinds))]
}
