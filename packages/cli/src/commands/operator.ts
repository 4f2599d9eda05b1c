/** `sortie operator`: the operator against a real cluster, as its Deployment runs it. */
import { createOperator, DEFAULT_OPERATOR_CONFIG, type OperatorConfig } from '@sortie/operator'
import {
  createControllerMetrics,
  createLeaderMetric,
  type KeyFields,
  traceReconciles,
  withKeyFields,
} from '@sortie/runtime'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { type PartFlags, readPodPolicies } from '../parts/flags.ts'
import { createMissionMetrics, missionKeyFields } from '../parts/metrics.ts'
import { type Part, type PartContext, runPart } from '../parts/run.ts'

/** The name under which kube-scheduler runs, which places pods one by one. */
const KUBE_SCHEDULER = 'default-scheduler'

export interface OperatorFlags extends PartFlags {
  readonly namespace?: string
  readonly weaponNamespace?: string
  readonly schedulerName?: string
  /** False by --no-gang-scheduling. */
  readonly gangScheduling?: boolean
  readonly podPolicy?: string
  readonly workers?: string
}

export async function operator(
  environment: Environment,
  flags: OperatorFlags,
): Promise<ExitStatus> {
  const config: OperatorConfig = {
    ...DEFAULT_OPERATOR_CONFIG,
    ...(flags.namespace === undefined ? {} : { namespace: flags.namespace }),
    ...(flags.weaponNamespace === undefined ? {} : { weaponNamespace: flags.weaponNamespace }),
    ...(flags.schedulerName === undefined ? {} : { schedulerName: flags.schedulerName }),
    placesGangs: flags.gangScheduling !== false && flags.schedulerName !== KUBE_SCHEDULER,
    ...(flags.workers === undefined ? {} : { workers: workers(flags.workers) }),
    podPolicies: await readPodPolicies(environment, flags.podPolicy),
  }
  return runPart(environment, {
    name: 'sortie-operator',
    flags,
    create: (context) => createOperatorPart(context, config),
  })
}

/** The operator with its metrics; nothing happens before it is started. */
export function createOperatorPart(context: PartContext, config: OperatorConfig): Part {
  const { metrics, log, tracer } = context
  const selection = config.namespace === undefined ? {} : { namespace: config.namespace }
  // The logger is needed before the caches that it asks exist.
  let fieldsOf: KeyFields = () => ({})
  const fields: KeyFields = (controller, key) => fieldsOf(controller, key)
  const counted = createControllerMetrics(metrics)
  const manager = createOperator({
    ...context,
    metrics: tracer === undefined ? counted : traceReconciles(counted, tracer, fields),
    log: withKeyFields(log, fields),
    config,
  })
  fieldsOf = missionKeyFields(manager, selection)
  createMissionMetrics(metrics, manager, selection)
  createLeaderMetric(metrics, manager)
  return manager
}

function workers(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return count
  throw new CommandError(`--workers ${text}: a number from 1 to 1000`, EXIT.usage)
}
