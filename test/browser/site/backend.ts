/** The API server behind a site: the embedded one in this process, or a real one beside it. */
import { customResourceDefinitions, RESOURCES } from '@sortie/api'
import { createApiServer, type LogSource, type UserInfo } from '@sortie/apiserver'
import { bearerToken, type Client, createClient, createHttpTransport } from '@sortie/client'
import {
  ApiStatusError,
  type Clock,
  CUSTOM_RESOURCE_DEFINITIONS,
  failureStatus,
  seededRandom,
  silentLogger,
  type Transport,
} from '@sortie/machinery'
import type { ControlPlane } from '@sortie/testing'

export interface Backend {
  /** By a person's token; without one by credentials that may do everything. */
  transport(token?: string): Transport
  /** May do everything. */
  readonly client: Client
  stop(): Promise<void>
}

/** `token-admin` may do everything; any other `token-NAME` is a person of that name, who has what roles give. */
function userOf(token: string | undefined): UserInfo | undefined {
  const name = /^token-([a-z0-9]+)$/.exec(token ?? 'token-admin')?.[1]
  if (name === undefined) return undefined
  const groups = name === 'admin' ? ['system:masters'] : []
  return { name, groups: [...groups, 'system:authenticated'] }
}

export async function embeddedBackend(clock: Clock, logs?: LogSource): Promise<Backend> {
  const random = seededRandom(1)
  const logSource = logs === undefined ? {} : { logSource: logs }
  const server = createApiServer({ clock, random, log: silentLogger, ...logSource })
  await server.start()
  const client = createClient(server.transport(), { clock, random, fieldManager: 'test' })
  for (const definition of customResourceDefinitions()) {
    await client.resource(CUSTOM_RESOURCE_DEFINITIONS).create(definition)
  }
  return {
    client,
    transport(token) {
      const user = userOf(token)
      return user === undefined ? refusing() : server.transport(user)
    },
    stop: () => server.stop(),
  }
}

/** What an API server says to a token that it does not know. */
function refusing(): Transport {
  const status = failureStatus('Unauthorized', { message: 'Unauthorized' })
  const refuse = async (): Promise<never> => {
    throw new ApiStatusError(status)
  }
  return {
    request: async () => ({ status: 401, headers: {}, body: status }),
    watch: refuse,
    stream: refuse,
    close: async () => {},
  }
}

/** @param plane stopped with the site */
export async function realBackend(plane: ControlPlane, clock: Clock): Promise<Backend> {
  const connect = (token: string): Transport =>
    createHttpTransport({
      server: plane.url,
      clock,
      tls: { ca: plane.ca },
      auth: bearerToken(token),
    })
  const admin = plane.tokens.get('admin') ?? ''
  const client = createClient(connect(admin), {
    clock,
    random: seededRandom(1),
    fieldManager: 'test',
  })
  for (const definition of customResourceDefinitions()) {
    await client.resource(CUSTOM_RESOURCE_DEFINITIONS).create(definition)
  }
  for (const type of RESOURCES) await served(client, type, clock)
  return {
    client,
    transport: (token = admin) => connect(token),
    async stop() {
      await client.transport.close()
      await plane.stop()
    },
  }
}

const PATIENCE_MILLIS = 30_000

/** A definition is served a moment after it was made. */
async function served(
  client: Client,
  type: (typeof RESOURCES)[number],
  clock: Clock,
): Promise<void> {
  const end = clock.monotonic() + PATIENCE_MILLIS
  for (;;) {
    try {
      await client.resource(type).list({ limit: 1 })
      return
    } catch (error) {
      if (clock.monotonic() > end) throw error
      await new Promise<void>((done) => clock.setTimer(50, done))
    }
  }
}
