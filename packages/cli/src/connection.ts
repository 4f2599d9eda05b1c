/** From the global options to a client of the API server that they mean. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  type Client,
  type ConnectionOptions,
  createClient,
  createHttpTransport,
  loadKubeconfig,
  NO_RETRY,
} from '@sortie/client'
import type { Transport } from '@sortie/machinery'
import type { Environment } from './environment.ts'

export interface ConnectionFlags {
  readonly kubeconfig?: string
  readonly context?: string
  readonly namespace?: string
}

export interface Connection {
  readonly client: Client
  readonly namespace: string
  readonly server: string
  close(): Promise<void>
}

/** Where `sortie up` leaves the kubeconfig of the cluster that it runs, below the working directory. */
export const EMBEDDED_KUBECONFIG = join('.sortie', 'kubeconfig')

/**
 * Connects by --kubeconfig, else $KUBECONFIG, else the file of a `sortie up` that runs in this directory, else ~/.kube/config,
 * else the service account of the pod.
 * @throws SortieError with one sentence where there is no usable configuration
 */
export async function connect(
  environment: Environment,
  flags: ConnectionFlags,
): Promise<Connection> {
  const options = await loadKubeconfig({
    ...kubeconfigPathOf(environment, flags),
    ...(flags.context === undefined ? {} : { context: flags.context }),
    env: environment.variables,
  })
  return connectionTo(environment, options, flags)
}

/** Where the kubeconfig is, where it is not to be looked for in the usual places. */
export function kubeconfigPathOf(
  environment: Environment,
  flags: Pick<ConnectionFlags, 'kubeconfig'>,
): { readonly path?: string } {
  if (flags.kubeconfig !== undefined) {
    return { path: resolve(environment.workingDirectory, flags.kubeconfig) }
  }
  if ((environment.variables.KUBECONFIG ?? '') !== '') return {}
  const embedded = join(environment.workingDirectory, EMBEDDED_KUBECONFIG)
  return existsSync(embedded) ? { path: embedded } : {}
}

function connectionTo(
  environment: Environment,
  options: ConnectionOptions,
  flags: ConnectionFlags,
): Connection {
  const { clock, random, signal } = environment
  const http = createHttpTransport({ ...options, clock, userAgent: 'sortie' })
  const transport = interruptible(http, signal)
  return {
    // A person waits: whether to try again is theirs to say.
    client: createClient(transport, { clock, random, fieldManager: 'sortie', retry: NO_RETRY }),
    namespace: [flags.namespace, options.namespace].find(isGiven) ?? 'default',
    server: options.server,
    close: () => transport.close(),
  }
}

/** An empty namespace is none, as for kubectl: in a path it would be all of them. */
function isGiven(namespace: string | undefined): boolean {
  return namespace !== undefined && namespace !== ''
}

/** Ctrl-C ends the request that a command waits for, where the command does not see to it itself. */
function interruptible(transport: Transport, signal: AbortSignal): Transport {
  return { ...transport, request: (request) => transport.request({ signal, ...request }) }
}

/** Runs `work` with a connection and closes it, whatever comes. */
export async function withConnection<T>(
  environment: Environment,
  flags: ConnectionFlags,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(environment, flags)
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}
