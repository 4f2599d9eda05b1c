/** The scheduler as something that a process starts and stops. */
import {
  FIELD_MANAGERS,
  FLIGHT_TASKS,
  type FlightTask,
  MISSION_STAGES,
  type MissionStage,
  SCHEDULER_NAME,
} from '@sortie/api'
import type { Client } from '@sortie/client'
import type { Clock, Logger, NodeObject, Pod, Random } from '@sortie/machinery'
import { NODES, PODS, sleep } from '@sortie/machinery'
import {
  aborted,
  createEventRecorder,
  createManager,
  type Manager,
  type ManagerOptions,
} from '@sortie/runtime'
import { createBinder } from './bind.ts'
import { createCycle } from './cycle.ts'

export interface SchedulerConfig {
  /** Sees pods and tasks of this namespace only; what others take of the aircraft it learns from the kubelet's refusal. */
  readonly namespace?: string
  /** Pods with this `spec.schedulerName` are placed. */
  readonly schedulerName?: string
  /** Pods looked at in one turn; default 1,000. */
  readonly batchSize?: number
  /** Bindings under way at the same time; default 32. */
  readonly concurrentBinds?: number
  /** A pod that no aircraft could ever take and that waits less than that is not told why, ms; default 300. */
  readonly reportDelayMs?: number
  /** The same for a pod that some aircraft could take once it is free: to queue is no news, ms; default 5,000. */
  readonly queueReportDelayMs?: number
  /** How long a gang waits before aircraft are kept for it from all that come after it, ms; default 10,000. */
  readonly gangPatienceMs?: number
  readonly leaderElection?: NonNullable<ManagerOptions['leaderElection']>
}

export interface SchedulerOptions {
  /** Best made with SCHEDULER_FIELD_MANAGER. */
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly config?: SchedulerConfig
}

/** The field manager of everything that the scheduler writes. */
export const SCHEDULER_FIELD_MANAGER = FIELD_MANAGERS.scheduler

const DEFAULTS = {
  batchSize: 1_000,
  concurrentBinds: 32,
  reportDelayMs: 300,
  queueReportDelayMs: 5_000,
  gangPatienceMs: 10_000,
}

/**
 * How long what was decided is still carried out when it is to end. Another one may lead by then: a lease lasts so much longer than
 * its holder tries to renew it.
 */
const DRAIN_MS = 5_000

/** Makes the scheduler; nothing happens before it is started. */
export function createScheduler(options: SchedulerOptions): Manager {
  const { client, clock, random, log, config = {} } = options
  const { leaderElection } = config
  const manager = createManager({
    name: 'scheduler',
    client,
    clock,
    random,
    log,
    ...(leaderElection === undefined ? {} : { leaderElection }),
  })
  const scope = config.namespace === undefined ? {} : { namespace: config.namespace }
  const sources = {
    nodes: manager.informer<NodeObject>(NODES),
    pods: manager.informer<Pod>(PODS, scope),
    tasks: manager.informer<FlightTask>(FLIGHT_TASKS, scope),
    stages: manager.informer<MissionStage>(MISSION_STAGES, scope),
  }
  const recorder = createEventRecorder({ client, clock, log, component: SCHEDULER_FIELD_MANAGER })
  const concurrency = config.concurrentBinds ?? DEFAULTS.concurrentBinds
  manager.add({
    name: 'scheduler-cycle',
    async start(signal) {
      const binder = createBinder({ client, clock, random, log, concurrency })
      const cycle = createCycle({
        client,
        clock,
        log,
        recorder,
        binder,
        sources,
        schedulerName: config.schedulerName ?? SCHEDULER_NAME,
        batchSize: config.batchSize ?? DEFAULTS.batchSize,
        reportDelayMs: config.reportDelayMs ?? DEFAULTS.reportDelayMs,
        queueReportDelayMs: config.queueReportDelayMs ?? DEFAULTS.queueReportDelayMs,
        gangPatienceMs: config.gangPatienceMs ?? DEFAULTS.gangPatienceMs,
      })
      await aborted(signal)
      cycle.stop()
      const done = new AbortController()
      const drained = binder.idle().then(() => recorder.flush())
      await Promise.race([drained, sleep(clock, DRAIN_MS, done.signal)])
      done.abort()
      binder.stop()
    },
  })
  return manager
}
