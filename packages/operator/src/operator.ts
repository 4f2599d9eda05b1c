/** The operator: all its controllers around one set of informers. */
import type { Client } from '@sortie/client'
import type { Clock, Logger, Random } from '@sortie/machinery'
import {
  type Controller,
  type ControllerMetrics,
  createEventRecorder,
  createManager,
  type EventRecorder,
  type LeaderElectionOptions,
  type Manager,
} from '@sortie/runtime'
import { createAircraftController } from './aircraft/index.ts'
import { createLoadoutController, createTemplateController } from './catalogue/index.ts'
import { DEFAULT_OPERATOR_CONFIG, type OperatorConfig } from './config.ts'
import type { ControllerDeps } from './controllers.ts'
import { createFlightTaskController } from './flighttask/index.ts'
import { createMissionController } from './mission/index.ts'
import { createStageController } from './stage/index.ts'
import { createWeaponController } from './weapon/index.ts'

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

const COMPONENT = 'sortie-operator'

/**
 * Tasks tell their troubles about their stage and mission too: with an allowance of their own they can't use up that of what stage and
 * mission say themselves.
 */
function ownRecorder({ client, clock, log }: OperatorOptions): EventRecorder {
  return createEventRecorder({ client, clock, log, component: COMPONENT })
}

const FACTORIES: readonly ControllerFactory[] = [
  createMissionController,
  createStageController,
  (deps) => createFlightTaskController({ ...deps, recorder: ownRecorder(deps) }),
  createWeaponController,
  createAircraftController,
  createTemplateController,
  createLoadoutController,
]

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
  const shared: Omit<ControllerDeps, 'informers'> = {
    client,
    clock,
    random,
    log,
    recorder: ownRecorder(options),
    config: { ...DEFAULT_OPERATOR_CONFIG, ...options.config },
    ...(metrics === undefined ? {} : { metrics }),
  }
  for (const create of FACTORIES) manager.addOn((informers) => create({ ...shared, informers }))
  return manager
}
