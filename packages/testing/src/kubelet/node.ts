/** A real node: containerd and the kubelet on a machine of their own, registered at the control plane. */
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlPlane } from '../controlplane/launcher.ts'
import type { Daemon } from '../controlplane/processes.ts'
import {
  CONTAINERD_SOCKET,
  containerdConfig,
  kubeletConfig,
  kubeletKubeconfig,
  networkConfig,
  PAUSE,
} from './configuration.ts'
import { type Machine, type MachineProcess, startMachine } from './machine.ts'

export interface NodeOptions {
  readonly name: string
  /** That it registers itself with. */
  readonly labels?: Readonly<Record<string, string>>
}

export interface KubeletNode {
  readonly name: string
  readonly machine: Machine
  /** Takes an OCI archive in, as a pull would. */
  importImage(archive: Uint8Array): Promise<void>
  /** Where containerd looks for the images of a registry: an URL that the node reaches. */
  mirror(registry: string, url: string): void
  /** Processes of its containers, without those that hold the pods' namespaces. */
  containerProcesses(): readonly MachineProcess[]
  /** By SIGKILL; containers go on. */
  killKubelet(): Promise<void>
  startKubelet(): void
  /** Ends it with its containers. */
  stop(): Promise<void>
}

export interface NodeParts {
  readonly plane: ControlPlane
  /** Command of the kubelet. */
  readonly kubelet: string
  readonly folder: string
  /** File of the certificate of those who may ask it for logs. */
  readonly clientCa: string
  /** Its user at the control plane. */
  readonly user: string
}

/** Its containerd answers when it resolves; the kubelet is on its way. @throws Error where one of them ends at once */
export async function startNode(options: NodeOptions, parts: NodeParts): Promise<KubeletNode> {
  const { name } = options
  const machine = await startMachine({
    name,
    folder: parts.folder,
    apiserverPort: Number(new URL(parts.plane.url).port),
  })
  try {
    writeFiles(machine, parts)
    const containerd = machine.start('containerd', [
      'containerd',
      '--config',
      join(machine.folder, 'containerd.toml'),
    ])
    await untilContainerdAnswers(machine, containerd)
    const node = nodeOf({ options, parts, machine })
    node.startKubelet()
    return node
  } catch (error) {
    await machine.stop()
    throw error
  }
}

function writeFiles(machine: Machine, { plane, clientCa, user }: NodeParts): void {
  const { folder, address, relay } = machine
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  for (const name of ['networks', 'registries', 'logs']) mkdirSync(join(folder, name))
  write('containerd.toml', containerdConfig(folder))
  write('networks/10-sortie.conflist', networkConfig(folder))
  write('kubelet.json', kubeletConfig({ folder, address, clientCa }))
  const token = plane.tokens.get(user) ?? ''
  write('kubeconfig', kubeletKubeconfig({ server: relay, ca: plane.ca, token }))
}

async function untilContainerdAnswers(machine: Machine, containerd: Daemon): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  for (;;) {
    if (containerd.ended !== undefined) throw new Error(containerd.ended)
    try {
      await ctr(machine, 'images', 'list', '--quiet')
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Long: the machine may be busy with other tests. */
const READY_TIMEOUT_MS = 60_000

const ctr = (machine: Machine, ...args: readonly string[]): Promise<string> =>
  machine.run('ctr', '--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io', ...args)

interface NodeInput {
  readonly options: NodeOptions
  readonly parts: NodeParts
  readonly machine: Machine
}

function nodeOf({ options, parts, machine }: NodeInput): KubeletNode {
  let kubelet: Daemon | undefined
  let archives = 0
  return {
    name: options.name,
    machine,
    async importImage(archive) {
      const file = join(machine.folder, `image-${archives++}.tar`)
      writeFileSync(file, archive)
      await ctr(machine, 'images', 'import', file)
      rmSync(file)
    },
    mirror(registry, url) {
      const folder = join(machine.folder, 'registries', registry)
      mkdirSync(folder, { recursive: true })
      const host = `[host."${url}"]\ncapabilities = ["pull", "resolve"]\n`
      writeFileSync(join(folder, 'hosts.toml'), `server = "${url}"\n${host}`)
    },
    containerProcesses: () => machine.processes().filter(({ command }) => !isOfTheNode(command)),
    async killKubelet() {
      if (kubelet === undefined) return
      process.kill(kubelet.pid, 'SIGKILL')
      await kubelet.stop()
    },
    startKubelet() {
      kubelet = machine.start('kubelet', [parts.kubelet, ...kubeletFlags(options, machine)])
    },
    async stop() {
      const containers = containersOf(machine)
      await machine.stop()
      await removeCgroups(containers)
    },
  }
}

/** Ids of the containers that there are, those that hold pods among them. */
function containersOf(machine: Machine): readonly string[] {
  const tasks = machine.pathOf('/run/containerd/io.containerd.runtime.v2.task/k8s.io')
  return existsSync(tasks) ? readdirSync(tasks) : []
}

/** The node's own programs, and what holds the namespaces of a pod. */
function isOfTheNode(command: string): boolean {
  if (command === PAUSE.entrypoint.join(' ') || command === 'sleep infinity') return true
  return /^(\S*\/)?(kubelet|containerd|containerd-shim\S*|setpriv|runc|iptables)( |$)/.test(command)
}

function kubeletFlags({ name, labels = {} }: NodeOptions, { folder, address }: Machine): string[] {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return [
    `--config=${join(folder, 'kubelet.json')}`,
    `--kubeconfig=${join(folder, 'kubeconfig')}`,
    `--root-dir=${join(folder, 'kubelet')}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    `--hostname-override=${name}`,
    `--node-ip=${address}`,
    ...(pairs.length === 0 ? [] : [`--node-labels=${pairs.join(',')}`]),
  ]
}

const CGROUPS = '/sys/fs/cgroup'
/** Where containerd puts the containers of its Kubernetes namespace, in every hierarchy. */
const PARENT = 'k8s.io'

/** A killed container leaves its cgroup behind. The parent goes where nobody else is in it. */
async function removeCgroups(containers: readonly string[]): Promise<void> {
  const roots = [CGROUPS, ...readdirSync(CGROUPS).map((controller) => join(CGROUPS, controller))]
  const parents = roots.map((root) => join(root, PARENT)).filter((path) => existsSync(path))
  for (const parent of parents) {
    for (const container of containers) await removeFolder(join(parent, container))
    if (readdirSync(parent, { withFileTypes: true }).some((entry) => entry.isDirectory())) continue
    await removeFolder(parent)
  }
}

/** The kernel calls a cgroup busy for a moment after its last process went. */
async function removeFolder(path: string): Promise<void> {
  for (let attempt = 0; attempt < 50 && existsSync(path); attempt++) {
    try {
      rmdirSync(path)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
