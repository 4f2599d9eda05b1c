/** How long a task waits before its next attempt. */
import type { Random } from '@sortie/machinery'
import type { RetryOrder } from '../pod/order.ts'

interface Backoff {
  readonly baseSeconds: number
  readonly factor: number
  readonly maxSeconds: number
}

/** Exponential as behaviour.md has it: 2ⁿ seconds, at most five minutes. */
const EXPONENTIAL: Backoff = { baseSeconds: 2, factor: 2, maxSeconds: 300 }
/** Up to a tenth is added, so that tasks that failed together do not come back together; a delay is never shorter than said. */
const JITTER = 0.1

/** Milliseconds before the `retry`th retry (1 = first), by the name of the strategy. */
type Strategy = (order: RetryOrder, retry: number, random: Random) => number

const STRATEGIES: ReadonlyMap<string, Strategy> = new Map<string, Strategy>([
  ['immediate', () => 0],
  ['exponential', (_order, retry, random) => grow(EXPONENTIAL, retry, random)],
  ['custom', (order, retry, random) => grow(order, retry, random)],
])

/** An unknown strategy waits as `exponential` does, which is the default. */
export function retryDelayMs(order: RetryOrder, retry: number, random: Random): number {
  const strategy = STRATEGIES.get(order.strategy) ?? STRATEGIES.get('exponential')
  return strategy?.(order, retry, random) ?? 0
}

function grow({ baseSeconds, factor, maxSeconds }: Backoff, retry: number, random: Random): number {
  if (baseSeconds === 0) return 0
  const seconds = baseSeconds * factor ** Math.max(0, retry - 1)
  return Math.round(Math.min(maxSeconds, seconds * (1 + JITTER * random.next())) * 1000)
}
