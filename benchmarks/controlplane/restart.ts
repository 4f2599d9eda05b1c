/** The operator killed in the midst of many live tasks: how soon its successor acts, and what it writes that nobody needed. */
import { MISSIONS, type Mission } from '@sortie/api'
import { PODS, type Pod } from '@sortie/machinery'
import type { Figure } from '../figures.ts'
import { parallelMission } from '../mission.ts'
import type { AuditedRequest } from './audit.ts'
import { type Bed, until } from './bed.ts'
import { cpuSeconds, peakMemory } from './processes.ts'
import { named } from './throughput.ts'

const OPERATOR = 'sortie-operator'
/** Longer than any run. */
const FOR_EVER = 100_000
/** An aircraft's label tells its task only when it has had it for a while. */
const ANNOUNCED_MS = 12_000
/** A mission that comes while no operator runs: what a successor has to act on. */
const NEWCOMER = 'newcomer'

/** The bed's fleet must have so many slots, and one more. */
export async function benchmarkRestart(bed: Bed, tasks: number): Promise<Figure[]> {
  const missions = bed.client.resource<Mission>(MISSIONS)
  await bed.audit.settle()
  const pid = bed.parts.get('operator')?.pid ?? 0
  const before = { operator: cpuSeconds(pid), scheduler: bed.cpu()['scheduler'] ?? 0 }
  await missions.create(named(parallelMission(tasks, FOR_EVER), 'crowd') as Mission)
  await untilRunning(bed, tasks)
  await bed.audit.settle(ANNOUNCED_MS)
  const operatorCpu = cpuSeconds(pid) - before.operator
  const schedulerCpu = (bed.cpu()['scheduler'] ?? 0) - before.scheduler
  const memory = peakMemory(pid)
  process.kill(pid, 'SIGKILL')
  await missions.create(named(parallelMission(1, FOR_EVER), NEWCOMER) as Mission)
  await bed.audit.settle()
  const started = Date.now()
  bed.startPart('operator')
  await untilRunning(bed, tasks + 1)
  const writes = (await bed.audit.settle(ANNOUNCED_MS)).filter(isOperatorWrite)
  const figure = (name: string, value: number, unit: string): Figure => ({
    name: `controlplane.restart${tasks}.${name}`,
    value,
    unit,
  })
  return [
    figure('operator_cpu_per_10000_tasks', cpuOf(operatorCpu, tasks), 's'),
    figure('with_scheduler_cpu_per_10000_tasks', cpuOf(operatorCpu + schedulerCpu, tasks), 's'),
    figure('operator_peak_memory', memory, 'MiB'),
    figure('first_correct_action', ((writes[0]?.received ?? Number.NaN) - started) / 1000, 's'),
    figure('redundant_writes', writes.filter(isRedundant).length, 'requests'),
    figure('duplicate_pods', await duplicates(bed), 'pods'),
  ]
}

const cpuOf = (seconds: number, tasks: number): number => (seconds / tasks) * 10_000

/** Neither about the newcomer nor the label of the one aircraft that took it. */
function isRedundant(
  { name, resource }: AuditedRequest,
  index: number,
  all: readonly AuditedRequest[],
) {
  if (name.startsWith(NEWCOMER)) return false
  return resource !== 'nodes' || all.findIndex((other) => other.resource === 'nodes') !== index
}

function isOperatorWrite({ user, verb }: AuditedRequest): boolean {
  return user === OPERATOR && ['create', 'update', 'patch', 'delete'].includes(verb)
}

async function untilRunning(bed: Bed, count: number): Promise<void> {
  await until(`${count} pods that run`, async () => {
    const fieldSelector = 'status.phase=Running'
    const { items, metadata } = await bed.client
      .resource<Pod>(PODS)
      .list({ namespace: 'default', fieldSelector, limit: 1 })
    const { remainingItemCount = 0 } = metadata as { readonly remainingItemCount?: number }
    if (remainingItemCount > 0) return items.length + remainingItemCount >= count
    const all = await bed.client
      .resource<Pod>(PODS)
      .list({ namespace: 'default', resourceVersion: '0' })
    return all.items.filter(({ status }) => status?.phase === 'Running').length >= count
  })
}

/** Pods that share a task with another one. */
async function duplicates(bed: Bed): Promise<number> {
  const { items } = await bed.client.resource<Pod>(PODS).list({ namespace: 'default' })
  const owners = items.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)
  return items.length - new Set(owners).size
}
