/** A mission's status as a function of what was observed, and whether it is worth a write now. */
import { LABELS, MISSION_CONDITIONS, type MissionStatus } from '@sortie/api'
import {
  type Condition,
  deepEqual,
  formatTime,
  type Instant,
  parseTime,
  setCondition,
} from '@sortie/machinery'
import type { Plan, PlannedEvent } from '@sortie/runtime'
import { endTimeAt, isEndedPhase } from '../stage/phase.ts'
import { driftSaid, type Said, suspendedSaid } from '../stage/said.ts'
import { COUNTER_INTERVAL_MS } from '../stage/status.ts'
import { missionEvents } from './events.ts'
import type { ObservedMission } from './observe.ts'
import { hasStageStarted, phaseOf } from './slots.ts'
import { statisticsOf } from './statistics.ts'

export interface Draft {
  readonly phase: MissionStatus['phase']
  readonly message: string
  readonly accepted: Said
  readonly progressing: Said
  readonly complete: Said
  /** Stages that were never made will not be. */
  readonly stopping?: boolean
  /** What started stages do not follow; undefined leaves the condition as it is. */
  readonly drift?: readonly string[] | undefined
  /** The spec's present generation was acted on. */
  readonly isFollowed: boolean
  readonly events?: readonly PlannedEvent[]
}

/**
 * The part of a plan that is about the status: the whole of it, or nothing and when to come back.
 */
export function planStatus(
  observed: ObservedMission,
  now: Instant,
  draft: Draft,
): Plan<MissionStatus> {
  const { mission, writtenAt } = observed
  const before = mission.status
  const conditions = conditionsOf(observed, now, draft)
  const observedGeneration = draft.isFollowed
    ? mission.metadata.generation
    : before?.observedGeneration
  const events = draft.events ?? []
  const isUrgent =
    before?.phase !== draft.phase ||
    conditions !== before.conditions ||
    before.observedGeneration !== observedGeneration ||
    observed.record !== undefined
  const due = (writtenAt ?? Number.NEGATIVE_INFINITY) + COUNTER_INTERVAL_MS
  // A clock that was set back must not hold the counters for as long as it was ahead.
  if (!isUrgent && now < due && now >= due - COUNTER_INTERVAL_MS) return { events, requeueAt: due }
  const status = buildStatus(observed, now, { ...draft, conditions, observedGeneration })
  if (observed.record === undefined && deepEqual(before, status)) return { events }
  const told = [...events, ...missionEvents(mission, before, status)]
  return { status, stamp: { lastUpdateTime: formatTime(now) }, events: told }
}

interface Settled extends Draft {
  readonly conditions: readonly Condition[]
  readonly observedGeneration: number | undefined
}

function buildStatus(observed: ObservedMission, now: Instant, draft: Settled): MissionStatus {
  const stopping = draft.stopping === true
  const statistics = statisticsOf(observed, stopping)
  const { totalFlightTasks, succeededTasks, failedTasks, cancelledTasks } = statistics
  const summary = summaryOf(observed, stopping)
  const ended = summary.filter(({ phase }) => isEndedPhase(phase)).length
  const startTime = startTimeOf(observed)
  const hasEnded = isEndedPhase(draft.phase)
  const { parallelShares, ...recorded } = { ...observed.mission.status, ...observed.record }
  const { completionTime = endTimeAt(startTime, now) } = recorded
  return {
    ...recorded,
    ...(parallelShares === undefined || hasEnded ? {} : { parallelShares }),
    phase: draft.phase,
    message: draft.message,
    stagesSummary: summary,
    statistics,
    stagesProgress: `${ended}/${summary.length}`,
    tasksProgress: `${succeededTasks + failedTasks + cancelledTasks}/${totalFlightTasks}`,
    conditions: draft.conditions,
    ...(startTime === undefined ? {} : { startTime }),
    ...(hasEnded ? { completionTime } : {}),
    ...(draft.observedGeneration === undefined
      ? {}
      : { observedGeneration: draft.observedGeneration }),
  }
}

type Summary = NonNullable<MissionStatus['stagesSummary']>

/**
 * A row per stage in the order of the plan, then those that the plan has dropped but that had
 * begun.
 */
function summaryOf({ mission, slots, surplus }: ObservedMission, stopping: boolean): Summary {
  const before = new Map(mission.status?.stagesSummary?.map((row) => [row.name, row]))
  const rows = slots.map(({ definition, child, phase }) => {
    const { name } = definition
    const isDropped = stopping && child === undefined && !isEndedPhase(phase)
    const { startTime, completionTime } = child?.status ?? before.get(name) ?? {}
    if (phase === 'Pending' && !isDropped) return { name, phase }
    return row({ name, phase: isDropped ? 'Cancelled' : phase, startTime, completionTime })
  })
  const names = new Set(rows.map(({ name }) => name))
  const dropped = surplus.filter(hasStageStarted).map((stage) => {
    const { startTime, completionTime } = stage.status ?? {}
    const name = stage.metadata.labels?.[LABELS.stageName] ?? stage.metadata.name.slice(0, 63)
    return row({ name, phase: phaseOf(stage), startTime, completionTime })
  })
  return [...rows, ...dropped.filter(({ name }) => !names.has(name))]
}

function row(fields: {
  readonly name: string
  readonly phase: Summary[number]['phase']
  readonly startTime: string | undefined
  readonly completionTime: string | undefined
}): Summary[number] {
  const { name, phase, startTime, completionTime } = fields
  return {
    name,
    ...(phase === undefined ? {} : { phase }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
  }
}

/** When the first stage started; once known it stays. */
function startTimeOf({ mission, slots, surplus }: ObservedMission): string | undefined {
  const known = mission.status?.startTime
  if (known !== undefined) return known
  const times = [...slots.flatMap(({ child }) => child ?? []), ...surplus].flatMap(
    ({ status }) => status?.startTime ?? [],
  )
  const first = times.map((time) => parseTime(time) ?? Number.POSITIVE_INFINITY)
  return times[first.indexOf(Math.min(...first))]
}

/** The list as it stands where nothing in it changes. */
function conditionsOf(
  { mission }: ObservedMission,
  now: Instant,
  draft: Draft,
): readonly Condition[] {
  let conditions: readonly Condition[] = mission.status?.conditions ?? []
  const held = conditions
  const set = (type: string, said: Said | undefined): void => {
    if (said !== undefined) conditions = setCondition(conditions, { type, ...said }, now)
  }
  set(MISSION_CONDITIONS.accepted, draft.accepted)
  set(MISSION_CONDITIONS.progressing, draft.progressing)
  set(MISSION_CONDITIONS.complete, draft.complete)
  const { suspended, specDrift } = MISSION_CONDITIONS
  set(suspended, suspendedSaid(mission.spec.suspend === true, { type: suspended, held }))
  set(specDrift, driftSaid(draft.drift, 'stages', { type: specDrift, held }))
  return conditions
}
