/** The operator: all its controllers around one set of informers. */
import type { Client } from '@sortie/client'
import type { Clock, Logger, Random } from '@sortie/machinery'
import {
  type Controller,
  type ControllerMetrics,
  createManager,
  type LeaderElectionOptions,
  type Manager,
} from '@sortie/runtime'
import { DEFAULT_OPERATOR_CONFIG, type OperatorConfig } from './config.ts'
import type { ControllerDeps } from './controllers.ts'
import { createMissionController } from './mission/index.ts'
import { createStageController } from './stage/index.ts'

export interface OperatorOptions {
  /** Its transport is used; every controller writes under a field manager of its own. */
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics?: ControllerMetrics
  /** What it does not say is as in DEFAULT_OPERATOR_CONFIG. */
  readonly config?: Partial<OperatorConfig>
  /** Without it the operator acts at once, and must be the only one. */
  readonly leaderElection?: Omit<LeaderElectionOptions, 'client' | 'clock' | 'random' | 'log'>
}

type ControllerFactory = (deps: ControllerDeps) => Controller

const FACTORIES: readonly ControllerFactory[] = [createMissionController, createStageController]

/** Makes the operator; nothing happens before it is started. */
export function createOperator(options: OperatorOptions): Manager {
  const { client, clock, random, log, metrics, leaderElection } = options
  const manager = createManager({
    name: 'operator',
    client,
    clock,
    random,
    log,
    ...(leaderElection === undefined ? {} : { leaderElection }),
  })
  const deps: ControllerDeps = {
    manager,
    client,
    clock,
    random,
    log,
    config: { ...DEFAULT_OPERATOR_CONFIG, ...options.config },
    ...(metrics === undefined ? {} : { metrics }),
  }
  for (const create of FACTORIES) manager.add(create(deps))
  return manager
}
