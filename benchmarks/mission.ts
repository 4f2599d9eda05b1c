/**
 * Missions on the embedded cluster: requests per task by operator and scheduler together, empty writes, the largest object, and
 * tasks per second. With as many aircraft as tasks the counts do not depend on the machine; where aircraft are scarce a task costs
 * more the longer it waits, so those figures are recorded and not gated.
 */
import { FLIGHT_TASKS, MISSION_STAGES, MISSIONS } from '@sortie/api'
import { DEFAULT_FLEET, type FleetSpec } from '@sortie/fleet'
import { type KubeObject, PODS } from '@sortie/machinery'
import { type RequestRecord, writesOf } from '@sortie/testing'
import { flyMission, type MeasuredCluster, startMeasuredCluster } from './embedded.ts'
import type { Figure } from './figures.ts'

const TASKS = 1000
/** Aircraft for that many tasks where they are scarce. */
const SCARCE = 200

function fleetOf(aircraft: number): FleetSpec {
  const [group] = DEFAULT_FLEET.aircraft
  if (group === undefined) throw new Error('the default fleet is empty')
  return {
    ...DEFAULT_FLEET,
    aircraft: [{ ...group, type: 'drone', namePrefix: 'drone', count: aircraft }],
  }
}

export function parallelMission(tasks: number, seconds: number): KubeObject {
  const command = ['sh', '-c', `sleep ${seconds}`]
  const containers = [{ name: 'task', image: 'busybox:1.36', command }]
  const flightTasks = [
    { name: 'cell', aircraft: 'drone', count: tasks, podTemplate: { spec: { containers } } },
  ]
  return {
    apiVersion: 'airforce.airforce.mil/v1alpha1',
    kind: 'Mission',
    metadata: { name: `parallel-${tasks}-${seconds * 1000}`, namespace: 'default' },
    spec: { stages: [{ name: 'survey', flightTasks }] },
  } as KubeObject
}

interface Flight {
  readonly tasks: number
  readonly seconds: number
  readonly aircraft: number
}

async function fly({ tasks, seconds, aircraft }: Flight) {
  const cluster = await startMeasuredCluster(fleetOf(aircraft))
  try {
    // The fleet's nodes are there before the count begins.
    await new Promise((resolve) => setTimeout(resolve, 500))
    const before = counts(cluster)
    const flown = await flyMission(cluster.client, parallelMission(tasks, seconds))
    // What is told of the end is told after it.
    await new Promise((resolve) => setTimeout(resolve, 500))
    const after = counts(cluster)
    return {
      ...flown,
      requests: after.requests - before.requests,
      empty: after.empty - before.empty,
      largest: await largestObject(cluster),
    }
  } finally {
    await cluster.stop()
  }
}

function counts({ requests }: MeasuredCluster) {
  const ours: RequestRecord[] = [...requests.operator, ...requests.scheduler]
  const calls = ours.filter(({ method }) => method !== 'WATCH')
  return { requests: calls.length, empty: writesOf(ours).filter(isEmptyPatch).length }
}

const IDENTITY: readonly string[] = ['name', 'namespace', 'uid', 'resourceVersion']

/** A patch that says nothing beside what identifies its object. */
function isEmptyPatch({ method, body }: RequestRecord): boolean {
  if (method !== 'PATCH') return false
  const { metadata = {}, ...rest } = body as Record<string, unknown>
  const said = Object.keys(metadata as object).filter((key) => !IDENTITY.includes(key))
  return said.length === 0 && Object.values(rest).every(isEmptyObject)
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

async function largestObject({ client }: MeasuredCluster): Promise<number> {
  let largest = 0
  for (const type of [MISSIONS, MISSION_STAGES, FLIGHT_TASKS, PODS]) {
    for (const object of (await client.resource(type).listAll({})).items) {
      largest = Math.max(largest, JSON.stringify(object).length)
    }
  }
  return largest
}

export async function benchmarkMission(): Promise<readonly Figure[]> {
  const one = await fly({ tasks: 1, seconds: 0.1, aircraft: SCARCE })
  const short = await fly({ tasks: TASKS, seconds: 0.1, aircraft: TASKS })
  const long = await fly({ tasks: TASKS, seconds: 1, aircraft: TASKS })
  const scarce = await fly({ tasks: TASKS, seconds: 0.1, aircraft: SCARCE })
  const scarceLong = await fly({ tasks: TASKS, seconds: 1, aircraft: SCARCE })
  const flights = [one, short, long, scarce, scarceLong]
  const perTask = (name: string, { requests }: { readonly requests: number }): Figure => ({
    name: `${name}.requests_per_task`,
    value: requests / TASKS,
    unit: 'requests',
  })
  return [
    { name: 'mission1.requests', value: one.requests, unit: 'requests' },
    perTask('mission1000_short', short),
    perTask('mission1000_long', long),
    perTask('mission1000_scarce_short', scarce),
    perTask('mission1000_scarce_long', scarceLong),
    { name: 'mission1000_short.tasks_per_second', value: TASKS / short.seconds, unit: '1/s' },
    { name: 'mission1000_scarce_long.seconds', value: scarceLong.seconds, unit: 's' },
    {
      name: 'mission.empty_patches',
      value: flights.reduce((sum, { empty }) => sum + empty, 0),
      unit: 'requests',
    },
    {
      name: 'mission1000.largest_object',
      value: Math.max(...flights.map(({ largest }) => largest)) / 1024,
      unit: 'KiB',
    },
  ]
}
