/**
 * Writes what nodes and pods use into metrics.k8s.io, where the server takes it: an embedded one does, on a real cluster that
 * is metrics-server's own. Only after something changed, and gathered, so that an idle fleet writes nothing.
 */
import type { Client, Informer } from '@sortie/client'
import type { Clock, KubeObject, Logger, Pod, ResourceType, Timer } from '@sortie/machinery'
import { ApiStatusError, formatTime, isNotFound, keyOf } from '@sortie/machinery'
import type { Runnable } from '@sortie/runtime'
import { nodeUsage, podUsage, type Usage } from '../kubelet/usage.ts'
import type { Aircraft } from './node.ts'

const metrics = (plural: string, kind: string, namespaced: boolean): ResourceType => ({
  group: 'metrics.k8s.io',
  version: 'v1beta1',
  plural,
  kind,
  namespaced,
})
const NODE_METRICS = metrics('nodes', 'NodeMetrics', false)
const POD_METRICS = metrics('pods', 'PodMetrics', true)

/** metrics-server's own resolution. */
const INTERVAL_MS = 15_000
const FIRST_MS = 1_000
/** What servers answer whose mind has changed: not served, not writable, not allowed. */
const UNWANTED: readonly number[] = [403, 404, 405]

export interface UsageWriterDeps {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly pods: Informer<Pod>
  readonly aircraft: ReadonlyMap<string, Aircraft>
  podsOn(node: string): readonly Pod[]
}

interface WriterState {
  /** Nodes whose usage has changed since it was written. */
  readonly dirty: Set<string>
  /** Pods whose usage stands in the API: node by key. */
  readonly written: Map<string, string>
  /** Whether the server takes usage; undefined until it was asked. */
  isWanted: boolean | undefined
}

export function createUsageWriter(deps: UsageWriterDeps): Runnable {
  const state: WriterState = {
    dirty: new Set(deps.aircraft.keys()),
    written: new Map(),
    isWanted: undefined,
  }
  return {
    name: 'fleet-usage',
    start: (signal) => runWriter(deps, state, signal),
  }
}

function runWriter(deps: UsageWriterDeps, state: WriterState, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let timer: Timer | undefined
    let writing: Promise<void> | undefined
    const arm = (delayMs: number): void => {
      timer ??= deps.clock.setTimer(delayMs, () => {
        // The next change waits for a whole interval, also while this is being written.
        timer = deps.clock.setTimer(INTERVAL_MS, rest)
        writing = flush(deps, state)
      })
    }
    const rest = (): void => {
      timer = undefined
      if (state.dirty.size > 0 && state.isWanted !== false) arm(0)
    }
    const note = (pod: Pod): void => {
      const node = pod.spec.nodeName ?? ''
      if (state.isWanted === false || !deps.aircraft.has(node)) return
      state.dirty.add(node)
      arm(FIRST_MS)
    }
    const disconnect = deps.pods.addHandler({
      onAdd: note,
      onUpdate: (before, pod) => {
        if (before.status?.phase !== pod.status?.phase) note(pod as Pod)
      },
      onDelete: note,
    })
    const stop = (): void => {
      timer?.cancel()
      disconnect()
      void Promise.resolve(writing).then(resolve)
    }
    arm(FIRST_MS)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
}

async function flush(deps: UsageWriterDeps, state: WriterState): Promise<void> {
  const nodes = [...state.dirty]
  state.dirty.clear()
  try {
    state.isWanted ??= await takesUsage(deps)
    if (!state.isWanted) return
    for (const node of nodes) await writeNode(deps, state, node)
  } catch (error) {
    if (error instanceof ApiStatusError && UNWANTED.includes(error.code)) state.isWanted = false
    else for (const node of nodes) state.dirty.add(node)
    deps.log.debug('usage not written', { error: String(error) })
  }
}

/** By discovery: to try would be refused, and be in the audit log of a cluster whose usage is none of ours. */
async function takesUsage({ client }: UsageWriterDeps): Promise<boolean> {
  const path = `/apis/${NODE_METRICS.group}/${NODE_METRICS.version}`
  const { body } = await client.raw({ method: 'GET', path })
  const { resources = [] } = body as { resources?: readonly ServedResource[] }
  return resources.some(({ name, verbs }) => name === 'nodes' && verbs.includes('update'))
}

interface ServedResource {
  readonly name: string
  readonly verbs: readonly string[]
}

async function writeNode(deps: UsageWriterDeps, state: WriterState, node: string): Promise<void> {
  const aircraft = deps.aircraft.get(node)
  if (aircraft === undefined) return
  const there = deps.podsOn(node)
  const timestamp = formatTime(deps.clock.now())
  const usage = usageFields(nodeUsage(aircraft, there))
  await put(deps, NODE_METRICS, { metadata: { name: node }, timestamp, window: '15s', usage })
  const running = there.filter(({ status }) => status?.phase === 'Running')
  const keys = new Set(running.map(keyOf))
  for (const pod of running) {
    if (state.written.has(keyOf(pod))) continue
    state.written.set(keyOf(pod), node)
    await put(deps, POD_METRICS, podFields(pod, timestamp))
  }
  for (const [key, at] of state.written) {
    if (at !== node || keys.has(key)) continue
    state.written.delete(key)
    await remove(deps, key)
  }
}

function podFields(pod: Pod, timestamp: string): UsageFields {
  const { name = '', namespace = '', uid = '', labels } = pod.metadata
  const owner = { apiVersion: 'v1', kind: 'Pod', name, uid }
  return {
    metadata: {
      name,
      namespace,
      ownerReferences: [owner],
      ...(labels === undefined ? {} : { labels }),
    },
    timestamp,
    window: '15s',
    containers: podUsage(pod).containers.map((one) => ({
      name: one.name,
      usage: usageFields(one),
    })),
  }
}

function usageFields({ cpuMillis, memoryBytes }: Usage): Readonly<Record<string, string>> {
  return { cpu: `${cpuMillis}m`, memory: `${Math.ceil(memoryBytes / 1024)}Ki` }
}

type UsageFields = Readonly<Record<string, unknown>> & { readonly metadata: KubeObject['metadata'] }

/** The server makes what is not there yet. */
async function put(
  { client }: UsageWriterDeps,
  type: ResourceType,
  fields: UsageFields,
): Promise<void> {
  const object: KubeObject = {
    apiVersion: `${type.group}/${type.version}`,
    kind: type.kind,
    ...fields,
  }
  await client.resource(type).update(object)
}

async function remove({ client }: UsageWriterDeps, key: string): Promise<void> {
  const [namespace = '', name = ''] = key.split('/')
  try {
    await client.resource(POD_METRICS).delete({ namespace, name })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}
