/**
 * Pods bound per second by our scheduler and by kube-scheduler, in turns on one control plane, on the same nodes. Each finds all pods
 * pending when its turn begins: were they made meanwhile, the API server could not take pods as fast as either binds them.
 */
import { PODS, type Pod } from '@sortie/machinery'
import type { Figure } from '../figures.ts'
import type { Bed } from './bed.ts'
import { median } from './throughput.ts'

export interface SchedulingOptions {
  readonly nodes: number
  readonly pods: number
  readonly rounds: number
}

const SCHEDULERS = {
  ours: { schedulerName: 'sortie-scheduler', user: 'sortie-scheduler' },
  kube: { schedulerName: 'default-scheduler', user: 'system:kube-scheduler' },
} as const

type SchedulerName = keyof typeof SCHEDULERS

/** The bed must have both schedulers, and a fleet that was stopped: nobody is to play the pods. */
export async function benchmarkScheduling(
  bed: Bed,
  { nodes, pods, rounds }: SchedulingOptions,
): Promise<Figure[]> {
  const rates: Record<SchedulerName, number[]> = { ours: [], kube: [] }
  for (let round = 0; round < rounds; round++) {
    for (const name of ['kube', 'ours'] as const) {
      rates[name].push(await bindAll(bed, name, pods))
      await bed.client
        .resource(PODS)
        .deleteCollection({ namespace: 'default', gracePeriodSeconds: 0 })
      await bed.audit.settle()
    }
  }
  const ratios = rates.ours.map((rate, round) => rate / (rates.kube[round] ?? Number.NaN))
  const figure = (name: string, value: number, unit: string): Figure => ({
    name: `controlplane.scheduling_${nodes}_nodes.${name}`,
    value,
    unit,
  })
  return [
    figure('binds_per_second', median(rates.ours), '1/s'),
    figure('kube_scheduler_binds_per_second', median(rates.kube), '1/s'),
    figure('ratio', median(ratios), 'x'),
  ]
}

const CREATES_AT_ONCE = 32

/** Pods per second from the moment that the scheduler gets to see them to the last binding. */
async function bindAll(bed: Bed, name: SchedulerName, count: number): Promise<number> {
  const { schedulerName, user } = SCHEDULERS[name]
  const pid = processOf(bed, name)
  process.kill(pid, 'SIGSTOP')
  await createPods(bed, schedulerName, count)
  await bed.audit.settle()
  const from = Date.now()
  process.kill(pid, 'SIGCONT')
  const requests = await bed.audit.settle(3_000)
  const binds = requests.filter(
    (request) => request.subresource === 'binding' && request.user === user && request.code === 201,
  )
  if (binds.length !== count) throw new Error(`${name} bound ${binds.length} of ${count} pods`)
  const to = binds.reduce((most, { completed }) => Math.max(most, completed), 0)
  return (count / (to - from)) * 1000
}

/** Its process. @throws Error where the bed has no such scheduler */
function processOf(bed: Bed, name: SchedulerName): number {
  const pid = name === 'ours' ? bed.parts.get('scheduler')?.pid : bed.pid('kube-scheduler')
  if (pid === undefined) throw new Error(`no scheduler ${name} to be measured`)
  return pid
}

async function createPods(bed: Bed, schedulerName: string, count: number): Promise<void> {
  const resource = bed.client.resource<Pod>(PODS)
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      await resource.create(pendingPod(`p-${i}`, schedulerName), { answer: 'metadata' })
    }
  }
  await Promise.all(Array.from({ length: CREATES_AT_ONCE }, worker))
}

function pendingPod(name: string, schedulerName: string): Pod {
  const resources = { requests: { cpu: '10m' }, limits: { cpu: '10m' } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { schedulerName, containers: [{ name: 'main', image: 'busybox:1.36', resources }] },
  } as Pod
}
