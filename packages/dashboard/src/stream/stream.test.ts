import { BEAT_MILLIS } from '@sortie/api'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { stubSockets, type TestSocket } from '../testing/sockets.ts'
import { followVisibility, stream, takeRows } from './stream.ts'

let socket: () => TestSocket
beforeEach(() => {
  vi.useFakeTimers()
  socket = stubSockets()
  stream.start()
  socket().greet()
})
afterEach(() => {
  stream.forget()
  stream.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** Time goes by, and the server beats. */
function pass(millis: number): void {
  for (let left = millis; left > 0; left -= BEAT_MILLIS) {
    vi.advanceTimersByTime(Math.min(left, BEAT_MILLIS))
    socket().say({ type: 'beat', time: 0 })
  }
}

const asked = () => socket().sent.map(({ type, kind }) => `${type} ${kind ?? ''}`.trim())
const row = (uid: string) => ({ uid, name: uid, created: 0 })

it('subscribes once for all who show the same, and a while longer than the last of them', () => {
  const first = takeRows('missions', { namespace: 'north' })
  const second = takeRows('missions', { namespace: 'north' })
  takeRows('missions', { namespace: 'south' })
  expect(asked()).toEqual(['subscribe missions', 'subscribe missions'])
  expect(first.live).toBe(second.live)
  first.release()
  first.release()
  pass(60_000)
  expect(asked()).toHaveLength(2)
  second.release()
  pass(9_000)
  takeRows('missions', { namespace: 'north' }).release()
  pass(9_000)
  expect(asked()).toHaveLength(2)
  pass(2_000)
  expect(asked().at(-1)).toBe('unsubscribe')
})

it('shows rows once the last part is there, and never those that may not be seen any more', () => {
  const { live } = takeRows('missions', {})
  const id = socket().sent[0]?.['id']
  const say = (message: object) => socket().say({ id, ...message } as never)
  say({ type: 'snapshot', rows: [row('a')], first: true, last: false })
  expect([live.ready.value, live.rows.value]).toEqual([false, []])
  say({ type: 'snapshot', rows: [row('b')], first: false, last: true })
  expect(live.rows.value.map(({ uid }) => uid)).toEqual(['a', 'b'])
  say({ type: 'batch', upserts: [row('c')], deletes: ['a'] })
  expect(live.rows.value.map(({ uid }) => uid)).toEqual(['b', 'c'])
  say({ type: 'state', state: 'stale', since: 1, message: 'watch lost' })
  expect(live.rows.value).toHaveLength(2)
  say({ type: 'state', state: 'forbidden', message: 'list missions' })
  expect([live.ready.value, live.rows.value]).toEqual([true, []])
})

it('gives everything up while the tab is hidden for long, and takes it again', () => {
  let visibility = 'visible'
  const page = new EventTarget() as unknown as Document
  Object.defineProperty(page, 'visibilityState', { get: () => visibility })
  const turn = (to: string) => {
    visibility = to
    page.dispatchEvent(new Event('visibilitychange'))
  }
  followVisibility(page)
  takeRows('missions', {})
  turn('hidden')
  pass(59_000)
  turn('visible')
  pass(60_000)
  expect(asked()).toEqual(['subscribe missions'])
  turn('hidden')
  pass(61_000)
  expect(asked()).toEqual(['subscribe missions', 'unsubscribe'])
  turn('visible')
  expect(asked().at(-1)).toBe('subscribe missions')
})

it('forgets every row when another person signs in', () => {
  const { live } = takeRows('missions', {})
  stream.forget()
  expect(takeRows('missions', {}).live).not.toBe(live)
})
