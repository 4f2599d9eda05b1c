/**
 * Runs the benchmarks: `npm run bench [-- names…] [--against controlplane] [--short] [--gate] [--record]`. Against a real control
 * plane others are run than against the embedded server, with ranges of their own. With --gate it ends with 1 where a gated figure
 * is out of its range; with --record the values are noted in the file of the ranges; --short is what CI has time for.
 */
import { parseArgs } from 'node:util'
import { missingForControlPlane } from '@sortie/testing'
import { type Figure, formatVerdict, judge, readRanges, recordRuns } from './figures.ts'

type Benchmarks = Readonly<Record<string, (short: boolean) => Promise<readonly Figure[]>>>

const EMBEDDED: Benchmarks = {
  apiserver: async () => (await import('./apiserver.ts')).benchmarkApiServer(),
  mission: async () => (await import('./mission.ts')).benchmarkMission(),
  rehearsal: async () => (await import('./rehearsal.ts')).benchmarkRehearsal(),
  start: async () => (await import('./start.ts')).benchmarkStart(),
}

/** Of the real ones, those that CI has time for: counts, which are gated, and the ratio to a Job, which is told. */
const SHORT: readonly string[] = ['requests', 'restart', 'history', 'throughput']

async function benchmarksAgainst(what: string): Promise<Benchmarks> {
  if (what === 'embedded') return EMBEDDED
  if (what !== 'controlplane') throw new Error(`--against ${what}: embedded or controlplane`)
  return (await import('./controlplane/index.ts')).CONTROLPLANE_BENCHMARKS
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: 'string', default: 'embedded' },
    short: { type: 'boolean', default: false },
    gate: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
})

async function main(): Promise<void> {
  const { against, short, gate, record } = values
  const missing = against === 'controlplane' ? missingForControlPlane() : undefined
  if (missing !== undefined) {
    process.stdout.write(`skipped: ${missing}\n`)
    return
  }
  const benchmarks = await benchmarksAgainst(against)
  const unknown = positionals.find((name) => benchmarks[name] === undefined)
  if (unknown !== undefined) {
    throw new Error(`no benchmark ${unknown}: one of ${Object.keys(benchmarks).join(', ')}`)
  }
  const usual = short && against === 'controlplane' ? SHORT : Object.keys(benchmarks)
  const chosen = positionals.length > 0 ? positionals : usual
  const ranges = readRanges(against)
  let out = 0
  for (const name of chosen) {
    const figures = (await benchmarks[name]?.(short)) ?? []
    for (const verdict of judge(figures, ranges)) {
      process.stdout.write(`${formatVerdict(verdict)}\n`)
      if (!verdict.within && verdict.range?.gate === true) out++
    }
    if (record) recordRuns(against, figures)
  }
  if (!gate || out === 0) return
  process.stdout.write(`${out} gated figures out of range\n`)
  process.exitCode = 1
}

await main()
process.exit()
