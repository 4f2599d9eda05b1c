/** Checks of FlightTask, Weapon and WeaponLoadout. */
import { isJsonObject, type JsonObject } from '@sortie/machinery'
import { POD } from '../constants.ts'
import { rootSchema } from '../crd.ts'
import type { FlightTaskSpec } from '../kinds/flighttask.ts'
import type { WeaponLoadoutSpec } from '../kinds/templates.ts'
import type { WeaponSpec } from '../kinds/weapon.ts'
import { MESSAGES } from '../messages.ts'
import { imageOf, isImageReference } from '../naming/images.ts'
import { checkFailurePolicy } from './mission.ts'
import { type CheckContext, type ValidationOptions, validateObject } from './object.ts'
import { checkPodPolicy, type PodPolicy } from './podpolicy.ts'
import { type Problem, problem, show, under, warning } from './problem.ts'
import { checkLimit, checkQuantities, checkTemplate } from './tasks.ts'

/** All that is wrong with a FlightTask, but for what depends on other objects. */
export function validateFlightTask(
  object: unknown,
  options?: ValidationOptions,
): readonly Problem[] {
  return validateObject<FlightTaskSpec>(
    object,
    { kind: 'FlightTask', schema: rootSchema('FlightTask'), check: checkFlightTask },
    options,
  )
}

function checkFlightTask(spec: FlightTaskSpec, context: CheckContext): readonly Problem[] {
  const weapons = spec.weaponLoadout ?? []
  const armed = weapons.length > 0 || spec.loadoutRef !== undefined
  const names = weapons.map((weapon) => weapon.weaponRef.name)
  const repeated = names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [
          problem(
            [index, 'weaponRef', 'name'],
            'Duplicate',
            `${show(name)}: ${MESSAGES.repeatedWeapon}`,
          ),
        ],
  )
  return under(
    ['spec'],
    [
      ...under(['weaponLoadout'], [...repeated, ...checkQuantities(weapons)]),
      ...under(['podTemplate'], checkTemplate(spec.podTemplate, armed, context.podPolicy)),
      ...under(['retry'], checkFailurePolicy(spec.retry ?? {})),
      ...checkLimit(spec.timeout, ['timeout']),
      ...checkLimit(spec.taskParams?.missionDuration, ['taskParams', 'missionDuration']),
    ],
  )
}

/** All that is wrong with a Weapon. */
export function validateWeapon(object: unknown, options?: ValidationOptions): readonly Problem[] {
  return validateObject<WeaponSpec>(
    object,
    { kind: 'Weapon', schema: rootSchema('Weapon'), check: checkWeapon },
    options,
  )
}

function checkWeapon(spec: WeaponSpec, context: CheckContext): readonly Problem[] {
  return under(
    ['spec'],
    [
      ...checkImage(spec),
      ...under(['container'], checkWeaponContainer(spec.container, context.podPolicy)),
      ...checkMaxUnavailable(spec),
    ],
  )
}

function checkImage(spec: WeaponSpec): readonly Problem[] {
  const image = imageOf(spec.image)
  const path = ['image', 'repository']
  if (image === undefined) {
    return [
      problem(
        path,
        'Required',
        'is missing; a weapon needs an image, as in registry.example/radar',
      ),
    ]
  }
  if (!isImageReference(image)) {
    return [
      problem(
        path,
        'Image',
        `${show(image)} is no image reference, as in registry.example/radar:1.0`,
      ),
    ]
  }
  const tag = spec.image?.tag
  if (tag !== undefined && tag !== '' && !image.endsWith(`:${tag}`)) {
    return [
      warning(
        ['image', 'tag'],
        'NoEffect',
        `has no effect, since the repository says ${show(image)}`,
      ),
    ]
  }
  return []
}

function checkWeaponContainer(
  container: JsonObject,
  policy: PodPolicy | undefined,
): readonly Problem[] {
  const mounts = Array.isArray(container['volumeMounts']) ? container['volumeMounts'] : []
  const reserved = mounts.flatMap((mount, index) => {
    if (!isJsonObject(mount) || mount['name'] === POD.interfaceVolume) return []
    const target = mount['mountPath']
    return typeof target === 'string' && target.replace(/\/+$/, '') === POD.interfacePath
      ? [problem(['volumeMounts', index, 'mountPath'], 'Reserved', MESSAGES.reservedMount)]
      : []
  })
  if (policy === undefined) return reserved
  const { lifecycle: _, ...rest } = container
  const refused = checkPodPolicy({ spec: { containers: [rest] } }, policy)
  return [...reserved, ...refused.map((found) => ({ ...found, path: found.path.slice(3) }))]
}

function checkMaxUnavailable(spec: WeaponSpec): readonly Problem[] {
  const most = spec.updateStrategy.rollingUpdate?.maxUnavailable
  if (most === undefined || isPositive(most)) return []
  const path = ['updateStrategy', 'rollingUpdate', 'maxUnavailable']
  const message = `${show(most)} is neither a number from 1 nor a percentage from 1% to 100%`
  return [problem(path, 'Bounds', message)]
}

function isPositive(most: number | string): boolean {
  if (typeof most === 'number') return most >= 1
  const percent = /^(\d{1,3})%$/.exec(most)
  return percent !== null && Number(percent[1]) >= 1 && Number(percent[1]) <= 100
}

/** All that is wrong with a WeaponLoadout. */
export function validateWeaponLoadout(object: unknown): readonly Problem[] {
  return validateObject<WeaponLoadoutSpec>(object, {
    kind: 'WeaponLoadout',
    schema: rootSchema('WeaponLoadout'),
    check: (spec) => under(['spec', 'weapons'], checkQuantities(spec.weapons)),
  })
}
