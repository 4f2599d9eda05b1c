import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { systemClock, systemRandom } from './adapters.ts'
import { formatMicroTime, formatTime, parseHttpDate, parseTime, sleep, soonest } from './clock.ts'
import {
  ApiStatusError,
  failureStatus,
  hasReason,
  isConflict,
  isGone,
  isNotFound,
  SortieError,
  statusError,
} from './errors.ts'
import { seededRandom } from './random.ts'
import { createVirtualClock } from './virtualclock.ts'

const noon = Date.parse('2026-11-23T12:00:00.250Z')
const settle = (): Promise<void> => setImmediate()

test('times are written as the API wants them and read again', () => {
  assert.equal(formatTime(noon), '2026-11-23T12:00:00Z')
  assert.equal(formatMicroTime(noon), '2026-11-23T12:00:00.250000Z')
  assert.equal(parseTime('2026-11-23T13:00:00.25+01:00'), noon)
  assert.equal(parseTime('2026-11-23t12:00:00.250000z'), noon)
  assert.equal(parseTime(undefined), undefined)
})

test('the time written is that of the whole second, in whatever order times are written', () => {
  const near = fc.array(fc.integer({ min: noon - 3000, max: noon + 3000 }), { maxLength: 20 })
  fc.assert(
    fc.property(near, (instants) => {
      for (const instant of instants) {
        assert.equal(formatTime(instant), `${new Date(instant).toISOString().slice(0, 19)}Z`)
      }
    }),
  )
})

for (const text of [
  'soon',
  'step 1',
  '1',
  '2026-11-23',
  '2026-11-23T12:00Z',
  '2026-11-23T12:00:00',
  '2026-11-23 12:00:00Z',
  '2026-11-23T12:00:00.Z',
  '2026-11-23T12:00:61Z',
  '2026-13-23T12:00:00Z',
  '2026-02-30T12:00:00Z',
  '2026-02-29T23:30:00-01:00',
  '2026-04-31T12:00:00Z',
  '2026-11-23T24:00:00Z',
  'Mon, 23 Nov 2026 12:00:00 GMT',
  'at 2026-11-23T12:00:00Z',
  '2026-11-23T12:00:00Z or so',
]) {
  test(`“${text}” is no time of the API`, () => assert.equal(parseTime(text), undefined))
}

test('the last day of each month is a day, that of a leap year too', () => {
  assert.equal(parseTime('2024-02-29T23:30:00-01:00'), Date.parse('2024-03-01T00:30:00Z'))
  assert.equal(parseTime('2026-12-31T00:00:00+01:00'), Date.parse('2026-12-30T23:00:00Z'))
  for (const month of ['01', '03', '05', '07', '08', '10', '12']) {
    assert.equal(
      formatTime(parseTime(`2026-${month}-31T12:00:00Z`) ?? 0).slice(5, 10),
      `${month}-31`,
    )
  }
})

test('the date of an HTTP header is read as one, and nothing else is', () => {
  assert.equal(parseHttpDate('Mon, 23 Nov 2026 12:00:00 GMT'), noon - 250)
  assert.equal(parseHttpDate('2026-11-23T12:00:00Z'), undefined)
  assert.equal(parseHttpDate('later GMT'), undefined)
  assert.equal(parseHttpDate(undefined), undefined)
})

test('the soonest of several times is the smallest that is set', () => {
  assert.equal(soonest(3, undefined, 1, 2), 1)
  assert.equal(soonest(0, 5), 0)
  assert.equal(soonest(undefined), undefined)
  assert.equal(soonest(), undefined)
})

test('virtual timers fire in the order of their times, then of their age', async () => {
  const clock = createVirtualClock(noon, settle)
  const fired: string[] = []
  clock.setTimer(20, () => fired.push(`c@${clock.now() - noon}`))
  clock.setTimer(10, () => fired.push(`a@${clock.now() - noon}`))
  clock.setTimer(10, () => fired.push(`b@${clock.monotonic()}`))
  clock.setTimer(30, () => fired.push('d')).cancel()
  await clock.advance(25)
  assert.deepEqual(fired, ['a@10', 'b@10', 'c@20'])
  assert.equal(clock.now(), noon + 25)
  assert.equal(clock.pendingTimers(), 0)
  assert.equal(await clock.step(), false)
})

test('a jump of the wall clock moves no timer', async () => {
  const clock = createVirtualClock(noon, settle)
  let fired = false
  clock.setTimer(10, () => {
    fired = true
  })
  clock.jump(-3_600_000)
  assert.equal(clock.nextTimerAt(), noon - 3_600_000 + 10)
  assert.equal(await clock.step(), true)
  assert.ok(fired)
  assert.equal(clock.monotonic(), 10)
})

