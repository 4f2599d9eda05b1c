/** That rehearsals find mistakes: those that have a run of their own and a few others here, all by `node test/sim/mutations.ts`. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { MUTANTS } from './mutants.ts'
import { createEnclosure, mutated } from './mutations.ts'

const PACKAGES = join(import.meta.dirname, '../../packages')
/** Found within a few runs. */
const QUICK = [
  'a dependency between stages is ignored',
  'a retry is not counted',
  'failed tasks count as cancelled',
]
const RUNS = 40

const enclosure = createEnclosure()
after(() => enclosure.remove())

test('every mutant still fits the code that it is about', () => {
  for (const mutant of MUTANTS) {
    const source = readFileSync(join(PACKAGES, mutant.file), 'utf8')
    assert.notEqual(mutated(source, mutant), source, mutant.name)
  }
})

for (const mutant of MUTANTS.filter(({ pinned }) => pinned !== undefined)) {
  test(`run ${mutant.pinned} finds that ${mutant.name}`, async () => {
    const { runs } = await enclosure.hunt(mutant, { runs: 1, firstSeed: 1 })
    assert.equal(runs, 1)
  })
}

for (const name of QUICK) {
  test(`rehearsals find that ${name}`, async () => {
    const mutant = MUTANTS.find((one) => one.name === name)
    assert.ok(mutant !== undefined)
    const { runs } = await enclosure.hunt(mutant, { runs: RUNS, firstSeed: 1 })
    assert.ok(runs !== undefined, `not within ${RUNS} runs`)
  })
}
