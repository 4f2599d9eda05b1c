import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type StatusReason, seededRandom, statusError, TransportError } from '@sortie/machinery'
import {
  INITIAL_STATE,
  judge,
  nextStep,
  type Outcome,
  type ReflectorState,
  StaleAnswer,
  WatchListUnsupported,
} from './plan.ts'

const watching: ReflectorState = { ...INITIAL_STATE, version: '10', synced: true }
const relisting: ReflectorState = { ...watching, synced: false }

function after(state: ReflectorState, rest: Partial<Outcome>) {
  const step = nextStep(state)
  const { version } = state
  const outcome = { step, version, synced: false, opened: true, events: 0, lasted: 5000, ...rest }
  return judge(state, outcome, { now: 1_000_000, random: seededRandom(1) })
}

function rejected(
  reason: StatusReason,
  options: { retryAfterSeconds?: number; message?: string } = {},
) {
  return statusError(reason, { message: 'no', ...options })
}

const tooLarge = rejected('Timeout', { message: 'Too large resource version: 10, current: 3' })

const tooLargeByCause = statusError('Timeout', {
  message: 'no',
  causes: [{ reason: 'FieldValueInvalid' }, { reason: 'ResourceVersionTooLarge' }],
})

const busy = statusError('Timeout', {
  message: 'busy',
  causes: [{ reason: 'UnexpectedServerResponse' }],
})

type Wait = 'none' | 'backoff'
const rules: readonly {
  readonly when: string
  readonly from: ReflectorState
  readonly outcome: Partial<Outcome>
  readonly next: readonly [kind: string, version: string]
  readonly wait: Wait
}[] = [
  {
    when: 'initial events arrived and the server ended the watch',
    from: INITIAL_STATE,
    outcome: { synced: true, version: '12', events: 3 },
    next: ['watch', '12'],
    wait: 'none',
  },
  {
    when: 'the server refuses initial events',
    from: INITIAL_STATE,
    outcome: { opened: false, error: rejected('Invalid') },
    next: ['list', '0'],
    wait: 'none',
  },
  {
    when: 'the server ignores the request for initial events',
    from: INITIAL_STATE,
    outcome: { events: 2, error: new WatchListUnsupported() },
    next: ['list', '0'],
    wait: 'backoff',
  },
  {
    when: 'initial events broke off',
    from: INITIAL_STATE,
    outcome: { events: 2, error: new TransportError('reset') },
    next: ['list', '0'],
    wait: 'backoff',
  },
  {
    when: 'a watch for initial events found no server',
    from: INITIAL_STATE,
    outcome: { opened: false, error: new TransportError('refused') },
    next: ['watchList', ''],
    wait: 'backoff',
  },
  {
    when: 'the server is starting',
    from: INITIAL_STATE,
    outcome: { opened: false, error: rejected('TooManyRequests') },
    next: ['watchList', ''],
    wait: 'backoff',
  },
  {
    when: 'a list after broken initial events arrived',
    from: { ...INITIAL_STATE, watchList: 'skip once' },
    outcome: { synced: true, version: '12' },
    next: ['watch', '12'],
    wait: 'none',
  },
  {
    when: 'a watch broke',
    from: watching,
    outcome: { error: new TransportError('reset'), events: 4, version: '14' },
    next: ['watch', '14'],
    wait: 'backoff',
  },
  {
    when: 'a watch ended as it should',
    from: watching,
    outcome: {},
    next: ['watch', '10'],
    wait: 'none',
  },
  {
    when: 'a watch ended at once and brought nothing',
    from: watching,
    outcome: { lasted: 10 },
    next: ['watch', '10'],
    wait: 'backoff',
  },
  {
    when: 'the version of a watch is gone',
    from: watching,
    outcome: { error: rejected('Expired'), opened: false, lasted: 1 },
    next: ['watchList', '10'],
    wait: 'none',
  },
  {
    when: 'the version of a watch is gone again soon after',
    from: { ...watching, failures: 1, lastFailureAt: 999_000 },
    outcome: { error: rejected('Expired'), opened: false, lasted: 1 },
    next: ['watchList', '10'],
    wait: 'backoff',
  },
  {
    when: 'the version of a list is gone',
    from: relisting,
    outcome: { error: rejected('Expired'), opened: false },
    next: ['watchList', ''],
    wait: 'backoff',
  },
  {
    when: 'the server has not got as far as the version of a watch',
    from: watching,
    outcome: { error: tooLarge, opened: false },
    next: ['watchList', ''],
    wait: 'none',
  },
  {
    when: 'the server says by a cause that it has not got as far as the version of a list',
    from: relisting,
    outcome: { error: tooLargeByCause, opened: false },
    next: ['watchList', ''],
    wait: 'backoff',
  },
  {
    when: 'the server answers a list with an older state',
    from: relisting,
    outcome: { error: new StaleAnswer() },
    next: ['list', ''],
    wait: 'backoff',
  },
  {
    when: 'a watch is refused for good',
    from: watching,
    outcome: { error: rejected('Forbidden'), opened: false },
    next: ['watchList', '10'],
    wait: 'backoff',
  },
  {
    when: 'a watch is refused as invalid',
    from: watching,
    outcome: { error: rejected('Invalid'), opened: false },
    next: ['watchList', '10'],
    wait: 'backoff',
  },
  {
    when: 'a list is refused as invalid',
    from: { ...relisting, watchList: 'never' },
    outcome: { error: rejected('Invalid'), opened: false },
    next: ['list', '10'],
    wait: 'backoff',
  },
  {
    when: 'a gateway gives up on a watch',
    from: watching,
    outcome: { error: rejected('Timeout'), opened: false },
    next: ['watch', '10'],
    wait: 'backoff',
  },
  {
    when: 'a gateway gives up on a list, and says why',
    from: relisting,
    outcome: { error: busy, opened: false },
    next: ['watchList', '10'],
    wait: 'backoff',
  },
  {
    when: 'a watch is told of a version older than what was seen',
    from: watching,
    outcome: { error: new StaleAnswer() },
    next: ['watchList', ''],
    wait: 'backoff',
  },
  {
    when: 'a watch got a 500 in its stream',
    from: watching,
    outcome: { error: rejected('InternalError') },
    next: ['watch', '10'],
    wait: 'backoff',
  },
  {
    when: 'five watches in a row got nothing but errors',
    from: { ...watching, fruitless: 4 },
    outcome: { error: rejected('InternalError') },
    next: ['watchList', '10'],
    wait: 'backoff',
  },
]

