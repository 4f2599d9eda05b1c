/** The time that is shown: moves once a second, stands still while the server cannot be heard. */
import type { Instant } from '@sortie/machinery'
import { computed, readonly, shallowRef } from 'vue'
import { clock } from '../clock.ts'
import { type Freshness, freshnessOf } from '../stream/freshness.ts'
import { stream } from '../stream/stream.ts'

const ticking = shallowRef<Instant>(clock.now())

function tick(): void {
  ticking.value = clock.now()
  clock.setTimer(1_000 - (ticking.value % 1_000) + 5, tick)
}

/** Starts the clock; once, by the app's entry. */
export function startTicking(): void {
  tick()
}

/** The browser's time. */
export const wallTime = readonly(ticking)

/** How fresh what is shown is. */
export const freshness = computed<Freshness>(() =>
  freshnessOf(stream.state.value, stream.lastSign.value, ticking.value),
)

/** Whether what is shown is of now, or of a moment ago. */
export const isHeard = computed(() => freshness.value === 'live' || freshness.value === 'delayed')

/** The server's time, as far as it is known: durations of what runs are counted up to here. */
export const serverTime = computed<Instant>((before) => {
  return isHeard.value || before === undefined ? ticking.value + stream.skew.value : before
})
