/** Plays a scenario's people and mishaps: makes its missions and weapons, and does its actions at their times. */
import { MISSIONS, type Mission } from '@sortie/api'
import { ApiStatusError, NAMESPACES } from '@sortie/machinery'
import type { Action, Scenario } from '../scenario/scenario.ts'
import { createDecoys } from './decoys.ts'
import { DOINGS } from './doings.ts'
import { releaseAll } from './finalizers.ts'
import {
  createMission,
  createNamespace,
  createWeapon,
  createWeapons,
  NAMESPACE,
  namespacesOf,
} from './making.ts'
import type { World } from './world.ts'

/** Sets a timer for everything that the scenario has in store. Call before the clock moves. */
export function schedulePeople(world: World, scenario: Scenario, onError: (e: unknown) => void) {
  const at = (moment: number, work: () => Promise<unknown>): void => {
    world.clock.setTimer(moment, () => {
      work().catch((error: unknown) => {
        // What an action is done to may be gone, changed or never have come.
        if (!(error instanceof ApiStatusError) || error.code >= 500) onError(error)
      })
    })
  }
  for (const namespace of namespacesOf(scenario)) {
    if (namespace !== NAMESPACE) at(0, () => createNamespace(world, namespace))
    for (const plan of scenario.weapons) at(plan.at, () => createWeapon(world, plan, namespace))
  }
  if (scenario.decoys) at(0, () => createDecoys(world, scenario))
  for (const plan of scenario.missions) at(plan.at, () => createMission(world, plan))
  for (const action of scenario.actions) {
    const act = DOINGS[action.kind] as (w: World, a: Action, s: Scenario) => Promise<void>
    at(action.at, () => act(world, action, scenario))
  }
}

/**
 * Ends whatever waits for people, so that every mission can end: nothing is suspended, every weapon is there, nobody's finalizer
 * holds anything.
 */
export async function settlePeople(world: World, scenario: Scenario): Promise<void> {
  const { client } = world
  await releaseAll(world)
  for (const { metadata, spec } of (await client.resource<Mission>(MISSIONS).list()).items) {
    if (spec.suspend !== true) continue
    const body = { spec: { suspend: false } }
    const { namespace = '', name } = metadata
    await client.resource(MISSIONS).patch({ namespace, name }, { type: 'merge', body })
  }
  const { items } = await client.resource(NAMESPACES).list()
  for (const { metadata } of items) {
    const isOurs = namespacesOf(scenario).has(metadata.name)
    if (isOurs && metadata.deletionTimestamp === undefined) {
      await createWeapons(world, scenario, metadata.name)
    }
  }
}
