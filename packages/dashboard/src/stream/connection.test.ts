import { BEAT_MILLIS, STREAM_CLOSE } from '@sortie/api'
import { createVirtualClock, type Random } from '@sortie/machinery'
import { expect, it } from 'vitest'
import { TestSocket } from '../testing/sockets.ts'
import {
  type ConnectionState,
  type LogSink,
  type RowSink,
  SILENCE_MILLIS,
  StreamConnection,
} from './connection.ts'
import { freshnessOf } from './freshness.ts'

/** Always in the middle: waits are as long as they are said to be. */
const middling = { next: () => 0.5 } as unknown as Random

function connect() {
  const clock = createVirtualClock(1_000_000, async () => {})
  const sockets: TestSocket[] = []
  const states: ConnectionState[] = []
  const signs: number[] = []
  const connection = new StreamConnection({
    open: () => {
      const socket = new TestSocket()
      sockets.push(socket)
      return socket
    },
    clock,
    random: middling,
    onState: (state) => states.push(state),
    onSign: (at) => signs.push(at),
  })
  connection.start()
  const last = (): TestSocket => {
    const socket = sockets.at(-1)
    if (socket === undefined) throw new Error('nothing was opened')
    return socket
  }
  return { clock, connection, sockets, states, signs, last }
}

function rowSink(): RowSink & { readonly told: string[] } {
  const told: string[] = []
  return {
    told,
    snapshot: (rows) => told.push(`snapshot ${rows.length}`),
    batch: (upserts, deletes) => told.push(`batch ${upserts.length} ${deletes.length}`),
    state: ({ state }) => told.push(state),
  }
}

it('waits longer from failure to failure, and begins anew once it was greeted', async () => {
  const { clock, sockets, states, last } = connect()
  const waits: number[] = []
  for (let attempt = 0; attempt < 8; attempt++) {
    last().drop()
    const state = states.at(-1)
    if (state?.state !== 'lost') throw new Error('not lost')
    waits.push(state.retryAt - state.since)
    await clock.advance(waits.at(-1) ?? 0)
    expect(sockets).toHaveLength(attempt + 2)
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
  last().greet()
  last().drop()
  expect(states.at(-1)).toMatchObject({ state: 'lost', retryAt: clock.now() + 500 })
})

it('connects at once when it is asked to, and then not again', async () => {
  const { clock, connection, sockets, last } = connect()
  last().drop()
  connection.start()
  expect(sockets).toHaveLength(2)
  last().greet()
  await clock.advance(SILENCE_MILLIS - 1)
  expect(sockets).toHaveLength(2)
})

it('gives up a connection on which nothing comes any more, and one that does not open', async () => {
  const { clock, sockets, states, last } = connect()
  last().greet()
  for (let beat = 0; beat < 20; beat++) {
    await clock.advance(BEAT_MILLIS)
    last().say({ type: 'beat', time: 0 })
  }
  expect(sockets).toHaveLength(1)
  const [dead] = sockets
  await clock.advance(SILENCE_MILLIS)
  expect(dead?.isClosed).toBe(true)
  expect(states.at(-1)).toMatchObject({ state: 'lost', retryAt: clock.now() + 500 })
  await clock.advance(500)
  expect([sockets.length, states.at(-1)?.state]).toEqual([2, 'connecting'])
  await clock.advance(SILENCE_MILLIS)
  expect([last().isClosed, states.at(-1)?.state]).toEqual([true, 'lost'])
  // What the dead one says in the end is nobody's any more.
  dead?.drop()
  dead?.greet()
  expect(states.at(-1)?.state).toBe('lost')
})

it('asks only once it was greeted, and for all that is still wanted after a loss', async () => {
  const { clock, connection, last } = connect()
  const missions = rowSink()
  connection.subscribe('missions', {}, missions)
  const drop = connection.subscribe('tasks', { namespace: 'north' }, rowSink())
  expect(last().sent).toEqual([])
  last().greet()
  expect(last().asked).toEqual(['subscribe 1', 'subscribe 2'])
  drop()
  expect(last().asked.at(-1)).toBe('unsubscribe 2')
  last().drop()
  await clock.advance(500)
  last().greet('e2')
  expect(last().sent).toEqual([{ type: 'subscribe', id: 1, kind: 'missions', scope: {} }])
  last().say({ type: 'snapshot', id: 1, rows: [], first: true, last: true })
  last().say({ type: 'batch', id: 1, upserts: [], deletes: ['a'] })
  last().say({ type: 'state', id: 1, state: 'forbidden', message: 'list missions' })
  last().say({ type: 'batch', id: 2, upserts: [], deletes: ['a'] })
  expect(missions.told).toEqual(['snapshot 0', 'batch 0 1', 'forbidden'])
})

it('ends a log with the stream, and does not ask for it again', async () => {
  const { clock, connection, last } = connect()
  const ends: (string | undefined)[] = []
  const lines: string[] = []
  const sink: LogSink = {
    lines: (some) => lines.push(...some),
    end: (problem) => ends.push(problem?.message),
  }
  const source = { namespace: 'n', pod: 'p', container: 'c', follow: true }
  connection.openLog(source, sink)
  expect(ends).toEqual(['not connected'])
  last().greet()
  connection.openLog(source, sink)
  const [{ id }] = last().sent as [{ id: number }]
  last().say({ type: 'lines', id, lines: ['one'] })
  last().drop()
  expect([lines, ends]).toEqual([['one'], ['not connected', 'connection lost']])
  await clock.advance(500)
  last().greet()
  expect(last().sent).toEqual([])
})

it('stays signed out until the person signs in again', async () => {
  const { clock, connection, sockets, states, last } = connect()
  last().greet()
  last().drop(STREAM_CLOSE.signedOut)
  expect(states.at(-1)).toEqual({ state: 'signedOut' })
  await clock.advance(3_600_000)
  expect(sockets).toHaveLength(1)
  connection.start()
  expect(sockets).toHaveLength(2)
})

it('takes no notice of a socket that it has left', () => {
  const { connection, states, last } = connect()
  const old = last()
  old.greet()
  connection.stop()
  expect(old.isClosed).toBe(true)
  const before = states.length
  old.drop()
  expect(states).toHaveLength(before)
})

it('counts every message as a sign of life, from which freshness is told', async () => {
  const { clock, signs, states, last } = connect()
  last().greet()
  const heard = signs.at(-1) ?? 0
  expect(heard).toBe(clock.now())
  const state = states.at(-1)
  if (state === undefined) throw new Error('no state')
  const after = (seconds: number) => freshnessOf(state, heard, heard + seconds * 1_000)
  const beat = BEAT_MILLIS / 1_000
  expect([after(0), after(beat + 2), after(beat + 3), after(beat + 15), after(beat + 16)]).toEqual([
    'live',
    'live',
    'delayed',
    'delayed',
    'stale',
  ])
  expect(freshnessOf({ state: 'lost', since: 0, retryAt: 1 }, heard, heard)).toBe('offline')
  expect(freshnessOf({ state: 'signedOut' }, heard, heard)).toBe('signedOut')
})
