/** The rehearsal of random missions in the size that every test run affords; `npm run test:sim` runs as many as are wanted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeFailure, runScenario } from '@sortie/rehearsal'
import { PINNED } from './pinned.ts'

/** About 200 missions. */
const RUNS = 120
const FIRST_SEED = 5_000
const TWICE = 20

async function pass(seed: number, options: Parameters<typeof runScenario>[1] = {}) {
  const outcome = await runScenario(seed, options)
  assert.ok(outcome.violations.length === 0, describeFailure(outcome))
  return outcome
}

test('two hundred random missions under faults keep every invariant and end', async () => {
  let missions = 0
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
    missions += (await pass(seed)).statistics.missions
  }
  assert.ok(missions >= 200, `only ${missions} missions`)
})

test('the same seed gives the same trace, byte for byte', async () => {
  const hashes = async (): Promise<string[]> => {
    const found: string[] = []
    for (let seed = 1; seed <= TWICE; seed++) found.push((await runScenario(seed)).hash)
    return found
  }
  const first = await hashes()
  assert.deepEqual(await hashes(), first)
  assert.equal(new Set(first).size, TWICE)
})

for (const { seed, without, found } of PINNED) {
  test(`seed ${seed} passes: ${found}`, async () => {
    await pass(seed, without === undefined ? {} : { [without]: false })
  })
}
