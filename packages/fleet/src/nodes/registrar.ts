/** Keeps the fleet's Node objects there: makes what is missing, and changes nothing that someone else has set. */
import type { Client, Informer } from '@sortie/client'
import type { Clock, Instant, Logger, NodeObject, Stored } from '@sortie/machinery'
import { deepEqual, isAlreadyExists, isNotFound, NODES } from '@sortie/machinery'
import type { ReconcileResult } from '@sortie/runtime'
import { type Aircraft, buildNode, nodeConditions } from './node.ts'

export interface RegistrarDeps {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly nodes: Informer<NodeObject>
  readonly aircraft: ReadonlyMap<string, Aircraft>
}

export interface NodeChange {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly status?: NodeObject['status']
}

/** What a Node that exists lacks of what its kubelet would set; undefined where it lacks nothing. */
export function missingFrom(found: NodeObject, wanted: NodeObject): NodeChange | undefined {
  const labels = missingKeys(found.metadata.labels, wanted.metadata.labels)
  const annotations = missingKeys(found.metadata.annotations, wanted.metadata.annotations)
  const status = missingStatus(found.status, wanted.status)
  if (labels === undefined && annotations === undefined && status === undefined) return undefined
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(status === undefined ? {} : { status }),
  }
}

type Texts = Readonly<Record<string, string>>

function missingKeys(found: Texts | undefined, wanted: Texts | undefined): Texts | undefined {
  const missing = Object.entries(wanted ?? {}).filter(([key]) => found?.[key] === undefined)
  return missing.length === 0 ? undefined : Object.fromEntries(missing)
}

type NodeStatus = NodeObject['status']

function missingStatus(found: NodeStatus, wanted: NodeStatus): NodeStatus {
  const hasResources = Object.keys(wanted?.allocatable ?? {}).every(
    (name) => found?.allocatable?.[name] !== undefined,
  )
  const isReporting = found?.conditions?.some(({ type }) => type === 'Ready') === true
  if (hasResources && isReporting && found?.nodeInfo !== undefined) return undefined
  const allocatable = { ...wanted?.allocatable, ...found?.allocatable }
  return {
    ...wanted,
    allocatable,
    capacity: { ...wanted?.capacity, ...found?.capacity },
    ...(isReporting && found?.conditions !== undefined ? { conditions: found.conditions } : {}),
  }
}

/** One pass for one aircraft. */
export async function reconcileNode(deps: RegistrarDeps, name: string): Promise<ReconcileResult> {
  const aircraft = deps.aircraft.get(name)
  if (aircraft === undefined) return undefined
  const wanted = buildNode(aircraft, deps.clock.now())
  const found = deps.nodes.get(name)
  if (found === undefined) await register(deps, wanted)
  else await complete(deps, found, wanted)
  return undefined
}

async function register(deps: RegistrarDeps, wanted: NodeObject): Promise<void> {
  try {
    await complete(deps, await deps.client.resource<NodeObject>(NODES).create(wanted), wanted)
  } catch (error) {
    // One that somebody else has just made is completed when it is seen.
    if (!isAlreadyExists(error)) throw error
  }
}

async function complete(
  deps: RegistrarDeps,
  found: Stored<NodeObject>,
  wanted: NodeObject,
): Promise<void> {
  const change = missingFrom(found, wanted)
  if (change === undefined) return
  const resource = deps.client.resource<NodeObject>(NODES)
  const ref = { name: found.metadata.name }
  const { labels, annotations, status } = change
  if (labels !== undefined || annotations !== undefined) {
    const metadata = { uid: found.metadata.uid, labels, annotations }
    await ignoreGone(resource.patch(ref, { type: 'merge', body: { metadata } }))
  }
  if (status !== undefined && !deepEqual(status, found.status)) {
    const body = { metadata: { uid: found.metadata.uid }, status }
    await ignoreGone(resource.patch(ref, { type: 'merge', body }, { subresource: 'status' }))
  }
}

/** A node that was deleted meanwhile is registered again when the deletion is seen. */
async function ignoreGone(write: Promise<unknown>): Promise<void> {
  try {
    await write
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** The status that says whether a node is ready, with the times of conditions that did not change kept. */
export function readinessStatus(found: NodeObject, ready: boolean, now: Instant): NodeStatus {
  const before = found.status?.conditions ?? []
  const conditions = nodeConditions(ready, now).map((next) => {
    const last = before.find(({ type }) => type === next.type)
    return last?.status === next.status ? last : next
  })
  const others = before.filter(({ type }) => !conditions.some((next) => next.type === type))
  return { conditions: [...others, ...conditions] }
}
