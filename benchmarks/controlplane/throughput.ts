/**
 * Tasks per second of a mission beside pods per second of a Job of the same size, in turns on one control plane: their ratio does
 * not depend on the machine as each alone does.
 */
import type { KubeObject } from '@sortie/machinery'
import { flyMission } from '../embedded.ts'
import type { Figure } from '../figures.ts'
import { parallelMission } from '../mission.ts'
import { requestsOf } from './audit.ts'
import { type Bed, JOB_USERS, OURS } from './bed.ts'
import { runJob } from './job.ts'

/** How long each task and each of the Job's pods runs. */
export const TASK_SECONDS = 0.1

export interface ThroughputOptions {
  /** First part of the figures' names. Default `throughput`. */
  readonly series?: string
  readonly tasks: number
  /** How often each of the two flies. */
  readonly rounds: number
  readonly report?: (line: string) => void
}

interface Leg {
  readonly seconds: number
  readonly cpu: Readonly<Record<string, number>>
  readonly requests: number
}

/** Runs `fly` and says what it took. */
export async function leg(
  bed: Bed,
  users: readonly string[],
  fly: () => Promise<number>,
): Promise<Leg> {
  await bed.audit.settle()
  const before = bed.cpu()
  const seconds = await fly()
  const after = bed.cpu()
  const cpu = Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]),
  )
  return { seconds, cpu, requests: requestsOf(await bed.audit.settle(), users).length }
}

export async function benchmarkThroughput(
  bed: Bed,
  { series = 'throughput', tasks, rounds, report }: ThroughputOptions,
): Promise<readonly Figure[]> {
  await flyMission(bed.client, named(parallelMission(20, TASK_SECONDS), `${series}-warm`))
  await runJob(bed.client, { name: `${series}-warm`, pods: 20, seconds: TASK_SECONDS })
  const missions: Leg[] = []
  const jobs: Leg[] = []
  for (let round = 0; round < rounds; round++) {
    const name = `${series}-${round}`
    const job = await leg(bed, JOB_USERS, () =>
      runJob(bed.client, { name, pods: tasks, seconds: TASK_SECONDS }),
    )
    const mission = named(parallelMission(tasks, TASK_SECONDS), name)
    const flight = await leg(bed, OURS, async () => (await flyMission(bed.client, mission)).seconds)
    jobs.push(job)
    missions.push(flight)
    report?.(describe('job', job, tasks))
    report?.(describe('mission', flight, tasks))
  }
  const ratios = missions.map(({ seconds }, round) => (jobs[round]?.seconds ?? 0) / seconds)
  const figure = (name: string, value: number, unit: string): Figure => ({
    name: `controlplane.${series}${tasks}.${name}`,
    value,
    unit,
  })
  return [
    figure('ratio_to_job', median(ratios), 'x'),
    figure('ratio_to_job_least', Math.min(...ratios), 'x'),
    figure('tasks_per_second', tasks / median(missions.map(({ seconds }) => seconds)), '1/s'),
    figure('job_pods_per_second', tasks / median(jobs.map(({ seconds }) => seconds)), '1/s'),
    figure(
      'requests_per_task',
      median(missions.map(({ requests }) => requests)) / tasks,
      'requests',
    ),
    figure(
      'job_requests_per_pod',
      median(jobs.map(({ requests }) => requests)) / tasks,
      'requests',
    ),
    figure('server_cpu_ratio', median(missions.map(serverCpu)) / median(jobs.map(serverCpu)), 'x'),
  ]
}

export function named(mission: KubeObject, name: string): KubeObject {
  return { ...mission, metadata: { ...mission.metadata, name } }
}

/** What a leg took of the API server and its store. */
function serverCpu({ cpu }: Leg): number {
  return (cpu['kube-apiserver'] ?? 0) + (cpu['etcd'] ?? 0)
}

function describe(what: string, { seconds, cpu, requests }: Leg, tasks: number): string {
  const taken = Object.entries(cpu)
    .filter(([, value]) => value >= 0.05)
    .map(([name, value]) => `${name} ${((value / tasks) * 1000).toFixed(1)}`)
  const rate = (tasks / seconds).toFixed(1)
  const each = (requests / tasks).toFixed(2)
  return `${what}: ${rate}/s, ${each} requests each, CPU ms each: ${taken.join(', ')}`
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
}
