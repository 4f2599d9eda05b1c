/** `sortie scheduler`: the scheduler against a real cluster, as its Deployment runs it. */
import { SCHEDULER_NAME } from '@sortie/api'
import { PODS, type Pod } from '@sortie/machinery'
import { createLeaderMetric } from '@sortie/runtime'
import { createScheduler } from '@sortie/scheduler'
import type { Environment, ExitStatus } from '../environment.ts'
import type { PartFlags } from '../parts/flags.ts'
import { createAttemptMetrics, createSchedulingMetrics } from '../parts/metrics.ts'
import { type Part, type PartContext, runPart } from '../parts/run.ts'
import { traceCycles } from '../parts/traces.ts'

export interface SchedulerFlags extends PartFlags {
  readonly namespace?: string
  readonly schedulerName?: string
}

export function scheduler(environment: Environment, flags: SchedulerFlags): Promise<ExitStatus> {
  return runPart(environment, {
    name: 'sortie-scheduler',
    flags,
    observe: createAttemptMetrics,
    create: (context) => createSchedulerPart(context, flags),
  })
}

/** The scheduler with its metrics; nothing happens before it is started. */
export function createSchedulerPart(context: PartContext, flags: SchedulerFlags): Part {
  const { clock, metrics, leaderElection, tracer } = context
  const { namespace, schedulerName = SCHEDULER_NAME } = flags
  const scope = namespace === undefined ? {} : { namespace }
  const manager = createScheduler({
    ...context,
    clock: tracer === undefined ? clock : traceCycles(clock, tracer),
    config: {
      schedulerName,
      ...scope,
      ...(leaderElection === undefined ? {} : { leaderElection }),
    },
  })
  const pods = manager.informer<Pod>(PODS, scope)
  createSchedulingMetrics(metrics, { clock, pods, schedulerName })
  createLeaderMetric(metrics, manager)
  return manager
}
