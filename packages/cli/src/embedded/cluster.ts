/** The embedded cluster: API server, simulated fleet, operator and scheduler in one process. */
import { customResourceDefinitions } from '@sortie/api'
import { type ApiServer, createApiServer, type Store } from '@sortie/apiserver'
import { type Client, createClient } from '@sortie/client'
import { createFleet, type FleetSpec } from '@sortie/fleet'
import {
  type Clock,
  CUSTOM_RESOURCE_DEFINITIONS,
  isAlreadyExists,
  type Logger,
  type Random,
} from '@sortie/machinery'
import { createOperator } from '@sortie/operator'
import { type Runnable, runAll } from '@sortie/runtime'
import { createScheduler } from '@sortie/scheduler'

export interface EmbeddedClusterOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly fleet: FleetSpec
  /** Default: objects in memory. */
  readonly store?: Store
}

export interface EmbeddedCluster {
  readonly server: ApiServer
  /** May do everything. */
  readonly client: Client
  /** Runs operator, scheduler and fleet until the signal is aborted. @throws where one of them cannot go on */
  run(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

/** Starts the API server and installs the CRDs; the parts run once `run` is called. */
export async function startEmbeddedCluster(
  options: EmbeddedClusterOptions,
): Promise<EmbeddedCluster> {
  const { clock, random, log } = options
  const server = createApiServer({
    clock,
    random,
    log,
    ...(options.store === undefined ? {} : { store: options.store }),
  })
  await server.start()
  const clientOf = (name: string): Client =>
    createClient(server.transport({ name, groups: ['system:masters', 'system:authenticated'] }), {
      clock,
      random,
      fieldManager: name,
    })
  const client = clientOf('sortie')
  await installDefinitions(client)
  const parts = (): Runnable[] => [
    createFleet({ client: clientOf('sortie-fleet'), clock, random, log, fleet: options.fleet }),
    createScheduler({ client: clientOf('sortie-scheduler'), clock, random, log }),
    createOperator({ client: clientOf('sortie-operator'), clock, random, log }),
  ]
  return {
    server,
    client,
    run: (signal) => runAll(parts(), signal),
    stop: () => server.stop(),
  }
}

/** CRDs that a data folder holds from an earlier run are brought to this version's. */
async function installDefinitions(client: Client): Promise<void> {
  const definitions = client.resource(CUSTOM_RESOURCE_DEFINITIONS)
  for (const definition of customResourceDefinitions()) {
    try {
      await definitions.create(definition)
    } catch (error) {
      if (!isAlreadyExists(error)) throw error
      const { name = '' } = definition.metadata
      await definitions.patch({ name }, { type: 'apply', body: definition }, { force: true })
    }
  }
}
