/** The rehearsal of random missions in the size that every test run affords; `npm run test:sim` runs as many as are wanted. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { describeFailure, playScenario, runScenario } from '@sortie/rehearsal'
import { PINNED, pinnedScenario } from './pinned.ts'

const IS_CI = process.env['CI'] !== undefined
/** About 200 missions; in CI as many of 3,000 as four minutes allow: .ci/run has an hour for everything. */
const RUNS = IS_CI ? 1_700 : 120
const LEAST_MISSIONS = 200
const FIRST_SEED = 5_000
const TWICE = IS_CI ? 50 : 20

/** A process per processor; what they say of failures is part of the message. */
async function rehearse(): Promise<{ readonly code: number | null; readonly said: string }> {
  const jobs = ['--jobs', String(availableParallelism()), '--minutes', '4']
  const flags = ['--runs', String(RUNS), '--seed', String(FIRST_SEED), ...jobs]
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

test('two hundred random missions under faults keep every invariant and end', async (t) => {
  const { code, said } = await rehearse()
  assert.equal(code, 0, said)
  const missions = Number(/(\d+) missions/.exec(said)?.[1])
  t.diagnostic(said)
  assert.ok(missions >= LEAST_MISSIONS, `only ${missions} missions`)
})

test('the same seed gives the same trace, byte for byte', async () => {
  const hashes = async (): Promise<(string | undefined)[]> => {
    const found: (string | undefined)[] = []
    for (let seed = 1; seed <= TWICE; seed++) {
      found.push((await runScenario(seed, { keepHash: true })).hash)
    }
    return found
  }
  const first = await hashes()
  assert.deepEqual(await hashes(), first)
  assert.equal(new Set(first).size, TWICE)
})

for (const run of PINNED) {
  test(`run ${run.seed} passes: ${run.found}`, async () => {
    const outcome = await playScenario(pinnedScenario(run))
    assert.ok(outcome.violations.length === 0, describeFailure(outcome))
  })
}
