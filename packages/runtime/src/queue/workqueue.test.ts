import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock, seededRandom } from '@sortie/machinery'
import fc from 'fast-check'
import { createWorkQueue, type WorkQueue } from './workqueue.ts'

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

function setUp(start = 1_000_000) {
  const clock = createVirtualClock(start, settle)
  const ready: string[] = []
  const queue = createWorkQueue({
    clock,
    random: seededRandom(1),
    onReady: () => ready.push('ready'),
  })
  return { clock, queue, ready }
}

const drain = (queue: WorkQueue): string[] => {
  const taken: string[] = []
  for (let key = queue.take(); key !== undefined; key = queue.take()) {
    taken.push(key)
    queue.done(key)
  }
  return taken
}

test('a key added twice is handed out once', () => {
  const { queue } = setUp()
  queue.add('a')
  queue.add('a')
  queue.add('b')
  assert.deepEqual(drain(queue), ['a', 'b'])
})

test('a key added while it is worked on comes again after done, and not before', () => {
  const { queue } = setUp()
  queue.add('a')
  assert.equal(queue.take(), 'a')
  queue.add('a')
  assert.equal(queue.take(), undefined)
  queue.done('a')
  assert.equal(queue.take(), 'a')
})

test('higher priority goes first, and a key keeps the highest that it was added with', () => {
  const { queue } = setUp()
  queue.add('low')
  queue.add('high', 5)
  queue.add('middle', 3)
  queue.add('high', 1)
  queue.add('low', 4)
  assert.deepEqual(drain(queue), ['high', 'low', 'middle'])
})

test('each key is taken once, by the highest priority or the lowest there is, whatever is added, raised and taken', () => {
  const step = fc.record({
    key: fc.nat({ max: 40 }),
    priority: fc.nat({ max: 2 }),
    take: fc.nat(3),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6000, minLength: 200, size: 'max' }), (steps) => {
      const { queue } = setUp()
      const model = new Map<string, number>()
      for (const { key, priority, take } of steps) {
        const name = String(key)
        queue.add(name, priority)
        if (priority > (model.get(name) ?? -1)) {
          model.delete(name)
          model.set(name, priority)
        }
        if (take > 0) continue
        const taken = queue.take() ?? assert.fail()
        queue.done(taken)
        const priorities = [...model.values()]
        // Every sixteenth take is of the lowest.
        const at = model.get(taken)
        assert.ok(at === Math.max(...priorities) || at === Math.min(...priorities))
        model.delete(taken)
      }
      assert.equal(queue.depth, model.size)
      assert.deepEqual(new Set(drain(queue)), new Set(model.keys()))
      assert.equal(queue.take(), undefined)
    }),
    { numRuns: 30 },
  )
})

test('many keys are taken in the order in which they came', () => {
  const { queue } = setUp()
  const keys = Array.from({ length: 20_000 }, (_, at) => String(at))
  for (const key of keys) queue.add(key)
  for (const key of keys.slice(5000, 6000)) queue.add(key, 1)
  const first = keys.slice(5000, 6000)
  const taken = drain(queue)
  assert.deepEqual(
    taken.filter((key) => !first.includes(key)),
    [...keys.slice(0, 5000), ...keys.slice(6000)],
  )
  assert.deepEqual(new Set(taken), new Set(keys))
})

test('the lowest priority gets its turn however many urgent keys there are', () => {
  const { queue } = setUp()
  queue.add('patient', 0)
  for (let i = 0; i < 100; i++) queue.add(`urgent-${i}`, 9)
  assert.ok(drain(queue).indexOf('patient') < 20)
})

test('the consumer is told once per turn', async () => {
  const { queue, ready } = setUp()
  for (let i = 0; i < 10; i++) queue.add(`key-${i}`)
  await settle()
  assert.deepEqual(ready, ['ready'])
})

test('a key comes at its time, and the earlier of two times holds', async () => {
  const { clock, queue } = setUp()
  queue.addAt('late', clock.now() + 5000)
  queue.addAt('late', clock.now() + 2000)
  queue.addAt('late', clock.now() + 9000)
  await clock.advance(1999)
  assert.equal(queue.take(), undefined)
  await clock.advance(1)
  assert.equal(queue.take(), 'late')
  queue.done('late')
  await clock.advance(20_000)
  assert.equal(queue.take(), undefined)
})

test('taking a key clears its deadline: whoever works on it decides anew', async () => {
  const { clock, queue } = setUp()
  queue.addAt('a', clock.now() + 1000)
  queue.add('a')
  assert.deepEqual(drain(queue), ['a'])
  await clock.advance(2000)
  assert.equal(queue.take(), undefined)
})

test('failure delays double up to the limit and start over after forget', () => {
  const { queue } = setUp()
  const delays = Array.from({ length: 20 }, () => queue.addAfterFailure('a'))
  assert.ok((delays[0] ?? 0) >= 20 && (delays[0] ?? 0) <= 24)
  assert.ok((delays[3] ?? 0) >= 160 && (delays[3] ?? 0) <= 192)
  assert.ok((delays.at(-1) ?? 0) >= 60_000 && (delays.at(-1) ?? 0) <= 72_000)
  queue.forget('a')
  assert.ok(queue.addAfterFailure('a') < 25)
})

test('a deadline of weeks is kept, and a jump of the wall clock is noticed within minutes', async () => {
  const { clock, queue } = setUp()
  queue.addAt('far', clock.now() + 40 * 86_400_000)
  await clock.advance(600_000)
  assert.equal(queue.take(), undefined)
  clock.jump(40 * 86_400_000)
  await clock.advance(300_000)
  assert.equal(queue.take(), 'far')
})

