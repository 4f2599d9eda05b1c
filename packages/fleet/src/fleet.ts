/** The simulated fleet: a client of the API like any other, that registers aircraft as nodes and plays out their pods. */
import { FIELD_MANAGERS } from '@sortie/api'
import type { Client, Informer } from '@sortie/client'
import type {
  ByteSink,
  Clock,
  Logger,
  NodeObject,
  OpenStream,
  Pod,
  Random,
} from '@sortie/machinery'
import { NODES, PODS } from '@sortie/machinery'
import {
  createController,
  createManager,
  createWriteBarrier,
  type Manager,
  type Runnable,
} from '@sortie/runtime'
import { createKubelet, type Kubelet } from './kubelet/kubelet.ts'
import { createLogServer, type LogServer, type LogStreamRequest } from './kubelet/logsource.ts'
import { createFuelCrew, type FuelCrew } from './nodes/fuel.ts'
import { createHeartbeat } from './nodes/heartbeat.ts'
import { type Aircraft, aircraftOf, buildNode, FLEET_LABEL } from './nodes/node.ts'
import { readinessStatus, reconcileNode } from './nodes/registrar.ts'
import { createUsageWriter } from './nodes/usagewriter.ts'
import type { FleetSpec } from './spec/fleetspec.ts'

export interface FleetOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly fleet: FleetSpec
  /** Pods and nodes worked on at the same time; default 64. */
  readonly workers?: number
}

export interface Fleet extends Runnable {
  /** Node names, in the order of the file. */
  readonly names: readonly string[]
  /** True once it holds what the server holds of its nodes and pods. */
  isReady(): boolean
  /** False for a while makes an aircraft play dead: no heartbeats, no progress, no status. */
  setAlive(name: string, alive: boolean): void
  /** Writes the node's Ready condition. @throws ApiStatusError, TransportError */
  setReady(name: string, ready: boolean): Promise<void>
  /** Ends a pod as its node would under pressure. False where it does not run on this fleet. */
  evict(key: string, options: { readonly reason: string; readonly message: string }): boolean
  /**
   * Serves pods/log of this fleet's pods: the sink gets the text, then `onEnd`. Undefined where the pod is not on it.
   * It fits the option `logSource` of the embedded API server.
   */
  readonly logSource: (request: LogStreamRequest, sink: ByteSink) => OpenStream | undefined
}

const POD_BY_NODE = 'nodeName'
const DEFAULT_WORKERS = 64

interface Parts {
  readonly options: FleetOptions
  readonly manager: Manager
  readonly nodes: Informer<NodeObject>
  readonly pods: Informer<Pod>
  readonly aircraft: ReadonlyMap<string, Aircraft>
  readonly dead: Set<string>
}

export function createFleet(options: FleetOptions): Fleet {
  const parts = assemble(options)
  const { manager, nodes, pods, aircraft, dead } = parts
  const { client, clock, log, fleet } = options
  const crew = fuelCrewOf(parts)
  const isOurs = (pod: Pod): boolean => aircraft.has(pod.spec.nodeName ?? '')
  const podsOn = (node: string): readonly Pod[] => pods.byIndex(POD_BY_NODE, node)
  const logs = createLogServer({ pods, clock, rules: fleet.rules, isOurs })
  const kubelet = kubeletOf(parts, logs, crew)
  const enqueuePod = addControllers(parts, kubelet)
  if (fleet.heartbeat === 'lease') manager.add(heartbeatOf(parts))
  if (fleet.metrics) manager.add(createUsageWriter({ client, clock, log, pods, aircraft, podsOn }))
  return {
    name: 'fleet',
    names: [...aircraft.keys()],
    isReady: () => manager.isReady(),
    async start(signal) {
      await manager.start(signal)
      crew?.stop()
    },
    setAlive(name, alive) {
      if (alive) dead.delete(name)
      else dead.add(name)
      for (const pod of alive ? podsOn(name) : []) enqueuePod(pod)
    },
    async setReady(name, ready) {
      const found = nodes.get(name)
      if (found === undefined) return
      const status = readinessStatus(found, ready, clock.now())
      const patch = { type: 'merge', body: { status } } as const
      await client.resource<NodeObject>(NODES).patch({ name }, patch, { subresource: 'status' })
    },
    evict(key, reason) {
      const pod = pods.get(key)
      const evicted = kubelet.evict(key, reason)
      if (evicted && pod !== undefined) enqueuePod(pod)
      return evicted
    },
    logSource: logs.open,
  }
}

