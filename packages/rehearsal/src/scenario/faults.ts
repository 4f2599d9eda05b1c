/** Which faults strike a run, and when. Each run has its own mixture: some kinds often, others never. */
import type { Fault, FaultKind, PartName } from '../faults/fault.ts'
import { PART_NAMES } from '../faults/fault.ts'
import type { Chance } from './chance.ts'

/** Faults strike in this span from the start, milliseconds. */
export const FAULT_SPAN_MS = 60_000
/** Longest time that a fault lasts: a stall, a delay, a twin, a process that is down. */
const LONGEST_FAULT_MS = 30_000

type Draw = (chance: Chance, part: PartName, at: number) => Fault

const KINDS: Readonly<Record<FaultKind, Draw>> = {
  refuse: (chance, part, at) => ({
    kind: 'refuse',
    part,
    at,
    code: chance.oneOf([409, 429, 500, 503, 504] as const),
  }),
  drop: (_, part, at) => ({ kind: 'drop', part, at }),
  lose: (chance, part, at) => ({
    kind: 'lose',
    part,
    at,
    with: chance.happens(0.5) ? 'status' : 'broken',
  }),
  delay: (chance, part, at) => ({ kind: 'delay', part, at, ms: drawTime(chance) }),
  slowAnswer: (chance, part, at) => ({
    kind: 'slowAnswer',
    part,
    at,
    // Some longer than a client waits: the write was made, and it does not know.
    ms: drawTime(chance) + (chance.happens(0.15) ? LONGEST_FAULT_MS : 0),
  }),
  crash: (chance, part, at) => ({
    kind: 'crash',
    part,
    at,
    when: chance.happens(0.5) ? 'before' : 'after',
    downMs: chance.between(1_000, 10_000),
  }),
  cutWatches: (_, part, at) => ({ kind: 'cutWatches', part, at }),
  expireWatches: (_, part, at) => ({ kind: 'expireWatches', part, at }),
  stallWatches: (chance, part, at) => ({
    kind: 'stallWatches',
    part,
    at,
    ms: drawTime(chance),
    ...(chance.happens(0.7) ? { pick: chance.share() } : {}),
  }),
  twin: (chance, part, at) => ({
    kind: 'twin',
    // Two kubelets of one aircraft are no fault that a cluster has.
    part: part === 'fleet' ? 'operator' : part,
    at,
    forMs: chance.between(1_000, LONGEST_FAULT_MS),
  }),
  gone: (_, part, at) => ({ kind: 'gone', part, at }),
  deny: (chance, part, at) => ({
    kind: 'deny',
    part,
    at,
    ms: drawTime(chance),
    code: chance.oneOf([401, 403, 500, 503] as const),
    plural: chance.oneOf(PLURALS),
  }),
  repeatEvents: (chance, part, at) => ({ kind: 'repeatEvents', part, at, ms: drawTime(chance) }),
  scatterEvents: (chance, part, at) => ({
    kind: 'scatterEvents',
    part,
    at,
    ms: drawTime(chance),
    spreadMs: chance.oneOf([20, 200, 2_000]),
  }),
  timeTravel: (chance, part, at) => ({
    kind: 'timeTravel',
    part,
    at,
    downMs: chance.between(100, 5_000),
    back: chance.oneOf([1, 3, 8, 20, 50]),
    lagMs: chance.oneOf([0, 0, 500, 3_000]),
  }),
}

export const FAULT_KINDS = Object.keys(KINDS) as readonly FaultKind[]

/** A fault of the kind, with whatever else it needs drawn. */
export function drawFault(
  chance: Chance,
  { kind, part, at }: Pick<Fault, 'kind' | 'part' | 'at'>,
): Fault {
  return KINDS[kind](chance, part, at)
}

/** What requests may be refused about: `*` stands for everything. */
const PLURALS = [
  '*',
  'pods',
  'flighttasks',
  'missionstages',
  'missions',
  'events',
  'status',
] as const

/** Short ones are the more likely ones. */
function drawTime(chance: Chance): number {
  return chance.between(100, chance.oneOf([500, 2_000, 10_000, LONGEST_FAULT_MS]))
}

export function drawFaults(chance: Chance): Fault[] {
  const kinds = FAULT_KINDS.filter(() => chance.happens(0.5))
  const parts = PART_NAMES.filter(() => chance.happens(0.75))
  if (kinds.length === 0 || parts.length === 0) return []
  const count = chance.oneOf([1, 2, 4, 8, 16, 32])
  // Most things happen early in a run, so most faults do too.
  const span = chance.oneOf([5_000, 20_000, FAULT_SPAN_MS])
  return Array.from({ length: count }, () => {
    const kind = chance.oneOf(kinds)
    return drawFault(chance, { kind, part: chance.oneOf(parts), at: chance.between(0, span) })
  }).toSorted((a, b) => a.at - b.at)
}
