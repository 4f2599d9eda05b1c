/** A real Kubernetes control plane on the loopback interface, for tests: fresh data, ended with everything that it started. */
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bearerToken, type Client, createClient, createHttpTransport } from '@sortie/client'
import { systemClock, systemRandom, type Transport } from '@sortie/machinery'
import {
  BASE_PROGRAMS,
  type ControlPlaneBinaries,
  type ControlPlaneProgram,
  ensureControlPlane,
} from './binaries.ts'
import {
  type AdmissionChoice,
  AUDIT_POLICY,
  apiserverFlags,
  controllerManagerFlags,
  etcdFlags,
  etcdUrlOf,
  fileOf,
  type Layout,
  schedulerConfig,
  schedulerFlags,
  urlOf,
} from './flags.ts'
import { type Daemon, freePorts, startDaemon } from './processes.ts'
import {
  type ControlPlaneUser,
  DEFAULT_USERS,
  kubeconfigText,
  type TokenUser,
  tokenFileText,
  withTokens,
} from './users.ts'

export interface ControlPlaneOptions extends AdmissionChoice {
  /** A folder of `test/controlplane` with a go.mod of its own: `v1.29`. Default: the test bed's own. */
  readonly version?: string
  /** Beside etcd and kube-apiserver. Default: the controller manager. */
  readonly components?: readonly ('controller-manager' | 'scheduler')[]
  /** Of the controller manager, by its own names. */
  readonly controllers?: readonly string[]
  /** More users, by the name that `client` takes. */
  readonly users?: Readonly<Record<string, ControlPlaneUser>>
  /** Further flags of kube-apiserver. */
  readonly apiserverFlags?: readonly string[]
  /** Hears of builds, which take minutes. */
  readonly report?: (line: string) => void
}

export interface ControlPlane {
  readonly url: string
  /** `v1.36.3`. */
  readonly version: string
  /** PEM. */
  readonly ca: string
  /** By user name of `client`. */
  readonly tokens: ReadonlyMap<string, string>
  /** File: one JSON audit event per line, level Metadata. */
  readonly auditLog: string
  /** The file of a kubeconfig. @throws Error for a user that there is not */
  kubeconfig(user?: string): string
  /** The file of a kubeconfig with a token of this ServiceAccount, an hour long. @throws Error where there is none of that name */
  accountKubeconfig(account: ServiceAccountName): Promise<string>
  /** A transport of its own; closed with the control plane. @throws Error for a user that there is not */
  transport(user?: string): Transport
  client(user?: string): Client
  /** Forgets all history older than now, as etcd's compaction does every five minutes. */
  compact(): Promise<void>
  /** Stops kube-apiserver and starts it again on the same data and port; resolves when it is ready. */
  restart(how?: RestartOptions): Promise<void>
  stop(): Promise<void>
}

export interface RestartOptions {
  /** By SIGKILL, in the middle of whatever it does. Default: it is told to end, and ends its watches. */
  readonly crash?: boolean
  /** What this returns is waited for in between. */
  whileDown?(): Promise<void>
}

export interface ServiceAccountName {
  readonly namespace: string
  readonly name: string
}

const DEFAULT_CONTROLLERS = ['garbage-collector-controller', 'namespace-controller']
const READY_TIMEOUT_MS = 90_000

/** @throws Error where a program is missing and can't be built, or does not become ready; nothing is left running then */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const components = options.components ?? ['controller-manager']
  const programs: ControlPlaneProgram[] = [
    ...BASE_PROGRAMS,
    ...components.map((name): ControlPlaneProgram => `kube-${name}`),
  ]
  const binaries = await ensureControlPlane(programs, options)
  const layout = await layOut()
  const users = withTokens({ ...DEFAULT_USERS, ...options.users })
  const bed = createBed({ binaries, layout, users, options })
  try {
    await bed.start(components)
  } catch (error) {
    await bed.stop()
    throw error
  }
  return bed.controlPlane
}

async function layOut(): Promise<Layout> {
  const [etcd = 0, peer = 0, apiserver = 0, controllerManager = 0, scheduler = 0] =
    await freePorts(5)
  return {
    folder: mkdtempSync(join(tmpdir(), 'sortie-controlplane-')),
    ports: { etcd, peer, apiserver, controllerManager, scheduler },
  }
}

interface Parts {
  readonly binaries: ControlPlaneBinaries
  readonly layout: Layout
  readonly users: ReadonlyMap<string, TokenUser>
  readonly options: ControlPlaneOptions
}

function writeFiles({ layout, users }: Parts): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const write = (name: string, text: string): void =>
    writeFileSync(fileOf(layout, name), text, { mode: 0o600 })
  write('service-account.key', privateKey)
  write('service-account.pub', publicKey)
  write('tokens.csv', tokenFileText(users))
  write('audit-policy.yaml', AUDIT_POLICY)
  write('kube-scheduler.yaml', schedulerConfig(layout))
}

function writeKubeconfig(layout: Layout, name: string, token: string): string {
  const caFile = fileOf(layout, 'certificates/apiserver.crt')
  const file = fileOf(layout, `${name}.kubeconfig`)
  writeFileSync(file, kubeconfigText({ url: urlOf(layout), caFile, token }), { mode: 0o600 })
  return file
}

