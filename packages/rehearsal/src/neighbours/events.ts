/** Steps that change one fault or one action. */
import { type Fault, PART_NAMES, TIMED } from '../faults/fault.ts'
import { ACTION_SPAN_MS, drawAction } from '../scenario/actions.ts'
import type { Chance } from '../scenario/chance.ts'
import { drawFault, FAULT_KINDS, FAULT_SPAN_MS } from '../scenario/faults.ts'
import type { Action, Scenario } from '../scenario/scenario.ts'
import type { Step, StepTools } from './step.ts'

type Occurrence = Fault | Action

/** Where a fault or an action stands in the run. */
interface Place {
  readonly list: 'faults' | 'actions'
  readonly index: number
  readonly event: Occurrence
}

/** Milliseconds by which a moment is moved at most: within one exchange, within one retry, within a run. */
const SHIFTS = [10, 100, 1_000, 5_000] as const
const LONGEST_MS = 120_000

export const shiftEvent: Step = onEvent((event, { chance }) => [
  { ...event, at: shifted(event.at, chance) },
])

export const dropEvent: Step = onEvent(() => [])

/** The same once more, shortly before or after. */
export const doubleEvent: Step = onEvent((event, { chance }) => [
  event,
  { ...event, at: shifted(event.at, chance) },
])

/** To where another one is, or shortly before or after: two at once find most. */
export const moveEvent: Step = (from, tools) => {
  const target = drawPlace(from, tools.chance)
  if (target === undefined) return undefined
  const { at } = target.event
  return onEvent((event, { chance }) => [{ ...event, at: shifted(at, chance) }])(from, tools)
}

/** Lasts shorter or longer, or hits another pod, node or watch. */
export const retouchEvent: Step = onEvent((event, { chance }) => {
  const sizes = Object.entries(event).filter(([key, value]) => isSize(key, value))
  if (sizes.length === 0) return undefined
  const [key, value] = chance.oneOf(sizes) as [string, number]
  const next = key === 'pick' ? chance.share() : scaled(value, chance)
  return [{ ...event, [key]: next } as Occurrence]
})

/** Another kind at the same time, or the same kind otherwise. */
export const redrawFault: Step = onFault((fault, { chance }) => {
  const kind = chance.happens(0.5) ? fault.kind : chance.oneOf(FAULT_KINDS)
  return drawFault(chance, { kind, part: fault.part, at: fault.at })
})

/** Strikes another of the requests that are made at that moment. */
export const skipRequests: Step = onFault((fault, { chance }) =>
  TIMED.has(fault.kind) ? undefined : { ...fault, skip: drawSkip(chance) },
)

export const moveToOtherPart: Step = onFault((fault, { chance }) => {
  const part = chance.oneOf(PART_NAMES.filter((name) => name !== fault.part))
  return { ...fault, part }
})

/** Shortly before or after something else. */
export const addFault: Step = (from, { chance }) => {
  const kind = chance.oneOf(FAULT_KINDS)
  const at = drawMoment(from, chance, FAULT_SPAN_MS)
  const drawn = drawFault(chance, { kind, part: chance.oneOf(PART_NAMES), at })
  const isSkipping = !TIMED.has(kind) && chance.happens(0.5)
  const fault = isSkipping ? { ...drawn, skip: drawSkip(chance) } : drawn
  return { ...from, faults: inOrder([...from.faults, fault]) }
}

export const addAction: Step = (from, { chance }) => {
  const { fleet, missions, weapons } = from
  const action = drawAction({
    chance,
    fleet,
    weapons: weapons.map(({ name }) => name),
    mission: chance.oneOf(missions).name,
    at: drawMoment(from, chance, ACTION_SPAN_MS),
  })
  return { ...from, actions: inOrder([...from.actions, action]) }
}

export function inOrder<T extends { readonly at: number }>(events: readonly T[]): readonly T[] {
  return events.toSorted((a, b) => a.at - b.at)
}

export function shifted(at: number, chance: Chance): number {
  const most = chance.oneOf(SHIFTS)
  return Math.max(0, at + chance.between(-most, most))
}

/** What takes the event's place, shortest first; undefined where nothing can. */
function onEvent(change: (event: Occurrence, tools: StepTools) => Occurrence[] | undefined): Step {
  return (from, tools) => {
    const place = drawPlace(from, tools.chance)
    if (place === undefined) return undefined
    const { list, index, event } = place
    const changed = change(event, tools)
    if (changed === undefined) return undefined
    const all: readonly Occurrence[] = from[list]
    return { ...from, [list]: inOrder(all.toSpliced(index, 1, ...changed)) }
  }
}

function onFault(change: (fault: Fault, tools: StepTools) => Fault | undefined): Step {
  return (from, tools) => {
    if (from.faults.length === 0) return undefined
    const index = tools.chance.between(0, from.faults.length - 1)
    const changed = change(from.faults[index] as Fault, tools)
    if (changed === undefined) return undefined
    return { ...from, faults: inOrder(from.faults.with(index, changed)) }
  }
}

function drawPlace({ faults, actions }: Scenario, chance: Chance): Place | undefined {
  if (faults.length + actions.length === 0) return undefined
  const drawn = chance.between(0, faults.length + actions.length - 1)
  const isFault = drawn < faults.length
  const index = isFault ? drawn : drawn - faults.length
  const event = (isFault ? faults[index] : actions[index]) as Occurrence
  return { list: isFault ? 'faults' : 'actions', index, event }
}

/** A mission of a few stages is made, started and counted in about so many. */
export function drawSkip(chance: Chance): number {
  return chance.between(1, chance.oneOf([2, 5, 12]))
}

/** Mostly close to something that is in the run already, or to where a mission begins. */
export function drawMoment(from: Scenario, chance: Chance, span: number): number {
  if (chance.happens(0.2)) return chance.between(0, span)
  const near = chance.happens(0.7) ? drawPlace(from, chance) : undefined
  return shifted((near?.event ?? chance.oneOf(from.missions)).at, chance)
}

/** `byMs` of a clock's jump is not one: what the oracle allows for it is its whole. */
function isSize(key: string, value: unknown): boolean {
  return typeof value === 'number' && key !== 'at' && key !== 'code' && key !== 'byMs'
}

function scaled(value: number, chance: Chance): number {
  const factor = chance.oneOf([0.25, 0.5, 0.8, 1.25, 2, 4])
  return Math.min(LONGEST_MS, Math.max(1, Math.round(value * factor)))
}
