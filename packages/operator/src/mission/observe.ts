/** All that a decision about a mission depends on, read from the caches into one value. */
import type { Mission, MissionStage } from '@sortie/api'
import type { Instant, Stored } from '@sortie/machinery'
import { type DefinitionSources, defineStages, type Refusal, wasAccepted } from './definitions.ts'
import type { MissionRecord } from './rerun.ts'
import { pairStages, type StageSlot, stageNames } from './slots.ts'

export interface ObservedMission {
  readonly mission: Stored<Mission>
  /** The stages of the plan, in its order. */
  readonly slots: readonly StageSlot[]
  /** Stages of this mission that the plan does not name. */
  readonly surplus: readonly Stored<MissionStage>[]
  /** Why the spec as it stands is not followed. */
  readonly refusal: Refusal | undefined
  /** Whether the plan was once found right. */
  readonly accepted: boolean
  /** What is to be put on record before anything is done about it; it makes the status' write urgent. */
  readonly record?: MissionRecord
  /** When this process first saw the mission; undefined where that does not matter. */
  readonly firstSeenAt: Instant | undefined
  /** When this process last wrote the mission's status; undefined after a restart. */
  readonly writtenAt: Instant | undefined
  /** Whether a stage's object of this name was deleted before its end: somebody may have wanted it gone. */
  readonly isGone: (name: string) => boolean
  /**
   * The name for a stage's object: the usual one, or where someone else's object has that, one with
   * a hash.
   */
  readonly nameFor: (stage: string) => string
}

export interface MissionSources extends DefinitionSources {
  readonly firstSeenAt?: Instant | undefined
  readonly writtenAt?: Instant | undefined
  /** Default: none is. */
  readonly isGone?: (name: string) => boolean
  /** True where an object of another owner has this name in the mission's namespace. */
  readonly isTaken?: (name: string) => boolean
}

export function observeMission(sources: MissionSources): ObservedMission {
  const { mission, children } = sources
  const { stages, refusal } = defineStages(sources)
  return {
    mission,
    ...pairStages(mission, stages, children),
    refusal,
    accepted: wasAccepted(sources),
    firstSeenAt: sources.firstSeenAt,
    writtenAt: sources.writtenAt,
    isGone: sources.isGone ?? (() => false),
    nameFor: (stage) => {
      const [usual, fallback] = stageNames(mission, stage)
      return sources.isTaken?.(usual) === true ? fallback : usual
    },
  }
}
