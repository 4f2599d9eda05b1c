/** The benchmarks against a real control plane, one after the other; the short form is what CI has time for. */
import type { Figure } from '../figures.ts'
import { type Bed, type BedOptions, startBed } from './bed.ts'
import { benchmarkHistory } from './history.ts'
import { benchmarkLatency } from './latency.ts'
import { benchmarkRealPods } from './pods.ts'
import { benchmarkGrowth, benchmarkIdle, benchmarkRequests } from './requests.ts'
import { benchmarkRestart } from './restart.ts'
import { benchmarkScheduling } from './scheduling.ts'
import { benchmarkThroughput, TASK_SECONDS } from './throughput.ts'

type Benchmark = (short: boolean) => Promise<readonly Figure[]>

const report = (line: string): void => void process.stderr.write(`${line}\n`)

/** Runs on a bed of its own: fresh data. */
async function onBed(
  options: BedOptions,
  run: (bed: Bed) => Promise<readonly Figure[]>,
): Promise<readonly Figure[]> {
  const bed = await startBed(options)
  try {
    return await run(bed)
  } finally {
    await bed.stop()
  }
}

async function scheduling(nodes: number, short: boolean): Promise<readonly Figure[]> {
  return onBed({ aircraft: nodes, parts: ['scheduler', 'fleet'] }, async (bed) => {
    await bed.parts.get('fleet')?.stop()
    const sizes = { nodes, pods: short ? 500 : 2000, rounds: short ? 1 : 3 }
    return benchmarkScheduling(bed, sizes)
  })
}

/** Without kube-scheduler and Jobs, where nobody is to be compared. */
const ALONE = { components: ['controller-manager'] } as const

export const CONTROLPLANE_BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  requests: (short) =>
    onBed({ ...ALONE, aircraft: short ? 100 : 1000 }, async (bed) => [
      ...(await benchmarkRequests(bed, short ? [100] : [100, 1000])),
      ...(await benchmarkLatency(bed, { stages: short ? 10 : 50, chains: 2 })),
      ...(await benchmarkIdle(bed, { missions: short ? 10 : 100, seconds: short ? 15 : 60 })),
    ]),
  throughput: (short) =>
    onBed({ aircraft: short ? 300 : 1000 }, (bed) =>
      benchmarkThroughput(bed, { tasks: short ? 300 : 1000, rounds: short ? 1 : 3, report }),
    ),
  kwok: (short) =>
    onBed({ aircraft: short ? 300 : 1000 }, async (bed) => {
      const sizes = { tasks: short ? 300 : 1000, rounds: short ? 1 : 3, report }
      const fleet = await benchmarkThroughput(bed, { ...sizes, series: 'fleet' })
      await bed.playByKwok(TASK_SECONDS)
      return [...fleet, ...(await benchmarkThroughput(bed, { ...sizes, series: 'kwok' }))]
    }),
  growth: (short) =>
    onBed({ ...ALONE, aircraft: 500, slots: 20 }, (bed) =>
      benchmarkGrowth(bed, short ? [100, 300, 1000] : [100, 1000, 10_000]),
    ),
  restart: (short) =>
    onBed({ ...ALONE, aircraft: 501, slots: 20 }, (bed) =>
      benchmarkRestart(bed, short ? 300 : 10_000),
    ),
  history: (short) =>
    onBed({ ...ALONE, aircraft: short ? 50 : 500 }, (bed) =>
      benchmarkHistory(bed, { tasks: short ? 50 : 500, report }),
    ),
  'real-pods': (short) =>
    benchmarkRealPods({ pods: short ? 10 : 40, rounds: short ? 1 : 5, report }),
  scheduling: async (short) => [
    ...(await scheduling(100, short)),
    ...(short ? [] : await scheduling(1000, short)),
  ],
}
