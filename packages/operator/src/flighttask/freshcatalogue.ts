/** What a task carries, and the aircraft that it is for, as the API server has them: asked for before a loadout is refused for good. */
import { AIRCRAFT, WEAPON_LOADOUTS, WEAPONS, type Weapon, type WeaponLoadout } from '@sortie/api'
import type { Client } from '@sortie/client'
import {
  type Clock,
  isLabelValue,
  type KubeObject,
  NODES,
  type NodeObject,
  type ResourceType,
  type Stored,
} from '@sortie/machinery'
import type { LoadoutObservation } from './loadout.ts'
import type { Catalogue } from './observe.ts'

/** Aircraft of a type, all where it is empty, as the API server has them. */
export type FleetReader = (type: string) => Promise<readonly Stored<NodeObject>[]>

/** Tasks that are refused together are refused by one list: ten thousand of them would ask for as many aircraft each. */
const SHARED_MS = 2_000

export function createFleetReader(client: Client, clock: Clock): FleetReader {
  const lists = new Map<string, { readonly at: number; readonly nodes: ReturnType<FleetReader> }>()
  const read: FleetReader = async (type) => {
    const selector =
      type !== '' && isLabelValue(type) ? { labelSelector: `${AIRCRAFT.type}=${type}` } : {}
    return (await client.resource<NodeObject>(NODES).listAll(selector)).items
  }
  return (type) => {
    for (const [name, { at }] of lists) if (clock.monotonic() - at > SHARED_MS) lists.delete(name)
    const held = lists.get(type)
    if (held !== undefined) return held.nodes
    const nodes = read(type)
    lists.set(type, { at: clock.monotonic(), nodes })
    nodes.catch(() => lists.delete(type))
    return nodes
  }
}

interface Wanted {
  readonly namespace: string
  /** Name of the task's WeaponLoadout. */
  readonly loadout: string | undefined
  /** What was found for it in the caches. */
  readonly observed: LoadoutObservation
  /** Empty: any. */
  readonly aircraftType: string
}

/**
 * The objects that the observation is made of, read anew. A loadout that names other weapons by now is not followed further: those
 * are then missing, and waited for.
 */
export async function readCatalogue(
  { client, fleet }: { readonly client: Client; readonly fleet: FleetReader },
  wanted: Wanted,
): Promise<Catalogue> {
  const { namespace, loadout, observed, aircraftType } = wanted
  const weapons = await Promise.all(
    observed.items.flatMap(({ weapon }) =>
      observed.searched.map((place) => readOne<Weapon>(client, WEAPONS, [place, weapon])),
    ),
  )
  const loadouts =
    loadout === undefined
      ? []
      : [await readOne<WeaponLoadout>(client, WEAPON_LOADOUTS, [namespace, loadout])]
  const aircraft = await fleet(aircraftType)
  const named = byKey(weapons.flat())
  const held = byKey(loadouts.flat())
  return {
    weapon: (key) => named.get(key),
    loadout: (key) => held.get(key),
    aircraft: () => aircraft,
  }
}

/** By a list of one: the operator may list them, not get one. */
async function readOne<T extends KubeObject>(
  client: Client,
  type: ResourceType,
  [namespace, name]: readonly [string, string],
): Promise<readonly Stored<T>[]> {
  const { items } = await client
    .resource<T>(type)
    .list({ namespace, fieldSelector: `metadata.name=${name}` })
  return items
}

function byKey<T extends KubeObject>(
  objects: readonly Stored<T>[],
): ReadonlyMap<string, Stored<T>> {
  return new Map(
    objects.map((one) => [`${one.metadata.namespace ?? ''}/${one.metadata.name}`, one]),
  )
}
