/** Metrics of missions, of the fleet and of scheduling: all read from the caches and requests that a part has anyway. */
import {
  FLIGHT_TASKS,
  type FlightTask,
  MISSION_STAGES,
  MISSIONS,
  type Mission,
  type MissionStage,
  parseAircraft,
} from '@sortie/api'
import type { Informer } from '@sortie/client'
import {
  type Clock,
  type KubeObject,
  NODES,
  type NodeObject,
  type Pod,
  type ResourceType,
  type Stored,
} from '@sortie/machinery'
import {
  createObjectGauge,
  type InformerSelection,
  type KeyFields,
  type Manager,
  type Metrics,
  type RequestObserver,
} from '@sortie/runtime'

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Cancelled']
const TASK_PHASES = ['Pending', 'Scheduled', 'Running', 'Succeeded', 'Failed', 'Cancelled']

type Phased = KubeObject & { readonly status?: { readonly phase?: string } }

/** Missions, stages, tasks by phase and aircraft by type and status, from the operator's caches. */
export function createMissionMetrics(
  metrics: Metrics,
  manager: Manager,
  selection: InformerSelection,
): void {
  const byPhase = (name: string, type: ResourceType, phases: readonly string[]): void => {
    const informer = manager.informer<Phased>(type, selection)
    createObjectGauge<Phased>(metrics, {
      name,
      help: `${type.kind}s by phase`,
      labels: ['phase'],
      always: phases.map((phase) => ({ phase })),
      list: () => informer.list(),
      labelsOf: ({ status }) => ({ phase: status?.phase ?? 'Pending' }),
    })
  }
  byPhase('sortie_missions', MISSIONS, PHASES)
  byPhase('sortie_mission_stages', MISSION_STAGES, PHASES)
  byPhase('sortie_flight_tasks', FLIGHT_TASKS, TASK_PHASES)
  const nodes = manager.informer<NodeObject>(NODES)
  createObjectGauge<NodeObject>(metrics, {
    name: 'sortie_aircraft',
    help: 'Aircraft by type and status',
    labels: ['type', 'status'],
    list: () => nodes.list(),
    labelsOf: aircraftLabels,
  })
}

/** An aircraft that flies counts as `flying`, one whose labels cannot be read as `invalid`. */
export function aircraftLabels(
  node: Stored<NodeObject>,
): { readonly type: string; readonly status: string } | undefined {
  const reading = parseAircraft(node)
  if (reading.kind === 'none') return undefined
  if (reading.kind === 'invalid') return { type: 'unknown', status: 'invalid' }
  const { type, status = 'unknown', missionCurrent } = reading.facts
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')
  if (ready !== undefined && ready.status !== 'True') return { type, status: 'notready' }
  return { type, status: missionCurrent === undefined ? status : 'flying' }
}

/** Attempts by result, as the scheduler's own requests tell. */
export function createAttemptMetrics(metrics: Metrics): RequestObserver {
  const attempts = metrics.counter({
    name: 'sortie_scheduler_attempts_total',
    help: 'Attempts to place a pod: bound, refused by the API server, or told why it waits',
    labels: ['result'],
  })
  for (const result of ['scheduled', 'error', 'unschedulable']) attempts.add({ result }, 0)
  return ({ verb, resource, subresource }, code) => {
    if (resource !== 'pods') return
    const done = code >= 200 && code < 300
    if (verb === 'create' && subresource === 'binding') {
      attempts.add({ result: done ? 'scheduled' : 'error' })
    } else if (verb === 'patch' && subresource === 'status' && done) {
      attempts.add({ result: 'unschedulable' })
    }
  }
}

export interface SchedulingMetricsOptions {
  readonly clock: Clock
  readonly pods: Informer<Pod>
  readonly schedulerName: string
}

/** Seconds, doubling from 10 ms to an hour and a half, as kube-scheduler's: a queue before a small fleet is waited in for long. */
const WAIT_BUCKETS = Array.from({ length: 20 }, (_, power) => 0.01 * 2 ** power)

/** How many pods wait, and how long each waited from when it was first seen until it had a node. */
export function createSchedulingMetrics(
  metrics: Metrics,
  { clock, pods, schedulerName }: SchedulingMetricsOptions,
): void {
  const waitingSince = new Map<string, number>()
  const time = metrics.histogram({
    name: 'sortie_scheduler_pod_scheduling_duration_seconds',
    help: 'From when a pod was first seen waiting until it had a node',
    buckets: WAIT_BUCKETS,
  })
  metrics.gauge({
    name: 'sortie_scheduler_pending_pods',
    help: 'Pods that wait for a node',
    collect: (self) => self.set(waitingSince.size),
  })
  const look = ({ metadata: { uid }, spec, status }: Stored<Pod>): void => {
    if (spec.schedulerName !== schedulerName) return
    const since = waitingSince.get(uid)
    const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed'
    const placed = (spec.nodeName ?? '') !== ''
    if (!placed && !ended) {
      if (since === undefined) waitingSince.set(uid, clock.monotonic())
    } else if (since !== undefined) {
      waitingSince.delete(uid)
      if (placed) time.observe((clock.monotonic() - since) / 1000)
    }
  }
  pods.addHandler({
    onAdd: look,
    onUpdate: (_, pod) => look(pod),
    onDelete: ({ metadata }) => void waitingSince.delete(metadata.uid),
  })
}

/** Which mission, stage and task a controller's key stands for, as the caches know it. */
export function missionKeyFields(manager: Manager, selection: InformerSelection): KeyFields {
  const stages = manager.informer<MissionStage>(MISSION_STAGES, selection)
  const tasks = manager.informer<FlightTask>(FLIGHT_TASKS, selection)
  const missions = manager.informer<Mission>(MISSIONS, selection)
  return (controller, key) => {
    const name = key.slice(key.indexOf('/') + 1)
    if (controller === 'mission') return { mission: missions.get(key)?.metadata.name ?? name }
    if (controller === 'missionstage') {
      return { mission: stages.get(key)?.metadata.labels?.['mission'], stage: name }
    }
    if (controller !== 'flighttask') return {}
    const { mission, stage } = tasks.get(key)?.metadata.labels ?? {}
    return { mission, stage, task: name }
  }
}