test('the wall clock goes with the timers, however small their steps', async () => {
  const clock = createVirtualClock(noon, settle)
  const steps = 10_000
  const next = (left: number): void => {
    if (left > 0) clock.setTimer(0.0001, () => next(left - 1))
  }
  next(steps)
  await clock.advance(10)
  assert.equal(clock.pendingTimers(), 0)
  assert.equal(clock.now(), noon + 10)
  let seen = 0
  for (let step = 0; step < steps; step++) clock.setTimer(step / steps, () => (seen = clock.now()))
  await clock.advance(0.99999)
  assert.ok(Math.abs(seen - (noon + 10.9999)) < 0.001, String(seen - noon))
})

test('any timers, some of them cancelled, fire exactly once and in order', async () => {
  const timers = fc.array(fc.tuple(fc.nat({ max: 50 }), fc.boolean()), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(timers, async (list) => {
      const clock = createVirtualClock(0, () => Promise.resolve())
      const fired: number[] = []
      const set = list.map(([delay]) => clock.setTimer(delay, () => fired.push(delay)))
      for (const [index, [, cancelled]] of list.entries()) if (cancelled) set[index]?.cancel()
      await clock.advance(50)
      const kept = list.filter(([, cancelled]) => !cancelled).map(([delay]) => delay)
      assert.deepEqual(
        fired,
        kept.sort((a, b) => a - b),
      )
    }),
  )
})

test('sleep ends with its time, or with its signal, and leaves no timer', async () => {
  const clock = createVirtualClock(0, settle)
  let done = 0
  const abort = new AbortController()
  const first = sleep(clock, 100).then(() => done++)
  const second = sleep(clock, 200, abort.signal).then(() => done++)
  await clock.advance(100)
  assert.equal(done, 1)
  abort.abort()
  await Promise.all([first, second, sleep(clock, 5, abort.signal)])
  assert.equal(clock.pendingTimers(), 0)
})

test('the system clock fires and its timers can be cancelled', async () => {
  const clock = systemClock({ unref: false })
  let cancelled = false
  clock
    .setTimer(0, () => {
      cancelled = true
    })
    .cancel()
  await sleep(clock, 2)
  assert.equal(cancelled, false)
  assert.ok(clock.now() > noon - 10 ** 11)
  assert.ok(systemRandom().next() < 1)
})

test('the same seed gives the same sequence, another seed another', () => {
  const take = (seed: number): unknown[] => {
    const random = seededRandom(seed)
    return [random.next(), random.uuid(), random.next()]
  }
  assert.deepEqual(take(7), take(7))
  assert.notDeepEqual(take(7), take(8))
})

test('seeded numbers are uniform in [0, 1) and ids are version-4 UUIDs', () => {
  const random = seededRandom(1)
  const buckets = new Array<number>(10).fill(0)
  for (let index = 0; index < 10_000; index++) {
    const bucket = Math.floor(random.next() * 10)
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  for (const count of buckets) assert.ok(count > 850 && count < 1150, String(buckets))
  assert.match(
    random.uuid(),
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  )
  assert.match(systemRandom().uuid(), /^[0-9a-f]{8}-/)
})

test('a status error carries code, reason and details', () => {
  const error = statusError('Conflict', {
    message: 'changed',
    details: { name: 'a' },
    causes: [{ field: 'spec' }],
    retryAfterSeconds: 2,
  })
  assert.ok(error instanceof ApiStatusError)
  assert.equal(error.code, 409)
  assert.equal(error.reason, 'Conflict')
  assert.equal(error.retryAfterSeconds, 2)
  assert.deepEqual(error.status.details, {
    name: 'a',
    causes: [{ field: 'spec' }],
    retryAfterSeconds: 2,
  })
  assert.ok(isConflict(error) && !isNotFound(error) && !isConflict(new Error('Conflict')))
  assert.ok(isGone(statusError('Expired', { message: '' })))
  assert.ok(hasReason(error, 'NotFound', 'Conflict'))
  assert.ok(!hasReason({ reason: 'Conflict' }, 'Conflict'))
})

test('a failure is a Status with its reason’s code, or the one given', () => {
  const gone = failureStatus('NotFound', { message: 'gone' })
  assert.deepEqual(gone, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'gone',
    reason: 'NotFound',
    code: 404,
  })
  assert.equal(failureStatus('Timeout', { message: '', code: 408 }).code, 408)
})

test('an error made of a Status that says little has a message, a reason and a code all the same', () => {
  const bare = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure' } as const
  const error = new ApiStatusError(bare)
  assert.deepEqual([error.message, error.reason, error.code], ['unknown API error', '', 500])
  assert.equal(new ApiStatusError({ ...bare, reason: 'Expired' }).message, 'Expired')
})

test("an error of Sortie's own says what may be done about it", () => {
  const error = new SortieError('retryable', 'try again', { code: 'Busy' })
  assert.deepEqual([error.kind, error.code, error.message], ['retryable', 'Busy', 'try again'])
})
