/**
 * Pods per second on a real kubelet, by a mission and by nobody: as many pods of the same containers, created at once and placed by
 * kube-scheduler, in turns. What a container costs outweighs what is asked of the API server for it many times.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AIRCRAFT,
  API_VERSION,
  customResourceDefinitions,
  MISSIONS,
  type Mission,
  WEAPONS,
  type Weapon,
} from '@sortie/api'
import type { Client } from '@sortie/client'
import {
  CUSTOM_RESOURCE_DEFINITIONS,
  type KubeObject,
  NODES,
  type NodeObject,
  PODS,
  type Pod,
} from '@sortie/machinery'
import {
  type Daemon,
  type NodeOptions,
  type RealCluster,
  startDaemon,
  startRealCluster,
} from '@sortie/testing'
import { missionImages } from '../../test/pods/images.ts'
import { archiveOf } from '../../tools/image/oci.ts'
import { flyMission } from '../embedded.ts'
import type { Figure } from '../figures.ts'
import { until } from './bed.ts'
import { partCommand, writeCommand } from './command.ts'
import { median } from './throughput.ts'

export interface RealPodOptions {
  /** At once, on one node. */
  readonly pods: number
  /** How often each of the two flies. */
  readonly rounds: number
  readonly report: (line: string) => void
}

const NAMESPACE = 'default'
const NODE = 'drone-1'
const WEAPON = 'pl-15'
/** The image starts what serves until it is told to end. */
const WEAPON_IMAGE = { repository: `registry.example/weapons/${WEAPON}`, tag: 'v1.2.0' }
const TASK = { name: 'task', image: 'busybox:1.36', command: ['sh', '-c', 'sleep 0.1'] }