test('a stopped queue leaves no timer and takes nothing more', () => {
  const { clock, queue } = setUp()
  queue.addAt('a', clock.now() + 1000)
  queue.add('b')
  queue.stop()
  queue.add('c')
  queue.addAt('d', clock.now() + 1)
  assert.equal(clock.pendingTimers(), 0)
  assert.equal(queue.take(), undefined)
})

test('no key is lost and none is worked on twice at once, in any order of calls', () => {
  const call = fc.oneof(
    fc.record({ call: fc.constant('add'), key: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ call: fc.constant('take'), key: fc.constant(0) }),
    fc.record({ call: fc.constant('done'), key: fc.integer({ min: 0, max: 5 }) }),
  )
  fc.assert(
    fc.property(fc.array(call, { maxLength: 60 }), (calls) => {
      const { queue } = setUp()
      const wanted = new Set<string>()
      const working = new Set<string>()
      for (const { call: name, key } of calls) {
        const id = `key-${key}`
        if (name === 'add') {
          queue.add(id)
          wanted.add(id)
        } else if (name === 'take') {
          const taken = queue.take()
          if (taken === undefined) continue
          assert.ok(wanted.delete(taken), `${taken} was handed out though nobody wanted it`)
          assert.ok(!working.has(taken), `${taken} is worked on twice`)
          working.add(taken)
        } else if (working.delete(id)) queue.done(id)
      }
      for (const key of working) queue.done(key)
      assert.deepEqual(new Set(drain(queue)), wanted)
    }),
  )
})

test('a key added twice while it is worked on comes again once, with the higher priority', () => {
  const { queue } = setUp()
  queue.add('a', 1)
  assert.equal(queue.take(), 'a')
  for (const priority of [2, 7, 4]) queue.add('a', priority)
  queue.add('b', 5)
  queue.add('c', 8)
  assert.equal(queue.depth, 2)
  queue.done('a')
  assert.deepEqual(drain(queue), ['c', 'a', 'b'])
})

test('a key that is due while it is worked on comes after done', async () => {
  const { clock, queue } = setUp()
  queue.add('a')
  assert.equal(queue.take(), 'a')
  queue.addAt('a', clock.now() + 1000)
  await clock.advance(1000)
  assert.deepEqual([queue.take(), queue.depth], [undefined, 0])
  queue.done('a')
  assert.deepEqual(drain(queue), ['a'])
})

test('a time that is over means now', () => {
  const { clock, queue } = setUp()
  queue.addAt('now', clock.now())
  queue.addAt('past', clock.now() - 1)
  assert.deepEqual(drain(queue), ['now', 'past'])
  assert.equal(clock.pendingTimers(), 0)
})

test('the consumer is told of every time that comes, whichever was set first', async () => {
  const { clock, queue, ready } = setUp()
  const began = clock.now()
  for (const after of [3000, 1000, 2000]) queue.addAt(`${after}`, began + after)
  const taken: string[] = []
  for (let round = 1; round <= 3; round++) {
    await clock.advance(1000)
    taken.push(...drain(queue))
    assert.equal(ready.length, round)
  }
  assert.deepEqual(taken, ['1000', '2000', '3000'])
  assert.equal(clock.pendingTimers(), 0)
})

test('every sixteenth take is of the lowest priority there is', () => {
  const { queue } = setUp()
  for (let index = 0; index < 40; index++) queue.add(`low-${index}`, 0)
  for (let index = 0; index < 40; index++) queue.add(`high-${index}`, 5)
  const low = drain(queue)
    .slice(0, 40)
    .flatMap((key, index) => (key.startsWith('low') ? index + 1 : []))
  assert.deepEqual(low, [16, 32])
})

test('the delay after a failure is the key’s own, grows by what was asked for, and has no more than a fifth of chance', () => {
  const backoff = { baseMs: 100, maxMs: 1000 }
  for (const chance of [0, 0.5, 1]) {
    const clock = createVirtualClock(0, settle)
    const random = { ...seededRandom(1), next: () => chance }
    const queue = createWorkQueue({ clock, random, backoff, onReady: () => {} })
    const delays = Array.from({ length: 6 }, () => Math.round(queue.addAfterFailure('a')))
    const factor = 1 + chance / 5
    assert.deepEqual(
      delays,
      [100, 200, 400, 800, 1000, 1000].map((delay) => Math.round(delay * factor)),
    )
    assert.equal(Math.round(queue.addAfterFailure('b')), Math.round(100 * factor))
  }
})

test('how long a key was ready before it was taken is told, from the first time that it was added', async () => {
  const clock = createVirtualClock(0, settle)
  const waits: number[] = []
  const onTaken = (waited: number): void => void waits.push(waited)
  const queue = createWorkQueue({ clock, random: seededRandom(1), onReady: () => {}, onTaken })
  queue.add('a')
  await clock.advance(300)
  queue.add('a', 5)
  await clock.advance(200)
  drain(queue)
  queue.add('a')
  drain(queue)
  assert.deepEqual(waits, [500, 0])
})

test('a stopped queue forgets what was to come again', () => {
  const { queue } = setUp()
  queue.add('a')
  queue.take()
  queue.add('a')
  queue.stop()
  queue.done('a')
  assert.equal(queue.addAfterFailure('b') > 0, true)
  assert.deepEqual([queue.depth, queue.take()], [0, undefined])
})
