/** What a weapon's status says, and what a new image asks for: pure. */
import { REASONS, WEAPON_CONDITIONS, type WeaponStatus } from '@sortie/api'
import { deepEqual, formatTime, type Instant, setCondition } from '@sortie/machinery'
import type { Operation, PlannedEvent } from '@sortie/runtime'
import type { WeaponObservation } from './observation.ts'
import { outdated, planRollout } from './rollout.ts'

export interface WeaponPlan {
  readonly operations: readonly Operation[]
  readonly status: WeaponStatus
  readonly events: readonly PlannedEvent[]
  readonly requeueAt?: Instant | undefined
}

/** Rows of compatibilityChecks that a status has room for. */
const MAX_CHECKS = 256

export function decideWeapon(observed: WeaponObservation, now: Instant): WeaponPlan {
  if (observed.deleting) return { operations: [], status: observed.status, events: [] }
  const status = decideStatus(observed, now)
  return { ...planRollout(observed, now), status, events: eventsOf(observed.status, status) }
}

function decideStatus(observed: WeaponObservation, now: Instant): WeaponStatus {
  const { status, facts } = observed
  const conditions = rolloutConditions(observed, now)
  return {
    ...status,
    phase: phaseOf(observed),
    usage: { ...usageOf(status), totalDeployed: podCount(observed) },
    compatibilityChecks: checksOf(observed, now),
    ...(facts.image === undefined ? {} : { currentImage: facts.image }),
    ...(conditions.length === 0 ? {} : { conditions }),
    observedGeneration: observed.generation,
  }
}

/** What has been fired, and with what success, is for tasks to report: no controller counts it. */
function usageOf(status: WeaponStatus): WeaponStatus['usage'] {
  const held: Partial<WeaponStatus['usage']> | undefined = status.usage
  return { ...held, totalDeployed: 0, totalFired: held?.totalFired ?? 0 }
}

function podCount({ carriers }: WeaponObservation): number {
  return new Set(carriers.map(({ uid }) => uid)).size
}

/** Deprecated is for people to say: by the annotation, or by setting the phase; then it stays until the annotation says `false`. */
function phaseOf(observed: WeaponObservation): WeaponStatus['phase'] {
  const { facts, carriers } = observed
  if (facts.deprecated) return 'Deprecated'
  const isOld = carriers.some(({ image }) => facts.image !== undefined && image !== facts.image)
  return isOld ? 'Updating' : 'Available'
}

/** A row keeps its time while its answer stays the same. */
function checksOf(
  { facts, fleetTypes, status }: WeaponObservation,
  now: Instant,
): NonNullable<WeaponStatus['compatibilityChecks']> {
  const held = new Map(
    (Array.isArray(status.compatibilityChecks) ? status.compatibilityChecks : []).map((row) => [
      row.aircraftType,
      row,
    ]),
  )
  const types = [...new Set([...facts.aircraftTypes, ...fleetTypes])].sort().slice(0, MAX_CHECKS)
  return types.map((aircraftType) => {
    const compatible =
      facts.aircraftTypes.length === 0 || facts.aircraftTypes.includes(aircraftType)
    const row = held.get(aircraftType)
    if (row?.compatible === compatible && row.lastChecked !== undefined) return row
    return { aircraftType, compatible, lastChecked: formatTime(now) }
  })
}

/** Said from the first change of image on; before it there is nothing to roll out. */
function rolloutConditions(
  observed: WeaponObservation,
  now: Instant,
): NonNullable<WeaponStatus['conditions']> {
  const { status, facts } = observed
  const held = Array.isArray(status.conditions) ? status.conditions : []
  const old = outdated(observed)
  const type = WEAPON_CONDITIONS.rolledOut
  if (old.length > 0) {
    const pods = old.length === 1 ? 'one pod carries' : `${old.length} pods carry`
    const message = `${pods} another image than ${facts.image ?? ''} (${observed.strategy})`
    return setCondition(held, { type, status: 'False', reason: REASONS.imageChanged, message }, now)
  }
  if (!held.some((condition) => condition.type === type)) return held
  const message = `all pods carry ${facts.image ?? ''}`
  return setCondition(held, { type, status: 'True', reason: REASONS.rolledOut, message }, now)
}

function eventsOf(before: WeaponStatus, after: WeaponStatus): readonly PlannedEvent[] {
  if (before.currentImage === undefined || before.currentImage === after.currentImage) return []
  const message = `new pods get the image ${after.currentImage ?? ''}`
  return [{ type: 'Normal', reason: REASONS.imageChanged, message }]
}

/** How pressing the difference is: counters alone wait to be gathered, so that a short task costs none. */
export function weaponUrgency(
  stored: WeaponStatus,
  wanted: WeaponStatus,
): 'none' | 'counters' | 'now' {
  const quiet = (status: WeaponStatus) => ({ ...status, observedGeneration: 0 })
  if (deepEqual(quiet(stored), quiet(wanted))) return 'none'
  const still = (status: WeaponStatus) => ({
    ...quiet(status),
    usage: 0,
    conditions: status.conditions?.map(({ type, status: is }) => ({ type, is })),
  })
  return deepEqual(still(stored), still(wanted)) ? 'counters' : 'now'
}
