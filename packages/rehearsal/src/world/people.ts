/** Plays a scenario's people and mishaps: makes its missions and weapons, and does its actions at their times. */
import {
  ANNOTATIONS,
  API_VERSION,
  FLIGHT_TASKS,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  WEAPONS,
} from '@sortie/api'
import {
  ApiStatusError,
  type KubeObject,
  NODES,
  PODS,
  type Pod,
  type ResourceType,
  type Stored,
} from '@sortie/machinery'
import { DECOY_LABEL } from '../oracle/invariants/others.ts'
import { applyEdit } from '../scenario/edits.ts'
import type { Action, MissionPlan, Scenario } from '../scenario/scenario.ts'
import { failNode } from './nodes.ts'
import type { World } from './world.ts'

export const NAMESPACE = 'default'

type Doings = {
  readonly [K in Action['kind']]: (
    world: World,
    action: Extract<Action, { readonly kind: K }>,
    scenario: Scenario,
  ) => Promise<void>
}

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
  for (const { at: moment, name, spec } of scenario.weapons) {
    at(moment, () => create(world, WEAPONS, { kind: 'Weapon', name, spec }))
  }
  for (const decoy of scenario.decoys ? decoysOf(scenario) : []) {
    at(0, () => world.client.resource(PODS).create(decoy))
  }
  for (const plan of scenario.missions) at(plan.at, () => createMission(world, plan))
  for (const action of scenario.actions) {
    const act = DOINGS[action.kind] as (w: World, a: Action, s: Scenario) => Promise<void>
    at(action.at, () => act(world, action, scenario))
  }
}

/** Pods of somebody else under names that pods of the first mission would have, with labels like theirs. */
function decoysOf({ missions }: Scenario): Pod[] {
  const [mission] = missions
  return (mission?.spec.stages ?? []).slice(0, 2).map(({ name, flightTasks }) => {
    const task = `${mission?.name}-${name}-${flightTasks?.[0]?.name}`
    const labels = {
      [DECOY_LABEL]: 'true',
      'app.kubernetes.io/managed-by': 'sortie',
      flighttask: task,
      mission: mission?.name ?? '',
    }
    const metadata = { name: `${task}-pod`, namespace: NAMESPACE, labels }
    const spec = { schedulerName: 'another', containers: [{ name: 'x', image: 'x' }] }
    return { apiVersion: 'v1', kind: 'Pod', metadata, spec } as Pod
  })
}

function createMission(world: World, { name, spec }: MissionPlan): Promise<unknown> {
  return create(world, MISSIONS, { kind: 'Mission', name, spec })
}

function create(
  { client }: World,
  type: ResourceType,
  { kind, name, spec }: { readonly kind: string; readonly name: string; readonly spec: object },
): Promise<unknown> {
  const metadata = { name, namespace: NAMESPACE }
  const object = { apiVersion: API_VERSION, kind, metadata, spec } as KubeObject
  return client.resource(type).create(object)
}

