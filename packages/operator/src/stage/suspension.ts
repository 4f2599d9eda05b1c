/** A stage's clock: it runs from the start, and stands still while the stage is suspended. */
import type { MissionStage, MissionStageStatus } from '@sortie/api'
import { formatTime, type Instant, parseDuration, parseTime, type Stored } from '@sortie/machinery'

/** The parts of a stage's status that say how long it stood still. */
export type SuspensionRecord = Pick<MissionStageStatus, 'suspendedSince' | 'suspendedSeconds'>

/** What the status has to say about suspension now. Only a stage that has started has a clock. */
export function recordSuspension(stage: Stored<MissionStage>, now: Instant): SuspensionRecord {
  const { startTime, suspendedSince, suspendedSeconds } = stage.status ?? {}
  const total = suspendedSeconds === undefined ? {} : { suspendedSeconds }
  if (startTime === undefined) return {}
  if (stage.spec.suspend === true) {
    return { suspendedSince: suspendedSince ?? formatTime(now), ...total }
  }
  const since = parseTime(suspendedSince)
  if (since === undefined) return total
  const stood = Math.max(0, Math.round((now - since) / 1000))
  return { suspendedSeconds: (suspendedSeconds ?? 0) + stood }
}

/** Times are written in whole seconds, cut: with this much more a timeout is never early. */
const TIME_RESOLUTION_MS = 1000

/**
 * When the stage's timeout passes; undefined where it has none, has not started, or its clock
 * stands still.
 */
export function deadlineOf(
  stage: Stored<MissionStage>,
  record: SuspensionRecord,
): Instant | undefined {
  const start = parseTime(stage.status?.startTime)
  const timeout = stage.spec.config?.timeout
  if (start === undefined || timeout === undefined || record.suspendedSince !== undefined) {
    return undefined
  }
  const stoodStill = (record.suspendedSeconds ?? 0) * 1000
  return start + TIME_RESOLUTION_MS + parseDuration(timeout) + stoodStill
}
