/** What a decision about a weapon is made from: plain values. */
import type { WeaponStatus } from '@sortie/api'
import type { Instant, KubeObject, Stored } from '@sortie/machinery'
import {
  fieldOf,
  objectsOf,
  readPod,
  readWeapon,
  textOf,
  type WeaponFacts,
  weaponsOfPod,
} from '../pod/index.ts'

/** A container of the weapon in a live pod. */
export interface Carrier {
  readonly namespace: string
  readonly pod: string
  readonly uid: string
  readonly createdAt: Instant | undefined
  /** `containers` or `initContainers`, and the container's place in it. */
  readonly list: 'containers' | 'initContainers'
  readonly index: number
  readonly container: string
  readonly image: string
  /** The pod has a node. */
  readonly placed: boolean
  /** Its main containers run. */
  readonly running: boolean
  /** It is being deleted, or is to be replaced. */
  readonly leaving: boolean
}

export type UpdateStrategy = 'OnNextTask' | 'HotReload' | 'Recreate' | 'RollingUpdate'

export interface WeaponObservation {
  readonly facts: WeaponFacts
  readonly generation: number
  readonly deleting: boolean
  readonly status: WeaponStatus
  readonly strategy: UpdateStrategy
  /** As the spec has it: a number, or a percentage. */
  readonly maxUnavailable: unknown
  readonly carriers: readonly Carrier[]
  /** Tasks that carry the weapon and whose pod was given up and is not there again yet. */
  readonly awaited: number
  /** Aircraft types present in the fleet, sorted. */
  readonly fleetTypes: readonly string[]
}

export interface WeaponSurroundings {
  readonly pods: readonly Stored<KubeObject>[]
  readonly awaited: number
  readonly fleetTypes: readonly string[]
}

const STRATEGIES: ReadonlySet<string> = new Set(['HotReload', 'Recreate', 'RollingUpdate'])

export function observeWeapon(
  weapon: Stored<KubeObject>,
  { pods, awaited, fleetTypes }: WeaponSurroundings,
): WeaponObservation {
  const facts = readWeapon(weapon)
  const update = fieldOf(fieldOf(weapon, 'spec'), 'updateStrategy')
  const type = textOf(update, 'type') ?? ''
  return {
    facts,
    generation: weapon.metadata.generation ?? 0,
    deleting: weapon.metadata.deletionTimestamp !== undefined,
    status: (fieldOf(weapon, 'status') ?? {}) as WeaponStatus,
    strategy: STRATEGIES.has(type) ? (type as UpdateStrategy) : 'OnNextTask',
    maxUnavailable: fieldOf(fieldOf(update, 'rollingUpdate'), 'maxUnavailable'),
    carriers: pods.flatMap((pod) => carriersOf(pod, facts.key)),
    awaited,
    fleetTypes,
  }
}

function carriersOf(pod: Stored<KubeObject>, weapon: string): readonly Carrier[] {
  const facts = readPod(pod)
  if (facts.finished) return []
  const weapons = weaponsOfPod(pod.metadata.annotations)
  const lists = ['containers', 'initContainers'] as const
  return lists.flatMap((list) =>
    objectsOf(fieldOf(fieldOf(pod, 'spec'), list)).flatMap((container, index) => {
      const name = textOf(container, 'name') ?? ''
      if (weapons.get(name) !== weapon) return []
      return [
        {
          namespace: facts.namespace,
          pod: facts.name,
          uid: facts.uid,
          createdAt: facts.createdAt,
          list,
          index,
          container: name,
          image: textOf(container, 'image') ?? '',
          placed: facts.node !== undefined,
          running: facts.started,
          leaving: facts.deletedAt !== undefined || facts.replace !== undefined,
        },
      ]
    }),
  )
}
