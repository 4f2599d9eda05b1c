/** The one place where product code touches the machine's clock, timers and randomness. */
import type { Clock, Timer } from './clock.ts'
import type { Random } from './random.ts'

/** The longest delay that setTimeout keeps; a longer one fires after 1 ms. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** The machine's own clock. Its timers do not keep the process alive by themselves when `unref` is set. */
export function systemClock(options: { readonly unref?: boolean } = {}): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimer: (delayMs, callback) => startTimer(delayMs, callback, options.unref === true),
  }
}

/** The machine's own randomness. */
export function systemRandom(): Random {
  return { next: () => Math.random(), uuid: () => crypto.randomUUID() }
}

/** A secret of 256 bits from the machine's source of randomness, as 64 hexadecimal digits. */
export function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Calls back in the next turn of Node's event loop, after what has arrived in this one was read. */
export function onNextTurn(callback: () => void): void {
  setImmediate(callback)
}

function startTimer(delayMs: number, callback: () => void, unref: boolean): Timer {
  let remaining = Math.max(0, delayMs)
  let handle: ReturnType<typeof setTimeout>
  const arm = (): void => {
    const step = Math.min(remaining, MAX_TIMEOUT_MS)
    remaining -= step
    handle = setTimeout(() => (remaining > 0 ? arm() : callback()), step)
    if (unref) handle.unref?.()
  }
  arm()
  return { cancel: () => clearTimeout(handle) }
}
