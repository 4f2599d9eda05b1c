/** Objects and observations as tests of tasks want them: a task that may start, a pod on its way, unless told otherwise. */
import { API_VERSION, type FlightTask, type FlightTaskStatus, WEAPONS } from '@sortie/api'
import {
  formatTime,
  type JsonObject,
  type KubeObject,
  type Pod,
  type Stored,
} from '@sortie/machinery'
import { type PodFacts, readPod, readTaskOrder, readWeapon } from '../pod/index.ts'
import { decideTask } from './decide.ts'
import { readMissionFacts } from './facts.ts'
import type { StartObservation, TaskObservation } from './observation.ts'
import type { TaskPlan } from './plan.ts'

/** 2026-01-05 08:00:00 UTC, a Monday. */
export const NOW = 1_767_600_000_000
/** Seconds after NOW, as the API writes a time. */
export const at = (seconds: number): string => formatTime(NOW + seconds * 1000)
export const instant = (seconds: number): number => NOW + seconds * 1000

const TASK_UID = '11111111-1111-4111-8111-111111111111'

export function makeTask(
  spec: object = {},
  options: { readonly name?: string; readonly uid?: string; readonly status?: object } = {},
): Stored<FlightTask> {
  return {
    apiVersion: API_VERSION,
    kind: 'FlightTask',
    metadata: {
      name: options.name ?? 'alpha-recon-lead',
      namespace: 'default',
      uid: options.uid ?? TASK_UID,
      resourceVersion: '10',
      generation: 1,
      creationTimestamp: at(-60),
    },
    spec,
    ...(options.status === undefined ? {} : { status: options.status }),
  } as unknown as Stored<FlightTask>
}

export interface PodOptions {
  readonly name?: string
  readonly uid?: string
  readonly retry?: number
  readonly node?: string
  readonly phase?: string
  /** State of the container `task`. */
  readonly state?: JsonObject
  readonly status?: JsonObject
  readonly spec?: JsonObject
  readonly metadata?: JsonObject
  readonly annotations?: Readonly<Record<string, string>>
}

/** A pod as the API server holds it. */
export function makePod(options: PodOptions = {}): Stored<Pod> {
  const { retry = 0, state } = options
  const statuses = state === undefined ? [] : [{ name: 'task', state, restartCount: 0 }]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name:
        options.name ?? (retry === 0 ? 'alpha-recon-lead-pod' : `alpha-recon-lead-pod-${retry}`),
      namespace: 'default',
      uid: options.uid ?? `pod-${retry}`,
      resourceVersion: '20',
      creationTimestamp: at(0),
      annotations: { 'airforce.airforce.mil/attempt': String(retry), ...options.annotations },
      ...options.metadata,
    },
    spec: {
      containers: [{ name: 'task', image: 'busybox:1.36' }],
      restartPolicy: 'Never',
      ...(options.node === undefined ? {} : { nodeName: options.node }),
      ...options.spec,
    },
    status: {
      phase: options.phase ?? 'Pending',
      ...(statuses.length === 0 ? {} : { containerStatuses: statuses }),
      ...options.status,
    },
  } as unknown as Stored<Pod>
}

export const waitingPod = (options: PodOptions = {}): PodFacts => readPod(makePod(options))
export const placedPod = (options: PodOptions = {}): PodFacts =>
  readPod(makePod({ node: 'viper-1', ...options }))
export const runningPod = (options: PodOptions = {}): PodFacts =>
  placedPod({ phase: 'Running', state: { running: { startedAt: at(1) } }, ...options })
export const endedPod = (exitCode: number, options: PodOptions = {}): PodFacts =>
  placedPod({
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    state: { terminated: { exitCode, startedAt: at(1), finishedAt: at(5) } },
    ...options,
  })

export interface WeaponOptions {
  readonly namespace?: string
  readonly spec?: JsonObject
  readonly annotations?: Readonly<Record<string, string>>
}

export function makeWeapon(name: string, options: WeaponOptions = {}): Stored<KubeObject> {
  return {
    apiVersion: API_VERSION,
    kind: WEAPONS.kind,
    metadata: {
      name,
      namespace: options.namespace ?? 'default',
      uid: `weapon-${name}`,
      resourceVersion: '5',
      creationTimestamp: at(-100),
      ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    },
    spec: { image: { repository: `registry.example/${name}`, tag: '1' }, ...options.spec },
  } as unknown as Stored<KubeObject>
}

export function startObservation(
  weapons: readonly Stored<KubeObject>[] = [],
  changes: Omit<Partial<StartObservation>, 'loadout'> & {
    readonly loadout?: Partial<StartObservation['loadout']>
  } = {},
): StartObservation {
  const { loadout, ...rest } = changes
  return {
    fleet: [],
    gangSize: 1,
    schedulerName: 'sortie-scheduler',
    rules: () => [],
    ...rest,
    loadout: {
      items: [],
      weapons: new Map(weapons.map((weapon) => [weapon.metadata.name, readWeapon(weapon)])),
      missingLoadout: undefined,
      searched: ['default'],
      fleet: [],
      isHardpointType: () => false,
      ...loadout,
    },
  }
}

export interface ObservationOptions extends Partial<TaskObservation> {
  readonly spec?: object
}

/** A task that may start at once: no gate, no pod, no loadout. */
export function observe({ spec = {}, ...changes }: ObservationOptions = {}): TaskObservation {
  const task = makeTask(spec)
  const order = readTaskOrder(task)
  const status = (changes.status ?? { phase: 'Pending' }) as FlightTaskStatus
  const weapons = order.loadout.map(({ weapon }) => makeWeapon(weapon))
  return {
    order,
    facts: readMissionFacts(task),
    generation: 1,
    deleting: false,
    suspended: false,
    graceSeconds: 30,
    cleanup: false,
    heldByStage: undefined,
    stageBusy: false,
    pods: [],
    troubledNodes: new Map(),
    podConfirmedGone: false,
    cornered: false,
    ghost: undefined,
    failedScheduling: 0,
    creation: undefined,
    nameTaken: false,
    start: startObservation(weapons, { loadout: { items: order.loadout } }),
    ...changes,
    status,
  }
}

/** A status that has seen the pod `pod-<retry>`, in this phase. */
export function recorded(phase: string, changes: object = {}): FlightTaskStatus {
  const podRef = {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'default',
    name: 'alpha-recon-lead-pod',
    uid: 'pod-0',
  }
  return { phase, podRef, ...changes } as FlightTaskStatus
}

/** Decides without chance: jitter is nil. */
export function decide(observed: TaskObservation, seconds = 10): TaskPlan {
  const random = { next: () => 0, uuid: () => '' }
  return decideTask(observed, { now: instant(seconds), random })
}

export const kinds = (plan: TaskPlan): readonly string[] => plan.operations.map(({ kind }) => kind)

export function createdPod(plan: TaskPlan): Pod {
  const operation = plan.operations.find(({ kind }) => kind === 'create')
  if (operation?.kind !== 'create') throw new Error('the plan creates no pod')
  return operation.object as Pod
}

export function conditionOf(plan: TaskPlan, type: string) {
  return plan.status.conditions?.find((condition) => condition.type === type)
}
