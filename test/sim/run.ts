/**
 * Rehearses random missions: `npm run test:sim -- --runs N --seed S`. Prints each failure with its seed, cut down to few faults
 * and tasks, and the command that replays it; then the totals.
 *   --runs N     how many (default 200)
 *   --seed S     the first seed, the others follow (default 1)
 *   --jobs J     processes (default 1)
 *   --no-faults, --no-actions, --no-shrink, --trace (prints each commit)
 */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  addOutcome,
  describeFailure,
  describeTally,
  emptyTally,
  mergeTally,
  playScenario,
  type RunOutcome,
  runScenario,
  shrinkScenario,
  type Tally,
} from '@sortie/rehearsal'

const SHRINK_RUNS = 150

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    'no-faults': { type: 'boolean', default: false },
    'no-actions': { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
})
const runs = countOf(values.runs, '--runs')
const firstSeed = countOf(values.seed, '--seed')
const jobs = Math.min(runs, countOf(values.jobs, '--jobs'))
const options = {
  faults: !values['no-faults'],
  actions: !values['no-actions'],
  keepLines: values.trace,
}

function countOf(text: string, flag: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw new Error(`${flag} takes a whole number, not ${text}`)
}

async function runSeeds(from: number, count: number): Promise<Tally> {
  const tally = emptyTally()
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await runScenario(seed, options)
    addOutcome(tally, outcome)
    for (const line of outcome.lines) process.stdout.write(`${line}\n`)
    if (outcome.violations.length > 0) await reportFailure(outcome)
  }
  return tally
}

async function reportFailure(outcome: RunOutcome): Promise<void> {
  process.stdout.write(`${describeFailure(outcome)}\n`)
  if (values['no-shrink']) return
  const number = outcome.violations[0]?.invariant
  const { scenario } = await shrinkScenario(outcome.scenario, {
    budget: SHRINK_RUNS,
    fails: async (candidate) => (await playScenario(candidate)).violations[0]?.invariant === number,
  })
  const { faults, actions, latencyMs, missions } = scenario
  const rest = { faults, actions, latencyMs, missions }
  process.stdout.write(`  cut down: ${JSON.stringify(rest)}\n`)
}

function runElsewhere(from: number, count: number): Promise<Tally> {
  const flags = process.argv.slice(2).filter((flag) => flag.startsWith('--no-'))
  const numbers = ['--runs', String(count), '--seed', String(from)]
  const child = fork(fileURLToPath(import.meta.url), [...numbers, ...flags])
  return new Promise((resolve, reject) => {
    let tally: Tally | undefined
    child.on('message', (message) => {
      tally = message as Tally
    })
    child.on('exit', (code) =>
      tally === undefined
        ? reject(new Error(`seeds from ${from}: ended with ${code}`))
        : resolve(tally),
    )
  })
}

const started = performance.now()
const total = emptyTally()
if (jobs > 1) {
  const share = Math.ceil(runs / jobs)
  const parts = Array.from({ length: jobs }, (_, job) =>
    runElsewhere(firstSeed + job * share, Math.min(share, runs - job * share)),
  )
  for (const part of await Promise.all(parts)) mergeTally(total, part)
} else mergeTally(total, await runSeeds(firstSeed, runs))
if (process.send === undefined) {
  const seconds = (performance.now() - started) / 1000
  process.stdout.write(`${describeTally(total, seconds)}\n`)
} else process.send(total)
process.exitCode = total.failures > 0 ? 1 : 0
