/** Runs one part against a real cluster: connection, leader election, health, metrics, logs, and an orderly end. */
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { Tracer } from '@opentelemetry/api'
import { type Client, createClient, createHttpTransport, loadKubeconfig } from '@sortie/client'
import { type Clock, type Logger, type Random, randomToken, SortieError } from '@sortie/machinery'
import {
  createHealthServer,
  createLogger,
  createMetrics,
  createProcessMetrics,
  createRequestMetrics,
  type ManagerOptions,
  type Metrics,
  observeRequests,
  type RequestObserver,
  type Runnable,
  runAll,
} from '@sortie/runtime'
import { type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { VERSION } from '../version.ts'
import { type Address, type PartFlags, parseAddress, parseLogLevel } from './flags.ts'
import { startTracing, tracedTransport } from './traces.ts'

/** What a part is made from. */
export interface PartContext {
  readonly client: Client
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly metrics: Metrics
  readonly leaderElection?: NonNullable<ManagerOptions['leaderElection']>
  /** Where traces are wanted. */
  readonly tracer?: Tracer
}

export interface Part extends Runnable {
  isReady(): boolean
}

export interface PartOptions {
  /** `sortie-operator`: its lease, field manager and user agent. */
  readonly name: string
  readonly flags: PartFlags
  /** Hears of each request, beside the metrics of requests. */
  observe?(metrics: Metrics): RequestObserver
  create(context: PartContext): Part
}

const DEFAULT_METRICS = ':8080'
const DEFAULT_HEALTH = ':8081'

/** Runs until it is told to end; EXIT.failed where the lease was lost or the part cannot go on. */
export async function runPart(environment: Environment, options: PartOptions): Promise<ExitStatus> {
  const { name, flags } = options
  const { clock, random } = environment
  const addresses = {
    metrics: parseAddress('--metrics-address', flags.metricsAddress ?? DEFAULT_METRICS),
    health: parseAddress('--health-address', flags.healthAddress ?? DEFAULT_HEALTH),
  }
  const log = createLogger({ level: parseLogLevel(flags.logLevel ?? 'info') }).with({ part: name })
  const connection = await loadKubeconfig({
    env: environment.variables,
    ...(flags.kubeconfig === undefined
      ? {}
      : { path: resolve(environment.workingDirectory, flags.kubeconfig) }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
  })
  const metrics = createMetrics()
  const observe = instrument(metrics, { clock, ...options })
  const http = createHttpTransport({ ...connection, clock, userAgent: `${name}/${VERSION}` })
  const tracing = await startTracing(environment, name, log)
  const traced = tracing === undefined ? http : tracedTransport(http, tracing.tracer)
  const transport = observeRequests(traced, clock, observe)
  const client = createClient(transport, { clock, random, fieldManager: name })
  const election = leaderElection(environment, options, connection.namespace)
  const tracer = tracing === undefined ? {} : { tracer: tracing.tracer }
  const part = options.create({ client, clock, random, log, metrics, ...election, ...tracer })
  log.info('starting', { version: VERSION, server: connection.server, source: connection.source })
  const servers = healthServers({ ...addresses, metricsOf: metrics, part, log })
  try {
    await runAll([...servers, part], environment.signal)
    log.info('stopped')
    return EXIT.ok
  } catch (error) {
    const code = error instanceof SortieError ? error.code : undefined
    log.error('cannot go on', { error: String(error), code })
    return EXIT.failed
  } finally {
    await transport.close()
    await tracing?.stop()
  }
}

/** The metrics that every part has; what is returned is to hear of its requests. */
export function instrument(
  metrics: Metrics,
  { clock, name, observe }: Pick<PartOptions, 'name' | 'observe'> & { readonly clock: Clock },
): RequestObserver {
  createProcessMetrics(metrics, { clock, version: VERSION, part: name })
  const observers = [createRequestMetrics(metrics)]
  if (observe !== undefined) observers.push(observe(metrics))
  return (...seen) => {
    for (const hear of observers) hear(...seen)
  }
}

function leaderElection(
  { variables }: Environment,
  { name, flags }: PartOptions,
  fallback: string,
): Pick<PartContext, 'leaderElection'> {
  if (flags.leaderElect !== true) return {}
  const namespace = flags.leaderElectNamespace ?? variables['POD_NAMESPACE'] ?? fallback
  const host = variables['POD_NAME'] ?? hostname()
  const identity = `${host}_${randomToken().slice(0, 8)}`
  return { leaderElection: { namespace, name, identity } }
}

interface Serving {
  readonly metrics: Address | undefined
  readonly health: Address | undefined
  readonly metricsOf: Metrics
  readonly part: Part
  readonly log: Logger
}

/** One server where both have the same address. */
function healthServers({ metrics, health, metricsOf, part, log }: Serving): readonly Runnable[] {
  const isReady = (): boolean => part.isReady()
  const serve = (address: Address, shown: object): Runnable =>
    createHealthServer({
      ...address,
      ...shown,
      onListening: (at) => log.info('serving', { ...at, paths: Object.keys(shown) }),
    })
  if (metrics !== undefined && health !== undefined && sameAddress(metrics, health)) {
    return [serve(metrics, { metrics: metricsOf, isReady })]
  }
  return [
    ...(metrics === undefined ? [] : [serve(metrics, { metrics: metricsOf })]),
    ...(health === undefined ? [] : [serve(health, { isReady })]),
  ]
}

function sameAddress(a: Address, b: Address): boolean {
  return a.host === b.host && a.port === b.port && a.port !== 0
}
