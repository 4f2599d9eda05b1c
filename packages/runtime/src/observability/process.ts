/** What every process says of itself: its version, how long it runs, what it takes, whether it leads. */
import { cpuUsage, memoryUsage } from 'node:process'
import type { Clock } from '@sortie/machinery'
import type { Metrics } from './metrics.ts'

export interface ProcessMetricsOptions {
  readonly clock: Clock
  readonly version: string
  /** The part that runs: `operator`. */
  readonly part: string
}

export function createProcessMetrics(metrics: Metrics, options: ProcessMetricsOptions): void {
  const { clock, version, part } = options
  const started = clock.now() / 1000
  const gauge = (name: string, help: string, value: () => number): void => {
    metrics.gauge({ name, help, collect: (self) => self.set(value()) })
  }
  metrics
    .gauge({ name: 'sortie_build_info', help: 'Always 1', labels: ['version', 'part'] })
    .set(1, { version, part })
  gauge('process_start_time_seconds', 'When the process began, since the epoch', () => started)
  metrics.counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time',
    collect(self) {
      const { user, system } = cpuUsage()
      self.set((user + system) / 1e6)
    },
  })
  gauge('process_resident_memory_bytes', 'Resident memory', () => memoryUsage.rss())
  gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use', () => memoryUsage().heapUsed)
}

/** 1 while this process leads, as client-go's metric of that name. */
export function createLeaderMetric(
  metrics: Metrics,
  leader: { readonly name: string; isLeader(): boolean },
): void {
  metrics.gauge({
    name: 'leader_election_master_status',
    help: '1 while this process leads, 0 while another does',
    labels: ['name'],
    collect: (self) => self.set(leader.isLeader() ? 1 : 0, { name: leader.name }),
  })
}