for (const { when, from, outcome, next, wait } of rules) {
  test(`when ${when}, the next step is ${next[0]} from ${next[1] || 'the newest'}, wait: ${wait}`, () => {
    const { state, delay } = after(from, outcome)
    const step = nextStep(state)
    assert.deepEqual([step.kind, step.version], next)
    if (wait === 'none') assert.equal(delay, 0)
    else assert.ok(delay >= 800 && delay < 3200, String(delay))
  })
}

test('after a list in place of broken initial events the next relist tries initial events again', () => {
  const { state } = after(
    { ...INITIAL_STATE, watchList: 'skip once' },
    { synced: true, version: '12' },
  )
  assert.equal(nextStep({ ...state, synced: false }).kind, 'watchList')
  const never = after({ ...INITIAL_STATE, watchList: 'never' }, { synced: true, version: '12' })
  assert.equal(nextStep({ ...never.state, synced: false }).kind, 'list')
})

test('a server that ignores the request for initial events is not asked for them again', () => {
  const ignored = after(INITIAL_STATE, { events: 2, error: new WatchListUnsupported() }).state
  const listed = after(ignored, { synced: true, version: '12' }).state
  assert.equal(nextStep({ ...listed, synced: false }).kind, 'list')
})

test('a list that fails in place of broken initial events is tried again', () => {
  const { state } = after(
    { ...INITIAL_STATE, watchList: 'skip once' },
    { opened: false, error: rejected('InternalError') },
  )
  assert.equal(nextStep(state).kind, 'list')
})

test('a version that was lost is found again with the next whole state', () => {
  const { state } = after({ ...relisting, versionLost: true }, { synced: true, version: '20' })
  assert.deepEqual(nextStep({ ...state, synced: false }).version, '20')
  const failed = after(
    { ...relisting, versionLost: true },
    { opened: false, error: new TransportError('refused') },
  )
  assert.equal(nextStep(failed.state).version, '')
})

test('only watches that bring nothing count towards a new list, and any event begins the count anew', () => {
  const fail = (state: ReflectorState, rest: Partial<Outcome>) =>
    after(state, { error: rejected('InternalError'), ...rest }).state
  let state = watching
  for (let times = 0; times < 4; times++) state = fail(state, { events: 0 })
  assert.equal(nextStep(state).kind, 'watch')
  assert.equal(nextStep(fail(state, { events: 0 })).kind, 'watchList')
  assert.equal(nextStep(fail(state, { events: 1 })).kind, 'watch')
  for (const harmless of [
    { error: new TransportError('refused'), opened: false },
    { error: rejected('TooManyRequests'), opened: false },
    { error: rejected('TooManyRequests') },
  ]) {
    assert.equal(nextStep(after(state, harmless).state).kind, 'watch')
  }
  assert.equal(fail(state, { events: 0 }).fruitless, 0)
})

test('a watch that brought something and ended at once is opened again a second after it was', () => {
  assert.equal(after(watching, { events: 1, lasted: 400 }).delay, 600)
  assert.equal(after(watching, { events: 1, lasted: 1000 }).delay, 0)
  assert.equal(after(watching, { events: 0, lasted: 1000 }).delay, 0)
})

test('a row of failures ends two minutes after its last one', () => {
  const failedAt = (lastFailureAt: number) =>
    after(
      { ...watching, failures: 5, lastFailureAt },
      { error: new TransportError('refused'), opened: false },
    ).state
  assert.equal(failedAt(1_000_000 - 120_000).failures, 6)
  assert.equal(failedAt(1_000_000 - 120_001).failures, 1)
  assert.equal(failedAt(0).lastFailureAt, 1_000_000)
})

test('a watch that was cut off after half a minute or more begins a new row of failures', () => {
  const troubled = { ...watching, failures: 9, lastFailureAt: 950_000 }
  const cut = (lasted: number, rest: Partial<Outcome> = {}) =>
    after(troubled, { error: new TransportError('reset'), lasted, ...rest })
  assert.equal(cut(30_000).state.failures, 1)
  assert.ok(cut(30_000).delay < 1600)
  assert.equal(cut(29_999).state.failures, 10)
  assert.ok(cut(29_999).delay >= 15_000)
  assert.equal(cut(60_000, { opened: false }).state.failures, 10)
})

test('waits stay within twice their base and 30 s, and Retry-After lengthens them up to 30 s', () => {
  let state = watching
  for (let failure = 0; failure < 12; failure++) {
    const verdict = after(state, { error: new TransportError('reset') })
    const base = Math.min(15_000, 800 * 2 ** failure)
    assert.ok(verdict.delay >= base && verdict.delay <= Math.min(30_000, 2 * base))
    state = verdict.state
  }
  const asked = (retryAfterSeconds: number) =>
    after(watching, { error: rejected('TooManyRequests', { retryAfterSeconds }), opened: false })
      .delay
  assert.equal(asked(20), 20_000)
  assert.equal(asked(3600), 30_000)
})
