/** From a seed to a run: what flies, what people do meanwhile, and what goes wrong. */
import type { Fault } from '../faults/fault.ts'
import { drawActions, OWN_NAMESPACE, OWN_NAMESPACE_MISSION } from './actions.ts'
import { type Chance, chanceOf, randomFor } from './chance.ts'
import { drawFaults } from './faults.ts'
import { drawFleet } from './fleets.ts'
import { drawMission, type MissionDraw, WEAPON_HARDPOINTS } from './missions.ts'
import type { Scenario, WeaponPlan } from './scenario.ts'

export interface ScenarioOptions {
  /** Default: faults strike in most runs. */
  readonly faults?: boolean
  /** Default: people interfere in most runs. */
  readonly actions?: boolean
}

export function drawScenario(seed: number, options: ScenarioOptions = {}): Scenario {
  const chance = (purpose: string): Chance => chanceOf(randomFor(seed, purpose))
  const shape = chance('shape')
  const fleet = drawFleet(chance('fleet'))
  const weapons = drawWeapons(chance('weapons'))
  const draw: MissionDraw = {
    chance: chance('missions'),
    fleet,
    weapons: weapons.map(({ name }) => name),
  }
  const count = shape.oneOf([1, 1, 2, 2, 3])
  const missions = Array.from({ length: count }, (_, index) => {
    const name = `m${index + 1}`
    const plan = drawMission(draw, name, index === 0 ? 0 : draw.chance.between(0, 20_000))
    return name === OWN_NAMESPACE_MISSION ? { ...plan, namespace: OWN_NAMESPACE } : plan
  })
  const isStruck = shape.happens(0.85) && options.faults !== false
  const isDisturbed = shape.happens(0.75) && options.actions !== false
  const faults: readonly Fault[] = isStruck ? drawFaults(chance('faults')) : []
  return {
    seed,
    fleet,
    weapons,
    missions,
    actions: isDisturbed ? drawActions({ ...draw, chance: chance('actions') }, missions) : [],
    faults,
    latencyMs: shape.oneOf([0, 0, 5, 30]),
    decoys: shape.happens(0.1),
  }
}

function drawWeapons(chance: Chance): WeaponPlan[] {
  return Array.from({ length: chance.oneOf([0, 0, 1, 2]) }, (_, index) => ({
    name: `w${index + 1}`,
    at: chance.happens(0.3) ? chance.between(1_000, 40_000) : 0,
    spec: {
      image: { repository: `sortie/w${index + 1}`, tag: 'v1' },
      resources: { hardpoints: chance.between(1, WEAPON_HARDPOINTS) },
      container: { lifecycle: chance.happens(0.15) ? 'Companion' : 'Sidecar' },
      updateStrategy: {
        type: chance.oneOf(['OnNextTask', 'HotReload', 'Recreate', 'RollingUpdate']),
      },
    },
  }))
}
