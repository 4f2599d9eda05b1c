/** Finds the API server to talk to, and how, as kubectl would. */
import { type Clock, systemClock } from '@sortie/machinery'
import type { AuthProvider, TlsOptions } from '../auth/credentials.ts'
import {
  configError,
  type Entry,
  isSection,
  type Kubeconfig,
  kubeconfigPlaces,
  podPlaces,
  readKubeconfig,
  type Section,
  textIn,
} from './files.ts'
import { inClusterOptions, isInCluster } from './incluster.ts'
import { pemOf } from './material.ts'
import { isProxyUrl, proxyOfEnvironment } from './proxy.ts'
import { userAuth, userTls } from './users.ts'

/** What createHttpTransport needs, apart from a clock. */
export interface ConnectionOptions {
  readonly server: string
  /** The context's, or `default`. */
  readonly namespace: string
  /** Where it comes from, for messages: `context NAME of FILE` or `in-cluster`. */
  readonly source: string
  readonly auth?: AuthProvider
  readonly tls?: TlsOptions
  readonly proxyUrl?: string
}

export interface KubeconfigOptions {
  /** A kubeconfig file, in place of KUBECONFIG and `~/.kube/config`. */
  readonly path?: string
  /** In place of the current context. */
  readonly context?: string
  /** In place of the context's own. */
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
  /** Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** For the age of tokens. Default: the machine's. */
  readonly clock?: Clock
  /** Whether an exec plugin may ask at the terminal. Default: where standard input is one. */
  readonly interactive?: boolean
  /** Where a service account is mounted, in place of the kubelet's folder. */
  readonly serviceAccountFolder?: string
}

/**
 * In this order: a named file, the files of KUBECONFIG, `~/.kube/config`, the cluster that the process runs in. The proxy is the cluster's
 * own, else that of HTTPS_PROXY, HTTP_PROXY and NO_PROXY.
 * @throws SortieError with a sentence for people, where there is none or it can't be followed
 */
export async function loadKubeconfig(options: KubeconfigOptions = {}): Promise<ConnectionOptions> {
  const env = options.env ?? process.env
  const clock = options.clock ?? systemClock({ unref: true })
  if (await isForServiceAccount(options, env)) {
    const found = await inClusterOptions(env, clock, options.serviceAccountFolder)
    const namespace = options.namespace ?? found.namespace
    return throughProxy({ ...found, namespace }, env)
  }
  const places = kubeconfigPlaces(options.path, env)
  const config = await readKubeconfig(places)
  if (config === undefined) {
    const looked = places.paths.join(', ')
    throw configError(
      `there is no kubeconfig at ${looked}: set KUBECONFIG or name a file with --kubeconfig`,
    )
  }
  return throughProxy(await followContext(config, options, { env, clock }), env)
}

/** True in a pod where nobody says otherwise: by a name, or by a kubeconfig with a current context in the home folder. */
async function isForServiceAccount(
  { path, context, cluster }: KubeconfigOptions,
  env: Surroundings['env'],
): Promise<boolean> {
  const named = path !== undefined || (env['KUBECONFIG'] ?? '') !== ''
  if (named || context !== undefined || cluster !== undefined || !isInCluster(env)) return false
  return (await readKubeconfig(podPlaces(env)))?.currentContext === undefined
}

/** A cluster's own proxy goes before that of the environment. */
function throughProxy(connection: ConnectionOptions, env: Surroundings['env']): ConnectionOptions {
  if (connection.proxyUrl !== undefined) return connection
  const proxyUrl = proxyOfEnvironment(connection.server, env)
  return proxyUrl === undefined ? connection : { ...connection, proxyUrl }
}

/** `localhost:8080` is a URL too, with the scheme `localhost:`. */
function isHttpUrl(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '')
}

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
}

