/** What a mission costs the API server in requests, by its own audit log: counts, which no machine changes. */
import { flyMission } from '../embedded.ts'
import type { Figure } from '../figures.ts'
import { parallelMission } from '../mission.ts'
import { type AuditedRequest, requestsOf } from './audit.ts'
import { type Bed, OURS } from './bed.ts'
import { chainMission } from './missions.ts'
import { named } from './throughput.ts'

interface Flight {
  readonly tasks: number
  readonly seconds: number
}

interface Counted {
  readonly seconds: number
  readonly requests: number
  readonly empty: number
}

/** Flies one mission and counts what operator and scheduler asked for, until nothing more comes. */
export async function fly(bed: Bed, name: string, { tasks, seconds }: Flight): Promise<Counted> {
  await bed.audit.settle()
  const before = await updatesOf(bed)
  const mission = named(parallelMission(tasks, seconds), name)
  const flown = await flyMission(bed.client, mission)
  const seen = await bed.audit.settle()
  const after = await updatesOf(bed)
  return {
    seconds: flown.seconds,
    requests: requestsOf(seen, OURS).length,
    empty: seen.filter(isRecordPatch).length - (after - before),
  }
}

const OUR_RECORDS: readonly string[] = ['missions', 'missionstages', 'flighttasks']

/** Our records are written by us alone, so a patch of one that is no update of the store said nothing new. */
function isRecordPatch({ verb, resource, code }: AuditedRequest): boolean {
  return verb === 'patch' && code === 200 && OUR_RECORDS.includes(resource)
}

/** Updates of our records that the API server has put into its store so far. */
async function updatesOf(bed: Bed): Promise<number> {
  const { body } = await bed.client.raw({ method: 'GET', path: '/metrics' })
  let sum = 0
  for (const line of String(body).split('\n')) {
    if (!line.startsWith('etcd_request_duration_seconds_count{')) continue
    if (!line.includes('operation="update"')) continue
    if (OUR_RECORDS.some((name) => line.includes(`="${name}"`) || line.includes(`/${name}"`))) {
      sum += Number(line.slice(line.lastIndexOf(' ') + 1))
    }
  }
  return sum
}

export async function benchmarkRequests(bed: Bed, sizes: readonly number[]): Promise<Figure[]> {
  const figure = (name: string, value: number, unit = 'requests'): Figure => ({
    name: `controlplane.${name}`,
    value,
    unit,
  })
  await fly(bed, 'warm', { tasks: 20, seconds: 0.1 })
  const one = await fly(bed, 'one', { tasks: 1, seconds: 0.1 })
  const figures = [figure('mission1.requests', one.requests)]
  let empty = one.empty
  for (const tasks of sizes) {
    const short = await fly(bed, `short-${tasks}`, { tasks, seconds: 0.1 })
    const long = await fly(bed, `long-${tasks}`, { tasks, seconds: 1 })
    empty += short.empty + long.empty
    figures.push(figure(`mission${tasks}_short.requests_per_task`, short.requests / tasks))
    figures.push(figure(`mission${tasks}_long.requests_per_task`, long.requests / tasks))
  }
  return [...figures, figure('empty_patches', empty)]
}

/** The slope of log time on log size from the smallest to the largest: 1 is linear. */
export async function benchmarkGrowth(bed: Bed, sizes: readonly number[]): Promise<Figure[]> {
  const points: { readonly x: number; readonly y: number }[] = []
  for (const tasks of sizes) {
    const { seconds } = await fly(bed, `growth-${tasks}`, { tasks, seconds: 0.1 })
    points.push({ x: Math.log(tasks), y: Math.log(seconds) })
  }
  const name = `controlplane.growth_exponent_${sizes[0]}_to_${sizes.at(-1)}`
  return [{ name, value: slope(points), unit: '' }]
}

function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (of: (point: { x: number; y: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)]
  const up = mean((point) => (point.x - x) * (point.y - y))
  return up / mean((point) => (point.x - x) ** 2)
}

/** Requests of operator and scheduler in a quiet time after so many finished missions, as for one minute. */
export async function benchmarkIdle(
  bed: Bed,
  { missions, seconds }: { readonly missions: number; readonly seconds: number },
): Promise<Figure[]> {
  await Promise.all(
    Array.from({ length: missions }, (_, index) =>
      flyMission(bed.client, chainMission(`finished-${index}`, 2, 0.1)),
    ),
  )
  // What is told of the ends is told within seconds.
  await bed.audit.settle(10_000)
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const seen = requestsOf(bed.audit.read(), OURS)
  return [
    {
      name: `controlplane.idle_requests_per_minute_${missions}_missions`,
      value: (seen.length / seconds) * 60,
      unit: 'requests',
    },
  ]
}
