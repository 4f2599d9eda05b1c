/**
 * Runs the benchmarks: `npm run bench [-- names…] [--gate] [--record]`. With --gate it ends with 1 where a gated figure is out of
 * its range; with --record the values are noted in ranges.json.
 */
import { type Figure, formatVerdict, judge, readRanges, recordRuns } from './figures.ts'

const BENCHMARKS: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  apiserver: async () => (await import('./apiserver.ts')).benchmarkApiServer(),
  mission: async () => (await import('./mission.ts')).benchmarkMission(),
  start: async () => (await import('./start.ts')).benchmarkStart(),
}

const args = process.argv.slice(2)
const flags = new Set(args.filter((arg) => arg.startsWith('--')))
const names = args.filter((arg) => !arg.startsWith('--'))
const unknown = names.find((name) => BENCHMARKS[name] === undefined)
if (unknown !== undefined) {
  throw new Error(`no benchmark ${unknown}: one of ${Object.keys(BENCHMARKS).join(', ')}`)
}
const figures: Figure[] = []
for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
  if (names.length === 0 || names.includes(name)) figures.push(...(await benchmark()))
}
const verdicts = judge(figures, readRanges())
for (const verdict of verdicts) process.stdout.write(`${formatVerdict(verdict)}\n`)
if (flags.has('--record')) recordRuns(figures)
const out = verdicts.filter(({ within, range }) => !within && range?.gate === true)
if (flags.has('--gate') && out.length > 0) {
  process.stdout.write(`${out.length} gated figures out of range\n`)
  process.exitCode = 1
}
process.exit()
