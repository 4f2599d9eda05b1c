/** The embedded cluster: API server, simulated fleet, operator and scheduler in one process. */
import { customResourceDefinitions } from '@sortie/api'
import {
  type ApiServer,
  createApiServer,
  type LogRequest,
  type LogSource,
  type Store,
} from '@sortie/apiserver'
import { type Client, createClient } from '@sortie/client'
import { createFleet, type Fleet, type FleetSpec } from '@sortie/fleet'
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
  /** Runs operator, scheduler and fleet, once, until the signal is aborted. @throws where one of them cannot go on */
  run(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

/** Starts the API server and installs the CRDs; the parts run once `run` is called. */
export async function startEmbeddedCluster(
  options: EmbeddedClusterOptions,
): Promise<EmbeddedCluster> {
  const { clock, random, log } = options
  // The server asks the fleet for logs; the fleet is a client of the server: one of them has to come second.
  let fleet: Fleet | undefined
  const server = createApiServer({
    clock,
    random,
    log,
    logSource: (request) => (fleet === undefined ? undefined : logsOf(fleet, request)),
    ...(options.store === undefined ? {} : { store: options.store }),
  })
  await server.start()
  const part = (name: string) => {
    const user = { name, groups: ['system:masters', 'system:authenticated'] }
    const client = createClient(server.transport(user), { clock, random, fieldManager: name })
    return { client, clock, random, log }
  }
  const { client } = part('sortie')
  await installDefinitions(client)
  fleet = createFleet({ ...part('sortie-fleet'), fleet: options.fleet })
  const parts: readonly Runnable[] = [
    fleet,
    createScheduler(part('sortie-scheduler')),
    createOperator(part('sortie-operator')),
  ]
  return { server, client, run: (signal) => runAll(parts, signal), stop: () => server.stop() }
}

function logsOf(fleet: Fleet, request: LogRequest): ReturnType<LogSource> {
  if (!fleet.names.includes(request.node)) return undefined
  return (sink) => {
    const stream = fleet.logSource(request, sink)
    if (stream === undefined) sink.onEnd()
    return stream ?? { close() {} }
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
