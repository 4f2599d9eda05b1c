/** What befalls a node, and how it comes back. */
import { formatTime, isNotFound, NODES, type NodeObject } from '@sortie/machinery'
import type { World } from './world.ts'

export interface NodeFate {
  readonly fate: 'notReady' | 'gone' | 'cordon'
  readonly forMs: number
  readonly tainted?: boolean
}

export async function failNode(world: World, name: string, fault: NodeFate) {
  const { fate, forMs, tainted = false } = fault
  if (fate === 'cordon') await setCordon(world, name, true)
  else world.setAlive(name, false)
  if (fate === 'notReady') await setReady(world, name, { ready: false, tainted })
  if (fate === 'gone') await world.client.resource(NODES).delete({ name })
  world.clock.setTimer(forMs, () => {
    restoreNode(world, name).catch(() => undefined)
  })
}

/** The aircraft lives, is ready and takes pods. */
export async function restoreNode(world: World, name: string): Promise<void> {
  world.setAlive(name, true)
  await setReady(world, name, { ready: true, tainted: false })
  await setCordon(world, name, false)
}

async function setCordon({ client }: World, name: string, unschedulable: boolean): Promise<void> {
  const found = await find(client, name)
  if (found === undefined || (found.spec?.unschedulable === true) === unschedulable) return
  const body = { spec: { unschedulable: unschedulable ? true : null } }
  await client.resource(NODES).patch({ name }, { type: 'merge', body })
}

interface Readiness {
  readonly ready: boolean
  /** As a cluster's node lifecycle controller does; the embedded server has none. */
  readonly tainted: boolean
}

async function setReady(
  { client, clock }: World,
  name: string,
  { ready, tainted }: Readiness,
): Promise<void> {
  const found = await find(client, name)
  const conditions = found?.status?.conditions ?? []
  const status = ready ? 'True' : 'False'
  if (found === undefined || conditions.some((c) => c.type === 'Ready' && c.status === status)) {
    return
  }
  const now = formatTime(clock.now())
  const next = conditions.map((condition) =>
    condition.type === 'Ready' ? { ...condition, status, lastTransitionTime: now } : condition,
  )
  await setTaint(client, found, tainted)
  const body = { status: { conditions: next } }
  await client.resource(NODES).patch({ name }, { type: 'merge', body }, { subresource: 'status' })
}

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' } as const

async function setTaint(client: World['client'], node: NodeObject, on: boolean): Promise<void> {
  const held = node.spec?.taints ?? []
  const others = held.filter(({ key }) => key !== NOT_READY.key)
  if (on === others.length < held.length) return
  const taints = on ? [...others, NOT_READY] : others
  const name = node.metadata.name ?? ''
  await client.resource(NODES).patch({ name }, { type: 'merge', body: { spec: { taints } } })
}

async function find(client: World['client'], name: string): Promise<NodeObject | undefined> {
  try {
    return await client.resource<NodeObject>(NODES).get({ name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
