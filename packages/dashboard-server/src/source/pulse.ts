/**
 * Whether the API server is still at the other end of a transport. All its watches tell the pulse what comes; where nothing has come for
 * a while it is asked once, so that a line that died without a word is noticed long before each watch can tell by itself.
 */
import type { Clock, Instant, Timer, Transport } from '@sortie/machinery'

/** Without a sign for this long it is asked. */
export const QUIET_MILLIS = 10_000
/** Who has not answered by then is not there. */
export const ANSWER_MILLIS = 5_000

export interface PulseListener {
  /** @param since when the last sign came */
  onSilent(since: Instant, error: unknown): void
  /** Something came again. */
  onHeard(): void
}

export interface Pulse {
  /** Something came. */
  sign(): void
  /** It is asked only while somebody listens; the function returned takes the listener out. */
  listen(listener: PulseListener): () => void
}

export function createPulse(transport: Pick<Transport, 'request'>, clock: Clock): Pulse {
  const listeners = new Set<PulseListener>()
  let heard = clock.monotonic()
  let silence: { readonly since: Instant; readonly error: unknown } | undefined
  let timer: Timer | undefined

  const sign = (): void => {
    heard = clock.monotonic()
    if (silence === undefined) return
    silence = undefined
    for (const listener of listeners) listener.onHeard()
  }
  const ask = async (): Promise<void> => {
    const before = heard
    try {
      // Whatever it answers: a refusal is an answer too.
      await transport.request({ method: 'GET', path: '/version', timeoutMs: ANSWER_MILLIS })
      sign()
    } catch (error) {
      if (heard !== before || silence !== undefined) return
      silence = { since: clock.now() - (clock.monotonic() - heard), error }
      for (const listener of listeners) listener.onSilent(silence.since, error)
    }
  }
  const look = (): void => {
    const left = heard + QUIET_MILLIS - clock.monotonic()
    timer = clock.setTimer(left > 0 ? left : QUIET_MILLIS, look)
    if (left <= 0) void ask()
  }
  return {
    sign,
    listen(listener) {
      listeners.add(listener)
      if (silence !== undefined) listener.onSilent(silence.since, silence.error)
      timer ??= clock.setTimer(QUIET_MILLIS, look)
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        timer?.cancel()
        timer = undefined
        silence = undefined
      }
    },
  }
}
