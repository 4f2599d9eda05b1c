import { type Clock, systemClock } from '@sortie/machinery'

/** The browser's clock, behind machinery's interface: the only one the app takes time and timers from. */
export const clock: Clock = systemClock()
