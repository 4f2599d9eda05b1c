/** Five aircraft with real kubelets, and Sortie installed among them as its users install it. */
import { dirname, join } from 'node:path'
import { AIRCRAFT, FLIGHT_TASKS, type FlightTask, MISSIONS, type Mission } from '@sortie/api'
import type { Client } from '@sortie/client'
import {
  type KubeObject,
  NODES,
  type NodeObject,
  PODS,
  type Pod,
  type ResourceType,
  type Stored,
} from '@sortie/machinery'
import {
  missingForKubelet,
  type NodeOptions,
  type RealCluster,
  startRealCluster,
} from '@sortie/testing'
import { archiveOf } from '../../tools/image/oci.ts'
import { sortieImage } from '../../tools/image.ts'
import { missingKubectl, ROOT, run } from '../kubectl/cluster.ts'
import { missionImages } from './images.ts'

const MAIN = join(ROOT, 'packages/cli/src/main.ts')

/** Why there can be no such site on this machine; false where there can, and in CI, where a lack is an error. */
export function missingForSite(): string | false {
  return missingForKubelet() ?? missingKubectl()
}

/** A node that is an aircraft: its labels are all that whoever set it up said of it. */
function aircraft(type: string): NodeOptions {
  return {
    name: `${type}-1`,
    labels: {
      [AIRCRAFT.type]: type,
      [AIRCRAFT.status]: 'ready',
      [AIRCRAFT.fuelLevel]: '90',
      [AIRCRAFT.hardpointTotal]: '6',
      [AIRCRAFT.hardpointAvailable]: '6',
    },
  }
}

export interface Site {
  readonly cluster: RealCluster
  /** @throws Error with the command's words where it fails */
  sortie(...args: readonly string[]): Promise<string>
  /** @throws Error with kubectl's words where it fails */
  kubectl(...args: readonly string[]): Promise<string>
  apply(...objects: readonly object[]): Promise<void>
  /** Applies the shipped manifests; resolves when all that they start is ready. Returns the names of the Deployments. */
  install(): Promise<readonly string[]>
  mission(name: string): Promise<Stored<Mission>>
  task(name: string): Promise<Stored<FlightTask>>
  node(name: string): Promise<Stored<NodeObject>>
  /** Pods of a task. */
  podsOf(task: string): Promise<readonly Stored<Pod>[]>
  stop(): Promise<void>
}

interface Deployment extends KubeObject {
  readonly spec: { readonly replicas: number }
  readonly status?: { readonly readyReplicas?: number }
}
const DEPLOYMENTS: ResourceType = {
  group: 'apps',
  version: 'v1',
  plural: 'deployments',
  kind: 'Deployment',
  namespaced: true,
}

/** Nothing is installed yet when it resolves. @throws Error where the cluster does not start; nothing is left running then */
export async function startSite(): Promise<Site> {
  const cluster = await startRealCluster({
    nodes: ['j20', 'j16', 'kj500', 'y20', 'h6k'].map(aircraft),
    images: () => [archiveOf(missionImages())],
    report: (line) => void process.stderr.write(`${line}\n`),
  })
  const { plane } = cluster
  const env = { KUBECONFIG: plane.kubeconfig(), HOME: dirname(plane.kubeconfig()) }
  const succeed = async (command: string, args: readonly string[], stdin = ''): Promise<string> => {
    const { status, stdout, stderr } = await run(command, args, { env, stdin })
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}${stdout}`)
    return stdout
  }
  const kubectl = (...args: readonly string[]) => succeed('kubectl', args)
  return {
    cluster,
    sortie: (...args) => succeed(process.execPath, [MAIN, ...args]),
    kubectl,
    async apply(...objects) {
      const list = { apiVersion: 'v1', kind: 'List', items: objects }
      await succeed('kubectl', ['apply', '-f', '-'], JSON.stringify(list))
    },
    async install() {
      await bringImage(cluster, kubectl)
      await kubectl('apply', '--server-side', '-k', 'config/default')
      const deployments = plane.client().resource<Deployment>(DEPLOYMENTS)
      const { items } = await until(
        () => deployments.list({ namespace: 'sortie-system' }),
        (list) =>
          list.items.length > 0 &&
          list.items.every(({ spec, status }) => status?.readyReplicas === spec.replicas),
      )
      await kubectl('uncordon', ...cluster.nodes.map(({ name }) => name))
      return items.map(({ metadata }) => metadata.name)
    },
    ...readsOf(plane.client()),
    stop: () => cluster.stop(),
  }
}

/** As `npm run image` makes it. It is large: two nodes get it, and the others take no pods until those that need it run. */
async function bringImage({ nodes }: RealCluster, kubectl: Site['kubectl']): Promise<void> {
  const archive = archiveOf([await sortieImage()])
  for (const node of nodes.slice(0, 2)) await node.importImage(archive)
  await kubectl('cordon', ...nodes.slice(2).map(({ name }) => name))
}

/** By a client of its own: a kubectl for each look would keep the machine busy. */
function readsOf(client: Client): Pick<Site, 'mission' | 'task' | 'node' | 'podsOf'> {
  const namespace = 'default'
  const [missions, tasks, nodes, pods] = [
    client.resource<Mission>(MISSIONS),
    client.resource<FlightTask>(FLIGHT_TASKS),
    client.resource<NodeObject>(NODES),
    client.resource<Pod>(PODS),
  ]
  return {
    mission: (name) => missions.get({ namespace, name }),
    task: (name) => tasks.get({ namespace, name }),
    node: (name) => nodes.get({ name }),
    podsOf: async (task) =>
      (await pods.list({ namespace })).items.filter(({ metadata }) =>
        metadata.ownerReferences?.some(({ name }) => name === task),
      ),
  }
}

/** Looks every 0.2 s; a look that fails saw nothing yet. @throws Error with what was seen last where it does not come true in time */
export async function until<T>(
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  timeoutMs = 120_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let last: unknown
    try {
      const seen = await look()
      if (holds(seen)) return seen
      last = JSON.stringify(seen, undefined, 1)
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${last}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
