/**
 * The operator on the embedded server, with a stand-in for scheduler and kubelets: pods are bound,
 * run and end by themselves.
 */
import {
  API_VERSION,
  FLIGHT_TASKS,
  type FlightTask,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionSpecInput,
  type MissionStage,
} from '@sortie/api'
import { createClient, createInformer } from '@sortie/client'
import {
  type Instant,
  type KubeObject,
  NODES,
  PODS,
  type Pod,
  type ResourceType,
  type Stored,
  type Transport,
} from '@sortie/machinery'
import {
  makeAircraft,
  type RequestRecord,
  settle,
  startTestCluster,
  type TestCluster,
  writesOf,
} from '@sortie/testing'
import type { OperatorConfig } from './config.ts'
import { createOperator } from './operator.ts'

export interface Play {
  /** How long a pod runs; `undefined` = until its task is stopped. */
  readonly runMs?: (pod: Stored<Pod>) => number | undefined
  readonly exit?: (pod: Stored<Pod>) => 'Succeeded' | 'Failed'
  /** Pods that no aircraft is found for. */
  readonly waits?: (pod: Stored<Pod>) => boolean
  /** Aircraft `viper-1` to `viper-n`; pods take them in turn. Default 1. */
  readonly aircraft?: number
}

export interface Harness {
  readonly cluster: TestCluster
  /** Every request of every operator that was started. */
  readonly requests: RequestRecord[]
  /** Pods as they were created, in order. */
  readonly podLog: { readonly name: string; readonly at: Instant }[]
  /** @param wrap what is put between the operator and the server */
  startOperator(config?: Partial<OperatorConfig>, wrap?: Wrap): Promise<() => Promise<void>>
  fly(name: string, spec: MissionSpecInput, annotations?: Record<string, string>): Promise<void>
  change(name: string, spec: object): Promise<void>
  mission(name?: string): Promise<Stored<Mission>>
  stages(): Promise<Record<string, Stored<MissionStage>>>
  tasks(): Promise<Record<string, Stored<FlightTask>>>
  pods(): Promise<Record<string, Stored<Pod>>>
  /** Lets time pass in small steps, so that everybody gets a turn. */
  pass(ms: number): Promise<void>
  /** Lets time pass until the mission has ended; throws after ten minutes. */
  untilEnded(name?: string): Promise<Stored<Mission>>
  writes(): RequestRecord[]
  stop(): Promise<void>
}

type Wrap = (inner: Transport) => Transport

const NAMESPACE = 'default'
const STEP_MS = 10
/** Turns of the event loop in which a chain of requests settles. */
const TURNS = 12

export async function startHarness(play: Play = {}): Promise<Harness> {
  const cluster = await startTestCluster()
  for (let number = 1; number <= (play.aircraft ?? 1); number++) {
    await cluster.client.resource(NODES).create(makeAircraft(`viper-${number}`))
  }
  const podLog: Harness['podLog'] = []
  const stopPlaying = playPods(cluster, play, podLog)
  const requests: RequestRecord[] = []
  const stops: (() => Promise<void>)[] = []
  const listOf = async <T extends KubeObject>(type: ResourceType) => {
    const list = await cluster.client.resource<T>(type).list({ namespace: NAMESPACE })
    return Object.fromEntries(list.items.map((item) => [item.metadata.name, item]))
  }
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      for (let turn = 0; turn < TURNS; turn++) await settle()
      await cluster.clock.advance(Math.min(STEP_MS, ms - passed))
    }
    for (let turn = 0; turn < TURNS; turn++) await settle()
  }
  const mission = (name = 'm') =>
    cluster.client.resource<Mission>(MISSIONS).get({ namespace: NAMESPACE, name })
  return {
    cluster,
    requests,
    podLog,
    pass,
    mission,
    async startOperator(config = {}, wrap = (inner) => inner) {
      const stop = await startOperator(cluster, { config, wrap }, requests)
      stops.push(stop)
      await pass(50)
      return stop
    },
    async fly(name, spec, annotations = {}) {
      const metadata = { name, namespace: NAMESPACE, annotations }
      const object = { apiVersion: API_VERSION, kind: 'Mission', metadata, spec }
      await cluster.client.resource<KubeObject>(MISSIONS).create(object)
    },
    async change(name, spec) {
      const patch = { type: 'merge', body: { spec } } as const
      await cluster.client.resource(MISSIONS).patch({ namespace: NAMESPACE, name }, patch)
    },
    stages: () => listOf<MissionStage>(MISSION_STAGES),
    tasks: () => listOf<FlightTask>(FLIGHT_TASKS),
    pods: () => listOf<Pod>(PODS),
    async untilEnded(name) {
      for (let round = 0; round < 600; round++) {
        const now = await mission(name)
        if (['Succeeded', 'Failed', 'Cancelled'].includes(now.status?.phase ?? '')) return now
        await pass(round < 20 ? 100 : 1000)
      }
      throw new Error(`mission ${name} has not ended: ${JSON.stringify(await mission(name))}`)
    },
    writes: () => writesOf(requests),
    async stop() {
      for (const stop of stops) await stop()
      await stopPlaying()
      await cluster.stop()
    },
  }
}

