/** How fresh what is shown is: by the connection, and by when the server was last heard. */
import { BEAT_MILLIS } from '@sortie/api'
import type { Instant } from '@sortie/machinery'
import type { ConnectionState } from './connection.ts'

export type Freshness = 'live' | 'delayed' | 'stale' | 'offline' | 'connecting' | 'signedOut'

/** Silence beyond a beat that still counts as live, and as delayed, in milliseconds. */
const LIVE_LAG = 2_000
const DELAYED_LAG = 15_000

/** `lastSign` is when the last message came; the server sends one at least at every beat. */
export function freshnessOf(state: ConnectionState, lastSign: Instant, now: Instant): Freshness {
  if (state.state === 'signedOut' || state.state === 'connecting') return state.state
  if (state.state === 'lost') return 'offline'
  const lag = now - lastSign - BEAT_MILLIS
  if (lag <= LIVE_LAG) return 'live'
  return lag <= DELAYED_LAG ? 'delayed' : 'stale'
}
