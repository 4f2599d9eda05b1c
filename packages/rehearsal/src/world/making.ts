/** What people make: namespaces, missions, weapons; and the gates that they open. */
import { API_VERSION, MISSION_STAGES, MISSIONS, WEAPONS } from '@sortie/api'
import { type KubeObject, NAMESPACES, type ResourceType } from '@sortie/machinery'
import type { MissionPlan, Scenario, WeaponPlan } from '../scenario/scenario.ts'
import type { World } from './world.ts'

/** Where a mission flies that does not say otherwise. */
export const NAMESPACE = 'default'

/** Every namespace that a mission of the scenario flies in, and the usual one. */
export function namespacesOf({ missions }: Scenario): ReadonlySet<string> {
  return new Set([NAMESPACE, ...missions.map(({ namespace = NAMESPACE }) => namespace)])
}

/** The namespace of the mission with this name. */
export function namespaceOf({ missions }: Scenario, name: string): string {
  return missions.find((plan) => plan.name === name)?.namespace ?? NAMESPACE
}

export function createNamespace({ client }: World, name: string): Promise<unknown> {
  return client.resource(NAMESPACES).create({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  })
}

export function createMission(
  world: World,
  { name, spec, namespace = NAMESPACE }: MissionPlan,
): Promise<unknown> {
  return create(world, MISSIONS, { kind: 'Mission', namespace, name, spec })
}

interface Parts {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly spec: object
}

function create({ client }: World, type: ResourceType, parts: Parts): Promise<unknown> {
  const { kind, namespace, name, spec } = parts
  const object = { apiVersion: API_VERSION, kind, metadata: { name, namespace }, spec }
  return client.resource(type).create(object as KubeObject)
}

export function createWeapon(
  world: World,
  { name, spec }: WeaponPlan,
  namespace: string,
): Promise<unknown> {
  return create(world, WEAPONS, { kind: 'Weapon', namespace, name, spec })
}

/** Makes the scenario's weapons in a namespace, as far as it has none. */
export async function createWeapons(
  world: World,
  { weapons }: Scenario,
  namespace: string,
): Promise<void> {
  const { items } = await world.client.resource(WEAPONS).list({ namespace })
  const known = new Set(items.map(({ metadata }) => metadata.name))
  for (const plan of weapons) {
    if (!known.has(plan.name)) await createWeapon(world, plan, namespace)
  }
}

/** Opens people's own gates of all stages that have any. */
export async function approveStages({ client }: World): Promise<void> {
  const stages = client.resource<KubeObject & { readonly spec: StageGates }>(MISSION_STAGES)
  for (const { metadata, spec } of (await stages.list()).items) {
    const gates = spec.startGates ?? []
    const left = gates.filter(({ name }) => name !== 'approval')
    if (left.length === gates.length) continue
    const { namespace = '', name, resourceVersion } = metadata
    const body = { metadata: { resourceVersion }, spec: { startGates: left } }
    await stages.patch({ namespace, name }, { type: 'merge', body })
  }
}

interface StageGates {
  readonly startGates?: readonly { readonly name: string }[]
}
