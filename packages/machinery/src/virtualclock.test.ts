import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createVirtualClock } from './virtualclock.ts'

const settle = (): Promise<void> => Promise.resolve()

type Action =
  | { readonly kind: 'set' | 'advance'; readonly ms: number }
  | { readonly kind: 'jump'; readonly ms: number }
  | { readonly kind: 'cancel'; readonly which: number }
  | { readonly kind: 'step' }

const START = 1_000_000

/** The same by a list that is searched each time. Every third timer sets another one when it fires. */
function plainClock() {
  let elapsed = 0
  let offset = START
  let made = 0
  let timers: { readonly id: number; readonly at: number }[] = []
  const fired: number[] = []
  const set = (ms: number): number => {
    timers.push({ id: made, at: elapsed + Math.max(0, ms) })
    return made++
  }
  const first = () => timers.toSorted((a, b) => a.at - b.at || a.id - b.id)[0]
  const fire = (): void => {
    const next = first()
    if (next === undefined) return
    timers = timers.filter((timer) => timer !== next)
    elapsed = Math.max(elapsed, next.at)
    fired.push(next.id)
    if (next.id % 3 === 0) set(7)
  }
  const act = (action: Action): void => {
    if (action.kind === 'set') set(action.ms)
    else if (action.kind === 'jump') offset += action.ms
    else if (action.kind === 'cancel') timers = timers.filter(({ id }) => id !== action.which)
    else if (action.kind === 'step') fire()
    else {
      const end = elapsed + action.ms
      while ((first()?.at ?? Number.POSITIVE_INFINITY) <= end) fire()
      elapsed = end
    }
  }
  const state = () => {
    const at = first()?.at
    const next = at === undefined ? undefined : offset + at
    return { fired: [...fired], now: offset + elapsed, elapsed, next, pending: timers.length }
  }
  return { act, state }
}

function realClock() {
  const clock = createVirtualClock(START, settle)
  const timers: { cancel(): void }[] = []
  const fired: number[] = []
  const set = (ms: number): void => {
    const id = timers.length
    const onFire = (): void => {
      fired.push(id)
      if (id % 3 === 0) set(7)
    }
    timers.push(clock.setTimer(ms, onFire))
  }
  const act = async (action: Action): Promise<void> => {
    if (action.kind === 'set') set(action.ms)
    else if (action.kind === 'jump') clock.jump(action.ms)
    else if (action.kind === 'cancel') timers[action.which]?.cancel()
    else if (action.kind === 'step') await clock.step()
    else await clock.advance(action.ms)
  }
  const state = () => ({
    fired: [...fired],
    now: clock.now(),
    elapsed: clock.monotonic(),
    next: clock.nextTimerAt(),
    pending: clock.pendingTimers(),
  })
  return { act, state }
}

test('whatever is set, cancelled and waited for, the clock does what a list of timers would', async () => {
  const ms = fc.integer({ min: -5, max: 200 })
  const set = fc.record({ kind: fc.constant('set' as const), ms })
  const action: fc.Arbitrary<Action> = fc.oneof(
    { weight: 9, arbitrary: set },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('cancel'), which: fc.nat(50) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('advance'), ms: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('jump'), ms }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('step') }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 100, size: 'max' }), async (actions) => {
      const [plain, real] = [plainClock(), realClock()]
      for (const each of actions) {
        plain.act(each)
        await real.act(each)
        assert.deepEqual(real.state(), plain.state())
      }
    }),
    { numRuns: 300 },
  )
})

test('the clock stays where it is when it may not go on, and goes on from there', async () => {
  const clock = createVirtualClock(START, settle)
  const fired: number[] = []
  for (const ms of [10, 20, 30]) clock.setTimer(ms, () => fired.push(ms))
  await clock.advance(100, () => fired.length < 2)
  assert.deepEqual([fired, clock.monotonic(), clock.pendingTimers()], [[10, 20], 20, 1])
  await clock.advance(100, () => true)
  assert.deepEqual([fired, clock.monotonic()], [[10, 20, 30], 120])
})

test('a timer sees what the promises of the one before have done', async () => {
  const clock = createVirtualClock(START, () => new Promise((resolve) => setImmediate(resolve)))
  const seen: string[] = []
  const work = async (): Promise<void> => {
    for (let step = 0; step < 9; step++) await step
    seen.push('settled')
  }
  clock.setTimer(1, () => void work())
  clock.setTimer(1, () => seen.push('second'))
  await clock.advance(1)
  assert.deepEqual(seen, ['settled', 'second'])
})
