/** `sortie up`: everything in one process, with a sample mission, on a machine with nothing but Node.js. */
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ManifestDocument, MISSIONS } from '@sortie/api'
import { type HttpService, serveHttp } from '@sortie/apiserver'
import { type KubeObject, type Logger, randomToken } from '@sortie/machinery'
import { aborted, createLogger } from '@sortie/runtime'
import { EMBEDDED_KUBECONFIG } from '../connection.ts'
import { type ServedDashboard, serveDashboard } from '../dashboard/serve.ts'
import { createServerCertificate } from '../embedded/certificates.ts'
import { type EmbeddedCluster, startEmbeddedCluster } from '../embedded/cluster.ts'
import { openDataFolder } from '../embedded/datafolder.ts'
import { removeKubeconfig, writeKubeconfig } from '../embedded/kubeconfig.ts'
import { CommandError, type Environment, EXIT, type ExitStatus } from '../environment.ts'
import { applyDocuments } from '../manifests/apply.ts'
import { readManifests } from '../manifests/read.ts'
import { painter } from '../output/text.ts'
import { parseLogLevel, portNumber } from '../parts/flags.ts'
import { followMission, missionTime } from '../progress/follow.ts'
import { watchMission } from '../progress/snapshot.ts'
import { readFleet } from './fleet.ts'

export interface UpFlags {
  readonly port?: string
  readonly kubeconfig?: string
  readonly dataDir?: string
  readonly fleet?: string
  /** A folder or file of manifests with one Mission; `none` applies nothing. */
  readonly mission?: string
  /** End when the mission has ended, with its result as exit status. */
  readonly exit?: boolean
  readonly logLevel?: string
  /** False: no dashboard. */
  readonly dashboard?: boolean
  readonly dashboardPort?: string
}

/** Off the ports that real clusters use. */
const DEFAULT_PORT = 7443
const SAMPLE_MISSION = resolve(
  dirname(fileURLToPath(import.meta.url)),
  '../../../../examples/001-first-mission',
)

export async function up(environment: Environment, flags: UpFlags): Promise<ExitStatus> {
  const log = createLogger({ level: parseLogLevel(flags.logLevel ?? 'error') })
  const port = portNumber('--port', flags.port) ?? DEFAULT_PORT
  const dashboard = dashboardFlags(flags)
  const fleet = await readFleet(environment, flags.fleet)
  const mission =
    flags.mission === 'none'
      ? undefined
      : await readMission(environment, flags.mission ?? SAMPLE_MISSION)
  const store = openDataFolder(environment, flags.dataDir)
  const cluster = await startEmbeddedCluster({
    ...environment,
    log,
    fleet,
    ...(store === undefined ? {} : { store }),
  })
  const session = new Session(environment, cluster, log)
  try {
    await session.open({ port, kubeconfig: kubeconfigPath(environment, flags), dashboard })
    return await session.run({ mission, exit: flags.exit === true })
  } finally {
    await session.close()
    await store?.close()
  }
}

interface OpenOptions {
  readonly port: number
  readonly kubeconfig: string
  /** Undefined: none. */
  readonly dashboard: { readonly port: number | undefined } | undefined
}

/** One run of the embedded cluster, from the first listener to the last file removed. */
class Session {
  readonly #environment: Environment
  readonly #cluster: EmbeddedCluster
  readonly #log: Logger
  readonly #stop = new AbortController()
  #http: HttpService | undefined
  #kubeconfig: string | undefined
  readonly #token = randomToken()
  #dashboard: ServedDashboard | undefined
  #parts: Promise<void> = Promise.resolve()

  constructor(environment: Environment, cluster: EmbeddedCluster, log: Logger) {
    this.#environment = environment
    this.#cluster = cluster
    this.#log = log
  }

