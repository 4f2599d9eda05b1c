import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONFIG_MAPS, createVirtualClock, type JsonObject } from '@sortie/machinery'
import { createPace, type StatusWrite } from './pace.ts'
import type { Operation, PatchOperation } from './plan.ts'

const newClock = () => createVirtualClock(0, () => Promise.resolve())
const ref = { namespace: 'default', name: 'a', uid: 'u1' }
const patch = (body: JsonObject, uid = ref.uid): PatchOperation => ({
  kind: 'patch',
  type: CONFIG_MAPS,
  ref: { ...ref, uid },
  patch: { type: 'merge', body },
})

/** Does it as soon as it may be done, so often, and gives the pauses in between, in seconds. */
async function pausesOf(operation: Operation, times: number): Promise<readonly number[]> {
  const clock = newClock()
  const pace = createPace(clock)
  const pauses: number[] = []
  for (let round = 0; round < times; round++) {
    const pause = (pace.waitUntil(operation) ?? clock.now()) - clock.now()
    pauses.push(pause / 1000)
    await clock.advance(pause)
    pace.note(operation)
  }
  return pauses
}

test('the same patch of the same object waits longer each time, up to a minute', async () => {
  assert.deepEqual(
    await pausesOf(patch({ data: { a: '1' } }), 10),
    [0, 0, 1, 2, 4, 8, 16, 32, 60, 60],
  )
})

const status = (difference: JsonObject): StatusWrite => ({
  kind: 'status',
  type: CONFIG_MAPS,
  ref,
  difference,
})

test('so does the same status, at whatever time it is said', async () => {
  const clock = newClock()
  const pace = createPace(clock)
  const pauses: number[] = []
  for (let round = 0; round < 5; round++) {
    const conditions = [{ type: 'Progressing', status: 'True', lastTransitionTime: String(round) }]
    const write = status({ phase: 'Running', conditions, observedGeneration: round })
    const pause = (pace.waitUntil(write) ?? clock.now()) - clock.now()
    pauses.push(pause / 1000)
    await clock.advance(pause)
    pace.note(write)
  }
  assert.deepEqual(pauses, [0, 0, 1, 2, 4])
  assert.equal(pace.waitUntil(status({ phase: 'Succeeded' })), undefined)
  assert.equal(pace.waitUntil(patch({ data: {} })), undefined, 'the object is another matter')
})

test('that another generation is followed is said at once, however often', () => {
  const pace = createPace(newClock())
  for (let generation = 1; generation < 10; generation++) {
    const write = status({ observedGeneration: generation, lastUpdateTime: String(generation) })
    assert.equal(pace.waitUntil(write), undefined)
    pace.note(write)
  }
})

test('a delete never waits', async () => {
  const remove: Operation = { kind: 'delete', type: CONFIG_MAPS, ref }
  assert.deepEqual(await pausesOf(remove, 4), [0, 0, 0, 0])
})

test('what the controller itself changed back is no repeat', () => {
  const pace = createPace(newClock())
  for (let round = 0; round < 20; round++) {
    const operation = patch({ data: { share: String(round % 2) } })
    assert.equal(pace.waitUntil(operation), undefined)
    pace.note(operation)
  }
})

test('another object under the name has no past', () => {
  const pace = createPace(newClock())
  for (let round = 0; round < 5; round++) pace.note(patch({ data: {} }))
  assert.notEqual(pace.waitUntil(patch({ data: {} })), undefined)
  assert.equal(pace.waitUntil(patch({ data: {} }, 'u2')), undefined)
})

test('what was left to stand for twice its pause and ten seconds starts anew', async () => {
  const clock = newClock()
  const pace = createPace(clock)
  const operation = patch({ data: {} })
  for (let round = 0; round < 3; round++) pace.note(operation)
  await clock.advance(1000)
  assert.equal(pace.waitUntil(operation), clock.now() + 1000)
  await clock.advance(13_001)
  pace.note(operation)
  assert.equal(pace.waitUntil(operation), undefined)
})

test('of a status the time alone is no news, and makes no pause longer', () => {
  const pace = createPace(newClock())
  const said = status({ phase: 'Running' })
  for (let round = 0; round < 2; round++) pace.note(said)
  const first = pace.waitUntil(said)
  for (let round = 0; round < 5; round++) pace.note(status({ lastUpdateTime: String(round) }))
  assert.equal(pace.waitUntil(said), first)
})

test('objects have a past each, and so have an object’s spec and its status', () => {
  const pace = createPace(newClock())
  const others = [
    { ...patch({ data: {} }), ref: { ...ref, name: 'b' } },
    { ...patch({ data: {} }), ref: { ...ref, namespace: 'other' } },
    { ...patch({ data: {} }), type: { ...CONFIG_MAPS, plural: 'secrets' } },
    status({ data: {} }),
  ] as const
  for (let round = 0; round < 3; round++) pace.note(patch({ data: {} }))
  for (const other of others) {
    assert.equal(pace.waitUntil(other), undefined)
    pace.note(other)
  }
  assert.notEqual(pace.waitUntil(patch({ data: {} })), undefined)
})

test('a truce is twice the pause and ten seconds, to the millisecond', async () => {
  for (const [late, isNew] of [
    [0, false],
    [1, true],
  ] as const) {
    const clock = newClock()
    const pace = createPace(clock)
    for (let round = 0; round < 4; round++) pace.note(patch({ data: {} }))
    await clock.advance(2 * 4000 + 10_000 + late)
    pace.note(patch({ data: {} }))
    pace.note(patch({ data: {} }))
    const pause = (pace.waitUntil(patch({ data: {} })) ?? 0) - clock.now()
    assert.equal(pause, isNew ? 1000 : 16_000)
  }
})

test('the past of one object is kept however many others are written meanwhile', async () => {
  const clock = newClock()
  const pace = createPace(clock)
  for (let round = 0; round < 8; round++) pace.note(patch({ data: {} }))
  for (let index = 0; index < 100; index++) {
    await clock.advance(1000)
    pace.note({ ...patch({ data: {} }), ref: { ...ref, name: `b${index}` } })
  }
  pace.note(patch({ data: {} }))
  assert.equal(pace.waitUntil(patch({ data: {} })), clock.now() + 60_000)
})
