/** `sortie dashboard`: the dashboard of a cluster, for the person at this machine or as a part of the cluster. */
import { hostname } from 'node:os'
import {
  bearerToken,
  type ConnectionOptions,
  createHttpTransport,
  loadKubeconfig,
} from '@sortie/client'
import type { Transport } from '@sortie/machinery'
import { aborted, createLogger } from '@sortie/runtime'
import { type ConnectionFlags, kubeconfigPathOf } from '../connection.ts'
import { DASHBOARD_PORT } from '../dashboard/port.ts'
import { type ServeDashboardOptions, serveDashboard } from '../dashboard/serve.ts'
import { type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { parseLogLevel, portNumber } from '../parts/flags.ts'
import { VERSION } from '../version.ts'

export interface DashboardFlags extends ConnectionFlags {
  readonly port?: string
  /** Listens on every interface; people sign in with tokens of their own. */
  readonly inCluster?: boolean
  /** Watches by the server's own credentials, once for everybody. */
  readonly hub?: boolean
  /** Names by which browsers may ask for it. */
  readonly allowedHost?: readonly string[]
  /** Browsers reach it without TLS. */
  readonly plainHttp?: boolean
  readonly logLevel?: string
}

export async function dashboard(
  environment: Environment,
  flags: DashboardFlags,
): Promise<ExitStatus> {
  const { clock, random, signal, out } = environment
  const connection = await loadKubeconfig({
    ...kubeconfigPathOf(environment, flags),
    ...(flags.context === undefined ? {} : { context: flags.context }),
    env: environment.variables,
    clock,
  })
  const inCluster = flags.inCluster === true
  const level = parseLogLevel(flags.logLevel ?? (inCluster ? 'info' : 'error'))
  const log = createLogger({ level }).with({ part: 'sortie-dashboard' })
  const connect = connector(environment, connection)
  const hub = flags.hub === true ? connect() : undefined
  const { server, url } = await serveDashboard({
    clock,
    random,
    log,
    connect,
    ...(hub === undefined ? { mode: 'strict' } : { mode: 'hub', hub }),
    server: connection.server,
    namespace: flags.namespace ?? connection.namespace ?? 'default',
    ...(inCluster ? clusterSettings(flags) : localSettings(flags)),
  })
  try {
    if (inCluster) log.info('serving', { url, server: connection.server, host: hostname() })
    else
      out.write(`dashboard of ${connection.server}: ${server.launchUrl()}\nServing until Ctrl-C.\n`)
    await aborted(signal)
    return EXIT.ok
  } finally {
    await server.close()
    await hub?.close()
  }
}

/** The credentials of the kubeconfig go with the requests of whoever has no token, and with nobody else's. */
function connector(
  { clock }: Environment,
  { auth, ...place }: ConnectionOptions,
): (token?: string) => Transport {
  const userAgent = `sortie-dashboard/${VERSION}`
  const { tls } = place
  return (token) => {
    if (token === undefined) {
      return createHttpTransport({
        ...place,
        ...(auth === undefined ? {} : { auth }),
        clock,
        userAgent,
      })
    }
    // A client certificate would win over the token: whoever signed in would be somebody else.
    const { cert: _cert, key: _key, ...trust } = tls ?? {}
    return createHttpTransport({ ...place, tls: trust, auth: bearerToken(token), clock, userAgent })
  }
}

type Settings = Pick<ServeDashboardOptions, 'port' | 'host' | 'signIn' | 'allowedHosts' | 'secure'>

function localSettings({ port, allowedHost = [] }: DashboardFlags): Settings {
  return { port: portNumber('--port', port), signIn: 'launch', allowedHosts: allowedHost }
}

/**
 * Names of this machine are allowed for `kubectl port-forward`, which only its user can reach. Where nobody can come by another name the
 * cookie need not be for TLS only, and some browsers keep no such cookie of http://localhost.
 */
function clusterSettings({ port, allowedHost = [], plainHttp }: DashboardFlags): Settings {
  return {
    port: portNumber('--port', port) ?? DASHBOARD_PORT,
    host: '0.0.0.0',
    signIn: 'token',
    allowedHosts: ['localhost', '127.0.0.1', ...allowedHost],
    secure: plainHttp !== true && allowedHost.length > 0,
  }
}
