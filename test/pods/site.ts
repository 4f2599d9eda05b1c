/** Five aircraft with real kubelets, and Sortie installed among them as its users install it. */
import { dirname, join } from 'node:path'
import type { FlightTask, Mission } from '@sortie/api'
import { AIRCRAFT } from '@sortie/api'
import type { Pod, Stored } from '@sortie/machinery'
import {
  missingForKubelet,
  type NodeOptions,
  type RealCluster,
  startRealCluster,
} from '@sortie/testing'
import { archiveOf } from '../../tools/image/oci.ts'
import { sortieImage } from '../../tools/image.ts'
import { type Finished, missingKubectl, ROOT, run } from '../kubectl/cluster.ts'
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
  /** Whatever comes of it. */
  trySortie(...args: readonly string[]): Promise<Finished>
  /** @throws Error with kubectl's words where it fails */
  kubectl(...args: readonly string[]): Promise<string>
  apply(...objects: readonly object[]): Promise<void>
  /** @throws Error where there is none */
  get<T>(...resource: readonly string[]): Promise<T>
  mission(name: string): Promise<Stored<Mission>>
  task(name: string): Promise<Stored<FlightTask>>
  /** Pods of a task, oldest first. */
  podsOf(task: string): Promise<readonly Stored<Pod>[]>
  stop(): Promise<void>
}

/** Nothing is installed yet when it resolves. @throws Error where the cluster does not start; nothing is left running then */
export async function startSite(): Promise<Site> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`)
  const cluster = await startRealCluster({
    nodes: ['j20', 'j16', 'kj500', 'y20', 'h6k'].map(aircraft),
    images: [archiveOf(missionImages()), archiveOf([await sortieImage()])],
    report,
  })
  const { plane } = cluster
  const env = { KUBECONFIG: plane.kubeconfig(), HOME: dirname(plane.kubeconfig()) }
  const succeed = async (command: string, args: readonly string[], stdin = ''): Promise<string> => {
    const { status, stdout, stderr } = await run(command, args, { env, stdin })
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}${stdout}`)
    return stdout
  }
  const kubectl = (...args: readonly string[]) => succeed('kubectl', args)
  const get = async <T>(...resource: readonly string[]): Promise<T> =>
    JSON.parse(await kubectl('get', ...resource, '-o', 'json'))
  return {
    cluster,
    sortie: (...args) => succeed(process.execPath, [MAIN, ...args]),
    trySortie: (...args) => run(process.execPath, [MAIN, ...args], { env }),
    kubectl,
    async apply(...objects) {
      const list = { apiVersion: 'v1', kind: 'List', items: objects }
      await succeed('kubectl', ['apply', '-f', '-'], JSON.stringify(list))
    },
    get,
    mission: (name) => get('mission', name),
    task: (name) => get('flighttask', name),
    async podsOf(task) {
      const { items } = await get<{ items: Stored<Pod>[] }>('pods')
      return items
        .filter(({ metadata }) => metadata.ownerReferences?.some(({ name }) => name === task))
        .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1))
    },
    stop: () => cluster.stop(),
  }
}

/** Looks every 0.2 s; a look that fails saw nothing yet. @throws Error with what was seen last where it does not come true in time */
export async function until<T>(
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  timeoutMs = 90_000,
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
