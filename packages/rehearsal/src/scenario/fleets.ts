/** Random fleets, and the rules by which pods on them play out. */
import type { AircraftGroup, FleetSpec, PlayRule } from '@sortie/fleet'
import { FLEET_DEFAULTS, GROUP_DEFAULTS } from '@sortie/fleet'
import type { Chance } from './chance.ts'

const TYPES = ['viper', 'raven', 'heron'] as const
/** Of every fleet: what tasks may ask for is within it. */
export const MOST_HARDPOINTS = 4

export function drawFleet(chance: Chance): FleetSpec {
  const types = TYPES.slice(0, chance.between(1, TYPES.length))
  return {
    ...FLEET_DEFAULTS,
    heartbeat: 'none',
    metrics: false,
    aircraft: types.map((type) => drawGroup(chance, type)),
    rules: drawRules(chance),
  }
}

function drawGroup(chance: Chance, type: string): AircraftGroup {
  return {
    ...GROUP_DEFAULTS,
    type,
    namePrefix: type,
    count: chance.between(2, 6),
    zones: chance.happens(0.5) ? ['north', 'south'] : ['north'],
    fuelLevel: { min: chance.between(60, 90), max: 100 },
    hardpoints: MOST_HARDPOINTS * chance.between(1, 2),
    slots: chance.happens(0.25) ? 2 : 1,
    capabilities: chance.happens(0.5) ? ['strike'] : [],
  }
}

/** Each is there in some runs only, so that every mixture comes up. */
function drawRules(chance: Chance): PlayRule[] {
  const rules: PlayRule[] = []
  const sometimes = (rule: () => PlayRule): void => {
    if (chance.happens(0.35)) rules.push(rule())
  }
  const main = 'main' as const
  sometimes(() => ({ match: { role: main, chance: 0.2 }, exitCode: chance.between(1, 143) }))
  sometimes(() => ({
    match: { role: main, chance: 0.15 },
    pullError: 'ErrImagePull',
    pullFailures: chance.between(1, 3),
  }))
  sometimes(() => ({ match: { chance: 0.15 }, evictAfter: { min: 0, max: 8_000 } }))
  sometimes(() => ({ match: { role: main, chance: 0.3 }, termination: { min: 0, max: 20_000 } }))
  sometimes(() => ({ match: { role: main, chance: 0.1 }, termination: 'ignore' }))
  sometimes(() => ({ match: { role: main, chance: 0.3 }, startDelay: { min: 0, max: 5_000 } }))
  rules.push({ match: { role: main }, duration: drawDurations(chance) })
  return rules
}

function drawDurations(chance: Chance): { readonly min: number; readonly max: number } {
  const longest = chance.oneOf([200, 2_000, 10_000, 30_000])
  return { min: chance.oneOf([0, 50, 100]), max: longest }
}

/** Tasks of a type that the fleet can fly at the same time. */
export function slotsOf(fleet: FleetSpec, type: string): number {
  return fleet.aircraft
    .filter((group) => group.type === type)
    .reduce((sum, { count, slots }) => sum + count * slots, 0)
}