/** As a kubelet asks for the token that it gives a pod. @throws Error where the server refuses */
async function requestToken(
  transport: Transport,
  { namespace, name }: ServiceAccountName,
): Promise<string> {
  const { status, body } = await transport.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: 3600 },
    },
  })
  const token = (body as { status?: { token?: string } }).status?.token
  if (status === 201 && token !== undefined) return token
  throw new Error(`no token for ServiceAccount ${namespace}/${name}: ${JSON.stringify(body)}`)
}

function createBed(parts: Parts) {
  const { binaries, layout, users, options } = parts
  const daemons: Daemon[] = []
  const transports = new Set<Transport>()
  const logFile = (name: string): string => fileOf(layout, `${name}.log`)
  const start = (name: string, command: [string, ...string[]]): Daemon => {
    const daemon = startDaemon(name, command, logFile(name))
    daemons.push(daemon)
    return daemon
  }
  const userOf = (name: string): TokenUser => {
    const user = users.get(name)
    if (user === undefined) throw new Error(`the control plane has no user ${name}`)
    return user
  }
  const ca = (): string => readFileSync(fileOf(layout, 'certificates/apiserver.crt'), 'utf8')
  const transport = (name = 'admin'): Transport => {
    const auth = bearerToken(userOf(name).token)
    const clock = systemClock({ unref: true })
    const opened = createHttpTransport({ server: urlOf(layout), clock, auth, tls: { ca: ca() } })
    transports.add(opened)
    return opened
  }
  const startApiserver = async (): Promise<void> => {
    const flags = [...apiserverFlags(layout, options), ...(options.apiserverFlags ?? [])]
    const daemon = start('kube-apiserver', [binaries.commandOf('kube-apiserver'), ...flags])
    await untilReady(daemon, () => transport())
  }
  const stop = async (): Promise<void> => {
    await Promise.all([...transports].map((opened) => opened.close()))
    for (const daemon of daemons.splice(0).reverse()) await daemon.stop()
    rmSync(layout.folder, { recursive: true, force: true })
  }
  const controlPlane: ControlPlane = {
    url: urlOf(layout),
    version: binaries.version,
    get ca() {
      return ca()
    },
    tokens: new Map([...users].map(([name, { token }]) => [name, token])),
    auditLog: fileOf(layout, 'audit.log'),
    kubeconfig: (name = 'admin') => {
      userOf(name)
      return fileOf(layout, `${name}.kubeconfig`)
    },
    async accountKubeconfig(account) {
      const admin = transport()
      const token = await requestToken(admin, account)
      return writeKubeconfig(layout, `${account.namespace}.${account.name}`, token)
    },
    transport,
    client: (name = 'admin') =>
      createClient(transport(name), {
        clock: systemClock({ unref: true }),
        random: systemRandom(),
        fieldManager: name,
      }),
    compact: () => compactEtcd(etcdUrlOf(layout)),
    async restart({ crash = false, whileDown } = {}) {
      const index = daemons.findIndex(({ name }) => name === 'kube-apiserver')
      const [old] = daemons.splice(index, 1)
      await (crash ? old?.kill() : old?.stop())
      await whileDown?.()
      await startApiserver()
    },
    stop,
  }
  return {
    controlPlane,
    stop,
    async start(components: readonly string[]) {
      writeFiles(parts)
      start('etcd', [binaries.commandOf('etcd'), ...etcdFlags(layout)])
      await startApiserver()
      for (const [name, { token }] of users) writeKubeconfig(layout, name, token)
      if (components.includes('controller-manager')) {
        const flags = controllerManagerFlags(layout, options.controllers ?? DEFAULT_CONTROLLERS)
        const program = binaries.commandOf('kube-controller-manager')
        start('kube-controller-manager', [program, ...flags])
      }
      if (components.includes('scheduler')) {
        start('kube-scheduler', [binaries.commandOf('kube-scheduler'), ...schedulerFlags(layout)])
      }
    },
  }
}

/** @throws Error where the server ended, or the time is up */
async function untilReady(daemon: Daemon, open: () => Transport): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  for (;;) {
    if (daemon.ended !== undefined) throw new Error(daemon.ended)
    if (await isReady(open)) return
    if (performance.now() > deadline) throw new Error(`${daemon.name} did not become ready`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function isReady(open: () => Transport): Promise<boolean> {
  let transport: Transport | undefined
  try {
    transport = open()
    const { status } = await transport.request({ method: 'GET', path: '/readyz', timeoutMs: 2_000 })
    return status === 200
  } catch {
    // No certificate yet, or nobody listens.
    return false
  } finally {
    await transport?.close()
  }
}

/** Under this key the API servers tell each other what is compacted, and forget it themselves. */
const COMPACTED = Buffer.from('compact_rev_key').toString('base64')

/** By etcd's JSON gateway, which needs no client of its own. @throws Error where etcd refuses */
async function compactEtcd(url: string): Promise<void> {
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`etcd ${path}: ${await response.text()}`)
    return response.json()
  }
  const range = (await post('/v3/kv/range', { key: 'AA==' })) as { header: { revision: string } }
  const { revision } = range.header
  await post('/v3/kv/compaction', { revision, physical: true })
  await post('/v3/kv/put', { key: COMPACTED, value: Buffer.from(revision).toString('base64') })
}
