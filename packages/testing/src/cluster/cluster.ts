/** The embedded API server for tests: on a virtual clock unless told otherwise, with Sortie's CRDs. */
import { setImmediate } from 'node:timers'
import { customResourceDefinitions } from '@sortie/api'
import { type ApiServer, createApiServer } from '@sortie/apiserver'
import { type Client, createClient } from '@sortie/client'
import {
  type Clock,
  CUSTOM_RESOURCE_DEFINITIONS,
  createVirtualClock,
  type Logger,
  type Random,
  seededRandom,
  silentLogger,
  type VirtualClock,
} from '@sortie/machinery'
import { type RequestRecord, recordRequests } from './requests.ts'

/** A Monday morning. */
export const TEST_EPOCH = Date.UTC(2026, 0, 5, 8, 0, 0)

/** Resolves once all promises that can settle now have. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

export function testClock(start: number = TEST_EPOCH): VirtualClock {
  return createVirtualClock(start, settle)
}

export interface TestCluster<C extends Clock = VirtualClock> {
  readonly server: ApiServer
  readonly clock: C
  readonly random: Random
  readonly log: Logger
  /** May do everything. */
  readonly client: Client
  /** A client of its own for a part, with a record of its requests. */
  clientOf(name: string): { readonly client: Client; readonly requests: RequestRecord[] }
  stop(): Promise<void>
}

export interface TestClusterOptions {
  readonly seed?: number
  readonly log?: Logger
}

/** Starts a server on a virtual clock. */
export function startTestCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  return startClusterOn(testClock(), options)
}

/** Starts a server on the clock given. */
export async function startClusterOn<C extends Clock>(
  clock: C,
  options: TestClusterOptions = {},
): Promise<TestCluster<C>> {
  const random = seededRandom(options.seed ?? 1)
  const log = options.log ?? silentLogger
  const server = createApiServer({ clock, random, log })
  await server.start()
  const clientOf = (name: string) => {
    const user = { name, groups: ['system:masters', 'system:authenticated'] }
    const { transport, requests } = recordRequests(server.transport(user))
    return { client: createClient(transport, { clock, random, fieldManager: name }), requests }
  }
  const { client } = clientOf('test')
  const definitions = client.resource(CUSTOM_RESOURCE_DEFINITIONS)
  for (const definition of customResourceDefinitions()) await definitions.create(definition)
  return { server, clock, random, log, client, clientOf, stop: () => server.stop() }
}