export async function benchmarkRealPods(options: RealPodOptions): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sortie-bench-'))
  const cluster = await startRealCluster({
    nodes: [aircraft(options.pods)],
    images: () => [archiveOf(missionImages())],
    report: options.report,
  })
  const parts: Daemon[] = []
  try {
    const client = cluster.plane.client('harness')
    await makeReady(client, options.pods)
    parts.push(...(await startParts(cluster, folder)))
    await untilSlots(client, options.pods)
    return [
      ...(await inTurns(client, { ...options, armed: false })),
      ...(await inTurns(client, { ...options, armed: true })),
    ]
  } finally {
    await Promise.all(parts.map((part) => part.stop()))
    await cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** With a hardpoint for each weapon; how many tasks it takes at a time is said when it is there. */
function aircraft(weapons: number): NodeOptions {
  const labels = {
    [AIRCRAFT.type]: 'drone',
    [AIRCRAFT.status]: 'ready',
    [AIRCRAFT.hardpointTotal]: String(weapons),
  }
  return { name: NODE, labels }
}

async function makeReady(client: Client, slots: number): Promise<void> {
  const definitions = client.resource(CUSTOM_RESOURCE_DEFINITIONS)
  for (const definition of customResourceDefinitions()) await definitions.create(definition)
  const weapon = {
    apiVersion: API_VERSION,
    kind: 'Weapon',
    metadata: { name: WEAPON, namespace: NAMESPACE },
    spec: { image: WEAPON_IMAGE },
  } as Weapon
  // A definition is served a moment after it was taken.
  await until('the weapon', async () => {
    const made = await client
      .resource<Weapon>(WEAPONS)
      .create(weapon)
      .catch(() => undefined)
    return made !== undefined
  })
  const patch = { metadata: { annotations: { 'aircraft.mil/slots': String(slots) } } }
  await client.resource<NodeObject>(NODES).patch({ name: NODE }, { type: 'merge', body: patch })
}

async function startParts({ plane }: RealCluster, folder: string): Promise<readonly Daemon[]> {
  await writeCommand(folder)
  const kubeconfig = plane.kubeconfig('harness')
  return (['operator', 'scheduler'] as const).map((name) =>
    startDaemon(name, partCommand({ name, kubeconfig, folder }), join(folder, `${name}.log`)),
  )
}

async function untilSlots(client: Client, slots: number): Promise<void> {
  await until(`${slots} slots`, async () => {
    const { status } = await client.resource<NodeObject>(NODES).get({ name: NODE })
    return status?.allocatable?.['aircraft.mil/slot'] === String(slots)
  })
}

interface Turns extends RealPodOptions {
  /** With a weapon beside each task. */
  readonly armed: boolean
}

async function inTurns(client: Client, turns: Turns): Promise<readonly Figure[]> {
  const { pods, rounds, armed, report } = turns
  const kind = armed ? 'armed' : 'plain'
  const bare: number[] = []
  const ours: number[] = []
  // The first of each warms up the node's caches and counts for nothing.
  for (let round = 0; round <= rounds; round++) {
    const name = `${kind}-${round}`
    const rates = [await runBare(client, name, turns), await runMission(client, name, turns)]
    const [bareRate = 0, ourRate = 0] = rates.map((seconds) => pods / seconds)
    report(`${name}: ${bareRate.toFixed(2)} bare pods/s, ${ourRate.toFixed(2)} of a mission`)
    if (round === 0) continue
    bare.push(bareRate)
    ours.push(ourRate)
  }
  const figure = (what: string, value: number, unit: string): Figure => ({
    name: `controlplane.real_pods_${kind}.${what}`,
    value,
    unit,
  })
  const ratios = ours.map((rate, round) => rate / (bare[round] ?? Number.NaN))
  return [
    figure('pods_per_second', median(ours), '1/s'),
    figure('bare_pods_per_second', median(bare), '1/s'),
    figure('ratio_to_bare', median(ratios), 'x'),
    figure('ratio_to_bare_least', Math.min(...ratios), 'x'),
  ]
}

/** Seconds from the first POST until all have succeeded. */
async function runBare(client: Client, name: string, { pods, armed }: Turns): Promise<number> {
  const resource = client.resource<Pod>(PODS)
  const succeeded = new Set<string>()
  const all = Promise.withResolvers<void>()
  const labels = { 'sortie-bench': name }
  const stream = await resource.watch(
    { namespace: NAMESPACE, labelSelector: `sortie-bench=${name}`, resourceVersion: '0' },
    {
      onEvent({ object }) {
        const { metadata, status } = object as Pod
        if (status?.phase === 'Failed') all.reject(new Error(`${metadata.name} failed`))
        if (status?.phase === 'Succeeded') succeeded.add(metadata.name ?? '')
        if (succeeded.size === pods) all.resolve()
      },
      onEnd: (error) => all.reject(error ?? new Error('the watch ended')),
    },
  )
  const started = performance.now()
  const made = Array.from({ length: pods }, (_, i) =>
    resource.create(barePod(`${name}-${i}`, { armed, labels }), { answer: 'metadata' }),
  )
  await Promise.all(made)
  await all.promise
  const seconds = (performance.now() - started) / 1000
  stream.close()
  await resource.deleteCollection({ namespace: NAMESPACE })
  await untilNoPods(client)
  return seconds
}

interface BarePod {
  readonly armed: boolean
  readonly labels: Readonly<Record<string, string>>
}

/** The containers of a task's pod, without what the task needs to be found, placed and named. */
function barePod(name: string, { armed, labels }: BarePod): Pod {
  const volumeMounts = [{ name: 'interface', mountPath: '/interface' }]
  const image = `${WEAPON_IMAGE.repository}:${WEAPON_IMAGE.tag}`
  const weapon = { name: 'weapon', image, restartPolicy: 'Always', volumeMounts }
  const spec = armed
    ? {
        containers: [{ ...TASK, volumeMounts }],
        initContainers: [weapon],
        volumes: [{ name: 'interface', emptyDir: {} }],
      }
    : { containers: [TASK] }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels },
    spec: { ...spec, restartPolicy: 'Never', automountServiceAccountToken: false },
  } as Pod
}

/** Seconds from its POST until it has succeeded. */
async function runMission(client: Client, name: string, { pods, armed }: Turns): Promise<number> {
  const flightTask = {
    name: 'cell',
    aircraft: 'drone',
    count: pods,
    podTemplate: { spec: { containers: [TASK] } },
    ...(armed ? { weaponLoadout: [{ weapon: WEAPON, quantity: 1 }] } : {}),
  }
  const flown = await flyMission(client, {
    apiVersion: API_VERSION,
    kind: 'Mission',
    metadata: { name, namespace: NAMESPACE },
    spec: { stages: [{ name: 'survey', flightTasks: [flightTask] }] },
  } as KubeObject)
  const phase = flown.mission.status?.phase
  if (phase !== 'Succeeded') throw new Error(`${name} ended as ${phase}`)
  await client.resource<Mission>(MISSIONS).delete({ namespace: NAMESPACE, name })
  await untilNoPods(client)
  return flown.seconds
}

/** The kubelet has let go of all: the next turn finds the node as this one did. */
async function untilNoPods(client: Client): Promise<void> {
  await until('the pods to be gone', async () => {
    const { items } = await client.resource<Pod>(PODS).list({ namespace: NAMESPACE })
    return items.length === 0
  })
}
