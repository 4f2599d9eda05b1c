import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findCondition, isConditionTrue, setCondition } from './conditions.ts'
import { deepFreeze } from './equality.ts'

const noon = Date.parse('2026-11-23T12:00:00Z')
const ready = { type: 'Ready', status: 'True', reason: 'Up', message: '' } as const

test('a new condition is appended with the time it was set', () => {
  const list = setCondition(undefined, ready, noon)
  assert.deepEqual(list, [{ ...ready, lastTransitionTime: '2026-11-23T12:00:00Z' }])
  const two = setCondition(deepFreeze(list), { ...ready, type: 'Complete' }, noon)
  assert.deepEqual(
    two.map(({ type }) => type),
    ['Ready', 'Complete'],
  )
})

test('the time moves only when the status moves', () => {
  const list = deepFreeze(setCondition([], ready, noon))
  const reworded = setCondition(
    list,
    { ...ready, reason: 'Still', observedGeneration: 2 },
    noon + 5000,
  )
  assert.equal(reworded[0]?.lastTransitionTime, '2026-11-23T12:00:00Z')
  assert.equal(reworded[0]?.reason, 'Still')
  assert.equal(reworded[0]?.observedGeneration, 2)
  const turned = setCondition(reworded, { ...ready, status: 'False' }, noon + 5000)
  assert.equal(turned[0]?.lastTransitionTime, '2026-11-23T12:00:05Z')
  assert.equal(turned[0]?.observedGeneration, undefined)
})

test('setting a condition to what it is returns the same list', () => {
  const list = setCondition([], ready, noon)
  assert.equal(setCondition(list, { ...ready }, noon + 5000), list)
})

for (const change of [
  { status: 'Unknown' as const },
  { reason: 'Other' },
  { message: 'in other words' },
  { observedGeneration: 99 },
]) {
  test(`another ${Object.keys(change)} alone is a change of the condition`, () => {
    const [before] = setCondition([], ready, noon)
    const [after] = setCondition(before && [before], { ...ready, ...change }, noon)
    assert.deepEqual(after, { ...before, ...change })
  })
}

test('conditions are found by type', () => {
  const list = setCondition(
    setCondition([], ready, noon),
    { ...ready, type: 'B', status: 'Unknown' },
    noon,
  )
  assert.equal(findCondition(list, 'B')?.status, 'Unknown')
  assert.equal(findCondition(undefined, 'B'), undefined)
  assert.ok(isConditionTrue(list, 'Ready'))
  assert.ok(!isConditionTrue(list, 'B') && !isConditionTrue(list, 'C'))
})
