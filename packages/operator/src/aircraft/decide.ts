/** What a Node that is an aircraft should say of itself: pure. */
import {
  AIRCRAFT,
  type AircraftReading,
  EXTENDED_RESOURCES,
  formatProblem,
  fuelStatusOf,
  REASONS,
  TAINTS,
} from '@sortie/api'
import {
  formatTime,
  type Instant,
  type JsonObject,
  NODES,
  parseTime,
  type ResourceList,
  type Taint,
  toLabelValue,
} from '@sortie/machinery'
import type { Operation, PlannedEvent } from '@sortie/runtime'

/** A live pod of a task on the aircraft. */
export interface Occupant {
  /** Name of the FlightTask. */
  readonly task: string
  readonly since: Instant
}

export interface AircraftObservation {
  readonly name: string
  readonly uid: string
  readonly resourceVersion: string
  readonly reading: AircraftReading
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly taints: readonly Taint[]
  readonly capacity: ResourceList
  readonly allocatable: ResourceList
  readonly occupants: readonly Occupant[]
  /** When tasks failed on it, as far as their pods are still there. */
  readonly failures: readonly Instant[]
  /** When this process first found it as free, or as occupied, as it is now. */
  readonly idleSince: Instant | undefined
  /** When its label mission.current was last written. */
  readonly announcedAt: Instant | undefined
  /** Problems that were already told. */
  readonly toldProblems: string | undefined
}

export interface AircraftPlan {
  readonly operations: readonly Operation[]
  readonly events: readonly PlannedEvent[]
  readonly requeueAt: Instant | undefined
  /** The label mission.current is written by this plan. */
  readonly announces: boolean
  /** What is wrong with its labels, as one text. */
  readonly problems: string | undefined
}

/**
 * An aircraft that flies only for a moment is not announced: a patch of the node for each task would cost more than the rest of
 * the task. Which aircraft is taken shows by its slot at once.
 */
export const ANNOUNCE_AFTER_MS = 5000
/** The label of one node moves at most that often. */
export const ANNOUNCE_EVERY_MS = 10_000

const QUARANTINE_FAILURES = 3
const QUARANTINE_MS = 600_000

/** Annotation: how many tasks an aircraft can fly at a time; 1 where it is missing. */
export const SLOTS_ANNOTATION = 'aircraft.mil/slots'

/** One duty: what it wants changed, and when to look again. */
interface Duty {
  readonly labels?: Readonly<Record<string, string | null>>
  readonly taints?: readonly Taint[]
  readonly resources?: ResourceList
  readonly events?: readonly PlannedEvent[]
  readonly requeueAt?: Instant
}

const DUTIES: Readonly<Record<string, (observed: AircraftObservation, now: Instant) => Duty>> = {
  advertise,
  sortFuel,
  announce,
  quarantine,
}

export function decideAircraft(observed: AircraftObservation, now: Instant): AircraftPlan {
  const { reading } = observed
  if (reading.kind === 'none') {
    return {
      operations: [],
      events: [],
      requeueAt: undefined,
      announces: false,
      problems: undefined,
    }
  }
  const duties = Object.values(DUTIES).map((duty) => duty(observed, now))
  const labels = Object.assign({}, ...duties.map((duty) => duty.labels ?? {}))
  const times = duties.flatMap(({ requeueAt }) => requeueAt ?? [])
  const complaint = complain(observed)
  return {
    operations: [...patchStatus(observed, duties), ...patchNode(observed, labels, duties)],
    events: [...duties.flatMap(({ events }) => events ?? []), ...complaint.events],
    requeueAt: times.length === 0 ? undefined : Math.min(...times),
    announces: AIRCRAFT.missionCurrent in labels,
    problems: complaint.problems,
  }
}

/** What is wrong is told once, and again when something else is. */
function complain({ reading, toldProblems }: AircraftObservation) {
  const found =
    reading.kind === 'invalid'
      ? reading.problems
      : reading.kind === 'aircraft'
        ? reading.warnings
        : []
  const problems = found.length === 0 ? undefined : found.map(formatProblem).join('; ')
  if (problems === undefined || problems === toldProblems) return { problems, events: [] }
  const outcome = reading.kind === 'invalid' ? '; no task is flown with it' : ''
  const event: PlannedEvent = {
    type: 'Warning',
    reason: REASONS.invalidAircraftLabel,
    message: `${problems.slice(0, 900)}${outcome}`,
  }
  return { problems, events: [event] }
}

/**
 * Nodes that were labelled for the earlier system have no extended resources: what their labels say is advertised for them, where
 * nobody else does. The annotation is a person's word, and no kubelet can register its node with one: it counts whenever it comes.
 */
