/** A whole cluster of real parts: etcd, API server, controllers, and nodes that run real containers. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KubeObject, NODES } from '@sortie/machinery'
import { ensureControlPlane } from '../controlplane/binaries.ts'
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from '../controlplane/launcher.ts'
import type { ControlPlaneUser } from '../controlplane/users.ts'
import { type KubeletNode, type NodeOptions, startNode } from './node.ts'
import { ensureNodePrograms } from './programs.ts'

export interface RealClusterOptions {
  readonly nodes: readonly NodeOptions[]
  /** OCI archives that every node gets, asked for once the programs of a node are there; one of them must bring that of `PAUSE`. */
  readonly images: () => readonly Uint8Array[]
  readonly components?: NonNullable<ControlPlaneOptions['components']>
  readonly report?: (line: string) => void
}

export interface RealCluster {
  readonly plane: ControlPlane
  /** By name. @throws Error for one that there is not */
  node(name: string): KubeletNode
  readonly nodes: readonly KubeletNode[]
  /** Everything that it wrote is in here, until it stops. */
  readonly folder: string
  stop(): Promise<void>
}

/** What a Deployment needs to become pods with a service account, and a node to become Ready in everybody's eyes. */
const CONTROLLERS = [
  'garbage-collector-controller',
  'namespace-controller',
  'deployment-controller',
  'replicaset-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'node-lifecycle-controller',
  'taint-eviction-controller',
]
const READY_TIMEOUT_MS = 180_000

/** All nodes are Ready when it resolves. @throws Error where they do not become so; nothing is left running then */
export async function startRealCluster(options: RealClusterOptions): Promise<RealCluster> {
  ensureNodePrograms(options.report)
  const binaries = await ensureControlPlane(['kubelet'], options)
  const images = options.images()
  const folder = mkdtempSync(join(tmpdir(), 'sortie-nodes-'))
  const nodes: KubeletNode[] = []
  let plane: ControlPlane | undefined
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()))
    await plane?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const logReader = makeCertificate(folder)
    plane = await startControlPlane(controlPlaneOptions(options, logReader))
    const parts = { plane, kubelet: binaries.commandOf('kubelet'), clientCa: logReader.certificate }
    for (const node of options.nodes) {
      const { name } = node
      const own = { folder: join(folder, name), user: userOf(name) }
      const started = await startNode(node, { ...parts, ...own })
      nodes.push(started)
      for (const image of images) await started.importImage(image)
    }
    await untilReady(plane, options.nodes.length)
    return { plane, nodes, folder, stop, node: (name) => nodeNamed(nodes, name) }
  } catch (error) {
    await stop()
    throw error
  }
}

function controlPlaneOptions(
  { nodes, components, report }: RealClusterOptions,
  logReader: Certificate,
): ControlPlaneOptions {
  return {
    components: components ?? ['controller-manager', 'scheduler'],
    controllers: CONTROLLERS,
    wholeAdmission: true,
    users: Object.fromEntries(nodes.map(({ name }) => [userOf(name), nodeUser(name)])),
    apiserverFlags: [
      '--authorization-mode=Node',
      '--enable-admission-plugins=NodeRestriction',
      '--kubelet-preferred-address-types=InternalIP',
      `--kubelet-client-certificate=${logReader.certificate}`,
      `--kubelet-client-key=${logReader.key}`,
    ],
    ...(report === undefined ? {} : { report }),
  }
}

const userOf = (node: string): string => `node-${node}`
const nodeUser = (name: string): ControlPlaneUser => ({
  user: `system:node:${name}`,
  groups: ['system:nodes'],
})

function nodeNamed(nodes: readonly KubeletNode[], name: string): KubeletNode {
  const found = nodes.find((node) => node.name === name)
  if (found === undefined) throw new Error(`the cluster has no node ${name}`)
  return found
}

/** Files. */
interface Certificate {
  readonly certificate: string
  readonly key: string
}

/** The API server shows it to a kubelet when it asks for logs; it is its own authority. */
function makeCertificate(folder: string): Certificate {
  const [certificate, key] = [join(folder, 'logs.crt'), join(folder, 'logs.key')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const subject = ['-subj', '/O=system:masters/CN=kube-apiserver-kubelet-client']
  const use = ['-addext', 'extendedKeyUsage=clientAuth']
  const files = ['-keyout', key, '-out', certificate]
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...use, ...files], {
    stdio: 'pipe',
  })
  return { certificate, key }
}

interface NodeObject extends KubeObject {
  readonly spec?: { readonly taints?: readonly object[] }
  readonly status?: { readonly conditions?: readonly { type: string; status: string }[] }
}

async function untilReady(plane: ControlPlane, count: number): Promise<void> {
  const nodes = plane.client('harness').resource<NodeObject>(NODES)
  const deadline = performance.now() + READY_TIMEOUT_MS
  for (;;) {
    const { items } = await nodes.list()
    const ready = items.filter(
      ({ spec, status }) =>
        (spec?.taints ?? []).length === 0 &&
        status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    )
    if (ready.length === count) return
    if (performance.now() > deadline) {
      throw new Error(`${ready.length} of ${count} nodes became ready: ${JSON.stringify(items)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
