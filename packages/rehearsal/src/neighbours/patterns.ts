/** Steps that add faults which find something only together. */
import type { Fault } from '../faults/fault.ts'
import type { Chance } from '../scenario/chance.ts'
import { drawFault, FAULT_SPAN_MS } from '../scenario/faults.ts'
import { drawMoment, drawSkip, inOrder } from './events.ts'
import type { Step } from './step.ts'

type Struck = 'operator' | 'scheduler'

/** Two processes work side by side, and one of them hears of something late. */
export const addMeeting: Step = onMoment((at, part, chance) => {
  const forMs = chance.between(1_000, 20_000)
  const stall = { kind: 'stallWatches', part, pick: chance.share() } as const
  const kind = chance.oneOf(['lose', 'slowAnswer', 'delay', 'drop'] as const)
  const doubt = drawFault(chance, { kind, part, at: at + chance.between(0, forMs) })
  return [
    { kind: 'twin', part, at, forMs },
    { ...stall, at: Math.max(0, at + chance.between(-1_000, 1_000)), ms: forMs },
    { ...doubt, skip: drawSkip(chance) },
  ]
})

/** A write is long on its way. Its process dies, the next one decides without it, and does not hear at once that it came. */
export const addLateWrite: Step = onMoment((at, part, chance) => {
  const ms = chance.between(1_000, chance.oneOf([5_000, 15_000, 28_000]))
  const back = chance.oneOf([1, 1, 3, 8])
  const death = {
    kind: 'timeTravel',
    part,
    at: at + chance.between(10, 800),
    downMs: chance.between(100, 1_500),
    back,
    lagMs: 0,
  } as const
  const late: Fault = { kind: 'delay', part, at, skip: chance.between(0, 6), ms }
  const arrival = at + ms - chance.between(0, 500)
  return chance.happens(0.5)
    ? [late, death]
    : [late, death, { kind: 'stallWatches', part, at: arrival, ms: chance.between(500, 5_000) }]
})

function onMoment(draw: (at: number, part: Struck, chance: Chance) => readonly Fault[]): Step {
  return (from, { chance }) => {
    const part = chance.happens(0.85) ? 'operator' : 'scheduler'
    const drawn = draw(drawMoment(from, chance, FAULT_SPAN_MS / 3), part, chance)
    return { ...from, faults: inOrder([...from.faults, ...drawn]) }
  }
}
