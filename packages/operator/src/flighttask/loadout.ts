/** Whether a task's weapons exist, fit the aircraft type and its mount points, and do not exceed its hardpoints. */

import type { AircraftFacts } from '@sortie/api'
import { REASONS, show } from '@sortie/api'
import { type CarriedWeapon, loadHardpoints } from '../pod/index.ts'
import type { LoadoutItem, WeaponFacts } from '../pod/order.ts'

/** What was found for the names in a task's loadout. */
export interface LoadoutObservation {
  /** The task's own items and those of its WeaponLoadout, which the own ones override. */
  readonly items: readonly LoadoutItem[]
  readonly weapons: ReadonlyMap<string, WeaponFacts>
  /** `namespace/name` of the WeaponLoadout that spec.loadoutRef names and that is not there. */
  readonly missingLoadout: string | undefined
  /** Namespaces that were searched, for the message. */
  readonly searched: readonly string[]
  /** Aircraft of the task's type; all where it names none. */
  readonly fleet: readonly AircraftFacts[]
  /** Hardpoint types that any weapon or aircraft names, so that a mount point can be told from a type. */
  readonly isHardpointType: (name: string) => boolean
}

export type LoadoutVerdict =
  | { readonly kind: 'valid'; readonly carried: readonly CarriedWeapon[] }
  /** Waits: what is missing may come. */
  | { readonly kind: 'missing'; readonly reason: string; readonly message: string }
  /** Never fits: the task fails. */
  | { readonly kind: 'incompatible'; readonly reason: string; readonly message: string }

type Refusal = Exclude<LoadoutVerdict, { readonly kind: 'valid' }>

interface Check {
  readonly observed: LoadoutObservation
  readonly carried: readonly CarriedWeapon[]
  readonly aircraftType: string
}

/** Asked in this order; the first that objects decides. */
const CHECKS: Readonly<Record<string, (check: Check) => Refusal | undefined>> = {
  loadoutExists: ({ observed }) =>
    observed.missingLoadout === undefined
      ? undefined
      : {
          kind: 'missing',
          reason: REASONS.loadoutNotFound,
          message: `WeaponLoadout ${observed.missingLoadout} does not exist; the task goes on once it does`,
        },
  weaponsExist: checkExistence,
  aircraftTypeFits: checkAircraftType,
  mountPointsFit: checkMountPoints,
  hardpointsSuffice: checkHardpoints,
}

export function judgeLoadout(observed: LoadoutObservation, aircraftType: string): LoadoutVerdict {
  const carried = observed.items.flatMap((item) => {
    const weapon = observed.weapons.get(item.weapon)
    return weapon === undefined ? [] : [{ item, weapon }]
  })
  for (const check of Object.values(CHECKS)) {
    const refusal = check({ observed, carried, aircraftType })
    if (refusal !== undefined) return refusal
  }
  return { kind: 'valid', carried }
}

function checkExistence({ observed }: Check): Refusal | undefined {
  const missing = observed.items.find(({ weapon }) => !observed.weapons.has(weapon))
  if (missing === undefined) return undefined
  const places = observed.searched.join(' and in ')
  return {
    kind: 'missing',
    reason: REASONS.weaponNotFound,
    message: `Weapon ${show(missing.weapon)} does not exist in namespace ${places}; the task goes on once it does`,
  }
}

function checkAircraftType({ carried, aircraftType }: Check): Refusal | undefined {
  if (aircraftType === '') return undefined
  const misfit = carried.find(
    ({ weapon }) => weapon.aircraftTypes.length > 0 && !weapon.aircraftTypes.includes(aircraftType),
  )
  if (misfit === undefined) return undefined
  const { weapon } = misfit
  return incompatible(
    `Weapon ${weapon.key} does not fit aircraft ${show(aircraftType)}; it fits ${list(weapon.aircraftTypes)}`,
  )
}

function checkMountPoints(check: Check): Refusal | undefined {
  for (const { item, weapon } of check.carried) {
    if (weapon.hardpointTypes.length === 0) continue
    for (const mount of item.mountPoints) {
      const types = mountTypes(mount, check.observed)
      if (types.length === 0 || types.some((type) => weapon.hardpointTypes.includes(type))) continue
      const aircraft = check.aircraftType === '' ? 'any aircraft' : check.aircraftType
      return incompatible(
        `Weapon ${weapon.key} does not fit mount point ${show(mount)} of ${aircraft}, which is ${list(types)}; it fits ${list(weapon.hardpointTypes)}`,
      )
    }
  }
  return undefined
}

/** Types that a mount point may have: by the aircraft's annotation, or because it is itself a type. Empty: not known. */
function mountTypes(mount: string, observed: LoadoutObservation): readonly string[] {
  const types = new Set<string>()
  for (const { hardpoints } of observed.fleet) {
    const type = Object.hasOwn(hardpoints, mount) ? hardpoints[mount] : undefined
    if (type !== undefined) types.add(type)
  }
  if (types.size === 0 && observed.isHardpointType(mount)) types.add(mount)
  return [...types].sort()
}

/** An aircraft that does not say how many hardpoints it has may have enough; so may one of a fleet that is not there yet. */
function checkHardpoints({ carried, observed, aircraftType }: Check): Refusal | undefined {
  const needed = loadHardpoints(carried)
  if (needed === 0 || observed.fleet.length === 0) return undefined
  let most = 0
  for (const { hardpointTotal } of observed.fleet) {
    if (hardpointTotal === undefined) return undefined
    most = Math.max(most, hardpointTotal)
  }
  if (needed <= most) return undefined
  const names = list(carried.map(({ weapon }) => weapon.key))
  const type = aircraftType === '' ? 'the fleet' : aircraftType
  return incompatible(
    `${names} take ${needed} hardpoints together, but no aircraft of ${type} has more than ${most}; carry less`,
  )
}

function incompatible(message: string): Refusal {
  return { kind: 'incompatible', reason: REASONS.incompatible, message }
}

/** At most ten names, so that a message stays one that can be read. */
function list(names: readonly string[]): string {
  const more = names.length > 10 ? ` and ${names.length - 10} more` : ''
  return names.slice(0, 10).join(', ') + more
}