  /** Listens, then writes the kubeconfig: a second start in the same folder fails before it touches the first one's file. */
  async open(options: OpenOptions): Promise<void> {
    const { clock } = this.#environment
    const { authority, certificate, key } = await createServerCertificate(clock.now())
    const token = this.#token
    const user = { name: 'sortie:local', groups: ['system:masters', 'system:authenticated'] }
    try {
      this.#http = await serveHttp(this.#cluster.server, {
        port: options.port,
        tokens: new Map([[token, user]]),
        tls: { cert: certificate, key },
      })
    } catch (error) {
      throw listenError(options.port, error)
    }
    await writeKubeconfig(options.kubeconfig, { server: this.#http.url, authority, token })
    this.#kubeconfig = options.kubeconfig
    if (options.dashboard !== undefined) await this.#serveDashboard(options.dashboard.port)
  }

  /** In the embedded mode: whoever has the link may do everything, as whoever has the kubeconfig. */
  async #serveDashboard(port: number | undefined): Promise<void> {
    const { clock, random } = this.#environment
    const user = { name: 'sortie:local', groups: ['system:masters', 'system:authenticated'] }
    const connect = () => this.#cluster.server.transport(user)
    this.#dashboard = await serveDashboard({
      clock,
      random,
      log: this.#log,
      port,
      mode: 'embedded',
      connect,
      hub: connect(),
      server: this.#http?.url ?? '',
      simulated: true,
    })
  }

  async run(options: {
    readonly mission: readonly ManifestDocument[] | undefined
    readonly exit: boolean
  }): Promise<ExitStatus> {
    const { signal } = this.#environment
    const both = AbortSignal.any([signal, this.#stop.signal])
    let failure: unknown
    this.#parts = this.#cluster.run(both).catch((error: unknown) => {
      this.#log.error('a part ended', { error: String(error) })
      failure = error
      this.#stop.abort()
    })
    this.#greet()
    const status = options.mission === undefined ? EXIT.ok : await this.#fly(options.mission)
    if (!options.exit && !both.aborted) {
      this.#environment.out.write('\nServing until Ctrl-C.\n')
      await aborted(both)
    }
    if (failure !== undefined) throw failure
    return signal.aborted && options.exit ? EXIT.interrupted : options.exit ? status : EXIT.ok
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#dashboard?.server.close()
    await this.#http?.close()
    await this.#parts
    await this.#cluster.stop()
    if (this.#kubeconfig !== undefined) await removeKubeconfig(this.#kubeconfig, this.#token)
  }

  #greet(): void {
    const { out, workingDirectory } = this.#environment
    const paint = painter(this.#environment, out)
    const path = this.#kubeconfig ?? ''
    const short = relative(workingDirectory, path)
    out.write(
      [
        `${paint('bold', 'Sortie')} is up: ${this.#http?.url ?? ''}`,
        `  export KUBECONFIG=${short.startsWith('..') ? path : resolve(path)}`,
        '  kubectl get mi,ms,ft,wp,nodes',
        ...(this.#dashboard === undefined
          ? []
          : [`  dashboard: ${this.#dashboard.server.launchUrl()}`]),
        '',
        '',
      ].join('\n'),
    )
  }

  /** Applies the manifests and follows the mission among them. */
  async #fly(documents: readonly ManifestDocument[]): Promise<ExitStatus> {
    const environment = this.#environment
    const { client } = this.#cluster
    const mission = await applyMission(this.#cluster, documents)
    const { name, namespace } = mission
    const watch = watchMission({ ...environment, client, namespace, name })
    try {
      const phase = await followMission(environment, watch)
      if (phase === undefined && environment.signal.aborted) return EXIT.interrupted
      const end = phase ?? 'was deleted'
      environment.out.write(`\nmission ${name} ${end}${missionTime(watch.snapshot())}\n`)
      return phase === 'Succeeded' ? EXIT.ok : EXIT.failed
    } finally {
      await watch.stop()
    }
  }
}

/** The manifests of a mission and what it needs. @throws CommandError where they cannot be read, or none is a Mission */
async function readMission(
  environment: Environment,
  path: string,
): Promise<readonly ManifestDocument[]> {
  const { documents, problems } = await readManifests(environment, [path])
  const broken = problems[0]
  if (broken !== undefined) {
    throw new CommandError(`${broken.source}:${broken.line}:${broken.column}: ${broken.message}`)
  }
  const isMission = ({ value }: ManifestDocument): boolean =>
    (value as Partial<KubeObject> | null)?.kind === MISSIONS.kind
  if (documents.some(isMission)) return documents
  throw new CommandError(`${path}: no Mission among the manifests`, EXIT.usage)
}

async function applyMission(
  { client }: EmbeddedCluster,
  documents: readonly ManifestDocument[],
): Promise<{ readonly namespace: string; readonly name: string }> {
  const { applied, failures } = await applyDocuments(
    { client, namespace: 'default' },
    documents,
    {},
  )
  const failure = failures[0]
  if (failure !== undefined) throw new CommandError(failure.message)
  const mission = applied.find(({ object }) => object.kind === MISSIONS.kind)
  if (mission === undefined) throw new CommandError('no Mission was applied')
  return identity(mission.object)
}

function identity({ metadata }: KubeObject): { readonly namespace: string; readonly name: string } {
  return { namespace: metadata.namespace ?? 'default', name: metadata.name ?? '' }
}

function kubeconfigPath(environment: Environment, flags: UpFlags): string {
  return flags.kubeconfig === undefined
    ? join(environment.workingDirectory, EMBEDDED_KUBECONFIG)
    : resolve(environment.workingDirectory, flags.kubeconfig)
}

function dashboardFlags({ dashboard, dashboardPort, exit }: UpFlags): OpenOptions['dashboard'] {
  // A run that ends with its mission has nobody who looks at it.
  const wanted = dashboardPort !== undefined || (dashboard !== false && exit !== true)
  return wanted ? { port: portNumber('--dashboard-port', dashboardPort) } : undefined
}

function listenError(port: number, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error
  const why =
    code === 'EACCES'
      ? 'may not be opened by this user'
      : 'is in use: does another `sortie up` run already?'
  return new CommandError(
    `port ${port} ${why} Choose another with --port (0 takes a free one).`,
    EXIT.usage,
  )
}
