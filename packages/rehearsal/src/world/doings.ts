/** What people and the cluster do, by the kind of action. */
import {
  ANNOTATIONS,
  FLIGHT_TASKS,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  WEAPONS,
} from '@sortie/api'
import {
  isNotFound,
  type KubeObject,
  NAMESPACES,
  NODES,
  PODS,
  type Pod,
  type ResourceType,
  type Stored,
  sleep,
} from '@sortie/machinery'
import { DECOY_LABEL } from '../oracle/invariants/others.ts'
import { applyEdit } from '../scenario/edits.ts'
import type { Action, Scenario } from '../scenario/scenario.ts'
import { hold } from './finalizers.ts'
import {
  approveStages,
  createMission,
  createNamespace,
  createWeapons,
  namespaceOf,
} from './making.ts'
import { failNode } from './nodes.ts'
import type { World } from './world.ts'

type Doings = {
  readonly [K in Action['kind']]: (
    world: World,
    action: Extract<Action, { readonly kind: K }>,
    scenario: Scenario,
  ) => Promise<void>
}

export const DOINGS: Doings = {
  cancel: (world, { mission }, scenario) =>
    patchSpec(world, refOf(scenario, mission), { cancel: true }),
  async suspend(world, { mission, forMs }, scenario) {
    const ref = refOf(scenario, mission)
    await patchSpec(world, ref, { suspend: true })
    world.clock.setTimer(forMs, () => {
      patchSpec(world, ref, { suspend: false }).catch(() => undefined)
    })
  },
  async delete(world, { mission, againAfterMs }, scenario) {
    await world.client.resource(MISSIONS).delete(refOf(scenario, mission))
    const plan = scenario.missions.find(({ name }) => name === mission)
    if (againAfterMs === undefined || plan === undefined) return
    world.clock.setTimer(againAfterMs, () => {
      createMission(world, plan).catch(() => undefined)
    })
  },
  async retry({ client, clock }, { mission }, scenario) {
    const body = { metadata: { annotations: { [ANNOTATIONS.retry]: String(clock.monotonic()) } } }
    await client.resource(MISSIONS).patch(refOf(scenario, mission), { type: 'merge', body })
  },
  async edit({ client }, { mission, edit }, scenario) {
    const missions = client.resource<Mission>(MISSIONS)
    const found = await missions.get(refOf(scenario, mission))
    const spec = applyEdit(found.spec, edit)
    if (spec !== undefined) await missions.update({ ...found, spec })
  },
  approve: (world) => approveStages(world),
  async weaponImage({ client }, { weapon, tag }) {
    const patch = { type: 'merge', body: { spec: { image: { tag } } } } as const
    for (const { metadata } of (await client.resource(WEAPONS).list()).items) {
      const { namespace = '', name } = metadata
      if (name === weapon) await client.resource(WEAPONS).patch({ namespace, name }, patch)
    }
  },
  async pod(world, { pick, fate }) {
    const pods = await list<Pod>(world, PODS)
    const pod = chosen(pods.filter(isAlive), pick)
    if (pod !== undefined) await befall(world, pod, fate)
  },
  async deleteChild(world, { pick, of }) {
    const type = of === 'stage' ? MISSION_STAGES : FLIGHT_TASKS
    const child = chosen(await list(world, type), pick)
    if (child !== undefined) await world.client.resource(type).delete(keyOf(child))
  },
  async finalizer(world, { pick, of, forMs }) {
    const type = FINALIZED[of]
    const object = chosen(await list(world, type), pick)
    if (object !== undefined) await hold(world, { type, ref: keyOf(object), forMs })
  },
  deleteNamespace,
  async node(world, { pick, ...fault }) {
    const { items } = await world.client.resource(NODES).list()
    const node = chosen(items, pick)
    if (node !== undefined) await failNode(world, node.metadata.name, fault)
  },
  async clockJump({ clock }, { byMs }) {
    clock.jump(byMs)
  },
}

const FINALIZED = {
  mission: MISSIONS,
  stage: MISSION_STAGES,
  task: FLIGHT_TASKS,
  pod: PODS,
} as const

interface Ref {
  readonly namespace: string
  readonly name: string
}

function refOf(scenario: Scenario, mission: string): Ref {
  return { namespace: namespaceOf(scenario, mission), name: mission }
}

function keyOf({ metadata }: Stored<KubeObject>): Ref {
  return { namespace: metadata.namespace ?? '', name: metadata.name }
}

async function patchSpec({ client }: World, ref: Ref, spec: object): Promise<void> {
  await client.resource(MISSIONS).patch(ref, { type: 'merge', body: { spec } as never })
}

/** Objects of ours in all namespaces, those of others left out. */
async function list<T extends KubeObject>(
  { client }: World,
  type: ResourceType,
): Promise<readonly Stored<T>[]> {
  const { items } = await client.resource<T>(type).list()
  return items.filter(({ metadata }) => metadata.labels?.[DECOY_LABEL] === undefined)
}

function chosen<T>(among: readonly T[], pick: number): T | undefined {
  return among[Math.floor(pick * among.length)]
}

function isAlive({ status }: Stored<Pod>): boolean {
  return status?.phase === 'Pending' || status?.phase === 'Running'
}

async function befall(
  world: World,
  pod: Stored<Pod>,
  fate: Extract<Action, { readonly kind: 'pod' }>['fate'],
): Promise<void> {
  const ref = keyOf(pod)
  const pods = world.client.resource(PODS)
  if (fate === 'delete') await pods.delete(ref)
  else if (fate === 'forceDelete') await pods.delete(ref, { gracePeriodSeconds: 0 })
  else if (fate === 'apiEvict') {
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: ref }
    await pods.createSubresource(ref, 'eviction', eviction)
  } else {
    const pressure = { reason: 'Evicted', message: 'the node was low on memory' }
    world.fleet()?.evict(`${ref.namespace}/${ref.name}`, pressure)
  }
}

/** How long until it is seen again whether the namespace is gone. */
const LOOK_MS = 500

async function deleteNamespace(
  world: World,
  { namespace, againAfterMs }: Extract<Action, { readonly kind: 'deleteNamespace' }>,
  scenario: Scenario,
): Promise<void> {
  const namespaces = world.client.resource(NAMESPACES)
  await namespaces.delete({ name: namespace })
  if (againAfterMs === undefined) return
  await sleep(world.clock, againAfterMs)
  for (;;) {
    try {
      await namespaces.get({ name: namespace })
    } catch (error) {
      if (isNotFound(error)) break
      throw error
    }
    await sleep(world.clock, LOOK_MS)
  }
  await createNamespace(world, namespace)
  await createWeapons(world, scenario, namespace)
  for (const plan of scenario.missions) {
    if (plan.namespace === namespace) await createMission(world, plan)
  }
}
