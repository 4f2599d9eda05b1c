/**
 * What people are told about a mission: the transitions that a new status makes, so that each is told once and with the write that
 * makes it, never once per look. Its tasks' successes are not told.
 */
import { MISSION_CONDITIONS, type Mission, type MissionStatus, REASONS } from '@sortie/api'
import { type Condition, findCondition, type Stored } from '@sortie/machinery'
import type { PlannedEvent } from '@sortie/runtime'
import { noLonger } from '../stage/hold.ts'
import { isEndedPhase } from '../stage/phase.ts'
import { counted } from '../stage/words.ts'

interface Transition {
  readonly mission: Stored<Mission>
  readonly before: MissionStatus | undefined
  readonly after: MissionStatus
}

type Tell = (transition: Transition) => readonly PlannedEvent[]

const TELLS: readonly Tell[] = [
  accepted,
  notFollowed,
  started,
  waiting,
  goneOn,
  suspended,
  drifted,
  lost,
  ended,
]

/** @param before the status as it stands, or as a run that begins anew finds it */
export function missionEvents(
  mission: Stored<Mission>,
  before: MissionStatus | undefined,
  after: MissionStatus,
): readonly PlannedEvent[] {
  return TELLS.flatMap((tell) => tell({ mission, before, after }))
}

const normal = (reason: string, message: string): PlannedEvent => ({
  type: 'Normal',
  reason,
  message,
})
const warning = (reason: string, message: string): PlannedEvent => ({
  type: 'Warning',
  reason,
  message,
})

/** The condition where it has just come to say this status and reason. */
function turned({ before, after }: Transition, type: string): Condition | undefined {
  const held = findCondition(before?.conditions, type)
  const next = findCondition(after.conditions, type)
  return held?.status === next?.status && held?.reason === next?.reason ? undefined : next
}

/** One that starts with the write that accepts it is told by its start. */
function accepted(transition: Transition): readonly PlannedEvent[] {
  const { before, after } = transition
  const condition = turned(transition, MISSION_CONDITIONS.accepted)
  if (condition?.status !== 'True' || after.phase !== 'Pending') return []
  if (before?.startTime !== undefined) return []
  const stages = counted(after.stagesSummary?.length ?? 0, 'stage')
  return [normal(REASONS.accepted, `the plan is valid: ${stages}`)]
}

/** A first spec that is wrong ends the mission, which tells of it itself. */
function notFollowed(transition: Transition): readonly PlannedEvent[] {
  const condition = turned(transition, MISSION_CONDITIONS.accepted)
  if (condition === undefined || condition.status === 'True') return []
  return isEndedPhase(transition.after.phase) ? [] : [warning(condition.reason, condition.message)]
}

function started({ before, after }: Transition): readonly PlannedEvent[] {
  if (before?.startTime !== undefined || before?.phase === 'Running') return []
  if (after.startTime === undefined) return []
  const all = after.stagesSummary ?? []
  const first = all.filter(({ startTime }) => startTime !== undefined).map(({ name }) => name)
  const which = first.length === all.length ? '' : `, beginning with ${first.join(', ')}`
  return [normal(REASONS.started, `the mission starts: ${counted(all.length, 'stage')}${which}`)]
}

/** Only what waits for people: that a stage waits for another is how missions go. */
const WAITS: ReadonlySet<string> = new Set([REASONS.waitingForGate, REASONS.waitingForCondition])

function waiting(transition: Transition): readonly PlannedEvent[] {
  const condition = turned(transition, MISSION_CONDITIONS.progressing)
  if (condition?.status !== 'False' || !WAITS.has(condition.reason)) return []
  return [normal(condition.reason, condition.message)]
}

/** People opened what a stage waited for, and the mission goes on. */
function goneOn({ before, after }: Transition): readonly PlannedEvent[] {
  const held = findCondition(before?.conditions, MISSION_CONDITIONS.progressing)
  const next = findCondition(after.conditions, MISSION_CONDITIONS.progressing)
  if (held?.status !== 'False' || !WAITS.has(held.reason) || next?.status !== 'True') return []
  const over = noLonger(held.message)
  const [stage = ''] = held.message.split(' ', 1)
  return over === undefined ? [] : [normal(over.reason, `stage ${stage} ${over.message}`)]
}

function suspended(transition: Transition): readonly PlannedEvent[] {
  const condition = turned(transition, MISSION_CONDITIONS.suspended)
  return condition === undefined ? [] : [normal(condition.reason, condition.message)]
}

function drifted({ before, after }: Transition): readonly PlannedEvent[] {
  const held = findCondition(before?.conditions, MISSION_CONDITIONS.specDrift)
  const next = findCondition(after.conditions, MISSION_CONDITIONS.specDrift)
  if (next?.status !== 'True' || held?.message === next.message) return []
  return [warning(next.reason, next.message)]
}

/** A failed stage that the mission goes on without; abort and retry tell of it themselves. */
function lost({ mission, before, after }: Transition): readonly PlannedEvent[] {
  if (mission.spec.config?.failurePolicy?.stageFailureAction !== 'continue') return []
  if (isEndedPhase(after.phase)) return []
  const had = new Map(before?.stagesSummary?.map(({ name, phase }) => [name, phase]))
  const names = (after.stagesSummary ?? [])
    .filter(({ name, phase }) => phase === 'Failed' && had.get(name) !== 'Failed')
    .map(({ name }) => name)
  if (names.length === 0) return []
  const noun = names.length === 1 ? 'stage' : 'stages'
  return [warning(REASONS.stageFailed, `${noun} ${names.join(', ')} failed; the mission goes on`)]
}

/** Why it stops is told when it begins to; a mission that ends so in one step is told of once. */
function ended(transition: Transition): readonly PlannedEvent[] {
  const { mission, before, after } = transition
  const complete = findCondition(after.conditions, MISSION_CONDITIONS.complete)
  const begins = turned(transition, MISSION_CONDITIONS.complete)
  const message = complete?.message ?? ''
  if (begins?.reason === REASONS.cancelled) {
    return [normal(REASONS.cancelled, 'the mission was cancelled; what runs is stopped')]
  }
  if (!isEndedPhase(after.phase) || isEndedPhase(before?.phase)) return []
  if (complete?.reason === REASONS.succeeded) return [normal(REASONS.succeeded, message)]
  const isStopped = complete?.reason === REASONS.aborted || mission.spec.cancel === true
  return isStopped && begins === undefined
    ? [normal(REASONS.stopped, 'everything that ran has stopped')]
    : []
}