async function startOperator(
  cluster: TestCluster,
  { config, wrap }: { readonly config: Partial<OperatorConfig>; readonly wrap: Wrap },
  log: RequestRecord[],
): Promise<() => Promise<void>> {
  const { client: plain, requests } = cluster.clientOf('operator')
  const { clock, random } = cluster
  const client = createClient(wrap(plain.transport), { clock, random, fieldManager: 'operator' })
  const push = requests.push.bind(requests)
  requests.push = (...records) => {
    log.push(...records)
    return push(...records)
  }
  const operator = createOperator({ ...cluster, client, config })
  const abort = new AbortController()
  const running = operator.start(abort.signal)
  await settle()
  return async () => {
    abort.abort()
    await cluster.clock.advance(STEP_MS)
    await running
  }
}

/** Binds every pod to an aircraft, and plays it out. */
function playPods(
  { client, clock, random, log }: TestCluster,
  play: Play,
  podLog: Harness['podLog'],
): () => Promise<void> {
  const pods = createInformer<Pod>({ client, type: PODS, clock, random, log })
  const resource = client.resource<Pod>(PODS)
  const report = async (pod: Stored<Pod>, status: object): Promise<void> => {
    const { namespace = NAMESPACE, name } = pod.metadata
    const patch = { type: 'merge', body: { status } } as const
    await resource.patch({ namespace, name }, patch, { subresource: 'status' })
  }
  let flown = 0
  const nextAircraft = (): string => `viper-${(flown++ % (play.aircraft ?? 1)) + 1}`
  const flyOut = async (pod: Stored<Pod>): Promise<void> => {
    if (play.waits?.(pod) === true) return
    const { namespace = NAMESPACE, name } = pod.metadata
    await resource.createSubresource({ namespace, name }, 'binding', {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace },
      target: { apiVersion: 'v1', kind: 'Node', name: nextAircraft() },
    })
    await report(pod, runningStatus())
    const runMs = play.runMs === undefined ? 500 : play.runMs(pod)
    if (runMs === undefined) return
    clock.setTimer(runMs, () => {
      report(pod, endedStatus(play.exit?.(pod) ?? 'Succeeded')).catch(ignore)
    })
  }
  pods.addHandler({
    onAdd(pod) {
      podLog.push({ name: pod.metadata.name, at: clock.now() })
      flyOut(pod).catch(ignore)
    },
    onUpdate(_, pod) {
      if (pod.metadata.deletionTimestamp === undefined) return
      const { namespace = NAMESPACE, name } = pod.metadata
      resource.delete({ namespace, name }, { gracePeriodSeconds: 0 }).catch(ignore)
    },
  })
  pods.start()
  return () => pods.stop()
}

/** A pod that is gone needs no report. */
function ignore(): void {}

function runningStatus(): object {
  return {
    phase: 'Running',
    conditions: [{ type: 'PodScheduled', status: 'True' }],
    containerStatuses: [{ name: 'task', ready: true, state: { running: {} } }],
  }
}

function endedStatus(phase: 'Succeeded' | 'Failed'): object {
  const exitCode = phase === 'Succeeded' ? 0 : 1
  return {
    phase,
    containerStatuses: [{ name: 'task', ready: false, state: { terminated: { exitCode } } }],
  }
}
