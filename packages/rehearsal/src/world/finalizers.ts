/** Somebody else's finalizers, which hold objects of ours for a while. */
import { FLIGHT_TASKS, MISSION_STAGES, MISSIONS } from '@sortie/api'
import { type KubeObject, PODS, type ResourceType, type Stored } from '@sortie/machinery'
import type { World } from './world.ts'

const FINALIZER = 'example.com/hold'

interface Held {
  readonly type: ResourceType
  readonly ref: { readonly namespace: string; readonly name: string }
  readonly forMs: number
}

/** Puts the finalizer on, and takes it away after the time. */
export async function hold(world: World, { type, ref, forMs }: Held): Promise<void> {
  const found = await world.client.resource(type).get(ref)
  // Nobody may put a finalizer on what is being deleted.
  if (found.metadata.deletionTimestamp !== undefined) return
  const finalizers = [...(found.metadata.finalizers ?? []), FINALIZER]
  await setFinalizers(world, { type, object: found, finalizers })
  world.clock.setTimer(forMs, () => {
    world.client
      .resource(type)
      .get(ref)
      .then((object) => release(world, type, object))
      .catch(() => undefined)
  })
}

/** Takes away all that are left. */
export async function releaseAll(world: World): Promise<void> {
  for (const type of [PODS, FLIGHT_TASKS, MISSION_STAGES, MISSIONS]) {
    const { items } = await world.client.resource(type).list()
    for (const object of items) await release(world, type, object)
  }
}

async function release(world: World, type: ResourceType, object: Stored<KubeObject>) {
  const held = object.metadata.finalizers ?? []
  const finalizers = held.filter((one) => one !== FINALIZER)
  if (finalizers.length < held.length) await setFinalizers(world, { type, object, finalizers })
}

async function setFinalizers(
  { client }: World,
  {
    type,
    object,
    finalizers,
  }: {
    readonly type: ResourceType
    readonly object: Stored<KubeObject>
    readonly finalizers: readonly string[]
  },
): Promise<void> {
  const { namespace = '', name, resourceVersion } = object.metadata
  const body = { metadata: { resourceVersion, finalizers } }
  await client.resource(type).patch({ namespace, name }, { type: 'merge', body })
}
