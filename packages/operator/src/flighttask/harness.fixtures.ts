/** A server, the task's controller, and somebody who does what scheduler and kubelet would: for tests of whole controllers. */
import { API_VERSION, FLIGHT_TASKS, type FlightTask, WEAPONS, type Weapon } from '@sortie/api'
import { createClient } from '@sortie/client'
import {
  EVENTS,
  type EventObject,
  formatTime,
  type KubeObject,
  NODES,
  type NodeObject,
  PODS,
  type Pod,
  type Stored,
  type Transport,
} from '@sortie/machinery'
import { createEventRecorder, createManager, type Runnable } from '@sortie/runtime'
import { type RequestRecord, startTestCluster, type TestCluster, writesOf } from '@sortie/testing'
import { DEFAULT_OPERATOR_CONFIG } from '../config.ts'
import type { ControllerDeps } from '../controllers.ts'

/** A running process of controllers. */
export interface Process {
  readonly requests: RequestRecord[]
  /** Method and last two steps of the path of each write but events, since the last call. */
  writes(): readonly string[]
  kill(): Promise<void>
}

export class Harness {
  readonly cluster: TestCluster
  readonly #processes: Process[] = []

  constructor(cluster: TestCluster) {
    this.cluster = cluster
  }

  static async start(): Promise<Harness> {
    return new Harness(await startTestCluster())
  }

  get clock() {
    return this.cluster.clock
  }

  /** Starts controllers as a process of its own, and waits until it stands still. */
  async run(
    create: (parts: ControllerDeps) => readonly Runnable[],
    { wrap = (inner: Transport) => inner } = {},
  ): Promise<Process> {
    const { clock, random, log } = this.cluster
    const { client: plain, requests } = this.cluster.clientOf('operator')
    const client = createClient(wrap(plain.transport), { clock, random, fieldManager: 'operator' })
    const manager = createManager({ name: 'test', client, clock, random, log })
    const recorder = createEventRecorder({ client, clock, log, component: 'sortie-operator' })
    const config = DEFAULT_OPERATOR_CONFIG
    const parts = { client, informers: manager, clock, random, log, recorder, config }
    for (const runnable of create(parts)) manager.add(runnable)
    const stop = new AbortController()
    const running = manager.start(stop.signal)
    await clock.advance(50)
    const process = {
      requests,
      writes: () => writesOf(requests.splice(0)).map(describe),
      kill: async () => {
        stop.abort()
        await clock.advance(10)
        await running
      },
    }
    this.#processes.push(process)
    return process
  }

  async stop(): Promise<void> {
    for (const process of this.#processes) await process.kill()
    await this.cluster.stop()
  }

  createTask(spec: object = {}, name = 'alpha'): Promise<Stored<KubeObject>> {
    return this.create('FlightTask', { name, namespace: 'default' }, spec)
  }

  createWeapon(
    name: string,
    spec: object = {},
    namespace = 'default',
  ): Promise<Stored<KubeObject>> {
    return this.create(
      'Weapon',
      { name, namespace },
      { image: { repository: name, tag: '1' }, ...spec },
    )
  }

  create(
    kind: 'FlightTask' | 'Weapon',
    metadata: object,
    spec: object,
  ): Promise<Stored<KubeObject>> {
    const type = kind === 'Weapon' ? WEAPONS : FLIGHT_TASKS
    const object = { apiVersion: API_VERSION, kind, metadata, spec } as KubeObject
    return this.cluster.client.resource(type).create(object)
  }

  async createNode(node: NodeObject): Promise<void> {
    await this.cluster.client.resource(NODES).create(node)
  }

  task(name = 'alpha'): Promise<Stored<FlightTask>> {
    return this.cluster.client.resource<FlightTask>(FLIGHT_TASKS).get(key(name))
  }

  weapon(name: string): Promise<Stored<Weapon>> {
    return this.cluster.client.resource<Weapon>(WEAPONS).get(key(name))
  }

  node(name: string): Promise<Stored<NodeObject>> {
    return this.cluster.client.resource<NodeObject>(NODES).get({ name })
  }

  pod(name = 'alpha-pod'): Promise<Stored<Pod>> {
    return this.cluster.client.resource<Pod>(PODS).get(key(name))
  }

  async podNames(): Promise<readonly string[]> {
    const list = await this.cluster.client.resource(PODS).list({ namespace: 'default' })
    return list.items.map(({ metadata }) => metadata.name).sort()
  }

  /** `reason` of every event, sorted. */
  async events(): Promise<readonly string[]> {
    const list = await this.cluster.client.resource<EventObject>(EVENTS).list()
    return list.items.map(({ reason = '' }) => reason).sort()
  }

  /** Binds a pod, as a scheduler would. */
  async bind(name = 'alpha-pod', node = 'viper-1'): Promise<void> {
    const target = { apiVersion: 'v1', kind: 'Node', name: node }
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target }
    await this.cluster.client.resource(PODS).createSubresource(key(name), 'binding', body)
  }

  /** Reports the container `task`, as a kubelet would. */
  async report(phase: string, state: object, name = 'alpha-pod'): Promise<void> {
    const container = { name: 'task', state, ready: true, restartCount: 0, image: '', imageID: '' }
    await this.patchStatus(name, { phase, containerStatuses: [container] })
  }

  async patchStatus(name: string, status: object): Promise<void> {
    const patch = { type: 'merge', body: { status } } as const
    await this.cluster.client.resource(PODS).patch(key(name), patch, { subresource: 'status' })
  }

  runPod(name?: string): Promise<void> {
    return this.report('Running', { running: { startedAt: this.time() } }, name)
  }

  exitPod(exitCode: number, name?: string): Promise<void> {
    const [startedAt, finishedAt] = [this.time(), this.time()]
    const phase = exitCode === 0 ? 'Succeeded' : 'Failed'
    return this.report(phase, { terminated: { exitCode, startedAt, finishedAt } }, name)
  }

  /** Deletes a pod at once, as a garbage collector or a person in a hurry would. */
  /** Without grace it is gone at once, else it waits for a kubelet. */
  async removePod(name = 'alpha-pod', gracePeriodSeconds = 0): Promise<void> {
    await this.cluster.client.resource(PODS).delete(key(name), { gracePeriodSeconds })
  }

  async patchTask(spec: object, name = 'alpha'): Promise<void> {
    const patch = { type: 'merge', body: { spec } } as const
    await this.cluster.client.resource(FLIGHT_TASKS).patch(key(name), patch)
  }

  async patchWeapon(name: string, body: object): Promise<void> {
    await this.cluster.client.resource(WEAPONS).patch(key(name), { type: 'merge', body })
  }

  time(): string {
    return formatTime(this.clock.now())
  }
}

export function key(name: string): { readonly namespace: string; readonly name: string } {
  return { namespace: 'default', name }
}

function describe({ method, path }: RequestRecord): string {
  return `${method} ${path.split('/').slice(-2).join('/')}`
}