function advertise({ reading, annotations, capacity, allocatable }: AircraftObservation): Duty {
  if (reading.kind !== 'aircraft') return {}
  const said = annotations[SLOTS_ANNOTATION] ?? ''
  const slots = /^\d{1,4}$/.test(said) ? Number(said) : undefined
  const { slot, hardpoint } = EXTENDED_RESOURCES
  const held = (name: string) => [capacity[name], allocatable[name]]
  const lacks = (name: string, amount: number) => amount > 0 && held(name).some(isUnset)
  const resources: Record<string, string> = {}
  const takesWord =
    slots === undefined
      ? lacks(slot, 1)
      : held(slot).some((amount) => Number(amount ?? 0) !== slots)
  if (takesWord) resources[slot] = String(slots ?? 1)
  const hardpoints = reading.facts.hardpointTotal ?? 0
  if (lacks(hardpoint, hardpoints)) resources[hardpoint] = String(hardpoints)
  return Object.keys(resources).length === 0 ? {} : { resources }
}

/** A kubelet that registers its node again sets extended resources to nought. */
function isUnset(amount: string | undefined): boolean {
  return amount === undefined || amount === '0'
}

function sortFuel({ reading, labels }: AircraftObservation): Duty {
  if (reading.kind !== 'aircraft' || reading.facts.fuelLevel === undefined) return {}
  const status = fuelStatusOf(reading.facts.fuelLevel)
  return labels[AIRCRAFT.fuelStatus] === status ? {} : { labels: { [AIRCRAFT.fuelStatus]: status } }
}

/** The task that has held the aircraft longest, once it has for a while; nobody, once it has been free for a while. */
function announce(observed: AircraftObservation, now: Instant): Duty {
  const said = observed.labels[AIRCRAFT.missionCurrent]
  const [first] = observed.occupants.toSorted(bySince)
  const task = first === undefined ? undefined : toLabelValue(first.task)
  if ((said ?? '') === (task ?? '')) return {}
  const since = first?.since ?? observed.idleSince ?? now
  const next = observed.announcedAt === undefined ? 0 : observed.announcedAt + ANNOUNCE_EVERY_MS
  const due = Math.max(since + ANNOUNCE_AFTER_MS, next)
  return due > now ? { requeueAt: due } : { labels: { [AIRCRAFT.missionCurrent]: task ?? null } }
}

/** Times are whole seconds: where they are the same the name decides, as it does after a restart too. */
function bySince(a: Occupant, b: Occupant): number {
  return a.since - b.since || (a.task < b.task ? -1 : 1)
}

/** A taint without a time was put there by a person, and is theirs to take away. */
function quarantine(observed: AircraftObservation, now: Instant): Duty {
  const { taints } = observed
  const held = taints.find(({ key }) => key === TAINTS.quarantine)
  if (held === undefined) return enterQuarantine(observed, now)
  const since = parseTime(held.timeAdded)
  if (since === undefined) return {}
  if (since + QUARANTINE_MS > now) return { requeueAt: since + QUARANTINE_MS }
  return {
    taints: taints.filter((taint) => taint !== held),
    events: [{ type: 'Normal', reason: REASONS.released, message: 'the quarantine is over' }],
  }
}

function enterQuarantine({ taints, failures }: AircraftObservation, now: Instant): Duty {
  const recent = failures.filter((at) => at > now - QUARANTINE_MS)
  if (recent.length < QUARANTINE_FAILURES) return {}
  const taint = {
    key: TAINTS.quarantine,
    effect: 'NoSchedule',
    timeAdded: formatTime(now),
  } as const
  const message = `${recent.length} tasks failed on it within 10 minutes; it gets no other for 10 minutes`
  return {
    taints: [...taints, taint],
    events: [{ type: 'Warning', reason: REASONS.quarantined, message }],
    requeueAt: now + QUARANTINE_MS,
  }
}

function patchStatus(
  { name, uid }: AircraftObservation,
  duties: readonly Duty[],
): readonly Operation[] {
  const resources = Object.assign({}, ...duties.map((duty) => duty.resources ?? {}))
  if (Object.keys(resources).length === 0) return []
  const body = { status: { capacity: resources, allocatable: resources } }
  return [
    {
      kind: 'patch',
      type: NODES,
      ref: { name, uid },
      patch: { type: 'merge', body },
      subresource: 'status',
    },
  ]
}

/** The list of taints is replaced as a whole, so only where nobody has changed the node meanwhile. */
function patchNode(
  { name, uid, resourceVersion }: AircraftObservation,
  labels: JsonObject,
  duties: readonly Duty[],
): readonly Operation[] {
  const taints = duties.find((duty) => duty.taints !== undefined)?.taints
  if (taints === undefined && Object.keys(labels).length === 0) return []
  const body = {
    ...(Object.keys(labels).length === 0 ? {} : { metadata: { labels } }),
    ...(taints === undefined ? {} : { spec: { taints } }),
  }
  const ref = taints === undefined ? { name, uid } : { name, uid, resourceVersion }
  return [{ kind: 'patch', type: NODES, ref, patch: { type: 'merge', body } }]
}
