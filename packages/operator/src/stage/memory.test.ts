import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { testClock } from '@sortie/testing'
import { makeStage } from './fixtures.ts'
import { StageMemories } from './memory.ts'

describe('what is kept of a stage between passes', () => {
  test('belongs to the stage of that uid: one made again under the name starts afresh', () => {
    const memories = new StageMemories(testClock())
    memories.of('default/s', { uid: 'one' }).remembered.set('a', 'Succeeded')
    assert.equal(memories.of('default/s', { uid: 'one' }).remembered.size, 1)
    assert.equal(memories.of('default/s', { uid: 'two' }).remembered.size, 0)
  })
  test('is gone when the stage is', () => {
    const memories = new StageMemories(testClock())
    memories.of('default/s', { uid: 'one' })
    memories.forget('default/s')
    assert.equal(memories.size, 0)
  })
  test('tasks are counted out once per generation of the spec', () => {
    const memories = new StageMemories(testClock())
    const memory = memories.of('default/s', { uid: 'one' })
    const stage = makeStage([{ name: 'scan', count: 3 }])
    const first = memories.expansionOf(memory, stage)
    const touched = { ...stage, metadata: { ...stage.metadata, resourceVersion: '99' } }
    assert.equal(memories.expansionOf(memory, touched), first)
    const changed = { ...stage, metadata: { ...stage.metadata, generation: 2 } }
    assert.notEqual(memories.expansionOf(memory, changed), first)
  })
})

describe('a large stage is looked at for several events at once', () => {
  const memoryOf = (count: number) => {
    const clock = testClock()
    const memories = new StageMemories(clock)
    const memory = memories.of('default/s', { uid: 'one' })
    memories.expansionOf(memory, makeStage([{ name: 'scan', count }]))
    return { clock, memories, memory }
  }
  test('ten thousand tasks: every three hundred milliseconds', async () => {
    const { clock, memories, memory } = memoryOf(10_000)
    assert.equal(memories.waitUntil(memory), undefined)
    const start = clock.now()
    await clock.advance(40)
    assert.equal(memories.waitUntil(memory), start + 300)
    await clock.advance(260)
    assert.equal(memories.waitUntil(memory), undefined)
  })
  test('two hundred tasks: for every event', () => {
    const { memories, memory } = memoryOf(200)
    assert.equal(memories.waitUntil(memory), undefined)
    assert.equal(memories.waitUntil(memory), undefined)
  })
  test('a clock that is set back does not hold it up', async () => {
    const { clock, memories, memory } = memoryOf(10_000)
    memories.waitUntil(memory)
    clock.jump(-3_600_000)
    await clock.advance(300)
    assert.equal(memories.waitUntil(memory), undefined)
  })
})
