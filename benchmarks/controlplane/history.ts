/** The same mission on the embedded server and on the real one: do their objects go through the same phases? */
import { FLIGHT_TASKS, MISSION_STAGES, MISSIONS } from '@sortie/api'
import type { Client } from '@sortie/client'
import { DEFAULT_FLEET, type FleetSpec } from '@sortie/fleet'
import { type KubeObject, PODS, type ResourceType } from '@sortie/machinery'
import { flyMission, startMeasuredCluster } from '../embedded.ts'
import type { Figure } from '../figures.ts'
import { parallelMission } from '../mission.ts'
import { type Bed, until } from './bed.ts'
import { named } from './throughput.ts'

const KINDS: readonly ResourceType[] = [MISSIONS, MISSION_STAGES, FLIGHT_TASKS, PODS]

/** By `Kind name`: the phases in order, each said once. */
type Phases = ReadonlyMap<string, string>

/**
 * Much longer than the 300 ms in which a task's changes are gathered, so that each phase is written however slow the server is: an
 * aircraft takes so long to begin, and so long to fly.
 */
const STEP_SECONDS = 3
const MOST_TOLD = 5

export interface HistoryOptions {
  readonly tasks: number
  /** Hears of objects whose phases differ. */
  readonly report: (line: string) => void
}

export async function benchmarkHistory(
  bed: Bed,
  { tasks, report }: HistoryOptions,
): Promise<Figure[]> {
  const cluster = await startMeasuredCluster(fleetOf(tasks))
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const embedded = await record(cluster.client, stepByStep(tasks))
  const short = await flyMission(cluster.client, parallelMission(tasks, 0.1))
  await cluster.stop()
  const real = await record(bed.client, stepByStep(tasks))
  const realShort = await flyMission(bed.client, parallelMission(tasks, 0.1))
  const keys = new Set([...embedded.keys(), ...real.keys()])
  const different = [...keys].filter((key) => embedded.get(key) !== real.get(key))
  for (const key of different.slice(0, MOST_TOLD)) {
    report(`${key}: embedded ${embedded.get(key)}, real ${real.get(key)}`)
  }
  return [
    {
      name: `controlplane.history${tasks}.objects_with_other_phases`,
      value: different.length,
      unit: 'objects',
    },
    {
      name: `controlplane.history${tasks}.embedded_times_real`,
      value: realShort.seconds / short.seconds,
      unit: 'x',
    },
  ]
}

function fleetOf(count: number): FleetSpec {
  const [group] = DEFAULT_FLEET.aircraft
  if (group === undefined) throw new Error('the default fleet is empty')
  const aircraft = [{ ...group, type: 'drone', namePrefix: 'drone', count }]
  return { ...DEFAULT_FLEET, metrics: false, heartbeat: 'none', aircraft }
}

function stepByStep(tasks: number): KubeObject {
  const command = ['sh', '-c', `sleep ${STEP_SECONDS}`]
  const podTemplate = {
    metadata: { annotations: { 'fleet.sortie/start-delay': `${STEP_SECONDS}s` } },
    spec: { containers: [{ name: 'task', image: 'busybox:1.36', command }] },
  }
  const flightTasks = [{ name: 'cell', aircraft: 'drone', count: tasks, podTemplate }]
  const mission = named(parallelMission(tasks, STEP_SECONDS), 'steps')
  return { ...mission, spec: { stages: [{ name: 'survey', flightTasks }] } } as KubeObject
}

/** @throws Error where not all is seen to its end, as when the server has ended a stream */
async function record(client: Client, mission: KubeObject): Promise<Phases> {
  const name = mission.metadata.name ?? ''
  const seen = new Map<string, string[]>()
  const streams = await Promise.all(
    KINDS.map((type) =>
      client.resource(type).watch({ namespace: 'default' }, noteInto(seen, name)),
    ),
  )
  await flyMission(client, mission)
  // The streams may be behind.
  await until('the end of every object', async () =>
    [...seen.values()].every((phases) => phases.at(-1) === 'Succeeded'),
  )
  for (const stream of streams) stream.close()
  return new Map([...seen].map(([key, list]) => [key, list.join(' → ')]))
}

function noteInto(seen: Map<string, string[]>, prefix: string) {
  return {
    onEvent({ object }: { readonly object: KubeObject }) {
      const { kind, metadata } = object
      // The real server fills the default in when it reads; the embedded one leaves it out until a status is written.
      const { phase = 'Pending' } =
        (object as { readonly status?: { readonly phase?: string } }).status ?? {}
      if (!metadata.name?.startsWith(prefix)) return
      const key = `${kind} ${metadata.name}`
      const held = seen.get(key)
      if (held === undefined) seen.set(key, [phase])
      else if (held.at(-1) !== phase) held.push(phase)
    },
    onEnd() {},
  }
}
