/** The controller of WeaponLoadouts: says what they take, and follows their weapons. */
import {
  FIELD_MANAGERS,
  WEAPON_LOADOUTS,
  WEAPONS,
  type Weapon,
  type WeaponLoadout,
} from '@sortie/api'
import type { Informer } from '@sortie/client'
import { isDeleting, keyOf, type Stored } from '@sortie/machinery'
import { applyPlan, type Controller, createController, sourceOf } from '@sortie/runtime'
import { type ControllerDeps, selectionOf, writingFor } from '../controllers.ts'
import { inNamespace, readWeapon } from '../pod/index.ts'
import { decideLoadout, type LoadoutSources } from './decide.ts'

/** Loadouts by the names of their weapons. */
const WEAPON_NAME_INDEX = 'weaponName'

/** Creates the controller; it is to be added to a manager on the informers that it asks for. */
export function createLoadoutController(deps: ControllerDeps): Controller {
  const { clock, config, informers } = deps
  const loadouts = informers.informer<WeaponLoadout>(WEAPON_LOADOUTS, selectionOf(deps))
  loadouts.addIndexer(WEAPON_NAME_INDEX, ({ spec }) => [
    ...new Set(spec.weapons.map(({ weapon }) => weapon)),
  ])
  const arsenals = arsenalsOf(deps)
  const writing = writingFor(deps, FIELD_MANAGERS.catalogue, [loadouts])
  const carriersOf = ({ metadata }: Stored<Weapon>): readonly string[] =>
    loadouts.byIndex(WEAPON_NAME_INDEX, metadata.name).map((held) => keyOf(held as WeaponLoadout))
  return createController<WeaponLoadout>({
    ...deps,
    name: 'weaponloadout',
    primary: loadouts,
    sources: arsenals.map((arsenal) => sourceOf(arsenal, carriersOf)),
    barrier: writing.barrier,
    async reconcile(key) {
      const loadout = loadouts.get(key)
      if (loadout === undefined || isDeleting(loadout as WeaponLoadout)) return undefined
      const { namespace = '' } = loadout.metadata
      const found = lookIn(arsenals, [namespace, config.weaponNamespace ?? namespace])
      const owner = { type: WEAPON_LOADOUTS, object: loadout }
      const plan = decideLoadout(loadout, found, clock.now())
      return applyPlan(writing, owner, plan)
    },
    workers: config.workers,
  })
}

/** The weapons of the operator's namespace, and those of the namespace that is searched after it. */
function arsenalsOf(deps: ControllerDeps): readonly Informer<Weapon>[] {
  const { namespace, weaponNamespace } = deps.config
  const own = deps.informers.informer<Weapon>(WEAPONS, selectionOf(deps))
  const isShared = namespace !== undefined && weaponNamespace !== undefined
  if (!isShared || weaponNamespace === namespace) return [own]
  return [own, deps.informers.informer<Weapon>(WEAPONS, inNamespace(weaponNamespace))]
}

function lookIn(
  arsenals: readonly Informer<Weapon>[],
  namespaces: readonly string[],
): LoadoutSources {
  const searched = [...new Set(namespaces)]
  return {
    searched,
    weaponOf(name) {
      for (const namespace of searched) {
        for (const arsenal of arsenals) {
          const weapon = arsenal.get(`${namespace}/${name}`)
          if (weapon !== undefined) return readWeapon(weapon)
        }
      }
      return undefined
    },
  }
}