async function followContext(
  config: Kubeconfig,
  options: KubeconfigOptions,
  { env, clock }: Surroundings,
): Promise<ConnectionOptions> {
  const context = chooseContext(config, options)
  const cluster = chooseEntry(config, 'cluster', { options, context })
  const user = chooseEntry(config, 'user', { options, context })
  const server = textIn(cluster.entry.section, 'server')
  if (server === undefined || !isHttpUrl(server)) {
    throw configError(
      `cluster ${cluster.name} in ${config.files.join(', ')} has no valid server URL`,
    )
  }
  const certificate = await userTls(user.entry, user.name)
  const tls = { ...(await clusterTls(cluster.entry)), ...certificate }
  const auth = userAuth(user.entry, certificate, {
    name: user.name,
    clock,
    env,
    interactive: options.interactive ?? process.stdin.isTTY === true,
    cluster: clusterInfo(cluster.entry.section, tls.ca),
  })
  const proxyUrl = textIn(cluster.entry.section, 'proxy-url')
  if (proxyUrl !== undefined && !isProxyUrl(proxyUrl)) {
    throw configError(`proxy-url of cluster ${cluster.name} must be an http, https or socks5 URL`)
  }
  return {
    server,
    namespace: options.namespace ?? textIn(context.section, 'namespace') ?? 'default',
    source: `context ${context.name} of ${config.files.join(', ')}`,
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(auth === undefined ? {} : { auth }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
  }
}

interface NamedContext {
  readonly name: string
  readonly section: Section
}

function chooseContext(config: Kubeconfig, options: KubeconfigOptions): NamedContext {
  const name = options.context ?? config.currentContext
  const files = config.files.join(', ')
  const known = [...config.contexts.keys()].join(', ') || 'none'
  if (name === undefined) {
    if (options.cluster !== undefined) return { name: 'none', section: {} }
    throw configError(
      `${files} has no current context: choose one with --context (there are: ${known})`,
    )
  }
  const entry = config.contexts.get(name)
  if (entry === undefined) {
    throw configError(
      `there is no context ${name} in ${files}: choose one with --context (there are: ${known})`,
    )
  }
  return { name, section: entry.section }
}

interface Choice {
  readonly options: KubeconfigOptions
  readonly context: NamedContext
}

const NO_ENTRY: Entry = { section: {}, folder: '.' }

function chooseEntry(
  config: Kubeconfig,
  kind: 'cluster' | 'user',
  { options, context }: Choice,
): { readonly name: string; readonly entry: Entry } {
  const name = options[kind] ?? textIn(context.section, kind)
  if (name === undefined && kind === 'user') return { name: 'none', entry: NO_ENTRY }
  const entries = kind === 'cluster' ? config.clusters : config.users
  const entry = name === undefined ? undefined : entries.get(name)
  if (name !== undefined && entry !== undefined) return { name, entry }
  const known = [...entries.keys()].join(', ') || 'none'
  const wanted = name === undefined ? `names no ${kind}` : `names the ${kind} ${name}`
  throw configError(
    `context ${context.name} ${wanted}, but ${config.files.join(', ')} has: ${known}`,
  )
}

async function clusterTls(entry: Entry): Promise<TlsOptions> {
  const insecure = entry.section['insecure-skip-tls-verify'] === true
  const serverName = textIn(entry.section, 'tls-server-name')
  // Whoever trusts any certificate has no use for an authority.
  const ca = insecure ? undefined : await pemOf(entry, 'certificate-authority')
  return {
    ...(insecure ? { insecure } : {}),
    ...(serverName === undefined ? {} : { serverName }),
    ...(ca === undefined ? {} : { ca }),
  }
}

/** What of a cluster's section a program is told, by the protocol of client.authentication.k8s.io. */
const TOLD_FIELDS = [
  'server',
  'tls-server-name',
  'insecure-skip-tls-verify',
  'proxy-url',
  'disable-compression',
]
/** The extension that holds what a cluster wants its program to know. */
const EXEC_EXTENSION = 'client.authentication.k8s.io/exec'

function clusterInfo(section: Section, ca: string | undefined): Section {
  const fields = Object.entries(section).filter(([name]) => TOLD_FIELDS.includes(name))
  const extensions = Array.isArray(section['extensions']) ? section['extensions'] : []
  const config = extensions.filter(isSection).find(({ name }) => name === EXEC_EXTENSION)
  return {
    ...Object.fromEntries(fields),
    ...(ca === undefined
      ? {}
      : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(config === undefined ? {} : { config: config['extension'] }),
  }
}
