/** The same mission on the embedded server and on the real one: do their objects go through the same phases? */
import { FLIGHT_TASKS, MISSION_STAGES, MISSIONS } from '@sortie/api'
import type { Client } from '@sortie/client'
import { DEFAULT_FLEET, type FleetSpec } from '@sortie/fleet'
import { type KubeObject, PODS, type ResourceType } from '@sortie/machinery'
import { flyMission, startMeasuredCluster } from '../embedded.ts'
import type { Figure } from '../figures.ts'
import { parallelMission } from '../mission.ts'
import type { Bed } from './bed.ts'
import { named } from './throughput.ts'

const KINDS: readonly ResourceType[] = [MISSIONS, MISSION_STAGES, FLIGHT_TASKS, PODS]
const NAME = 'history'

interface Flown {
  /** By `Kind name`: the phases in order, each said once. */
  readonly phases: ReadonlyMap<string, string>
  readonly seconds: number
}

/** Longer than the 300 ms in which a task's changes are gathered, so that each phase is written. */
const TASK_SECONDS = 1

export async function benchmarkHistory(bed: Bed, tasks: number): Promise<Figure[]> {
  const cluster = await startMeasuredCluster(fleetOf(tasks))
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const embedded = await record(cluster.client, tasks, TASK_SECONDS)
  const short = await record(cluster.client, tasks, 0.1)
  await cluster.stop()
  const real = await record(bed.client, tasks, TASK_SECONDS)
  const realShort = await record(bed.client, tasks, 0.1)
  const keys = new Set([...embedded.phases.keys(), ...real.phases.keys()])
  const different = [...keys].filter((key) => embedded.phases.get(key) !== real.phases.get(key))
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

async function record(client: Client, tasks: number, seconds: number): Promise<Flown> {
  const name = `${NAME}-${seconds * 1000}`
  const seen = new Map<string, string[]>()
  const streams = await Promise.all(
    KINDS.map((type) =>
      client.resource(type).watch({ namespace: 'default' }, noteInto(seen, name)),
    ),
  )
  const flown = await flyMission(client, named(parallelMission(tasks, seconds), name))
  // The streams may be behind by a moment.
  await new Promise((resolve) => setTimeout(resolve, 2000))
  for (const stream of streams) stream.close()
  const phases = new Map([...seen].map(([key, list]) => [key, list.join(' → ')]))
  return { phases, seconds: flown.seconds }
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
