/**
 * Rehearses random missions: `npm run test:sim -- --runs N --seed S`. Prints each failure with its seed, cut down to few faults
 * and tasks, and the command that replays it; then the totals.
 *   --runs N     how many (default 200)
 *   --seed S     the first seed, the others follow (default 1)
 *   --small      plays small runs: one made by hand of a few tasks, with what goes wrong in patterns that have found most. A run costs
 *                a quarter of a usual one
 *   --near       plays neighbours of the runs kept in found/: a seed stands for one of them, changed by a few small steps. What stands
 *                in found/ decides with it: a run more there changes what a few of the seeds stand for
 *   --jobs J     processes (default 1); the same seeds give the same results
 *   --minutes M  takes no new seeds once this is over
 *   --play FILE  plays the run in the file, as those in found/, instead of seeds
 *   --keep DIR   writes each failing run, cut down, as DIR/SEED.json, which --play and found/ take
 *   --first      stops at the first failure
 *   --hashes     prints the hash of each run's trace
 *   --no-faults, --no-actions (of usual runs alone), --no-shrink, --trace (prints each commit, and stacks of errors)
 */
import './engine.ts'
import { fork } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
  runNeighbour,
  runScenario,
  runSmall,
  type Scenario,
  shrinkScenario,
  type Tally,
} from '@sortie/rehearsal'
import { keptRuns } from './pinned.ts'

const SHRINK_RUNS = 150

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    'no-faults': { type: 'boolean', default: false },
    'no-actions': { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    play: { type: 'string' },
    small: { type: 'boolean', default: false },
    near: { type: 'boolean', default: false },
    keep: { type: 'string' },
    first: { type: 'boolean', default: false },
    hashes: { type: 'boolean', default: false },
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
  keepHash: values.hashes,
}

/** Those that say what a seed stands for. */
const DRAWING = ['near', 'small', 'no-faults', 'no-actions'] as const
const drawnBy = DRAWING.filter((name) => values[name]).map((name) => `--${name}`)
const kept = values.near ? keptRuns() : []

function countOf(text: string, flag: string): number {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count >= 0) return count
  throw new Error(`${flag} takes a whole number, not ${text}`)
}

function runSeed(seed: number): Promise<RunOutcome> {
  if (values.near) return runNeighbour(seed, kept, options)
  return values.small ? runSmall(seed, options) : runScenario(seed, options)
}

async function runSeeds(from: number, count: number): Promise<Tally> {
  const tally = emptyTally()
  for (let seed = from; seed < from + count; seed++) {
    await report(await runSeed(seed), tally)
    if (values.first && tally.failures > 0) break
  }
  return tally
}

async function playFile(path: string): Promise<Tally> {
  const tally = emptyTally()
  const scenario = JSON.parse(readFileSync(path, 'utf8')) as Scenario
  await report(await playScenario(scenario, options), tally)
  return tally
}

async function report(outcome: RunOutcome, tally: Tally): Promise<void> {
  addOutcome(tally, outcome)
  for (const line of outcome.lines) process.stdout.write(`${line}\n`)
  if (values.hashes) process.stdout.write(`hash of ${outcome.seed}: ${outcome.hash}\n`)
  if (outcome.violations.length > 0) await reportFailure(outcome)
}

async function reportFailure(outcome: RunOutcome): Promise<void> {
  process.stdout.write(`${describeFailure(outcome, drawnBy)}\n`)
  const scenario = values['no-shrink'] ? outcome.scenario : await cutDown(outcome)
  if (values.keep === undefined) return
  mkdirSync(values.keep, { recursive: true })
  writeFileSync(join(values.keep, `${outcome.seed}.json`), `${JSON.stringify(scenario, null, 2)}\n`)
}

async function cutDown({ scenario: whole, violations }: RunOutcome): Promise<Scenario> {
  const number = violations[0]?.invariant
  const { scenario } = await shrinkScenario(whole, {
    budget: SHRINK_RUNS,
    fails: async (candidate) => (await playScenario(candidate)).violations[0]?.invariant === number,
  })
  const { faults, actions, latencyMs, missions } = scenario
  const rest = { faults, actions, latencyMs, missions }
  process.stdout.write(`  cut down: ${JSON.stringify(rest)}\n`)
  return scenario
}

/** Seeds that a process takes at a time. */
const CHUNK = 20

interface Chunk {
  readonly from: number
  readonly count: number
}

const started = performance.now()
const deadline =
  started + (values.minutes === undefined ? Infinity : Number(values.minutes) * 60_000)

/** What is left to do, in order; a process that is through with one takes the next. */
function* chunks(): Generator<Chunk> {
  for (let done = 0; done < runs && performance.now() < deadline; done += CHUNK) {
    yield { from: firstSeed + done, count: Math.min(CHUNK, runs - done) }
  }
}

/** Gives chunks to a process until there are none, and adds up what came of them. */
function employ(queue: Iterator<Chunk>, total: Tally): Promise<void> {
  const shrinking = values['no-shrink'] ? ['--no-shrink'] : []
  const keeping = values.keep === undefined ? [] : ['--keep', values.keep]
  const flags = [...drawnBy, ...shrinking, ...keeping]
  const child = fork(fileURLToPath(import.meta.url), flags)
  const next = (): void => {
    const { value, done } = queue.next()
    if (done === true) child.disconnect()
    else child.send(value)
  }
  return new Promise((resolve, reject) => {
    child.on('message', (tally) => {
      mergeTally(total, tally as Tally)
      next()
    })
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`a process of rehearsals ended with ${code}`)),
    )
    next()
  })
}

async function lead(): Promise<void> {
  const total = emptyTally()
  const queue = chunks()
  if (values.play !== undefined) mergeTally(total, await playFile(values.play))
  else if (jobs > 1) await Promise.all(Array.from({ length: jobs }, () => employ(queue, total)))
  else {
    for (const { from, count } of queue) {
      mergeTally(total, await runSeeds(from, count))
      if (values.first && total.failures > 0) break
    }
  }
  const seconds = (performance.now() - started) / 1000
  process.stdout.write(`${describeTally(total, seconds)}\n`)
  process.exitCode = total.failures > 0 ? 1 : 0
}

function follow(): void {
  process.on('message', async (message) => {
    const { from, count } = message as Chunk
    process.send?.(await runSeeds(from, count))
  })
}

if (process.send === undefined) await lead()
else follow()
