/** All that a decision about a stage depends on, read from the caches into one value. */
import type { FlightTask, MissionStage } from '@sortie/api'
import type { Instant, Stored } from '@sortie/machinery'
import { type Expansion, fallbackNameOf } from './expansion.ts'
import type { StageTask } from './flighttask.ts'
import { asNextRun, belongsToRun, flownAttempt } from './rerun.ts'
import { readResults } from './results.ts'
import { buildRoster, type Roster, type TaskOutcome } from './roster.ts'

export interface ObservedStage {
  /** As it stands; one that is to run again as if it had not begun. */
  readonly stage: Stored<MissionStage>
  /** The run of the stage that is flown, from 0. */
  readonly attempt: number
  /** The status is about an earlier run: it is to be written at once. */
  readonly isNextRun: boolean
  /** The tasks of the spec, in its order. */
  readonly tasks: readonly StageTask[]
  /** How they stand: the entry at each place is about the task at the same place. */
  readonly roster: Roster
  /** Why the spec cannot be carried out; empty where it can. */
  readonly problems: readonly string[]
  /** Whether the mission lets anything start. */
  readonly missionGoesOn: boolean
  /** When this process last wrote the stage's status; undefined after a restart. */
  readonly writtenAt: Instant | undefined
  /** A task is gone whose end is not on record yet: it is to be recorded at once. */
  readonly unrecorded: boolean
  /** The scheduler of the tasks' pods where it places them one by one, whatever the stage waits for. */
  readonly podByPod: string | undefined
  /** Whether a task's object of this name was deleted before its end: somebody may have wanted it gone. */
  readonly isGone: (name: string) => boolean
  /** Whether a pod of the task is seen; its status says so later. */
  readonly hasPod: (task: Stored<FlightTask>) => boolean
  /**
   * The name for a task's object: the usual one, or where someone else's object has that, one with
   * a hash.
   */
  readonly nameFor: (task: StageTask) => string
}

export interface StageSources {
  readonly stage: Stored<MissionStage>
  readonly expansion: Expansion
  /** FlightTasks whose controlling owner is the stage. */
  readonly children: readonly Stored<FlightTask>[]
  /** Ends of tasks that were deleted, as this process saw them. */
  readonly remembered?: ReadonlyMap<string, TaskOutcome>
  readonly unrecorded?: boolean
  /** Default true. */
  readonly missionGoesOn?: boolean
  readonly writtenAt?: Instant | undefined
  readonly podByPod?: string | undefined
  /** Default: none is. */
  readonly isGone?: (name: string) => boolean
  /** Default: no pod is seen. */
  readonly hasPod?: (task: Stored<FlightTask>) => boolean
  /** True where an object of another owner has this name in the stage's namespace. */
  readonly isTaken?: (name: string) => boolean
}

export function observeStage(sources: StageSources): ObservedStage {
  const { expansion } = sources
  const stage = asNextRun(sources.stage)
  const attempt = flownAttempt(stage)
  const children = sources.children.filter((child) => belongsToRun(child, attempt))
  const { tasks, objectNames } = expansion
  const usualName = (task: StageTask): string => objectNames[task.index - 1] ?? ''
  return {
    stage,
    attempt,
    isNextRun: stage !== sources.stage,
    tasks,
    roster: buildRoster({
      planned: tasks,
      children,
      attempt,
      recorded: recordedOutcomes({ ...sources, stage }),
      objectNames: (task) => {
        const usual = usualName(task)
        return [usual, () => fallbackNameOf(stage, task, usual)]
      },
    }),
    problems: expansion.problems,
    missionGoesOn: sources.missionGoesOn !== false,
    writtenAt: sources.writtenAt,
    unrecorded: sources.unrecorded === true,
    podByPod: sources.podByPod,
    isGone: sources.isGone ?? (() => false),
    hasPod: sources.hasPod ?? (() => false),
    nameFor: (task) => {
      const usual = usualName(task)
      return sources.isTaken?.(usual) === true ? fallbackNameOf(stage, task, usual) : usual
    },
  }
}

/**
 * Only where a task has no object does the record matter: a stage whose objects are all there is
 * not read.
 */
function recordedOutcomes({ stage, remembered }: StageSources) {
  let recorded: Map<string, TaskOutcome> | undefined
  return (name: string): TaskOutcome | undefined => {
    recorded ??= readResults(stage.status)
    return remembered?.get(name) ?? recorded.get(name)
  }
}