const DOINGS: Doings = {
  cancel: ({ client }, { mission }) => patchSpec(client, mission, { cancel: true }),
  async suspend({ client, clock }, { mission, forMs }) {
    await patchSpec(client, mission, { suspend: true })
    clock.setTimer(forMs, () => {
      patchSpec(client, mission, { suspend: false }).catch(() => undefined)
    })
  },
  async delete(world, { mission, againAfterMs }, { missions }) {
    const { client, clock } = world
    await client.resource(MISSIONS).delete({ namespace: NAMESPACE, name: mission })
    const plan = missions.find(({ name }) => name === mission)
    if (againAfterMs === undefined || plan === undefined) return
    clock.setTimer(againAfterMs, () => {
      createMission(world, plan).catch(() => undefined)
    })
  },
  async retry({ client, clock }, { mission }) {
    const body = { metadata: { annotations: { [ANNOTATIONS.retry]: String(clock.monotonic()) } } }
    await client
      .resource(MISSIONS)
      .patch({ namespace: NAMESPACE, name: mission }, { type: 'merge', body })
  },
  async edit({ client }, { mission, edit }) {
    const found = await client
      .resource<Mission>(MISSIONS)
      .get({ namespace: NAMESPACE, name: mission })
    const spec = applyEdit(found.spec, edit)
    if (spec !== undefined) await client.resource<Mission>(MISSIONS).update({ ...found, spec })
  },
  async weaponImage({ client }, { weapon, tag }) {
    const patch = { type: 'merge', body: { spec: { image: { tag } } } } as const
    await client.resource(WEAPONS).patch({ namespace: NAMESPACE, name: weapon }, patch)
  },
  async pod(world, { pick, fate }) {
    const pods = await list<Pod>(world, PODS)
    const pod = chosen(
      pods.filter(
        ({ metadata, status }) =>
          metadata.labels?.[DECOY_LABEL] === undefined &&
          (status?.phase === 'Pending' || status?.phase === 'Running'),
      ),
      pick,
    )
    if (pod === undefined) return
    const ref = { namespace: NAMESPACE, name: pod.metadata.name }
    const pressure = { reason: 'Evicted', message: 'the node was low on memory' }
    if (fate === 'evict') world.fleet()?.evict(`${NAMESPACE}/${ref.name}`, pressure)
    else if (fate === 'delete') await world.client.resource(PODS).delete(ref)
    else await world.client.resource(PODS).delete(ref, { gracePeriodSeconds: 0 })
  },
  async deleteChild(world, { pick, of }) {
    const type = of === 'stage' ? MISSION_STAGES : FLIGHT_TASKS
    const child = chosen(await list(world, type), pick)
    if (child === undefined) return
    await world.client.resource(type).delete({ namespace: NAMESPACE, name: child.metadata.name })
  },
  async node(world, { pick, fate, forMs }) {
    const { items } = await world.client.resource(NODES).list()
    const node = chosen(items, pick)
    if (node !== undefined) await failNode(world, node.metadata.name, { fate, forMs })
  },
  async clockJump({ clock }, { byMs }) {
    clock.jump(byMs)
  },
}

async function patchSpec(client: World['client'], name: string, spec: object): Promise<void> {
  const patch = { type: 'merge', body: { spec } } as const
  await client.resource(MISSIONS).patch({ namespace: NAMESPACE, name }, patch)
}

async function list<T extends KubeObject>(
  { client }: World,
  type: ResourceType,
): Promise<readonly Stored<T>[]> {
  return (await client.resource<T>(type).list({ namespace: NAMESPACE })).items
}

function chosen<T>(among: readonly T[], pick: number): T | undefined {
  return among[Math.floor(pick * among.length)]
}

/** Ends whatever waits for people, so that every mission can end: nothing is suspended, every gate is open, every weapon is there. */
export async function settlePeople(world: World, scenario: Scenario): Promise<void> {
  const { client } = world
  for (const mission of await list<Mission>(world, MISSIONS)) {
    if (mission.spec.suspend === true) {
      await patchSpec(client, mission.metadata.name, { suspend: false })
    }
  }
  const known = new Set((await list(world, WEAPONS)).map(({ metadata }) => metadata.name))
  for (const { name, spec } of scenario.weapons) {
    if (!known.has(name)) await create(world, WEAPONS, { kind: 'Weapon', name, spec })
  }
}

/** Opens people's own gates of all stages that have any. */
export async function approveStages(world: World): Promise<void> {
  const stages = await list<KubeObject & { readonly spec: StageGates }>(world, MISSION_STAGES)
  for (const { metadata, spec } of stages) {
    const gates = spec.startGates ?? []
    const left = gates.filter(({ name }) => name !== 'approval')
    if (left.length === gates.length) continue
    const patch = { type: 'merge', body: { spec: { startGates: left } } } as const
    await world.client
      .resource(MISSION_STAGES)
      .patch({ namespace: NAMESPACE, name: metadata.name }, patch)
  }
}

interface StageGates {
  readonly startGates?: readonly { readonly name: string }[]
}