function assemble(options: FleetOptions): Parts {
  const { client, clock, random, log, fleet } = options
  const manager = createManager({ name: 'fleet', client, clock, random, log })
  const nodes = manager.informer<NodeObject>(NODES, {
    labelSelector: `${FLEET_LABEL.key}=${FLEET_LABEL.value}`,
  })
  const pods = manager.informer<Pod>(PODS, { fieldSelector: 'spec.nodeName!=' })
  pods.addIndexer(POD_BY_NODE, ({ spec }) => (spec.nodeName === undefined ? [] : [spec.nodeName]))
  const aircraft = new Map(aircraftOf(fleet).map((one) => [one.name, one]))
  return { options, manager, nodes, pods, aircraft, dead: new Set() }
}

function fuelCrewOf({ options, nodes }: Parts): FuelCrew | undefined {
  const { client, clock, log, fleet } = options
  if (fleet.fuel === undefined) return undefined
  return createFuelCrew({ client, clock, log, nodes, behaviour: fleet.fuel })
}

function kubeletOf(parts: Parts, logs: LogServer, crew: FuelCrew | undefined): Kubelet {
  const { options, nodes, pods, aircraft, dead } = parts
  const { client, clock, log, fleet } = options
  return createKubelet({
    client,
    clock,
    log,
    pods,
    rules: fleet.rules,
    aircraft,
    nodeOf(name) {
      const one = aircraft.get(name)
      return nodes.get(name) ?? (one === undefined ? undefined : buildNode(one, clock.now()))
    },
    isAlive: (name) => !dead.has(name),
    onChange: (key) => logs.changed(key),
    onLanding(pod, flightMs) {
      const one = aircraft.get(pod.spec.nodeName ?? '')
      if (one !== undefined) crew?.land(one, flightMs)
    },
  })
}

/** Returns what puts a pod into its controller's queue. */
function addControllers(parts: Parts, kubelet: Kubelet): (pod: Pod) => void {
  const { options, manager, nodes, pods, aircraft } = parts
  const { client, clock, random, log, workers = DEFAULT_WORKERS } = options
  const barrier = createWriteBarrier([pods, nodes])
  const shared = { clock, random, log, barrier, workers }
  const registrar = createController<NodeObject>({
    ...shared,
    name: 'fleet-nodes',
    primary: nodes,
    reconcile: (name) => reconcileNode({ client, clock, log, nodes, aircraft }, name),
  })
  const kubeletController = createController<Pod>({
    ...shared,
    name: 'fleet-kubelet',
    primary: pods,
    reconcile: (key) => kubelet.reconcile(key),
  })
  manager.add({
    name: registrar.name,
    start(signal) {
      for (const name of aircraft.keys()) registrar.enqueue(name)
      return registrar.start(signal)
    },
  })
  manager.add(kubeletController)
  return ({ metadata: { namespace, name } }) => kubeletController.enqueue(`${namespace}/${name}`)
}

function heartbeatOf({ options, aircraft, dead }: Parts): Runnable {
  const { client, clock, log, fleet } = options
  return createHeartbeat({
    client,
    clock,
    log,
    intervalMs: fleet.heartbeatSeconds * 1000,
    names: [...aircraft.keys()],
    isAlive: (name) => !dead.has(name),
  })
}

/** The field manager of everything that a fleet writes: what its client should be made with. */
export const FLEET_FIELD_MANAGER = FIELD_MANAGERS.fleet
