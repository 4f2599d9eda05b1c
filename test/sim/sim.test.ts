/** The rehearsal of random missions in the size that every test run affords; `npm run test:sim` runs as many as are wanted. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { describeFailure, playScenario } from '@sortie/rehearsal'
import { PINNED, pinnedScenario } from './pinned.ts'

const IS_CI = process.env['CI'] !== undefined
/** About two missions each. */
const RUNS = IS_CI ? 1_700 : 120
const LEAST_MISSIONS = IS_CI ? 3_000 : 200
/** Takes four on a machine of two cores that has nothing else to do. */
const MOST_MINUTES = 9
const FIRST_SEED = 5_000
const NEAR = IS_CI ? 100 : 30
const SMALL = IS_CI ? 400 : 60
const TWICE = IS_CI ? 100 : 20

interface Rehearsed {
  readonly code: number | null
  /** What they say of failures, and the totals: part of the message where something is wrong. */
  readonly said: string
}

async function rehearse(...flags: readonly string[]): Promise<Rehearsed> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'run.ts'), ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (text) => {
    said += String(text)
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, said }
}

test('random missions under faults keep every invariant and end', async (t) => {
  // A process per processor.
  const jobs = ['--jobs', String(availableParallelism()), '--minutes', String(MOST_MINUTES)]
  const seeds = ['--runs', String(RUNS), '--seed', String(FIRST_SEED)]
  const { code, said } = await rehearse(...seeds, ...jobs)
  assert.equal(code, 0, said)
  const missions = Number(/(\d+) missions/.exec(said)?.[1])
  t.diagnostic(said)
  assert.ok(missions >= LEAST_MISSIONS, `only ${missions} missions`)
})

test('neighbours of the runs that are kept keep every invariant and end', async () => {
  const { code, said } = await rehearse('--near', '--runs', String(NEAR), '--seed', '1')
  assert.equal(code, 0, said)
  assert.match(said, new RegExp(`^${NEAR} runs`, 'm'))
})

test('small runs in which much goes wrong keep every invariant and end', async () => {
  const { code, said } = await rehearse('--small', '--runs', String(SMALL), '--seed', '1')
  assert.equal(code, 0, said)
  assert.match(said, new RegExp(`^${SMALL} runs`, 'm'))
})

test('the same seed gives the same trace, byte for byte', async () => {
  const flags = ['--runs', String(TWICE), '--seed', '1', '--hashes']
  const [one, other] = await Promise.all([rehearse(...flags), rehearse(...flags)])
  const hashes = one.said.match(/^hash of .*$/gm) ?? []
  assert.equal(one.code, 0, one.said)
  assert.equal(new Set(hashes.map((line) => line.split(': ')[1])).size, TWICE)
  assert.deepEqual(other.said.match(/^hash of .*$/gm), hashes)
})

test('every run that is kept is played', () => {
  const kept = readdirSync(join(import.meta.dirname, 'found')).sort()
  assert.deepEqual(kept, PINNED.map(({ seed }) => `${seed}.json`).sort())
})

for (const run of PINNED) {
  test(`run ${run.seed} passes: ${run.found}`, async () => {
    const outcome = await playScenario(pinnedScenario(run))
    assert.ok(outcome.violations.length === 0, describeFailure(outcome))
  })
}
