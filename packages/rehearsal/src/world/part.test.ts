/** When a fault strikes a part. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fault } from '../faults/fault.ts'
import { playScenario } from '../run.ts'
import { drawScenario } from '../scenario/generate.ts'

const CALM = drawScenario(1, { faults: false, actions: false })

async function traceUnder(fault: Fault): Promise<string | undefined> {
  return (await playScenario({ ...CALM, faults: [fault] }, { keepHash: true })).hash
}

test('a fault that lets four writes pass strikes the fifth', async () => {
  const crash = { kind: 'crash', part: 'operator', at: 0, when: 'after', downMs: 1000 } as const
  const [first, fifth, counted] = [
    await traceUnder(crash),
    await traceUnder({ ...crash, skip: 4 }),
    await traceUnder({ ...crash, atWrite: 5 }),
  ]
  assert.equal(fifth, counted)
  assert.notEqual(fifth, first)
})

test('the requests that a fault lets pass are its own alone', async () => {
  const drop = { kind: 'lose', part: 'operator', at: 0, with: 'broken' } as const
  const { statistics } = await playScenario({
    ...CALM,
    faults: [
      { ...drop, skip: 2 },
      { ...drop, skip: 1 },
      { kind: 'cutWatches', part: 'fleet', at: 60_000 },
    ],
  })
  assert.deepEqual(statistics.faults, { cutWatches: 1, lose: 2 })
})
